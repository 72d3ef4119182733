//! The clinic inside the test, with the stand-in at hand and something of everything in its books. No test is here.

use std::io;
use std::net::SocketAddr;

use billing_app::Billing;
use billing_domain::AuditEntry;
use billing_testkit::moneris::{FakeMoneris, Ledger};
use billing_testkit::stripe::{Card, FakeStripe};
use clinic::people::Person;
use clinic::{Clinic, Notices, Options};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::http::{Answer, Request, Visitor, attribute, field, send};
use super::{OFFICE, PERSONAL, Place};

/// The seeded invoice that is to be paid, and the seeded draft.
pub const FINALISED: &str = "01930000-0000-7000-8000-000000000010";
pub const DRAFT: &str = "01930000-0000-7000-8000-000000000011";
/// An invoice of these tests that is to be paid.
pub const UNPAID: &str = "01930000-0000-7000-8000-0000000000a1";
/// A refund of a part of the seeded invoice.
pub const REFUND: &str = "01930000-0000-7000-8000-0000000000a3";
/// A draft in the practitioner's own books, and a word that is nowhere else.
pub const ELSEWHERE: &str = "01930000-0000-7000-8000-0000000000a2";
pub const MARKER: &str = "Otherbooks";

/// The stand-in's account of the office.
const STRIPE_ACCOUNT: &str = "acct_1PgafTB7WZ01zgkW";

/// More than a test here does, and not more than the library gives at once.
const AUDIT_PAGE: u32 = 200;

/// An open clinic. Dropping it ends it.
pub struct Opened {
    // Dropped in this order: what runs, then what it runs on, then its folder.
    clinic: Clinic,
    runtime: Runtime,
    pub place: Place,
    /// The stand-in's live keys for the office: publishable, secret.
    pub keys: (String, String),
}

impl Opened {
    /// A clinic as it is on its first day.
    pub fn new() -> Self {
        Self::told_by(Notices::Off)
    }

    /// The same, with somebody who tells it at once when something changed.
    pub fn told_by(notices: Notices) -> Self {
        let (place, runtime) = (Place::new(), Runtime::new().unwrap());
        let options = Options { notices, ..Options::in_folder(place.path()) };
        let clinic = runtime.block_on(Clinic::start(options)).unwrap();
        let office = OFFICE.parse().unwrap();
        let keys = clinic.stand_in().unwrap().keys(office).unwrap();
        Self { clinic, runtime, place, keys }
    }

    /// A clinic with Stripe's keys saved, a paid invoice of which a part was given back, an unpaid one, and a draft in each of the books. Nothing is open, so the
    /// sweep has nothing to do. The payment that was made comes with it.
    pub fn furnished() -> (Self, String) {
        let opened = Self::new();
        opened.save_keys();
        let payment = opened.pay(FINALISED);
        let refunded = opened.give_back(&payment, REFUND, "1.00");
        assert!(refunded.location().contains("refund-succeeded"), "{}", refunded.text());
        let mut desk = opened.sign_in("front-desk-a");
        desk.write_invoice(OFFICE, UNPAID, "Robin Roy");
        desk.write_invoice(PERSONAL, ELSEWHERE, MARKER);
        let (page, to) = (invoice(OFFICE, UNPAID, ""), invoice(OFFICE, UNPAID, "/finalise"));
        let done = desk.submit(&page, &to, &[]);
        assert_eq!(done.status, 303, "{}", done.text());
        (opened, payment)
    }

    pub fn address(&self) -> SocketAddr {
        self.clinic.address()
    }

    pub fn stripe(&self) -> &FakeStripe {
        &self.clinic.stand_in().unwrap().stripe
    }

    pub fn visitor(&self) -> Visitor {
        Visitor::at(self.address())
    }

    pub fn sign_in(&self, person: &str) -> Visitor {
        self.visitor().signed_in(person)
    }

    pub fn save_keys(&self) {
        let (publishable, secret) = &self.keys;
        let fields = [("publishable_key", &**publishable), ("secret_key", &**secret)];
        let (page, to) = (settings(""), settings("/stripe/keys"));
        let saved = self.sign_in("practice-owner").submit(&page, &to, &fields);
        assert_eq!(saved.status, 303, "{}", saved.text());
    }

    /// The office's account of Stripe, as the clinic calls it.
    pub fn stripe_account(&self) -> String {
        let owner = Person::PracticeOwner.actor_in(OFFICE.parse().unwrap()).unwrap().unwrap();
        let settings = self.runtime.block_on(self.clinic.billing().settings(&owner)).unwrap();
        settings.stripe.saved.unwrap().account.account.to_string()
    }

    /// The owner saves the stand-in's store at Moneris, for its card fields.
    pub fn save_store(&self) {
        let keys = self.clinic.moneris_stand_in().unwrap().keys(OFFICE.parse().unwrap()).unwrap();
        let fields = [
            ("store_id", &*keys.store_id),
            ("api_token", &*keys.api_token),
            ("profile_id", &*keys.profile_id),
        ];
        let (page, to) = (settings(""), settings("/moneris/keys"));
        let saved = self.sign_in("practice-owner").submit(&page, &to, &fields);
        assert_eq!(saved.status, 303, "{}", saved.text());
    }

    pub fn moneris(&self) -> &FakeMoneris {
        &self.clinic.moneris_stand_in().unwrap().moneris
    }

    /// What truly happened at the office's store.
    pub fn orders(&self) -> Ledger {
        let keys = self.clinic.moneris_stand_in().unwrap().keys(OFFICE.parse().unwrap()).unwrap();
        self.moneris().ledger(&keys.store_id)
    }

    /// The library, as this clinic uses it, and what to await it on.
    pub fn billing(&self) -> (&Billing, &Runtime) {
        (self.clinic.billing(), &self.runtime)
    }

    /// Front desk A sends the request: the payment's id and the client secret.
    pub fn send_request(&self, id: &str) -> (String, String) {
        let mut desk = self.sign_in("front-desk-a");
        let window = Window::open(&mut desk, id);
        let answer = window.send(&mut desk);
        assert_eq!(answer.status, 200, "{}", answer.text());
        (window.payment, client_secret(&answer))
    }

    /// Takes the money for an invoice, and returns the payment.
    pub fn pay(&self, id: &str) -> String {
        let (payment, secret) = self.send_request(id);
        self.charge(&secret);
        let to = format!("/d/{OFFICE}/payments/{payment}");
        let settled = self.sign_in("front-desk-a").submit("/dispensaries", &format!("{to}/settle"), &[]);
        assert!(settled.text().contains("succeeded"), "{}", settled.text());
        payment
    }

    /// Front desk A gives back some of what the payment's first attempt took.
    pub fn give_back(&self, payment: &str, refund: &str, amount: &str) -> Answer {
        let page = format!("/d/{OFFICE}/payments/{payment}");
        let fields = [("refund", refund), ("capture", "attempt-1"), ("amount", amount)];
        self.sign_in("front-desk-a").submit(&page, &format!("{page}/refund"), &fields)
    }

    /// How much was given back at the stand-in, in cents, over all PaymentIntents.
    pub fn refunded(&self) -> i64 {
        self.stripe().ledger(STRIPE_ACCOUNT).total_refunded()
    }

    /// What the cardholder's browser does.
    pub fn charge(&self, client_secret: &str) {
        self.pays_with(Card::VISA, client_secret, "succeeded");
    }

    /// The same with this card, after which the PaymentIntent has this status.
    pub fn pays_with(&self, card: Card, client_secret: &str, status: &str) {
        let cardholder = self.stripe().cardholder(client_secret, &self.keys.0);
        let answer = self.runtime.block_on(cardholder.pay(card)).unwrap();
        assert_eq!(answer.intent_status(), Some(status));
    }

    /// The stand-in's live keys for these books: publishable, secret.
    pub fn keys_of(&self, books: &str) -> (String, String) {
        self.clinic.stand_in().unwrap().keys(books.parse().unwrap()).unwrap()
    }

    /// Everything that was ever done here, in both books.
    pub fn audit(&self) -> Vec<AuditEntry> {
        let read = |dispensary| {
            let owner = Person::PracticeOwner.actor_in(dispensary).unwrap().unwrap();
            let page = self.runtime.block_on(self.clinic.billing().audit(&owner, 0, AUDIT_PAGE)).unwrap();
            assert!(u32::try_from(page.len()).unwrap() < AUDIT_PAGE, "more than one page");
            page
        };
        [OFFICE, PERSONAL].into_iter().flat_map(|books| read(books.parse().unwrap())).collect()
    }

    /// How often money was taken at the stand-in, for each PaymentIntent.
    pub fn captured(&self) -> Vec<usize> {
        let ledger = self.stripe().ledger(STRIPE_ACCOUNT);
        ledger.entries.iter().map(|entry| entry.successful_charges).collect()
    }
}

impl Visitor {
    /// Writes a draft.
    pub fn write_invoice(&mut self, dispensary: &str, id: &str, payer: &str) {
        let new = format!("/d/{dispensary}/invoices/new");
        let answer = self.submit(&new, &format!("/d/{dispensary}/invoices"), &draft(id, payer));
        assert_eq!(answer.status, 303, "{}", answer.text());
    }
}

/// The fields of the invoice form.
pub fn draft<'a>(id: &'a str, payer: &'a str) -> [(&'static str, &'a str); 7] {
    [
        ("new_id", id),
        ("full_name", payer),
        ("patient", "patient-1"),
        ("description-0", "Visit"),
        ("quantity-0", "1"),
        ("unit_price-0", "12.00"),
        ("tax-0", "exempt"),
    ]
}

/// What the payment window's page says to its script.
#[derive(Clone, Debug)]
pub struct Window {
    invoice: String,
    csrf: String,
    pub payment: String,
    total: String,
    currency: String,
    account: String,
    processor: String,
    /// Where Moneris's card frame is, if it is Moneris's window.
    pub frame_url: Option<String>,
}

impl Window {
    pub fn open(desk: &mut Visitor, id: &str) -> Self {
        let answer = desk.get(&invoice(OFFICE, id, "/pay"));
        let page = answer.text();
        let tag = page.split('<').find(|tag| attribute(tag, "data-payment").is_some());
        let may_say = |name: &str| tag.and_then(|tag| attribute(tag, &format!("data-{name}")));
        let said = |name: &str| may_say(name).unwrap_or_else(|| panic!("no data-{name}: {page}")).to_owned();
        Self {
            invoice: id.to_owned(),
            csrf: field(&page, "csrf").unwrap_or_else(|| said("csrf")),
            payment: said("payment"),
            total: said("total"),
            currency: said("currency"),
            account: said("account"),
            processor: said("processor"),
            frame_url: may_say("frame-url").map(|url| url.replace("&amp;", "&")),
        }
    }

    /// Presses Send Request.
    pub fn send(&self, desk: &mut Visitor) -> Answer {
        self.try_send(desk).expect("the clinic answers")
    }

    /// The same, at a clinic that may be gone before it answers.
    pub fn try_send(&self, desk: &mut Visitor) -> io::Result<Answer> {
        let request = Request::new("POST", &invoice(OFFICE, &self.invoice, "/send-request"));
        desk.try_send(request.header("origin", &desk.origin()).form(&self.fields()))
    }

    /// Brings the token to the clinic.
    pub fn charge(&self, desk: &mut Visitor, reference: &str, token: &str) -> Answer {
        self.try_charge(desk, reference, token).expect("the clinic answers")
    }

    /// The same, at a clinic that may be gone before it answers.
    pub fn try_charge(&self, desk: &mut Visitor, reference: &str, token: &str) -> io::Result<Answer> {
        let to = format!("/d/{OFFICE}/payments/{}/charge", self.payment);
        let fields = [("csrf", &*self.csrf), ("reference", reference), ("token", token)];
        desk.try_send(Request::new("POST", &to).header("origin", &desk.origin()).form(&fields))
    }

    /// What Moneris's frame does with this card when the page asks it: a token.
    pub fn token(&self, number: &str) -> String {
        let url = self.frame_url.as_deref().expect("it is Moneris's window");
        let (origin, query) =
            url.strip_prefix("http://").unwrap().split_once("/HPPtoken/index.php?id=").unwrap();
        let (id, _) = query.split_once('&').unwrap();
        let typed = json!({ "id": id, "pan": number, "exp": "1234", "cvd": "123" });
        let to: SocketAddr = origin.parse().unwrap();
        let request =
            Request::new("POST", "/HPPtoken/token").body("application/json", typed.to_string().as_bytes());
        let answer: Value = serde_json::from_slice(&send(to, &request.bytes(to)).unwrap().body).unwrap();
        answer["dataKey"].as_str().unwrap_or_else(|| panic!("no token: {answer}")).to_owned()
    }

    pub fn fields(&self) -> [(&'static str, &str); 6] {
        [
            ("csrf", &self.csrf),
            ("payment", &self.payment),
            ("total", &self.total),
            ("currency", &self.currency),
            ("account", &self.account),
            ("processor", &self.processor),
        ]
    }
}

/// How a payment stands, as the answer to a script says.
pub fn state(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    body["state"].as_str().unwrap_or_else(|| panic!("no state: {body}")).to_owned()
}

/// The order that an answer to Send Request hands over at Moneris.
pub fn order_of(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    let reference = body.pointer("/handover/reference").and_then(Value::as_str);
    reference.unwrap_or_else(|| panic!("nothing is handed over: {body}")).to_owned()
}

/// What an answer to Send Request hands over.
pub fn client_secret(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    let secret = body.pointer("/handover/client_secret").and_then(Value::as_str);
    secret.unwrap_or_else(|| panic!("nothing is handed over: {body}")).to_owned()
}

pub fn invoice(dispensary: &str, id: &str, rest: &str) -> String {
    format!("/d/{dispensary}/invoices/{id}{rest}")
}

pub fn settings(rest: &str) -> String {
    format!("/d/{OFFICE}/settings{rest}")
}
