//! Counter, played for tests: it keeps its checkouts, loses answers on purpose, and remembers what it was sent.
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
    /// The answer says this of one field.
    Edit(&'static str, &'static str),
    /// No answer, and the connection stays open.
    Hang,
    /// Half of the answer comes.
    Half,
    /// This comes instead of the answer.
    Instead(&'static str),
    /// The connection ends without an answer, and nothing was done.
    Unheard,
}

#[derive(Debug, Default)]
struct Service {
    checkouts: Vec<Checkout>,
    returns: Vec<Return>,
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

/// Money given back of a checkout.
#[derive(Clone, Debug)]
struct Return {
    /// What `return` asked for.
    asked: Message,
    cents: i64,
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

    /// How many checkouts there are, how many are paid, and everything about them.
    pub fn truth(&self) -> (usize, usize, String) {
        let service = lock(&self.shared);
        let paid = service.checkouts.iter().filter(|checkout| checkout.state == "paid").count();
        let states: Vec<_> = service.checkouts.iter().map(|checkout| checkout.state).collect();
        (service.checkouts.len(), paid, states.join(" "))
    }

    /// How many times money was given back, and how many cents in all.
    pub fn given_back(&self) -> (usize, i64) {
        let service = lock(&self.shared);
        (service.returns.len(), service.returns.iter().map(|returned| returned.cents).sum())
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
    let text = match fault {
        None => answer.to_text(),
        Some(Fault::AnswerLost | Fault::Unheard) => return,
        Some(Fault::Broken) => failed("broken").to_text(),
        Some(Fault::Busy) => failed("busy").to_text(),
        Some(Fault::Edit(name, value)) => answer.with(name, value).to_text(),
        Some(Fault::Half) => answer.to_text().map(|text| text.chars().take(text.len() / 2).collect()),
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::Instead(text)) => Some(text.to_owned()),
    };
    if let Some(text) = text {
        // A caller that has gone does not read its answer; the service does not mind.
        let _ = connection.write_all(text.as_bytes()).await;
    }
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
            "return" => self.give_back(question),
            "returned" => {
                let order = question.value("order");
                let place = self.returns.iter().position(|known| known.asked.value("order") == order);
                place.map_or_else(|| failed("no-such-return"), |place| self.told_of_return(place))
            }
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

    /// One return for one order number, as with `open`; never more than was paid.
    fn give_back(&mut self, question: &Message) -> Message {
        let same_order = |known: &Return| known.asked.value("order") == question.value("order");
        if let Some(place) = self.returns.iter().position(same_order) {
            let is_same = self.returns.get(place).is_some_and(|known| known.asked == *question);
            return if is_same { self.told_of_return(place) } else { failed("other-figures") };
        }
        let of = question.value("checkout").unwrap_or_default();
        let mut places = 0..self.checkouts.len();
        let checkout =
            places.find(|place| number_of(*place) == of).and_then(|place| self.checkouts.get(place));
        let Some(paid) = checkout.filter(|checkout| checkout.state == "paid") else {
            return failed("no-such-checkout");
        };
        let of_it = self.returns.iter().filter(|known| known.asked.value("checkout") == Some(of));
        let left = cents(&paid.asked) - of_it.map(|known| known.cents).sum::<i64>();
        let cents = cents(question);
        if cents > left {
            return failed("too-much");
        }
        self.returns.push(Return { asked: question.clone(), cents });
        self.told_of_return(self.returns.len() - 1)
    }

    fn told_of_return(&self, place: usize) -> Message {
        let Some(known) = self.returns.get(place) else { return failed("no-such-return") };
        let told = Message::default()
            .with("return", format!("rt-{place:06}"))
            .with("mode", "live")
            .with("state", "returned");
        ["amount", "checkout", "currency", "refund"]
            .into_iter()
            .fold(told, |told, name| told.with(name, known.asked.value(name).unwrap_or_default()))
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

/// `10.50` is 1050.
fn cents(asked: &Message) -> i64 {
    let amount = asked.value("amount").unwrap_or_default();
    amount.replace('.', "").parse().unwrap_or_default()
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
