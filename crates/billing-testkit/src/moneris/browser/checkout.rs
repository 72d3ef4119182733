//! What Checkout's form calls: what a ticket is for, and a submission. Not a part of Moneris's API, so not in its log.

use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::response::Response;
use serde_json::{Value, json};

use super::super::FakeMoneris;
use super::super::checkout::pay::{CheckoutEnd, Typed};
use super::super::dollars;
use super::pages;

/// `{"ticket"}`; answers the amount and the language, or why it cannot be paid.
pub(super) async fn ticket(Shared(fake): Shared<FakeMoneris>, body: Bytes) -> Response {
    let asked = Fields::read(&body);
    pages::answer(&match fake.state().payable(&asked.text("ticket")) {
        Err(code) => json!({ "code": code }),
        Ok(ticket) => json!({
            "code": "001",
            "amount": dollars::text(ticket.amount),
            "language": ticket.language,
        }),
    })
}

/// `{"ticket","cardholder","pan","exp","cvd"}`; answers how it ended, or the codes that say why not.
pub(super) async fn pay(Shared(fake): Shared<FakeMoneris>, body: Bytes) -> Response {
    let asked = Fields::read(&body);
    let typed = Typed {
        cardholder: asked.text("cardholder"),
        cvd: asked.text("cvd"),
        expiry: asked.text("exp"),
        number: asked.text("pan"),
    };
    pages::answer(&match fake.submit(&asked.text("ticket"), &typed) {
        Err(codes) => json!({ "codes": codes }),
        Ok(CheckoutEnd::Approved) => json!({ "end": "approved" }),
        Ok(CheckoutEnd::Declined) => json!({ "end": "declined" }),
        Ok(CheckoutEnd::DeclinedForNow) => json!({ "end": "declined for now" }),
    })
}

struct Fields(Value);

impl Fields {
    fn read(body: &Bytes) -> Self {
        Self(serde_json::from_slice(body).unwrap_or_default())
    }

    /// Empty if it is not there.
    fn text(&self, name: &str) -> String {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}
