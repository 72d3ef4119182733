//! A network that says what a test wrote for it: for answers that the fake Stripe, being truthful, does not give.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use billing_credentials::ProcessorConnector;
use billing_domain::{ChargeOrder, PaymentProcessor, RefundOrder};
use billing_stripe::{StripeConfig, StripeConnector};
use billing_testkit::stripe::{Card, Mode};
use billing_transport::{Delivery, Exchange, Request, Response, SendError, SendErrorKind};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::harness::Stripe;

/// One answer, or none.
#[derive(Clone, Debug)]
pub(crate) enum Said {
    Answer { status: u16, headers: Vec<(&'static str, &'static str)>, body: String },
    NotSent,
    Lost,
}

pub(crate) fn said(status: u16, body: &Value) -> Said {
    Said::Answer { status, headers: vec![("request-id", "req_canned1")], body: body.to_string() }
}

/// An error of Stripe's with this status, type and code.
pub(crate) fn refused(status: u16, kind: &str, code: Option<&str>) -> Said {
    said(status, &json!({ "error": { "type": kind, "code": code, "message": "Do not show pi_1_secret_2." } }))
}

impl Said {
    pub(crate) fn with(mut self, name: &'static str, value: &'static str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name, value));
        }
        self
    }
}

#[derive(Debug)]
struct Canned {
    says: Mutex<VecDeque<Said>>,
}

#[async_trait]
impl Exchange for Canned {
    async fn send(&self, _: Request) -> Result<Response, SendError> {
        let mut says = self.says.lock().unwrap_or_else(PoisonError::into_inner);
        // The last answer is given for ever.
        let said = if says.len() > 1 { says.pop_front() } else { says.front().cloned() };
        match said.expect("a test says something") {
            Said::NotSent => Err(SendError::new(SendErrorKind::Connect, Delivery::NotSent)),
            Said::Lost => Err(SendError::new(SendErrorKind::Interrupted, Delivery::MaybeSent)),
            Said::Answer { status, headers, body } => {
                let pairs = headers
                    .into_iter()
                    .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
                let headers = pairs.collect::<HeaderMap>();
                Ok(Response {
                    status: StatusCode::from_u16(status).unwrap(),
                    headers,
                    body: Bytes::from(body),
                })
            }
        }
    }
}

pub(crate) fn connector(says: Vec<Said>) -> StripeConnector {
    StripeConnector::new(Arc::new(Canned { says: Mutex::new(says.into()) }), StripeConfig::default())
}

/// Our port, an order of its account, and a network that says `says`.
pub(crate) fn port(says: Vec<Said>) -> (Arc<dyn PaymentProcessor>, ChargeOrder) {
    let stripe = Stripe::in_process();
    let order = stripe.order(1);
    let opened = stripe.opened(&stripe.account.secret_key(Mode::Live));
    (connector(says).connect(&opened), order)
}

/// The intent of `order` as Stripe would say it, in `status`.
pub(crate) fn intent(order: &ChargeOrder, status: &str) -> Value {
    json!({
        "id": "pi_3PgafyB7WZ01zgkWcanned",
        "object": "payment_intent",
        "status": status,
        "livemode": true,
        "amount": order.amount.minor(),
        "amount_received": if status == "succeeded" { order.amount.minor() } else { 0 },
        "currency": "cad",
        "client_secret": "pi_3PgafyB7WZ01zgkWcanned_secret_canned",
        "created": 1_795_305_600,
        "latest_charge": if status == "succeeded" { json!("ch_3PgafyB7WZ01zgkWcanned") } else { Value::Null },
        "metadata": { "payment_id": order.payment.to_string(), "invoice_id": order.payable.as_str() },
        "something_new": { "of": ["any", "shape"] },
    })
}

/// Our port, a refund of a charge of its account, and a network that says `says`.
pub(crate) async fn refund_port(says: Vec<Said>) -> (Arc<dyn PaymentProcessor>, RefundOrder) {
    let stripe = Stripe::in_process();
    let order = stripe.refund_of(1, Card::VISA).await;
    let opened = stripe.opened(&stripe.account.secret_key(Mode::Live));
    (connector(says).connect(&opened), order)
}

/// The refund of `order` as Stripe would say it, in `status`.
pub(crate) fn refund(order: &RefundOrder, status: &str) -> Value {
    json!({
        "id": "re_3PgafyB7WZ01zgkWcanned",
        "object": "refund",
        "amount": order.amount.minor(),
        "balance_transaction": "txn_3PgafyB7WZ01zgkWcanned",
        "charge": order.capture.charge,
        "created": 1_795_305_700,
        "currency": "cad",
        "metadata": { "refund_id": order.refund.to_string() },
        "payment_intent": order.capture.reference.0,
        "reason": null,
        "receipt_number": null,
        "status": status,
        "something_new": { "of": ["any", "shape"] },
    })
}
