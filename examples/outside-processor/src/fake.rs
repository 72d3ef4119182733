//! Counter, played for tests: it keeps its checkouts and refunds, loses answers on purpose, and remembers what it was sent.
//! No card is in it: a test says only what the issuer answers.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::wire::Message;

/// A service on a port of this machine, with one merchant. It ends when dropped.
#[derive(Debug)]
pub struct FakeCounter {
    address: SocketAddr,
    shared: Arc<Mutex<Service>>,
    accepting: JoinHandle<()>,
}

/// What befalls a request. It has had its effect, unless said otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The connection ends without an answer.
    AnswerLost,
    /// The answer is that the service broke.
    Broken,
    /// The answer is that the service is busy, and nothing was done.
    Busy,
    /// The answer breaks off in the middle.
    CutShort,
    /// The answer says this of one field.
    Edit(&'static str, &'static str),
    /// The answer says nothing.
    Empty,
    /// No answer, and the connection stays open.
    Hang,
    /// Something on the way answers with a page.
    Page,
    /// It had no effect, and the connection ends without an answer.
    Unheard,
}

#[derive(Debug, Default)]
struct Service {
    checkouts: Vec<Checkout>,
    refunds: Vec<Refund>,
    always: BTreeMap<&'static str, Fault>,
    once: VecDeque<(&'static str, Fault)>,
    received: Vec<Message>,
}

#[derive(Clone, Debug)]
struct Checkout {
    /// What `open` asked for.
    asked: Message,
    state: &'static str,
}

#[derive(Clone, Debug)]
struct Refund {
    /// What `refund` asked for.
    asked: Message,
    state: &'static str,
}

impl FakeCounter {
    /// The merchant's number.
    pub const MERCHANT: &str = "20260101";
    /// The merchant's live key.
    pub const LIVE_KEY: &str = "live_made_up_for_tests_0001";

    /// Opens for business on a port of the system's choice.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::<Mutex<Service>>::default();
        let service = Arc::clone(&shared);
        let accepting = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serve(connection, Arc::clone(&service)));
            }
        });
        Ok(Self { address, shared, accepting })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every request with `verb` meets `fault`, until [`calm`](Self::calm).
    pub fn disturb(&self, verb: &'static str, fault: Fault) {
        lock(&self.shared).always.insert(verb, fault);
    }

    /// The next request with `verb` meets `fault` first.
    pub fn disturb_once(&self, verb: &'static str, fault: Fault) {
        lock(&self.shared).once.push_back((verb, fault));
    }

    /// Nothing is disturbed any more.
    pub fn calm(&self) {
        let mut service = lock(&self.shared);
        service.always.clear();
        service.once.clear();
    }

    /// The cardholder's browser shows the ticket on Counter's page and pays; `approved` is the issuer's answer. A checkout
    /// that has ended takes no card.
    pub fn pay(&self, ticket: &str, approved: bool) {
        let mut service = lock(&self.shared);
        let place = (0..service.checkouts.len()).find(|place| ticket_of(*place) == ticket);
        if let Some(checkout) = place.and_then(|place| service.checkouts.get_mut(place))
            && checkout.state == "open"
        {
            checkout.state = if approved { "paid" } else { "refused" };
        }
    }

    /// Days later: the card of the newest refund is gone, and the money comes back to the clinic.
    pub fn return_newest_refund(&self) {
        if let Some(refund) = lock(&self.shared).refunds.last_mut() {
            refund.state = "returned";
        }
    }

    /// How many checkouts there are, how many are paid, and everything about them and their refunds.
    pub fn truth(&self) -> (usize, usize, String) {
        let service = lock(&self.shared);
        let paid = service.checkouts.iter().filter(|checkout| checkout.state == "paid").count();
        let checkouts = service.checkouts.iter().map(|checkout| checkout.state);
        let states: Vec<_> = checkouts.chain(service.refunds.iter().map(|refund| refund.state)).collect();
        (service.checkouts.len(), paid, states.join(" "))
    }

    /// How many refunds were given, and how much in all, in cents.
    pub fn given_back(&self) -> (usize, i64) {
        let service = lock(&self.shared);
        let given = || service.refunds.iter().filter(|refund| refund.state == "given");
        (given().count(), given().map(|refund| cents(&refund.asked)).sum())
    }

    /// How many requests came, whatever they were answered.
    pub fn requests(&self) -> usize {
        lock(&self.shared).received.len()
    }

    /// The values of the newest request with `verb`.
    pub fn newest(&self, verb: &str) -> Vec<String> {
        let service = lock(&self.shared);
        let newest = service.received.iter().rev().find(|message| message.value("verb") == Some(verb));
        newest.map(|message| message.values().map(str::to_owned).collect()).unwrap_or_default()
    }
}

impl Drop for FakeCounter {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn lock(shared: &Mutex<Service>) -> MutexGuard<'_, Service> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One connection: a question, its effect, and an answer unless it is lost.
async fn serve(mut connection: TcpStream, shared: Arc<Mutex<Service>>) {
    let Ok(Some(question)) = Message::read(&mut connection).await else { return };
    let (answer, fault) = lock(&shared).receive(&question);
    let whole = |answer: Message| answer.to_text().unwrap_or_default();
    let text = match fault {
        None => whole(answer),
        Some(Fault::AnswerLost | Fault::Unheard) => return,
        Some(Fault::Broken) => whole(failed("broken")),
        Some(Fault::Busy) => whole(failed("busy")),
        Some(Fault::CutShort) => whole(answer).chars().take(20).collect(),
        Some(Fault::Edit(name, value)) => whole(answer.with(name, value)),
        Some(Fault::Empty) => whole(Message::default()),
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::Page) => "<h1>502 Bad Gateway</h1>\n\n".to_owned(),
    };
    // A caller that has gone does not read its answer; the service does not mind.
    let _ = connection.write_all(text.as_bytes()).await;
}

impl Service {
    fn receive(&mut self, question: &Message) -> (Message, Option<Fault>) {
        self.received.push(question.clone());
        let verb = question.value("verb").unwrap_or_default();
        let next = self.once.iter().position(|(of, _)| *of == verb);
        let fault = match next.and_then(|next| self.once.remove(next)) {
            Some((_, fault)) => Some(fault),
            None => self.always.get(verb).cloned(),
        };
        if matches!(fault, Some(Fault::Busy | Fault::Unheard)) {
            return (Message::default(), fault);
        }
        (self.answer(verb, question), fault)
    }

    fn answer(&mut self, verb: &str, question: &Message) -> Message {
        let keys = (question.value("merchant"), question.value("key"));
        if keys != (Some(FakeCounter::MERCHANT), Some(FakeCounter::LIVE_KEY)) {
            return failed("bad-key");
        }
        match verb {
            "whoami" => Message::default()
                .with("charges", "yes")
                .with("mode", "live")
                .with("name", "The clinic at the corner"),
            "open" => self.open(question),
            "look" | "close" => {
                let place = (0..self.checkouts.len())
                    .find(|place| Some(number_of(*place).as_str()) == question.value("checkout"));
                let Some(place) = place else { return failed("no-such-checkout") };
                if let Some(checkout) = self.checkouts.get_mut(place)
                    && verb == "close"
                    && checkout.state == "open"
                {
                    checkout.state = "closed";
                }
                self.told(place)
            }
            "refund" => self.refund(question),
            "refunded" => match self.refund_numbered(question) {
                Some(place) => self.told_of_refund(place),
                None => failed("no-such-refund"),
            },
            _ => failed("what"),
        }
    }

    /// One checkout for one order number, however often it is asked for; other figures under it are refused.
    fn open(&mut self, question: &Message) -> Message {
        let same_order = |known: &Checkout| known.asked.value("order") == question.value("order");
        match self.checkouts.iter().position(same_order) {
            Some(place) if self.checkouts.get(place).is_some_and(|known| known.asked == *question) => {
                self.told(place)
            }
            Some(_) => failed("other-figures"),
            None => {
                self.checkouts.push(Checkout { asked: question.clone(), state: "open" });
                self.told(self.checkouts.len() - 1)
            }
        }
    }

    fn refund_numbered(&self, question: &Message) -> Option<usize> {
        self.refunds.iter().position(|known| known.asked.value("order") == question.value("order"))
    }

    /// One refund for one order number, however often it is asked for; never more of a checkout than was paid.
    fn refund(&mut self, question: &Message) -> Message {
        if let Some(place) = self.refund_numbered(question) {
            let is_same = self.refunds.get(place).is_some_and(|known| known.asked == *question);
            return if is_same { self.told_of_refund(place) } else { failed("other-figures") };
        }
        let paid = (0..self.checkouts.len())
            .find(|place| Some(number_of(*place).as_str()) == question.value("checkout"))
            .and_then(|place| self.checkouts.get(place))
            .filter(|checkout| checkout.state == "paid");
        let Some(paid) = paid else { return failed("no-such-checkout") };
        let same_checkout = |known: &&Refund| {
            known.state == "given" && known.asked.value("checkout") == question.value("checkout")
        };
        let given: i64 = self.refunds.iter().filter(same_checkout).map(|known| cents(&known.asked)).sum();
        if given + cents(question) > cents(&paid.asked) {
            return failed("too-much");
        }
        self.refunds.push(Refund { asked: question.clone(), state: "given" });
        self.told_of_refund(self.refunds.len() - 1)
    }

    fn told_of_refund(&self, place: usize) -> Message {
        let Some(refund) = self.refunds.get(place) else { return failed("no-such-refund") };
        let told = Message::default()
            .with("number", format!("rf-{place:06}"))
            .with("mode", "live")
            .with("state", refund.state);
        ["amount", "checkout", "currency", "refund"]
            .into_iter()
            .fold(told, |told, name| told.with(name, refund.asked.value(name).unwrap_or_default()))
    }

    fn told(&self, place: usize) -> Message {
        let Some(checkout) = self.checkouts.get(place) else { return failed("no-such-checkout") };
        let mut told = Message::default()
            .with("checkout", number_of(place))
            .with("mode", "live")
            .with("state", checkout.state);
        for name in ["amount", "currency", "invoice", "payment"] {
            told = told.with(name, checkout.asked.value(name).unwrap_or_default());
        }
        match checkout.state {
            "open" => told.with("ticket", ticket_of(place)),
            "paid" => told.with("approval", "A1B2C3").with("brand", "maple").with("last4", "0042"),
            "refused" => told.with("reason", "funds"),
            _ => told,
        }
    }
}

fn cents(asked: &Message) -> i64 {
    asked.value("amount").and_then(|amount| amount.replace('.', "").parse().ok()).unwrap_or_default()
}

fn number_of(place: usize) -> String {
    format!("ck-{place:06}")
}

fn ticket_of(place: usize) -> String {
    format!("ticket-{}", 7_919 * (place + 1))
}

fn failed(word: &str) -> Message {
    Message::default().with("error", word)
}
