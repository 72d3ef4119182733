//! Contract lines 2, 4, 5, 6, 12 and 13 for refunds: what goes back, once, and what an answer is taken for.

use std::time::Duration;

use billing_domain::refund::RefundFailure;
use billing_domain::{
    Certainty, ChargeOrder, Currency, Difference, Money, ProcessorErrorKind, QueryError, RefundCare,
    RefundFact, RefundOrder, RefundPlan, SubmitError,
};

use super::begin::only_these_leave;
use super::certainty::is_observable;
use super::orders::{cad, captured, planned, refund_order};
use super::{Call, Disturbance, Harness};

/// Line 12: what is given back is what the order says, once; of the charge it names, and not of another.
pub async fn a_refund_gives_back_what_it_says(harness: &dyn Harness) {
    let (order, capture) = captured(harness, 1).await;
    captured(harness, 2).await;
    let refund = refund_order(harness, &order, &capture, 1, 400);
    let told = harness.processor().refund(&refund).await;
    assert!(told.as_ref().is_ok_and(gives_back), "{told:?}");
    let truth = harness.truth();
    assert_eq!((truth.captures, truth.refunds, truth.given_back), (2, 1, 400), "{truth:?}");
}

/// Line 13: the whole goes back as well as a part, whichever way the plan says.
pub async fn a_whole_charge_is_given_back(harness: &dyn Harness) {
    let (order, capture) = captured(harness, 1).await;
    let refund = refund_order(harness, &order, &capture, 1, 1_050);
    let told = harness.processor().refund(&refund).await;
    assert!(told.as_ref().is_ok_and(gives_back), "{told:?}");
    let truth = harness.truth();
    assert_eq!((truth.captures, truth.refunds, truth.given_back), (1, 1, 1_050), "{truth:?}");
}

/// A part, then the rest; more than that the processor refuses, and the port says so.
pub async fn a_part_then_the_rest_and_then_nothing_more(harness: &dyn Harness) {
    let (order, capture) = captured(harness, 1).await;
    let port = harness.processor();
    for (number, given_back, minor) in [(1, 0, 400), (2, 400, 650)] {
        let plan = port.plan_refund(&capture, cad(given_back), cad(minor), harness.now());
        let plan = plan.unwrap_or_else(|refused| panic!("{minor} after {given_back}: {refused}"));
        let told = port.refund(&planned(&order, &capture, number, minor, plan)).await;
        assert!(told.as_ref().is_ok_and(gives_back), "{minor} after {given_back}: {told:?}");
    }
    let whole = harness.truth();
    assert_eq!((whole.refunds, whole.given_back), (2, 1_050), "{whole:?}");
    for (number, minor) in [(3, 1), (4, 1_050)] {
        let told = port.refund(&planned(&order, &capture, number, minor, RefundPlan::Refund)).await;
        assert!(is_refusal(&told), "{minor} too much: {told:?}");
    }
    assert_eq!(harness.truth().given_back, 1_050);
}

/// A processor may say no as an error or as a fact.
fn is_refusal(told: &Result<RefundFact, SubmitError>) -> bool {
    match told {
        Ok(RefundFact::Failed { reason, .. }) => *reason != RefundFailure::NeverSent,
        Err(error) => error.certainty == Certainty::Refused,
        Ok(_) => false,
    }
}

/// Line 12: where a refund may be repeated, it is the same refund; where it may not, asking about it is not supported, and
/// nothing is sent.
pub async fn a_refund_is_repeated_and_asked_about_only_where_that_is_safe(harness: &dyn Harness) {
    let (order, capture) = captured(harness, 1).await;
    let port = harness.processor();
    let mut refund = refund_order(harness, &order, &capture, 1, 400);
    let first = port.refund(&refund).await;
    let Ok(first) = first else { panic!("{first:?}") };
    refund.reference = first.reference().cloned();
    let before = (harness.requests(), harness.truth());
    if let RefundCare::Observable { replay_within } = port.capabilities(&port.flow()).refunds {
        assert!(replay_within > Duration::ZERO, "a refund that nobody may repeat is sent once");
        assert!(refund.reference.is_some(), "what can be asked about has an id: {first:?}");
        let again = port.refund(&RefundOrder { reference: None, ..refund.clone() }).await;
        assert_eq!(again.ok(), Some(first));
    } else {
        let asked = port.observe_refund(&refund).await;
        assert!(
            matches!(&asked, Err(QueryError { sent: false, cause }) if cause.kind == ProcessorErrorKind::Unsupported),
            "{asked:?}"
        );
        assert_eq!(harness.requests(), before.0, "it cannot be asked");
    }
    assert_eq!(harness.truth(), before.1);
}

/// Line 4: looking at a refund changes nothing, and says what is, with its id and without.
pub async fn looking_at_a_refund_changes_nothing(harness: &dyn Harness) {
    let (order, capture) = captured(harness, 1).await;
    let port = harness.processor();
    let unsent = refund_order(harness, &order, &capture, 1, 300);
    let mut refund = refund_order(harness, &order, &capture, 2, 400);
    let told = port.refund(&refund).await;
    let before = harness.truth();
    for reference in [None, told.as_ref().ok().and_then(RefundFact::reference).cloned()] {
        refund.reference = reference;
        let observed = port.observe_refund(&refund).await;
        if is_observable(harness) {
            assert!(observed.as_ref().is_ok_and(gives_back), "{observed:?}");
        } else {
            assert!(matches!(observed, Err(QueryError { sent: false, .. })), "{observed:?}");
        }
    }
    let observed = port.observe_refund(&unsent).await;
    assert!(
        matches!(observed, Ok(RefundFact::NoEvidence(_)) | Err(_)),
        "it was never asked for: {observed:?}"
    );
    assert_eq!(harness.truth(), before);
}

/// Line 5: an answer that is not about the refund we asked for is a mismatch that says in what.
pub async fn a_refund_that_differs_is_a_mismatch(harness: &dyn Harness) {
    let (order, capture) = captured(harness, 1).await;
    let port = harness.processor();
    let echoes = harness.echoes(Call::Refund);
    assert!(echoes.contains(&Difference::Amount) && echoes.len() > 1, "an amount and an id: {echoes:?}");
    for (difference, number) in echoes.into_iter().zip(1..) {
        let mut refund = refund_order(harness, &order, &capture, number, 100);
        harness.disturb_once(Call::Refund, Disturbance::Differs(difference));
        differs_in(port.refund(&refund).await.ok(), difference);
        if !is_observable(harness) {
            continue;
        }
        let told = port.refund(&refund).await;
        refund.reference = told.as_ref().ok().and_then(RefundFact::reference).cloned();
        assert!(refund.reference.is_some(), "{told:?}");
        assert!(harness.echoes(Call::CheckRefund).contains(&difference));
        harness.disturb_once(Call::CheckRefund, Disturbance::Differs(difference));
        differs_in(port.observe_refund(&refund).await.ok(), difference);
    }
}

fn differs_in(told: Option<RefundFact>, difference: Difference) {
    match told {
        Some(RefundFact::Mismatch(differs)) => assert!(differs.contains(&difference), "{differs:?}"),
        other => panic!("{difference:?} differs, and the answer is {other:?}"),
    }
}

/// Line 6: a status nobody knows is no success and no failure.
pub async fn what_is_not_known_of_a_refund_proves_nothing(harness: &dyn Harness) {
    let (order, capture) = captured(harness, 1).await;
    let port = harness.processor();
    let mut refund = refund_order(harness, &order, &capture, 1, 400);
    harness.disturb(Call::Refund, Disturbance::UnknownStatus);
    let told = port.refund(&refund).await;
    assert!(
        matches!(
            told,
            Ok(RefundFact::NoEvidence(_)) | Err(SubmitError { certainty: Certainty::Unknown, .. })
        ),
        "{told:?}"
    );
    harness.calm();
    if is_observable(harness) {
        let told = port.refund(&refund).await;
        refund.reference = told.as_ref().ok().and_then(RefundFact::reference).cloned();
        harness.disturb(Call::CheckRefund, Disturbance::UnknownStatus);
        let observed = port.observe_refund(&refund).await;
        assert!(matches!(observed, Ok(RefundFact::NoEvidence(_)) | Err(_)), "{observed:?}");
    }
}

/// Line 2: every value that leaves with a refund is its amount, the currency, its id, its key, what the charge it is of is known by
/// to the processor, or the same for every order.
pub async fn only_the_amount_and_our_ids_leave_with_a_refund(harness: &dyn Harness) {
    let (order, capture) = captured(harness, 1).await;
    // A part and a whole may go two ways.
    for (number, minor) in [(1, 400), (2, 1_050)] {
        let (order, capture) =
            if number == 1 { (order.clone(), capture.clone()) } else { captured(harness, number).await };
        let refund = refund_order(harness, &order, &capture, number, minor);
        let told = harness.processor().refund(&refund).await;
        assert!(told.as_ref().is_ok_and(gives_back), "{told:?}");
        only_these_leave(&harness.sent(Call::Refund), &may_leave(harness, &order, &refund));
        if is_observable(harness) {
            let asked = harness.processor().observe_refund(&refund).await;
            assert!(asked.is_ok(), "{asked:?}");
            let mut allowed = may_leave(harness, &order, &refund);
            allowed.extend(told.ok().as_ref().and_then(RefundFact::reference).map(ToString::to_string));
            // How many to a page.
            allowed.extend((1..=100).map(|limit: u32| limit.to_string()));
            only_these_leave(&harness.sent(Call::CheckRefund), &allowed);
        }
    }
}

fn may_leave(harness: &dyn Harness, order: &ChargeOrder, refund: &RefundOrder) -> Vec<String> {
    let capture = &refund.capture;
    let mut allowed = harness.constants();
    allowed.push(harness.written(refund.amount));
    allowed.push(refund.amount.currency().code().to_owned());
    allowed.extend([refund.key.0.clone(), refund.refund.to_string()]);
    allowed.extend([capture.reference.to_string(), order.key.0.clone()]);
    allowed.extend(capture.charge.clone());
    allowed
}

/// Line 13: how a refund goes is decided before it is asked for, without asking anybody, the same each time; and what cannot be
/// given back is refused there.
pub async fn a_refund_is_planned_without_asking_anybody(harness: &dyn Harness) {
    let (_, capture) = captured(harness, 1).await;
    let before = (harness.requests(), harness.truth());
    let (port, now) = (harness.processor(), harness.now());
    let other = harness.unreachable();
    for (given_back, minor) in [(0, 1), (0, 400), (0, 1_050), (400, 650)] {
        let plan = port.plan_refund(&capture, cad(given_back), cad(minor), now);
        assert!(plan.is_ok(), "{minor} after {given_back}: {plan:?}");
        assert_eq!(port.plan_refund(&capture, cad(given_back), cad(minor), now), plan);
        assert_eq!(other.plan_refund(&capture, cad(given_back), cad(minor), now), plan);
        if minor < capture.amount.minor() {
            assert_eq!(plan, Ok(RefundPlan::Refund), "only a whole charge can be reversed");
        }
    }
    let elsewhere = if capture.amount.currency() == Currency::CAD { "USD" } else { "CAD" };
    let foreign = elsewhere.parse().map(|currency: Currency| Money::new(400, currency));
    for amount in [Some(cad(0)), Some(cad(-400)), Some(cad(i64::MAX)), Some(cad(i64::MIN)), foreign.ok()] {
        let Some(amount) = amount else { continue };
        let plan = port.plan_refund(&capture, cad(0), amount, now);
        assert!(plan.is_err(), "{amount} of {} cannot be given back: {plan:?}", capture.amount);
    }
    assert_eq!((harness.requests(), harness.truth()), before);
}

/// Line 13: a refund goes the way it was planned, or not at all. A plan that this processor never makes, or not for this amount, is
/// not turned into another one.
pub async fn a_refund_never_goes_another_way_than_planned(harness: &dyn Harness) {
    let (order, capture) = captured(harness, 1).await;
    let before = harness.truth();
    // A reversal takes a whole charge back: of a part it would give back too much.
    let odd = planned(&order, &capture, 1, 400, RefundPlan::Reversal);
    let told = harness.processor().refund(&odd).await;
    assert!(matches!(told, Err(SubmitError { certainty: Certainty::NotSent, .. })), "{told:?}");
    assert_eq!(harness.truth(), before);

    let whole = planned(&order, &capture, 2, 1_050, RefundPlan::Refund);
    let told = harness.processor().refund(&whole).await;
    assert!(told.as_ref().is_ok_and(gives_back), "new money goes back whenever it is planned so: {told:?}");
    assert_eq!((harness.truth().refunds, harness.truth().given_back), (1, 1_050));
}

/// The processor has given it back, or has taken it on.
pub(super) fn gives_back(fact: &RefundFact) -> bool {
    matches!(fact, RefundFact::Pending(_) | RefundFact::Succeeded(_))
}
