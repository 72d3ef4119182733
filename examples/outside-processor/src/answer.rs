//! What an answer of Counter means. Pure, and the only place that says "succeeded".

use billing_domain::payment::{Capture, CaptureSource, Reference};
use billing_domain::{
    Certainty, ChargeFact, ChargeOrder, Currency, Decline, DeclineCategory, Difference, Money, Observed,
    ProcessorError, ProcessorErrorKind, Proof, QueryError, RefundFact, RefundOrder, SubmitError, Why,
};

use crate::connector::COUNTER;
use crate::wire::{Message, NoAnswer};

/// What a checkout says of `order`, asked for with a live key or a test key.
///
/// A checkout that is not the one we asked for is a mismatch whatever its state; a state that is not known proves nothing.
pub(crate) fn fact(order: &ChargeOrder, live: bool, checkout: &Message) -> ChargeFact {
    let differs = differences(order, live, checkout);
    let paid = (checkout.value("state") == Some("paid")).then(|| capture(checkout)).flatten();
    if !differs.is_empty() {
        return ChargeFact::Mismatch(Observed { differs, captured: paid.map(Box::new) });
    }
    match (checkout.value("state"), paid) {
        (Some("paid"), Some(capture)) => ChargeFact::Succeeded(capture),
        (Some("open"), _) => ChargeFact::Live { last: None },
        (Some("closed"), _) => ChargeFact::Dead(Proof::Canceled),
        // Final here: a checkout takes one card. Where the same object can be paid after a refusal, it is `Live`.
        (Some("refused"), _) => ChargeFact::Declined(decline(checkout.value("reason").unwrap_or_default())),
        _ => ChargeFact::NoEvidence(Why::Unrecognised),
    }
}

/// Everything in which the checkout is not the one we asked for. What it does not say differs.
fn differences(order: &ChargeOrder, live: bool, checkout: &Message) -> Vec<Difference> {
    let says = |name: &str, ours: &str| checkout.value(name) == Some(ours);
    let reference = order.reference.as_ref();
    let same = [
        (Difference::Amount, says("amount", &written(order.amount))),
        (Difference::Currency, says("currency", order.amount.currency().code())),
        (Difference::InvoiceId, says("invoice", order.payable.as_str())),
        (Difference::Mode, says("mode", mode(live))),
        (Difference::PaymentId, says("payment", &order.payment.to_string())),
        (Difference::Reference, reference.is_none_or(|reference| says("checkout", &reference.0))),
    ];
    same.into_iter().filter(|(_, same)| !same).map(|(difference, _)| difference).collect()
}

fn capture(checkout: &Message) -> Option<Capture> {
    let currency: Currency = checkout.value("currency")?.parse().ok()?;
    let text = |name: &str| checkout.value(name).map(str::to_owned);
    Some(Capture {
        amount: Money::from_decimal(checkout.value("amount")?.parse().ok()?, currency).ok()?,
        reference: Reference(text("checkout")?),
        charge: None, // one checkout, one charge: there is no second id to tell two of them apart
        auth_code: text("approval"),
        receipt_number: None,
        brand: text("brand"),
        last4: text("last4"),
        captured_at: None, // Counter does not say when
        source: CaptureSource::Processor,
    })
}

/// What a return says of `order`. As with a checkout: first whether it is ours, then what became of it.
pub(crate) fn refund_fact(order: &RefundOrder, live: bool, returned: &Message) -> RefundFact {
    let says = |name: &str, ours: &str| returned.value(name) == Some(ours);
    let known = order.reference.as_ref();
    let same = [
        (Difference::Amount, says("amount", &written(order.amount))),
        (Difference::Currency, says("currency", order.amount.currency().code())),
        (Difference::Mode, says("mode", mode(live))),
        (
            Difference::Reference,
            says("checkout", &order.capture.reference.0)
                && known.is_none_or(|known| says("return", &known.0)),
        ),
        (Difference::RefundId, says("refund", &order.refund.to_string())),
    ];
    let differs: Vec<_> = same.into_iter().filter(|(_, same)| !same).map(|(differs, _)| differs).collect();
    if !differs.is_empty() {
        return RefundFact::Mismatch(differs);
    }
    match (returned.value("state"), returned.value("return")) {
        (Some("returned"), Some(number)) => RefundFact::Succeeded(Reference(number.to_owned())),
        (Some("waiting"), Some(number)) => RefundFact::Pending(Reference(number.to_owned())),
        _ => RefundFact::NoEvidence(Why::Unrecognised),
    }
}

fn decline(reason: &str) -> Decline {
    let category = match reason {
        "expired" => DeclineCategory::ExpiredCard,
        "funds" => DeclineCategory::InsufficientFunds,
        _ => DeclineCategory::IssuerDeclined,
    };
    Decline::new(category).with_code(reason)
}

/// How Counter writes an amount: `10.50`.
pub(crate) fn written(amount: Money) -> String {
    amount.to_decimal().to_string()
}

pub(crate) fn mode(live: bool) -> &'static str {
    if live { "live" } else { "test" }
}

/// Why there is no fact: no answer, or an answer that is an error.
#[derive(Debug)]
pub(crate) enum Failure {
    NoAnswer(NoAnswer),
    /// Counter's own word for what went wrong.
    Said(String),
    /// The order or the key is not one to send anything for.
    Unsendable(ProcessorErrorKind),
}

impl Failure {
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Said(word) if matches!(word.as_str(), "no-such-checkout" | "no-such-return"))
    }

    /// Every call here sends once, so a clear refusal is a refusal of the only send. An adapter that repeats a request
    /// inside a call must answer `Unknown` for a refusal that follows a send in doubt.
    pub(crate) fn into_submit(self) -> SubmitError {
        let certainty = match &self {
            Self::NoAnswer(NoAnswer { left: false, .. }) | Self::Unsendable(_) => Certainty::NotSent,
            Self::Said(word) if refuses(word) => Certainty::Refused,
            Self::NoAnswer(_) | Self::Said(_) => Certainty::Unknown,
        };
        // `stored` is for a processor that replays the outcome of a key's first send and says that it does.
        SubmitError { certainty, stored: false, cause: self.into_cause() }
    }

    pub(crate) fn into_query(self) -> QueryError {
        let sent = !matches!(&self, Self::NoAnswer(NoAnswer { left: false, .. }) | Self::Unsendable(_));
        QueryError { sent, cause: self.into_cause() }
    }

    pub(crate) fn into_cause(self) -> ProcessorError {
        let (kind, source) = match self {
            Self::NoAnswer(NoAnswer { unreadable: true, .. }) => (ProcessorErrorKind::Malformed, None),
            Self::NoAnswer(NoAnswer { source, .. }) => (ProcessorErrorKind::Unavailable, source),
            Self::Said(word) => (said(&word), None),
            Self::Unsendable(kind) => (kind, None),
        };
        let source = source.map(Into::into);
        ProcessorError { processor: COUNTER, kind, request_id: None, retry_after: None, source }
    }
}

/// The words by which Counter says that it did nothing. Any other leaves it open.
fn refuses(word: &str) -> bool {
    matches!(word, "bad-key" | "busy" | "no-such-checkout" | "other-figures" | "too-much")
}

fn said(word: &str) -> ProcessorErrorKind {
    match word {
        "bad-key" => ProcessorErrorKind::CredentialsRejected,
        "busy" => ProcessorErrorKind::RateLimited,
        "broken" => ProcessorErrorKind::Unavailable,
        "no-such-checkout" | "no-such-return" | "other-figures" | "too-much" => {
            ProcessorErrorKind::Rejected(Some(word.to_owned()))
        }
        // Not repeated: what is not known may hold anything.
        _ => ProcessorErrorKind::Rejected(None),
    }
}
