//! Sample values. A number names a value; nothing random and no expectation.

use billing_domain::payment::{
    Attempt, AttemptState, Capture, CaptureId, CaptureSource, Payment, Reference, StrayCharge, SubmitKey,
};
use billing_domain::refund::{Refund, RefundState};
use billing_domain::{
    AccountRef, ActorId, Certainty, Currency, Flow, Money, PayableId, ProcessorId, PublicFields, RefundPlan,
};
use jiff::Timestamp;

pub(crate) const AMOUNT: Money = Money::new(12_345, Currency::CAD);

pub(crate) fn id<T: std::str::FromStr<Err = billing_domain::InvalidId>>(n: u32) -> T {
    format!("01930000-0000-7000-8000-{n:012}").parse().unwrap()
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + second).unwrap()
}

pub(crate) const fn cad(cents: i64) -> Money {
    Money::new(cents, Currency::CAD)
}

pub(crate) const fn usd(cents: i64) -> Money {
    Money::new(cents, Currency::USD)
}

pub(crate) fn capture(charge: &str) -> Capture {
    Capture {
        amount: AMOUNT,
        reference: Reference("pi_1".to_owned()),
        charge: Some(charge.to_owned()),
        auth_code: None,
        receipt_number: None,
        brand: None,
        last4: None,
        captured_at: None,
        source: CaptureSource::Processor,
    }
}

pub(crate) fn attempt(state: AttemptState) -> Attempt {
    Attempt {
        no: 1,
        state,
        flow: Flow::new("payment_intent"),
        public: PublicFields::default(),
        key: SubmitKey("key-1".to_owned()),
        encoding: 1,
        account_version: 1,
        certainty: Certainty::Unknown,
        first_sent_at: at(0),
        begin_deadline: at(90),
        reference: None,
        handed_over_at: None,
        sealed: None,
        charge: None,
        cancel_tries: 0,
        idle_checks: 0,
        due_at: Some(at(90)),
        resolved_at: None,
        tries: Vec::new(),
        revision: 1,
    }
}

pub(crate) fn payment(attempts: Vec<Attempt>) -> Payment {
    Payment {
        id: id(1),
        payable: PayableId::parse("invoice-1").unwrap(),
        amount: AMOUNT,
        account: AccountRef { dispensary: id(2), processor: ProcessorId::STRIPE, account: id(3) },
        opened_at: at(0),
        opened_by: ActorId::system(),
        attempts,
        strays: Vec::new(),
        refunds: Vec::new(),
    }
}

pub(crate) fn stray(n: u32, amount: Money) -> StrayCharge {
    let capture = Capture { amount, ..capture(&format!("ch_stray_{n}")) };
    StrayCharge { id: id(n), attempt_no: 1, capture, found_at: at(50) }
}

/// The money of a payment's first attempt.
pub(crate) const TAKEN: CaptureId = CaptureId::Attempt(1);

pub(crate) fn refund(n: u32, capture: CaptureId, amount: Money, state: RefundState) -> Refund {
    Refund {
        id: id(n),
        capture,
        amount,
        plan: RefundPlan::Refund,
        key: SubmitKey::of_refund(id(n)),
        encoding: 1,
        account_version: 1,
        resolved_at: state.is_resolved().then(|| at(70)),
        due_at: (!state.is_resolved()).then(|| at(90)),
        state,
        reference: None,
        opened_by: ActorId::system(),
        first_sent_at: at(60),
        answer_deadline: at(90),
        idle_checks: 0,
        revision: 1,
    }
}
