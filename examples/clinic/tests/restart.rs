//! The program ended by a signal, politely or not, at every moment of a payment, and started again on the same data: nothing is
//! lost, nobody is signed out, and the card is charged once.
#![cfg(unix)]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/mod.rs"]
mod support;

use std::net::SocketAddr;
use std::thread;

use billing_testkit::moneris::FakeMoneris;
use billing_testkit::stripe::{API_VERSION, Card, FakeStripe};
use serde_json::Value;
use support::http::{Answer, Request, Visitor, send};
use support::opened::{DRAFT, FINALISED, Window, client_secret, invoice, order_of, settings, state};
use support::{OFFICE, Place, Running};

/// How a program is ended.
const SIGNALS: [&str; 2] = ["TERM", "KILL"];

/// A clinic whose office has its keys saved, with front desk A at a browser that outlives the program.
struct Story {
    place: Place,
    running: Option<Running>,
    desk: Visitor,
    publishable_key: String,
}

impl Story {
    fn begin() -> Self {
        let place = Place::new();
        let running = place.open();
        let mut owner = running.sign_in("practice-owner");
        let page = owner.get(&settings("")).text();
        let key = |prefix: &str| {
            let from = page.find(prefix).unwrap();
            page[from..].split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap().to_owned()
        };
        let (publishable_key, secret_key) = (key("pk_live_"), key("sk_live_"));
        let fields = [("publishable_key", &*publishable_key), ("secret_key", &*secret_key)];
        let saved = owner.submit(&settings(""), &settings("/stripe/keys"), &fields);
        assert_eq!(saved.status, 303, "{}", saved.text());
        let desk = running.sign_in("front-desk-a");
        Self { place, running: Some(running), desk, publishable_key }
    }

    /// Ends the program; the data stay.
    fn end(&mut self, signal: &str) {
        let running = self.running.take().unwrap();
        running.signal(signal);
        Self::ended(running, signal);
    }

    fn ended(running: Running, signal: &str) {
        let (said, status) = running.gone();
        assert_eq!(status.success(), signal == "TERM", "{signal}: {status}: {said}");
        assert!(!said.contains("panicked"), "{said}");
    }

    /// Starts it again. The browser still has its cookies.
    fn again(&mut self) {
        let running = self.place.open();
        self.desk.clinic = running.address;
        self.running = Some(running);
    }

    fn restart(&mut self, signal: &str) {
        self.end(signal);
        self.again();
    }

    /// A clinic whose office takes cards in Moneris's frame.
    fn begin_with_moneris() -> Self {
        let place = Place::new();
        let running = place.open();
        let mut owner = running.sign_in("practice-owner");
        let page = owner.get(&settings("")).text();
        let (_, keys) = page.split_once("Keys of the stand-in</summary>").unwrap();
        let (_, keys) = keys.split_once("Keys of the stand-in</summary>").unwrap();
        let code = |place: usize| keys.split("<code>").nth(place).unwrap().split('<').next().unwrap();
        let fields = [("store_id", code(1)), ("api_token", code(2)), ("profile_id", code(3))];
        let saved = owner.submit(&settings(""), &settings("/moneris/keys"), &fields);
        assert_eq!(saved.status, 303, "{}", saved.text());
        let desk = running.sign_in("front-desk-a");
        Self { place, running: Some(running), desk, publishable_key: String::new() }
    }

    /// How a payment stands, by its page for scripts.
    fn stands(&mut self, payment: &str) -> String {
        state(&self.desk.get(&format!("/d/{OFFICE}/payments/{payment}/state")))
    }

    /// How often money was taken at Moneris, for each order, as the stand-in kept it.
    fn charged(&self) -> Vec<usize> {
        let copy = Place::new();
        let file = copy.path().join("stand-in-moneris.json");
        std::fs::copy(self.place.path().join("stand-in-moneris.json"), &file).unwrap();
        let ledger = FakeMoneris::kept_in(&file).unwrap().ledger("monca04321");
        ledger.entries.iter().map(|entry| entry.successful_charges).collect()
    }

    fn window(&mut self) -> Window {
        Window::open(&mut self.desk, FINALISED)
    }

    /// The cardholder's browser gives the card to the stand-in.
    fn charge(&mut self, client_secret: &str) {
        let stand_in = self.stand_in();
        let (intent, _) = client_secret.split_once("_secret_").unwrap();
        let form = [
            ("payment_method_data[type]", "card"),
            ("payment_method_data[card][number]", Card::VISA.number),
            ("payment_method_data[card][exp_month]", "12"),
            ("payment_method_data[card][exp_year]", "2034"),
            ("payment_method_data[card][cvc]", "123"),
            ("client_secret", client_secret),
        ];
        let request = Request::new("POST", &format!("/v1/payment_intents/{intent}/confirm"))
            .header("authorization", &format!("Bearer {}", self.publishable_key))
            .header("stripe-version", API_VERSION)
            .form(&form);
        let answer = send(stand_in, &request.bytes(stand_in)).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Where the payment window's page loads the stand-in's script from.
    fn stand_in(&mut self) -> SocketAddr {
        let page = self.desk.get(&invoice(OFFICE, FINALISED, "/pay"));
        let policy = page.header("content-security-policy").unwrap();
        let (_, from) = policy.split_once("script-src 'self' http://").unwrap();
        from.split([';', ' ']).next().unwrap().parse().unwrap()
    }

    fn settle(&mut self, payment: &str) -> Answer {
        self.desk.submit("/dispensaries", &format!("/d/{OFFICE}/payments/{payment}/settle"), &[])
    }

    /// Whatever happened: from here the payment is finished, once, and the invoice is paid.
    fn finish(&mut self) {
        let window = self.window();
        let sent = window.send(&mut self.desk);
        assert_eq!(sent.status, 200, "{}", sent.text());
        self.charge(&client_secret(&sent));
        self.assert_settles(&window.payment);
    }

    fn assert_settles(&mut self, payment: &str) {
        let settled = self.settle(payment);
        let told: Value = serde_json::from_slice(&settled.body).unwrap();
        assert_eq!(told["state"], "succeeded", "{told}");
        self.assert_paid_once();
    }

    /// By the pages, and by what truly happened at the stand-in.
    fn assert_paid_once(&mut self) {
        let page = self.desk.get(&format!("/d/{OFFICE}/payments")).text();
        assert_eq!(page.matches(">Paid<").count(), 1, "{page}");
        assert_eq!(self.captured(), [1]);
    }

    /// How often money was taken, for each PaymentIntent, as the stand-in kept it.
    fn captured(&self) -> Vec<usize> {
        let copy = Place::new();
        let file = copy.path().join("stand-in-stripe.json");
        std::fs::copy(self.place.path().join("stand-in-stripe.json"), &file).unwrap();
        let ledger = FakeStripe::kept_in(&file).unwrap().ledger("acct_1PgafTB7WZ01zgkW");
        ledger.entries.iter().map(|entry| entry.successful_charges).collect()
    }
}

#[test]
fn a_clinic_that_was_idle_comes_back_with_everything_and_everybody() {
    for signal in SIGNALS {
        let mut story = Story::begin();
        story.desk.write_invoice(OFFICE, "01930000-0000-7000-8000-0000000000f1", "Robin Roy");
        story.restart(signal);
        let page = story.desk.get(&format!("/d/{OFFICE}/transactions"));
        assert_eq!(page.status, 200, "{signal}: front desk A is still signed in");
        assert!(page.text().contains("Robin Roy"), "{signal}: the draft is kept");
        assert_eq!(
            page.text().matches("Marc Tremblay").count(),
            1,
            "{signal}: the demo's draft is not there twice"
        );
        let draft = story.desk.get(&invoice(OFFICE, DRAFT, "")).status;
        assert_eq!(draft, 200, "{signal}");
        story.finish();
    }
}

#[test]
fn a_form_that_was_open_while_it_restarted_can_be_sent() {
    let mut story = Story::begin();
    let window = story.window();
    story.restart("KILL");
    let sent = window.send(&mut story.desk);
    assert_eq!(sent.status, 200, "{}", sent.text());
    story.charge(&client_secret(&sent));
    story.assert_settles(&window.payment);
}

#[test]
fn a_request_under_way_when_it_ends_is_one_payment_afterwards() {
    for signal in SIGNALS {
        // The signal meets the request earlier or later, and each of these ends the same way.
        for round in 0..6 {
            let mut story = Story::begin();
            let window = story.window();
            let (mut desk, sent) = (story.desk.clone(), window.clone());
            let request = thread::spawn(move || sent.try_send(&mut desk));
            for _ in 0..round {
                // A round trip each, so that the request has got a little further.
                story.running.as_ref().unwrap().visitor().get("/healthz");
            }
            let running = story.running.take().unwrap();
            running.signal(signal);
            let answered = request.join().unwrap();
            Story::ended(running, signal);
            story.again();
            let again = window.send(&mut story.desk);
            assert_eq!(again.status, 200, "{signal}: {}", again.text());
            if let Some(first) = answered.ok().filter(|answer| answer.status == 200) {
                assert_eq!(client_secret(&first), client_secret(&again), "{signal}: another PaymentIntent");
            }
            story.charge(&client_secret(&again));
            story.assert_settles(&window.payment);
        }
    }
}

#[test]
fn a_payment_handed_over_is_finished_after_a_restart() {
    for signal in SIGNALS {
        let mut story = Story::begin();
        let window = story.window();
        let first = client_secret(&window.send(&mut story.desk));
        story.restart(signal);
        let resumed = story.window();
        assert_eq!(resumed.payment, window.payment, "{signal}: the same payment");
        assert_eq!(client_secret(&resumed.send(&mut story.desk)), first, "{signal}: the same PaymentIntent");
        story.charge(&first);
        story.assert_settles(&window.payment);
    }
}

#[test]
fn a_card_charged_before_it_ended_is_found_paid_and_not_charged_again() {
    for signal in SIGNALS {
        let mut story = Story::begin();
        let window = story.window();
        let secret = client_secret(&window.send(&mut story.desk));
        story.charge(&secret);
        story.restart(signal);
        // Whoever presses Send Request once more is told, and not asked for a card.
        let again = window.send(&mut story.desk);
        let told: Value = serde_json::from_slice(&again.body).unwrap();
        assert_eq!(
            told.pointer("/known/state").and_then(Value::as_str),
            Some("succeeded"),
            "{signal}: {told}"
        );
        story.assert_settles(&window.payment);
    }
}

#[test]
fn a_settled_payment_stays_settled() {
    for signal in SIGNALS {
        let mut story = Story::begin();
        story.finish();
        story.restart(signal);
        story.assert_paid_once();
        let window = story.desk.get(&invoice(OFFICE, FINALISED, "/pay"));
        assert_eq!(window.status, 409, "{signal}: {}", window.text());
    }
}

#[test]
fn a_settle_under_way_when_it_ends_is_told_afterwards() {
    for signal in SIGNALS {
        let mut story = Story::begin();
        let window = story.window();
        let secret = client_secret(&window.send(&mut story.desk));
        story.charge(&secret);
        let (mut desk, csrf) = (story.desk.clone(), story.desk.csrf("/dispensaries"));
        let to = format!("/d/{OFFICE}/payments/{}/settle", window.payment);
        let settle = thread::spawn(move || {
            let request = Request::new("POST", &to).header("origin", &desk.origin()).form(&[("csrf", &csrf)]);
            desk.try_send(request)
        });
        story.end(signal);
        // An answer, or none: both are right.
        drop(settle.join().unwrap());
        story.again();
        story.assert_settles(&window.payment);
    }
}

#[test]
fn a_charge_under_way_when_it_ends_is_made_once_or_known_to_be_in_doubt() {
    for signal in SIGNALS {
        // The signal meets the charge earlier or later.
        for round in 0..4 {
            let mut story = Story::begin_with_moneris();
            let window = story.window();
            let order = order_of(&window.send(&mut story.desk));
            let token = window.token(Card::VISA.number);
            let (mut desk, sent, of, given) =
                (story.desk.clone(), window.clone(), order.clone(), token.clone());
            let charge = thread::spawn(move || sent.try_charge(&mut desk, &of, &given));
            for _ in 0..round {
                story.running.as_ref().unwrap().visitor().get("/healthz");
            }
            let running = story.running.take().unwrap();
            running.signal(signal);
            let answered = charge.join().unwrap().ok().filter(|answer| answer.status == 200);
            Story::ended(running, signal);
            story.again();

            let told = answered.map(|answer| state(&answer));
            let mut stands = story.stands(&window.payment);
            if told.as_deref() == Some("succeeded") {
                assert_eq!(stands, "succeeded", "{signal} {round}: what was told is so");
            }
            if stands == "open" {
                // The token never came in: the window, loaded again, goes on with another.
                let resumed = story.window();
                assert_eq!(order_of(&resumed.send(&mut story.desk)), order, "{signal} {round}");
                let token = resumed.token(Card::VISA.number);
                stands = state(&resumed.charge(&mut story.desk, &order, &token));
            } else {
                // It came in: nobody's token is charged again, whatever is known of the first.
                let again = window.charge(&mut story.desk, &order, &token);
                assert_eq!(state(&again), stands, "{signal} {round}");
            }
            let charged = story.charged().iter().sum::<usize>();
            assert!(charged <= 1, "{signal} {round}: charged {charged} times");
            assert!(
                stands == "unknown" || charged == 1,
                "{signal} {round}: {stands}, charged {charged} times"
            );
        }
    }
}

#[test]
fn a_refund_made_before_it_ended_is_known_and_not_made_again() {
    for signal in SIGNALS {
        let mut story = Story::begin();
        story.finish();
        let page = story.desk.get(&format!("/d/{OFFICE}/payments")).text();
        let (_, id) = page.split_once("/payments/").unwrap();
        let page = format!("/d/{OFFICE}/payments/{}", id.split('"').next().unwrap());
        let refund = "01930000-0000-7000-8000-0000000000f2";
        let fields = [("refund", refund), ("capture", "attempt-1"), ("amount", "40.00")];
        for _ in 0..2 {
            let asked = story.desk.submit(&page, &format!("{page}/refund"), &fields);
            assert!(asked.location().contains("refund-succeeded"), "{signal}: {}", asked.text());
            story.restart(signal);
        }
        let shown = story.desk.get(&page).text();
        assert!(shown.contains("Given back in part") && shown.contains("$83.45"), "{signal}: {shown}");
    }
}
