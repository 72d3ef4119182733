//! Contract line 14: what a processor's own list says of many charges. Where there is no list, nobody is asked for one.

use billing_domain::{ChargeFact, ChargeOrder, Difference, ManyFact, PaymentProcessor, ProcessorErrorKind};

use super::orders::{captured, handed_over, order};
use super::{Call, Disturbance, Harness};

/// Line 14: for at most two calls and one more for every fifty orders, each charge the list shows is what it is when it is looked at
/// by itself; nothing is told of what was not asked about, or is not there, and nothing changes.
pub async fn many_charges_are_seen_with_a_few_calls(harness: &dyn Harness) {
    if !has_lists(harness) {
        return nobody_is_asked_for_a_list(harness).await;
    }
    let mut taken = Vec::new();
    for number in 1..=3 {
        let (order, capture) = captured(harness, number).await;
        taken.push((sent_now(harness, order), capture));
    }
    let open = sent_now(harness, handed_over(harness, 4).await.0);
    handed_over(harness, 5).await;
    let without = sent_now(harness, order(harness, 6));
    let mut unknown = sent_now(harness, order(harness, 7));
    unknown.reference = Some(harness.unknown_reference());

    let mut orders: Vec<_> = taken.iter().map(|(order, _)| order.clone()).collect();
    orders.extend([open.clone(), without, unknown]);
    let before = (harness.requests(), harness.truth());
    let told = harness.processor().observe_many(&orders).await;
    let told = told.unwrap_or_else(|error| panic!("a list can be read: {error}"));
    let calls = harness.requests() - before.0;
    assert!(calls <= 2 + orders.len() / 50, "{calls} calls for {} orders", orders.len());
    assert_eq!(harness.truth(), before.1);

    for (order, capture) in &taken {
        let fact = about(&told, order);
        assert!(matches!(fact, Some(ChargeFact::Succeeded(seen)) if seen == capture), "{fact:?}");
    }
    let fact = about(&told, &open);
    assert!(matches!(fact, None | Some(ChargeFact::Live { .. } | ChargeFact::Processing)), "{fact:?}");
    let expected = taken.len() + usize::from(fact.is_some());
    assert_eq!(told.len(), expected, "of nothing else, and of each once: {told:?}");
}

/// Line 14: money in a list that is not what was asked for is a mismatch, or is not told of at all; never a success.
pub async fn a_charge_that_differs_in_a_list_is_a_mismatch(harness: &dyn Harness) {
    if !has_lists(harness) {
        return nobody_is_asked_for_a_list(harness).await;
    }
    let (order, _) = captured(harness, 1).await;
    let order = sent_now(harness, order);
    let port = harness.processor();
    let echoes = harness.echoes(Call::ObserveMany);
    assert!(echoes.contains(&Difference::Amount) && echoes.len() > 1, "an amount and an id: {echoes:?}");
    for difference in echoes {
        harness.disturb_once(Call::ObserveMany, Disturbance::Differs(difference));
        let told = seen_by(&*port, &order).await;
        let is_right = match told.as_slice() {
            // Another id is another charge.
            [] => difference == Difference::Reference,
            [ManyFact { fact: ChargeFact::Mismatch(seen), .. }] => seen.differs.contains(&difference),
            _ => false,
        };
        assert!(is_right, "{difference:?}: {told:?}");
    }
}

/// Line 14: an answer that tells nothing, a status nobody knows, a refused key and a network without anybody are no facts.
pub async fn what_is_not_known_of_a_list_proves_nothing(harness: &dyn Harness) {
    if !has_lists(harness) {
        return nobody_is_asked_for_a_list(harness).await;
    }
    let (order, _) = captured(harness, 1).await;
    let orders = [sent_now(harness, order)];
    for disturbance in Disturbance::TELLS_NOTHING.into_iter().chain([Disturbance::UnknownStatus]) {
        harness.disturb(Call::ObserveMany, disturbance);
        let told = harness.processor().observe_many(&orders).await;
        assert!(told.as_ref().map_or(true, Vec::is_empty), "{disturbance:?}: {told:?}");
        harness.calm();
    }
    for port in [harness.with_unknown_keys(), harness.unreachable()] {
        let told = port.observe_many(&orders).await;
        assert!(told.is_err(), "{told:?}");
    }
}

pub(super) fn has_lists(harness: &dyn Harness) -> bool {
    let port = harness.processor();
    port.capabilities(&port.flow()).lists
}

/// Where the port says that there is no list, asking for one is an error, and no empty list.
async fn nobody_is_asked_for_a_list(harness: &dyn Harness) {
    let (taken, _) = captured(harness, 1).await;
    let before = harness.requests();
    let told = harness.processor().observe_many(&[taken]).await;
    let is_unsupported =
        told.as_ref().is_err_and(|error| error.cause.kind == ProcessorErrorKind::Unsupported);
    assert!(is_unsupported, "{told:?}");
    assert_eq!(harness.requests(), before);
}

/// A list is asked for by time, so an order's must be true.
fn sent_now(harness: &dyn Harness, order: ChargeOrder) -> ChargeOrder {
    ChargeOrder { first_sent_at: harness.now(), ..order }
}

async fn seen_by(port: &dyn PaymentProcessor, order: &ChargeOrder) -> Vec<ManyFact> {
    let told = port.observe_many(std::slice::from_ref(order)).await;
    told.unwrap_or_else(|error| panic!("a list can be read: {error}"))
}

fn about<'a>(told: &'a [ManyFact], order: &ChargeOrder) -> Option<&'a ChargeFact> {
    let is_it = |seen: &&ManyFact| seen.payment == order.payment && seen.attempt_no == order.attempt_no;
    told.iter().find(is_it).map(|seen| &seen.fact)
}
