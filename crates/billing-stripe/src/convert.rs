//! From a `PaymentIntent` to a fact about the charge we asked for. Pure, and the only place that says "succeeded".

use billing_credentials::Mode;
use billing_domain::payment::{Capture, CaptureSource, Reference};
use billing_domain::{ChargeFact, ChargeOrder, Difference, Observed, PayableId, PaymentId, Proof, Seen, Why};
use jiff::Timestamp;

use crate::amount::{from_wire, to_wire};
use crate::decline::try_of;
use crate::wire::{Charge, IdOr, Intent, Text};

/// What `intent` says of `order`, asked for with a key of `mode`.
///
/// An intent that is not the one we asked for is a mismatch whatever its status. There is no status "failed": a refused
/// card leaves the intent payable (<https://docs.stripe.com/payments/payment-intents/verifying-status>).
pub(crate) fn fact(order: &ChargeOrder, mode: Mode, intent: &Intent<'_>) -> ChargeFact {
    let differs = differences(order, mode, intent);
    let has_succeeded = intent.status.as_str() == "succeeded";
    if !differs.is_empty() {
        let captured = if has_succeeded { capture(intent).map(Box::new) } else { None };
        return ChargeFact::Mismatch(Observed { differs, captured });
    }
    match intent.status.as_str() {
        "canceled" => ChargeFact::Dead(Proof::Canceled),
        "processing" => ChargeFact::Processing,
        "requires_action" | "requires_confirmation" | "requires_payment_method" => {
            ChargeFact::Live { last: intent.last_payment_error.as_ref().map(try_of) }
        }
        "succeeded" => {
            capture(intent).map_or(ChargeFact::NoEvidence(Why::Unrecognised), ChargeFact::Succeeded)
        }
        // `requires_capture` cannot come of what we create, and whatever is new says nothing.
        _ => ChargeFact::NoEvidence(Why::Unrecognised),
    }
}

/// Everything in which the intent is not the one we asked for. What it does not say differs.
fn differences(order: &ChargeOrder, mode: Mode, intent: &Intent<'_>) -> Vec<Difference> {
    let wire = to_wire(order.amount).ok();
    let received = intent.status.as_str() != "succeeded" || intent.amount_received == wire;
    let currency = text(intent.currency.as_ref());
    let metadata = intent.metadata.as_ref();
    let payment = metadata.and_then(|ours| text(ours.payment_id.as_ref()));
    let invoice = metadata.and_then(|ours| text(ours.invoice_id.as_ref()));
    let same = [
        (Difference::Amount, wire.is_some() && intent.amount == wire && received),
        (
            Difference::Currency,
            currency.is_some_and(|code| code.eq_ignore_ascii_case(order.amount.currency().code())),
        ),
        (Difference::InvoiceId, invoice == Some(order.payable.as_str())),
        (Difference::Mode, intent.livemode == (mode == Mode::Live)),
        (Difference::PaymentId, payment == Some(order.payment.to_string().as_str())),
        (
            Difference::Reference,
            order.reference.as_ref().is_none_or(|reference| reference.0 == intent.id.as_str()),
        ),
    ];
    same.into_iter().filter(|(_, same)| !same).map(|(difference, _)| difference).collect()
}

/// The money the intent says was taken, if that is an amount our money can hold.
fn capture(intent: &Intent<'_>) -> Option<Capture> {
    let amount = from_wire(intent.amount_received?, text(intent.currency.as_ref())?)?;
    let whole = match &intent.latest_charge {
        Some(IdOr::Whole(charge)) => Some(charge),
        _ => None,
    };
    let card = whole.and_then(|charge| charge.payment_method_details.as_ref()?.card.as_ref());
    let of_card = |field: Option<&Text<'_>>| text(field).filter(|text| is_shown(text, 32)).map(str::to_owned);
    Some(Capture {
        amount,
        reference: Reference(intent.id.as_str().to_owned()),
        charge: intent.latest_charge.as_ref().map(IdOr::id).filter(|id| is_shown(id, 255)).map(str::to_owned),
        auth_code: of_card(card.and_then(|card| card.authorization_code.as_ref())),
        receipt_number: None,
        brand: of_card(card.and_then(|card| card.brand.as_ref())),
        last4: of_card(card.and_then(|card| card.last4.as_ref())).filter(|last4| last4.len() <= 4),
        captured_at: whole.and_then(|charge: &Charge<'_>| instant(charge.created)),
        source: CaptureSource::Processor,
    })
}

/// One line of Stripe's own list; `None` if it lacks what a line needs.
pub(crate) fn seen(intent: &Intent<'_>) -> Option<Seen> {
    let metadata = intent.metadata.as_ref();
    let amount = intent.amount.zip(text(intent.currency.as_ref()));
    Some(Seen {
        reference: Reference(intent.id.as_str().to_owned()),
        payment: metadata
            .and_then(|ours| text(ours.payment_id.as_ref()))
            .and_then(|id| id.parse::<PaymentId>().ok()),
        payable: metadata
            .and_then(|ours| text(ours.invoice_id.as_ref()))
            .and_then(|id| PayableId::parse(id).ok()),
        amount: amount.and_then(|(wire, currency)| from_wire(wire, currency)),
        captured: match intent.status.as_str() {
            "canceled" => Some(false),
            "succeeded" => Some(true),
            _ => None,
        },
        created: instant(intent.created)?,
    })
}

fn text<'a>(field: Option<&'a Text<'_>>) -> Option<&'a str> {
    field.map(Text::as_str)
}

/// Whether a text can be kept by every store and read by people. Money whose card is told otherwise is money all the same.
fn is_shown(text: &str, longest: usize) -> bool {
    text.len() <= longest && !text.chars().any(char::is_control)
}

/// The years 2000 to 2199, in which a time of Stripe's can lie. Money of another time is money all the same, of an unknown time: a
/// store may be unable to keep the time, and would then keep nothing of it.
const SECONDS: std::ops::Range<i64> = 946_684_800..7_258_118_400;

fn instant(seconds: Option<i64>) -> Option<Timestamp> {
    let seconds = seconds.filter(|seconds| SECONDS.contains(seconds))?;
    Timestamp::from_second(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_some_store_cannot_keep_is_not_kept() {
        assert!(is_shown("visa", 4) && !is_shown("visa", 3));
        assert!(!is_shown("vi\0sa", 32) && !is_shown("visa\n", 32));
    }

    #[test]
    fn a_time_that_no_store_can_keep_is_no_time() {
        for (seconds, is_time) in [
            (0, false),
            (946_684_800, true),
            (1_795_305_600, true),
            (7_258_118_400, false),
            (10_413_792_000, false),
            (253_402_207_200, false),
            (i64::MAX, false),
            (i64::MIN, false),
        ] {
            assert_eq!(instant(Some(seconds)).is_some(), is_time, "{seconds}");
        }
    }
}
