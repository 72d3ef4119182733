//! Contract line 9: whatever is shown, no secret is in it.

use std::error::Error;
use std::fmt::{Debug, Display};
use std::sync::Arc;

use billing_domain::PaymentProcessor;
use secrecy::{ExposeSecret, SecretString};

use super::{Call, Card, Disturbance, Harness, handed_over, order};

/// Line 9: Debug of the port, of hand-overs and of facts, and Debug and texts of errors with all their causes, hold neither
/// a key nor a token nor a client secret.
pub async fn nothing_shown_holds_a_secret(harness: &dyn Harness) {
    let mut shown = Vec::new();
    let (open, handover) = handed_over(harness, 1).await;
    shown.push(format!("{open:?} {handover:?}"));
    for port in [harness.processor(), harness.with_unknown_keys(), harness.unreachable()] {
        show_calls(harness, &port, &open, &mut shown).await;
    }
    for disturbance in [Disturbance::Refused, Disturbance::AnswerLost, Disturbance::FailsAfterEffect] {
        for call in [Call::Begin, Call::Cancel, Call::Observe] {
            harness.disturb(call, disturbance);
        }
        show_calls(harness, &harness.processor(), &open, &mut shown).await;
        harness.calm();
    }
    harness.pay(&handover, Card::Refused).await;
    show_calls(harness, &harness.processor(), &open, &mut shown).await;
    let mut secrets = harness.secrets();
    secrets.extend(handover.secret.as_ref().map(exposed));
    assert!(!secrets.is_empty(), "the harness names its secrets");
    for text in shown {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "a secret is shown in: {text}");
        }
    }
}

async fn show_calls(
    harness: &dyn Harness,
    port: &Arc<dyn PaymentProcessor>,
    open: &billing_domain::ChargeOrder,
    shown: &mut Vec<String>,
) {
    shown.push(format!("{port:?}"));
    shown.push(text(port.begin(&order(harness, 2)).await));
    shown.push(text(port.resume(open).await));
    shown.push(text(port.observe(open).await));
    // Under a try number of its own each time it would end the charge that the others look at.
    shown.push(text(port.cancel(&billing_domain::ChargeOrder { reference: None, ..open.clone() }, 1).await));
}

fn text<T: Debug, E: Debug + Display + Error>(result: Result<T, E>) -> String {
    match result {
        Ok(fact) => format!("{fact:?}"),
        Err(error) => {
            let mut causes = Vec::new();
            let mut next = error.source();
            while let Some(cause) = next {
                causes.push(format!("{cause} {cause:?}"));
                next = cause.source();
            }
            format!("{error} {error:?} {}", causes.join(" "))
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "to look for it in what is shown")]
fn exposed(secret: &SecretString) -> String {
    secret.expose_secret().to_owned()
}
