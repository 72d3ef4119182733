//! The charge and the refund that every random answer is held against, and what no answer may be taken for.

use billing_domain::payment::{Capture, CaptureSource, Reference, SubmitKey};
use billing_domain::{
    AccountId, AccountRef, ChargeFact, ChargeOrder, Currency, DispensaryId, Flow, Money, PayableId, PaymentId,
    ProcessorId, PublicFields, RefundId, RefundOrder, RefundPlan,
};
use jiff::Timestamp;
use secrecy::SecretString;
use uuid::Uuid;

pub const TICKET: &str = "1726820807T55AZxCjC3wAPkKrym0NB8yfd9UvoF";

/// 10.50 CAD, with the ids that the seeds are about.
pub fn charge(flow: Flow) -> ChargeOrder {
    let payment = PaymentId::new(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0001));
    ChargeOrder {
        account: AccountRef {
            dispensary: DispensaryId::new(Uuid::from_u128(1)),
            processor: ProcessorId::MONERIS,
            account: AccountId::new(Uuid::from_u128(2)),
        },
        flow,
        public: PublicFields::default(),
        payment,
        attempt_no: 1,
        payable: PayableId::parse("inv-0001").expect("an id"),
        amount: Money::new(1_050, Currency::CAD),
        key: SubmitKey::of_attempt(payment, 1),
        reference: None,
        secret: Some(SecretString::from(TICKET)),
        first_sent_at: "2024-09-18T06:00:00Z".parse().expect("a time"),
    }
}

/// The whole of it back.
#[allow(dead_code, reason = "Checkout has no refunds of its own")]
pub fn refund(plan: RefundPlan) -> RefundOrder {
    let (charge, refund) = (charge(billing_moneris::FLOW_HOSTED_TOKENIZATION), RefundId::new(Uuid::from_u128(9)));
    RefundOrder {
        account: charge.account,
        refund,
        capture: Capture {
            amount: charge.amount,
            reference: Reference(charge.key.0.clone()),
            charge: Some("81-0_900".to_owned()),
            auth_code: None,
            receipt_number: None,
            brand: None,
            last4: None,
            captured_at: None,
            source: CaptureSource::Processor,
        },
        charge_key: charge.key,
        amount: charge.amount,
        plan,
        key: SubmitKey::of_refund(refund),
        reference: None,
        first_sent_at: Timestamp::UNIX_EPOCH,
    }
}

/// Money that is called taken is ours: the order, the amount, and an id to give it back by.
pub fn check(order: &ChargeOrder, fact: &ChargeFact) {
    if let ChargeFact::Succeeded(capture) = fact {
        assert_eq!(capture.amount, order.amount);
        assert_eq!(capture.reference.0, order.key.0);
        assert!(capture.charge.is_some());
    }
}
