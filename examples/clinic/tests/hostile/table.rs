//! Every route, as somebody who wants to break it sees it: who may, and which fields it needs. Held complete by a test.

use super::support::http::{Request, Visitor};
use super::support::opened::{DRAFT, REFUND, UNPAID};
use super::support::{OFFICE, PERSONAL};

/// One method of one path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    /// Who may; nobody named means that it asks nobody who they are.
    pub(crate) may: &'static [&'static str],
    /// What its form holds besides the token. Without any of them it does nothing.
    pub(crate) fields: &'static [(&'static str, &'static str)],
}

pub(crate) const EVERYBODY: &[&str] = &["front-desk-a", "front-desk-b", "help-centre", "practice-owner"];
const DESKS: &[&str] = &["front-desk-a", "front-desk-b", "practice-owner"];
const HELP: &[&str] = &["help-centre"];
const REFUNDERS: &[&str] = &["front-desk-a", "practice-owner"];
const OWNER: &[&str] = &["practice-owner"];

const fn get(path: &'static str, may: &'static [&'static str]) -> Route {
    Route { method: "GET", path, may, fields: &[] }
}

const fn post(
    path: &'static str,
    may: &'static [&'static str],
    fields: &'static [(&'static str, &'static str)],
) -> Route {
    Route { method: "POST", path, may, fields }
}

pub(crate) const ROUTES: &[Route] = &[
    get("/", &[]),
    get("/healthz", &[]),
    get("/assets/{name}", &[]),
    get("/sign-in", &[]),
    post("/sign-in", &[], &[("person", "practice-owner")]),
    post("/sign-out", &[], &[]),
    post("/language", &[], &[("lang", "fr"), ("back", "/dispensaries")]),
    get("/dispensaries", EVERYBODY),
    get("/help-centre", HELP),
    post("/help-centre/unlock", HELP, &[("dispensary", PERSONAL), ("processor", "stripe")]),
    get("/d/{dispensary}/transactions", DESKS),
    post("/d/{dispensary}/invoices", DESKS, INVOICE),
    get("/d/{dispensary}/invoices/new", DESKS),
    get("/d/{dispensary}/invoices/{invoice}", DESKS),
    get("/d/{dispensary}/invoices/{invoice}/edit", DESKS),
    post("/d/{dispensary}/invoices/{invoice}/edit", DESKS, EDITED),
    post("/d/{dispensary}/invoices/{invoice}/finalise", DESKS, &[]),
    post("/d/{dispensary}/invoices/{invoice}/reopen", OWNER, &[]),
    post("/d/{dispensary}/invoices/{invoice}/void", OWNER, &[("reason", "written twice")]),
    get("/d/{dispensary}/invoices/{invoice}/pay", DESKS),
    post("/d/{dispensary}/invoices/{invoice}/send-request", DESKS, SEND_REQUEST),
    get("/d/{dispensary}/payments", DESKS),
    get("/d/{dispensary}/payments/{payment}", DESKS),
    post("/d/{dispensary}/payments/{payment}/look", DESKS, &[]),
    post("/d/{dispensary}/payments/{payment}/cancel", DESKS, &[]),
    post("/d/{dispensary}/payments/{payment}/finding", OWNER, FINDING),
    post("/d/{dispensary}/payments/{payment}/refund", REFUNDERS, REFUND_FORM),
    post("/d/{dispensary}/payments/{payment}/refunds/{refund}/look", REFUNDERS, &[]),
    post("/d/{dispensary}/payments/{payment}/refunds/{refund}/finding", OWNER, FINDING),
    post("/d/{dispensary}/payments/{payment}/charge", DESKS, CHARGE),
    post("/d/{dispensary}/payments/{payment}/settle", DESKS, &[]),
    get("/d/{dispensary}/payments/{payment}/state", DESKS),
    get("/d/{dispensary}/payments/{payment}/return", DESKS),
    get("/d/{dispensary}/settings", OWNER),
    post("/d/{dispensary}/settings/{processor}/keys", OWNER, KEYS),
    post("/d/{dispensary}/settings/{processor}/remove", OWNER, &[("confirm", "yes")]),
    post("/d/{dispensary}/settings/{processor}/draining/{account}/erase", OWNER, &[("confirm", "yes")]),
    post("/d/{dispensary}/settings/{processor}/check", OWNER, &[]),
    post("/d/{dispensary}/settings/{processor}/draining/{account}/keys", OWNER, KEYS),
];

const INVOICE: &[(&str, &str)] = &[
    ("new_id", "01930000-0000-7000-8000-0000000000b1"),
    ("full_name", "Robin Roy"),
    ("patient", "patient-2"),
    ("description-0", "Visit"),
    ("quantity-0", "1"),
    ("unit_price-0", "12.00"),
    ("tax-0", "exempt"),
];

const EDITED: &[(&str, &str)] = &[
    ("version", "1"),
    ("full_name", "Robin Roy"),
    ("patient", "patient-2"),
    ("description-0", "Visit"),
    ("quantity-0", "1"),
    ("unit_price-0", "12.00"),
    ("tax-0", "exempt"),
];

/// The right amount for an account that is none.
const SEND_REQUEST: &[(&str, &str)] = &[
    ("payment", "01930000-0000-7000-8000-0000000000c1"),
    ("total", "1200"),
    ("currency", "CAD"),
    ("account", "01930000-0000-7000-8000-0000000000c2"),
    ("processor", "stripe"),
];

/// A grant that no card fields gave.
const CHARGE: &[(&str, &str)] =
    &[("reference", "an-order-of-nobody-1"), ("token", "ot-made-up-0000000000000000")];

const REFUND_FORM: &[(&str, &str)] =
    &[("refund", "01930000-0000-7000-8000-0000000000d1"), ("capture", "attempt-1"), ("amount", "1.00")];

const FINDING: &[(&str, &str)] = &[("moved", "no"), ("note", "seen in the dashboard")];

/// Keys that Stripe does not know: a form that got through would ask it.
const KEYS: &[(&str, &str)] =
    &[("publishable_key", "pk_live_51abcdefghijklmnop"), ("secret_key", "sk_live_51qrstuvwxyzabcdef")];

/// What the places in a path are filled with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ids<'a> {
    pub(crate) dispensary: &'a str,
    pub(crate) invoice: Option<&'a str>,
    pub(crate) payment: &'a str,
    pub(crate) refund: &'a str,
    pub(crate) processor: &'a str,
    pub(crate) account: &'a str,
    pub(crate) name: &'a str,
}

impl<'a> Ids<'a> {
    /// Things that exist, each such that the route would do something with it.
    pub(crate) fn existing(payment: &'a str, account: &'a str) -> Self {
        Self {
            dispensary: OFFICE,
            invoice: None,
            payment,
            refund: REFUND,
            processor: "stripe",
            account,
            name: "clinic.css",
        }
    }
}

impl Route {
    pub(crate) fn path(&self, ids: Ids<'_>) -> String {
        let of_draft = self.path.ends_with("/edit") || self.path.ends_with("/finalise");
        let invoice = ids.invoice.unwrap_or(if of_draft { DRAFT } else { UNPAID });
        self.path
            .replace("{dispensary}", ids.dispensary)
            .replace("{invoice}", invoice)
            .replace("{payment}", ids.payment)
            .replace("{refund}", ids.refund)
            .replace("{processor}", ids.processor)
            .replace("{account}", ids.account)
            .replace("{name}", ids.name)
    }

    pub(crate) fn is_post(&self) -> bool {
        self.method == "POST"
    }

    /// Its form, as our own page would send it, but for the token.
    pub(crate) fn form(&self, token: &str) -> Vec<(&'static str, String)> {
        let fields = self.fields.iter().map(|(name, value)| (*name, (*value).to_owned()));
        [("csrf", token.to_owned())].into_iter().chain(fields).collect()
    }

    /// The whole request of somebody with this token; `change` is what is wrong with its form.
    pub(crate) fn request(
        &self,
        ids: Ids<'_>,
        visitor: &Visitor,
        form: &[(&'static str, String)],
    ) -> Request {
        let request = Request::new(self.method, &self.path(ids)).header("origin", &visitor.origin());
        if !self.is_post() {
            return request;
        }
        let fields: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        request.form(&fields)
    }
}
