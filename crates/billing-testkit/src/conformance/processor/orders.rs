//! The orders of a test, and how far it has brought them. What the port answers on the way is asserted here once for all lines.

use billing_domain::payment::{Capture, SubmitKey};
use billing_domain::{
    Begun, CardGrant, ChargeFact, ChargeOrder, ChargePlace, Currency, Handover, Money, PayableId, PaymentId,
    RefundId, RefundOrder, RefundPlan,
};
use jiff::Timestamp;
use uuid::Uuid;

use super::{Card, Harness};

/// The `number`-th order of a test: 10.50 CAD.
pub fn order(harness: &dyn Harness, number: u128) -> ChargeOrder {
    let processor = harness.processor();
    let payment = PaymentId::new(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 + number));
    let payable = PayableId::parse(&format!("inv-{number:04}"));
    ChargeOrder {
        account: processor.account().clone(),
        flow: processor.flow(),
        public: harness.public(),
        payment,
        attempt_no: 1,
        payable: payable.unwrap_or_else(|error| panic!("{error}")),
        amount: cad(1_050),
        key: SubmitKey::of_attempt(payment, 1),
        reference: None,
        secret: None,
        first_sent_at: Timestamp::UNIX_EPOCH,
    }
}

/// The `number`-th refund of a test: `minor` cents of what `order` took, planned as the port plans the first of it.
pub fn refund_order(
    harness: &dyn Harness,
    order: &ChargeOrder,
    capture: &Capture,
    number: u128,
    minor: i64,
) -> RefundOrder {
    let amount = cad(minor);
    let plan = harness.processor().plan_refund(capture, cad(0), amount, harness.now());
    let plan =
        plan.unwrap_or_else(|refused| panic!("{amount} of {} can be given back: {refused}", capture.amount));
    planned(order, capture, number, minor, plan)
}

/// The same, planned in a given way.
pub(super) fn planned(
    order: &ChargeOrder,
    capture: &Capture,
    number: u128,
    minor: i64,
    plan: RefundPlan,
) -> RefundOrder {
    let refund = RefundId::new(Uuid::from_u128(0x0193_0000_0000_7000_9000_0000_0000_0000 + number));
    RefundOrder {
        account: order.account.clone(),
        refund,
        capture: capture.clone(),
        charge_key: order.key.clone(),
        amount: cad(minor),
        plan,
        key: SubmitKey::of_refund(refund),
        reference: None,
        first_sent_at: Timestamp::UNIX_EPOCH,
    }
}

pub(super) fn cad(minor: i64) -> Money {
    Money::new(minor, Currency::CAD)
}

/// The order once begun and handed over, and its hand-over.
pub(super) async fn handed_over(harness: &dyn Harness, number: u128) -> (ChargeOrder, Handover) {
    let mut order = order(harness, number);
    match harness.processor().begin(&order).await {
        Ok(Begun::HandOver { reference, keep, handover }) => {
            order.reference = Some(reference);
            order.secret = keep;
            (order, handover)
        }
        other => panic!("a fresh order is handed over, not {other:?}"),
    }
}

/// The order once paid in the browser.
pub(super) async fn paid(harness: &dyn Harness, number: u128) -> ChargeOrder {
    let (order, handover) = handed_over(harness, number).await;
    let before = harness.truth().captures;
    harness.pay(&handover, Card::Approved).await;
    assert_eq!(harness.truth().captures, before + 1, "the harness's cardholder pays");
    order
}

/// The order once the browser has brought back a grant for it, ready to be charged.
pub(super) async fn granted(harness: &dyn Harness, number: u128, card: Card) -> ChargeOrder {
    let (order, handover) = handed_over(harness, number).await;
    let grant = harness.grant(&handover, card).await;
    assert_eq!(Some(&grant.reference), order.reference.as_ref(), "a grant names what it was given for");
    let accepted = harness.processor().accepts_grant(&grant);
    assert!(accepted.is_ok(), "the processor's own grant is accepted: {accepted:?}");
    with_grant(&order, grant)
}

pub(super) fn with_grant(order: &ChargeOrder, grant: CardGrant) -> ChargeOrder {
    ChargeOrder { secret: Some(grant.token), ..order.clone() }
}

/// The order whose money was taken, wherever that is done, and what was taken.
pub(super) async fn captured(harness: &dyn Harness, number: u128) -> (ChargeOrder, Capture) {
    let (order, told) = match harness.charged() {
        ChargePlace::OnReturn => {
            let order = granted(harness, number, Card::Approved).await;
            let told = harness.processor().charge(&order).await;
            (order, told.unwrap_or_else(|error| panic!("a good card is charged: {error}")))
        }
        _ => {
            let order = paid(harness, number).await;
            let told = harness.processor().observe(&order).await;
            (order, told.unwrap_or_else(|error| panic!("a paid charge can be seen: {error}")))
        }
    };
    match told {
        ChargeFact::Succeeded(capture) => (order, capture),
        other => panic!("money was taken, and the answer is {other:?}"),
    }
}
