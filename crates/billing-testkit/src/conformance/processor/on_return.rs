//! Contract lines 1, 2, 5, 6, 9 and 11 in flows charged on return: what a begin and a charge do, and what an answer is taken for.

use billing_domain::{
    Begun, CardGrant, Certainty, ChargeFact, ChargeOrder, Difference, ProcessorErrorKind, QueryError,
    SubmitError,
};
use secrecy::{ExposeSecret, SecretString};

use super::begin::only_these_leave;
use super::certainty::certainty;
use super::orders::{captured, granted, handed_over, refund_order, with_grant};
use super::{Call, Card, Disturbance, Harness};

/// Line 1: a begin makes no charge, and neither does reopening it: the same hand-over, as often as it is asked for.
pub async fn begin_makes_no_charge_and_is_the_same_hand_over_again(harness: &dyn Harness) {
    let before = harness.truth();
    let (first, handover) = handed_over(harness, 1).await;
    let (again, same) = handed_over(harness, 1).await;
    assert_eq!(first.reference, again.reference);
    let resumed = harness.processor().resume(&first).await;
    let Ok(Begun::HandOver { reference, handover: reopened, .. }) = resumed else { panic!("{resumed:?}") };
    assert_eq!(Some(reference), first.reference);
    for other in [same, reopened] {
        assert_eq!((&handover.flow, &handover.public), (&other.flow, &other.public));
        assert_eq!(handover.secret.as_ref().map(exposed), other.secret.as_ref().map(exposed));
    }
    assert_eq!(harness.truth(), before);
}

/// Line 11: a charge takes the money once, and says what was taken; the check says the same and changes nothing.
pub async fn a_charge_takes_the_money_once(harness: &dyn Harness) {
    let (order, capture) = captured(harness, 1).await;
    assert_eq!(capture.amount, order.amount);
    assert_eq!(Some(&capture.reference), order.reference.as_ref());
    let before = harness.truth();
    assert_eq!(before.captures, 1);
    let checked = harness.processor().observe(&order).await;
    let Ok(ChargeFact::Succeeded(seen)) = checked else { panic!("{checked:?}") };
    assert!(capture.is_same_money(&seen) && seen.amount == capture.amount, "{capture:?} {seen:?}");
    assert_eq!(harness.truth(), before);
}

/// Line 11: of the charges for one order one takes money. A second one, with the same grant or a fresh one, is no success, no
/// decline and no refusal: what the first one did it does not say.
pub async fn a_second_charge_of_one_order_takes_nothing_and_tells_nothing(harness: &dyn Harness) {
    let (order, _) = captured(harness, 1).await;
    let (_, handover) = handed_over(harness, 1).await;
    for card in [None, Some(Card::Approved), Some(Card::Refused)] {
        let again = match card {
            Some(card) => with_grant(&order, harness.grant(&handover, card).await),
            None => order.clone(),
        };
        let told = harness.processor().charge(&again).await;
        assert!(tells_nothing(&told), "{told:?}");
        assert_eq!(harness.truth().captures, 1);
    }

    // The first one was refused: that is no leave to tell the second one's success.
    let refused = granted(harness, 2, Card::Refused).await;
    let told = harness.processor().charge(&refused).await;
    assert!(matches!(told, Ok(ChargeFact::Declined(_))), "{told:?}");
    let told = harness.processor().charge(&refused).await;
    assert!(tells_nothing(&told), "{told:?}");
    assert_eq!(harness.truth().captures, 1);
}

/// A card that is refused is a fact with a reason, and so the check says, unless it does not know of it.
pub async fn a_card_that_is_refused_is_a_decline(harness: &dyn Harness) {
    let order = granted(harness, 1, Card::Refused).await;
    let told = harness.processor().charge(&order).await;
    assert!(matches!(told, Ok(ChargeFact::Declined(_))), "{told:?}");
    let checked = harness.processor().observe(&order).await;
    assert!(
        matches!(checked, Ok(ChargeFact::Declined(_) | ChargeFact::NoEvidence(_))),
        "a decline that is asked about is no success and no other end: {checked:?}"
    );
    assert_eq!(harness.truth().captures, 0);
}

/// Line 5: a success that is not what was asked is a mismatch, from the charge as from the check; and a decline that is not about
/// what was asked is no decline.
pub async fn a_charge_that_differs_is_a_mismatch(harness: &dyn Harness) {
    let port = harness.processor();
    let echoes = harness.echoes(Call::Charge);
    assert!(echoes.contains(&Difference::Amount) && echoes.len() > 1, "an amount and an id: {echoes:?}");
    for (difference, number) in echoes.into_iter().zip(1..) {
        let order = granted(harness, number, Card::Approved).await;
        harness.disturb_once(Call::Charge, Disturbance::Differs(difference));
        let told = port.charge(&order).await;
        assert!(differs_in(told.as_ref().ok(), difference), "{difference:?} differs: {told:?}");

        let refused = granted(harness, 100 + number, Card::Refused).await;
        harness.disturb_once(Call::Charge, Disturbance::Differs(difference));
        let told = port.charge(&refused).await;
        assert!(
            tells_nothing(&told) || differs_in(told.as_ref().ok(), difference),
            "a decline of something else: {told:?}"
        );
    }
    let echoes = harness.echoes(Call::Check);
    assert!(echoes.contains(&Difference::Amount) && echoes.len() > 1, "an amount and an id: {echoes:?}");
    for (difference, number) in echoes.into_iter().zip(201..) {
        let (order, _) = captured(harness, number).await;
        harness.disturb_once(Call::Check, Disturbance::Differs(difference));
        let checked = port.observe(&order).await;
        assert!(differs_in(checked.as_ref().ok(), difference), "{difference:?} differs: {checked:?}");
    }
}

fn differs_in(told: Option<&ChargeFact>, difference: Difference) -> bool {
    matches!(told, Some(ChargeFact::Mismatch(seen)) if seen.differs.contains(&difference))
}

/// Line 6: a code nobody knows is no success and no decline, of a card that was approved as of one that was refused.
pub async fn what_is_not_known_of_a_charge_proves_nothing(harness: &dyn Harness) {
    let port = harness.processor();
    harness.disturb(Call::Charge, Disturbance::UnknownStatus);
    for (card, number) in [(Card::Approved, 1), (Card::Refused, 2)] {
        let order = granted(harness, number, card).await;
        let told = port.charge(&order).await;
        assert!(tells_nothing(&told), "{told:?}");
    }
    harness.calm();
    let (order, _) = captured(harness, 3).await;
    harness.disturb(Call::Check, Disturbance::UnknownStatus);
    let checked = port.observe(&order).await;
    assert!(
        matches!(checked, Ok(ChargeFact::NoEvidence(_)) | Err(QueryError { sent: true, .. })),
        "{checked:?}"
    );
}

/// Line 11: a grant that cannot be the processor's is refused before anything is sent, and above all a card's number is.
pub async fn a_grant_that_cannot_be_the_processors_is_not_sent(harness: &dyn Harness) {
    let (order, handover) = handed_over(harness, 1).await;
    let good = harness.grant(&handover, Card::Approved).await;
    let port = harness.processor();
    let before = (harness.requests(), harness.truth());
    let long = "x".repeat(10_000);
    for token in
        ["", " ", "4242424242424242", "4242 4242 4242 4242", "<pan>4242424242424242</pan>", "a&b\n", &long]
    {
        let grant = CardGrant { token: SecretString::from(token), ..good.clone() };
        assert_eq!(port.accepts_grant(&grant), Err(ProcessorErrorKind::GrantMalformed), "{token:.30}");
        let told = port.charge(&with_grant(&order, grant)).await;
        assert_eq!(certainty(told), Certainty::NotSent, "{token:.30}");
    }
    let told = port.charge(&ChargeOrder { secret: None, ..order.clone() }).await;
    assert_eq!(certainty(told), Certainty::NotSent, "there is nothing to charge with");
    assert_eq!((harness.requests(), harness.truth()), before);
    assert_eq!(port.accepts_grant(&good), Ok(()));
}

/// Lines 2 and 9: the token leaves in the charge and in the check, and with nothing else; beside it, only the amount and our ids.
pub async fn the_token_leaves_only_to_charge_and_to_check(harness: &dyn Harness) {
    let (order, capture) = captured(harness, 1).await;
    let port = harness.processor();
    let token = order.secret.as_ref().map(exposed).unwrap_or_default();
    assert!(!token.is_empty(), "an order that is charged has a token");
    let refund = refund_order(harness, &order, &capture, 1, 400);
    let told = port.refund(&refund).await;
    assert!(told.is_ok(), "{told:?}");
    let _ = port.observe(&order).await;
    let _ = port.resume(&order).await;
    let _ = port.cancel(&order, 1).await;

    let mut allowed = harness.constants();
    allowed.push(harness.written(order.amount));
    allowed.push(order.amount.currency().code().to_owned());
    allowed.extend([order.key.0.clone(), order.payment.to_string(), order.payable.to_string()]);
    allowed.extend(order.reference.as_ref().map(ToString::to_string));
    for call in [Call::Charge, Call::Check] {
        let sent = harness.sent(call);
        only_these_leave(&sent, &[&allowed[..], std::slice::from_ref(&token)].concat());
    }
    assert!(harness.sent(Call::Charge).contains(&token));
    for call in [Call::Begin, Call::Refund] {
        let sent = harness.sent(call);
        assert!(!sent.iter().any(|value| value.contains(&token)), "{call:?} sends the token: {sent:?}");
    }
}

/// The answer is no fact about money: an error in doubt, or no evidence.
pub(super) fn tells_nothing(told: &Result<ChargeFact, SubmitError>) -> bool {
    match told {
        Ok(fact) => matches!(fact, ChargeFact::NoEvidence(_)),
        Err(error) => error.certainty == Certainty::Unknown,
    }
}

#[expect(clippy::disallowed_methods, reason = "to look for it in what is sent")]
fn exposed(secret: &SecretString) -> String {
    secret.expose_secret().to_owned()
}
