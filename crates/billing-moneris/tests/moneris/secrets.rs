//! Whatever is shown, no secret is in it; and no sentence of Moneris's is passed on.

use std::error::Error;
use std::fmt::{Debug, Display, Write};

use billing_domain::{Begun, RefundPlan};
use billing_moneris::{
    CheckoutTicket, FLOW_CHECKOUT, FLOW_HOSTED_TOKENIZATION, MonerisConfig, decode, decode_checkout,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::answers::{
    DATA_KEY, TICKET, TOKEN, approved, declined, not_complete, not_passed_on, paid, refund_order, refused,
    ticket_order, token_order,
};
use crate::canned::{Canned, Said, said};

#[expect(clippy::disallowed_methods, reason = "the browser is given the ticket, as it must be")]
pub(crate) fn exposed(secret: &SecretString) -> String {
    secret.expose_secret().to_owned()
}

const SENTENCE: &str = "Kaboom for Ann Lee";

fn text<T: Debug, E: Debug + Display + Error>(result: Result<T, E>) -> String {
    match result {
        Ok(fact) => format!("{fact:?}"),
        Err(error) => {
            let mut causes = format!("{error} {error:?}");
            let mut next = error.source();
            while let Some(cause) = next {
                let _ = write!(causes, " {cause} {cause:?}");
                next = cause.source();
            }
            causes
        }
    }
}

fn hides_everything(shown: &str) {
    for secret in [TOKEN, DATA_KEY, TICKET, SENTENCE, "Ann Lee", "356600"] {
        assert!(!shown.contains(secret), "{secret:?} is shown in: {shown}");
    }
}

/// An answer that says every secret back.
fn echo(body: &str) -> String {
    format!("{body} {TOKEN} {DATA_KEY} {TICKET} {SENTENCE}")
}

#[tokio::test]
async fn no_result_and_no_error_shows_a_secret() {
    let answers: [fn() -> Said; 8] = [
        || approved().with("Message", SENTENCE).with("DataKey", DATA_KEY).into(),
        || declined().with("Message", SENTENCE).into(),
        || not_passed_on(SENTENCE).into(),
        || not_passed_on(&format!("API token mismatch {TOKEN}")).into(),
        || said(200, &echo("<html>")),
        || said(500, &echo("<html>")),
        || Said::Lost,
        || Said::NotSent,
    ];
    for answer in answers {
        let canned = Canned::new([answer(), answer(), answer(), answer()]);
        let port = canned.port(&FLOW_HOSTED_TOKENIZATION);
        let order = token_order();
        hides_everything(&format!("{port:?} {order:?} {:?}", canned.connector(MonerisConfig::default())));
        hides_everything(&text(port.begin(&order).await));
        hides_everything(&text(port.charge(&order).await));
        hides_everything(&text(port.observe(&order).await));
        hides_everything(&text(port.refund(&refund_order(RefundPlan::Refund)).await));
        hides_everything(&text(port.refund(&refund_order(RefundPlan::Reversal)).await));
        for request in canned.requests() {
            hides_everything(&format!("{request:?} {}", request.url));
        }
    }
}

#[tokio::test]
async fn no_result_and_no_error_of_checkout_shows_a_secret() {
    let ticket = || json!({"response": {"success": "true", "ticket": TICKET}}).into();
    let refusal =
        || json!({"response": {"success": "false", "error": {"api_token": TOKEN, "m": SENTENCE}}}).into();
    let answers: [fn() -> Said; 8] = [
        ticket,
        refusal,
        || paid().into(),
        || refused().into(),
        || not_complete().into(),
        || said(200, &echo("{")),
        || said(500, &echo("{")),
        || Said::Lost,
    ];
    for answer in answers {
        let canned = Canned::new([answer(), answer(), answer()]);
        let port = canned.port(&FLOW_CHECKOUT);
        let order = ticket_order();
        let begun = port.begin(&order).await;
        if let Ok(Begun::HandOver { handover, .. }) = &begun {
            hides_everything(&format!("{:?}", CheckoutTicket::try_from(handover)));
        }
        hides_everything(&text(begun));
        hides_everything(&text(port.resume(&order).await));
        hides_everything(&text(port.observe(&order).await));
        for request in canned.requests() {
            hides_everything(&format!("{request:?} {}", request.url));
        }
    }
}

#[test]
fn what_was_read_shows_codes_only() {
    let shown = format!("{:?}", decode(&approved().with("Message", SENTENCE).xml()).unwrap());
    hides_everything(&shown);
    assert!(shown.contains("027") && !shown.contains("5454"), "{shown}");
    let shown = format!("{:?}", decode_checkout(paid().to_string().as_bytes()).unwrap());
    hides_everything(&shown);
    assert!(shown.contains("success"), "{shown}");
}
