//! Sample rows and steps for tests of stores and of what is built on them. Nothing random: a number names a row.

use billing_domain::invoice::{BillingAddress, InvoiceNumber, PatientRef};
use billing_domain::payment::{
    Attempt, AttemptState, Capture, CaptureId, CaptureSource, CheckSlot, Payment, Reference, ServerCharge,
    StatusCheck, StrayCharge, SubmitKey, Try,
};
use billing_domain::refund::{Refund, RefundState};
use billing_domain::{
    AccountId, AccountRecord, AccountRef, AccountState, Action, ActorId, BillingName, Certainty, CheckId,
    Currency, Decline, DeclineCategory, Dispensary, DispensaryId, DispensaryKind, Flow, Invoice, InvoiceId,
    Lease, LeaseId, Money, Notice, NoticeId, OfficeId, Payable, PayableId, PaymentId, ProcessorId,
    PublicFields, RefundId, RefundPlan, Requirement, SealedBytes, Step, StepId, StrayChargeId, Subject,
    Subscription, SubscriptionState, Write,
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// The UUID of row `n`: rows with larger numbers are newer.
pub const fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// The id of dispensary `n`.
pub const fn dispensary_id(n: u128) -> DispensaryId {
    DispensaryId::new(uuid(n))
}

/// The id of payment `n`.
pub const fn payment_id(n: u128) -> PaymentId {
    PaymentId::new(uuid(n))
}

/// The id of refund `n`.
pub const fn refund_id(n: u128) -> RefundId {
    RefundId::new(uuid(n))
}

/// The id of step `n`.
pub const fn step_id(n: u128) -> StepId {
    StepId::new(uuid(n))
}

/// `seconds` after a fixed afternoon, and a nanosecond: stores must not round it away.
pub fn at(seconds: i64) -> Timestamp {
    let epoch = Timestamp::constant(1_800_000_000, 1);
    epoch.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(epoch)
}

/// `cents` of a Canadian dollar.
pub const fn cad(cents: i64) -> Money {
    Money::new(cents, Currency::CAD)
}

/// A payable's id; characters it may not hold become `-`.
pub fn payable_id(text: &str) -> PayableId {
    let text: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    PayableId::parse(&text).unwrap_or_else(|_| InvoiceId::new(uuid(0)).into())
}

/// Dispensary `n`, an office's, with Stripe unlocked, at revision 1.
pub fn dispensary(n: u128) -> Dispensary {
    let kind = DispensaryKind::Office(OfficeId::new(uuid(n + 1_000_000)));
    let mut dispensary = Dispensary::new(dispensary_id(n), kind, format!("Dispensary {n}"));
    dispensary.unlocked.insert(ProcessorId::STRIPE);
    dispensary
}

/// Account `n` of a dispensary, at Stripe.
pub fn account_ref(dispensary: DispensaryId, n: u128) -> AccountRef {
    AccountRef { dispensary, processor: ProcessorId::STRIPE, account: AccountId::new(uuid(n)) }
}

/// An active account with keys, as first saved.
pub fn account(account: AccountRef) -> AccountRecord {
    AccountRecord {
        external_id: Some(format!("acct_{}", account.account.uuid().as_u128())),
        account,
        version: 1,
        state: AccountState::Active,
        public: [("publishable_key", "pk_live_sample")].into_iter().collect(),
        masked: [("secret_key", "sk_live_…abcd")].into_iter().collect(),
        sealed: Some(SealedBytes(vec![7, 7, 7])),
        business_name: Some("Sample Clinic".to_owned()),
        verified_at: Some(at(0)),
        remarks: vec!["refunds were not checked".to_owned()],
        trouble: None,
        saved_at: at(0),
        saved_by: ActorId::system(),
        subscription: None,
        due_at: None,
        revision: 1,
    }
}

/// A payable of `cents` Canadian cents, at version 1, with nothing paid elsewhere.
pub fn payable(id: &str, cents: i64) -> Payable {
    Payable {
        id: payable_id(id),
        version: 1,
        total: cad(cents),
        paid_elsewhere: cad(0),
        billing_name: billing_name(),
    }
}

/// A payer's name.
#[expect(clippy::missing_panics_doc, clippy::expect_used, reason = "the name is a constant, and valid")]
pub fn billing_name() -> BillingName {
    BillingName::parse("Zoé Tremblay").expect("a valid name")
}

/// Payment `n` of `cents` Canadian cents, without attempts.
pub fn payment(n: u128, account: AccountRef, payable: &str, cents: i64) -> Payment {
    Payment {
        id: payment_id(n),
        payable: payable_id(payable),
        amount: cad(cents),
        account,
        opened_at: at(0),
        opened_by: ActorId::system(),
        attempts: Vec::new(),
        strays: Vec::new(),
        refunds: Vec::new(),
    }
}

/// Attempt `no` of payment `n`, just written: sending, due a minute later.
pub fn attempt(n: u128, no: u32) -> Attempt {
    Attempt {
        no,
        state: AttemptState::Sending,
        flow: Flow::new("elements"),
        public: PublicFields::default(),
        key: SubmitKey::of_attempt(payment_id(n), no),
        encoding: 1,
        account_version: 1,
        certainty: Certainty::NotSent,
        first_sent_at: at(0),
        begin_deadline: at(30),
        reference: None,
        handed_over_at: None,
        sealed: None,
        charge: None,
        cancel_tries: 0,
        idle_checks: 0,
        due_at: Some(at(60)),
        resolved_at: None,
        tries: Vec::new(),
        revision: 1,
    }
}

/// `attempt` one revision on, ended in `state` at `at(90)`.
pub fn ended(attempt: &Attempt, state: AttemptState) -> Attempt {
    let revision = attempt.revision + 1;
    Attempt { state, due_at: None, resolved_at: Some(at(90)), revision, ..attempt.clone() }
}

/// A server-side charge sent at `at(5)`, whose one status check stands so.
pub fn server_charge(slot: CheckSlot) -> ServerCharge {
    ServerCharge {
        sent_at: Some(at(5)),
        check: Some(StatusCheck { opens_at: at(45), closes_at: at(115), slot }),
    }
}

/// A status check claimed by claim `n` at `at(50)`.
pub fn claimed(n: u128) -> CheckSlot {
    CheckSlot::Claimed { by: CheckId::new(uuid(n)), at: at(50) }
}

/// `cents` Canadian cents taken under a reference, as the processor tells it.
pub fn capture(reference: &str, cents: i64) -> Capture {
    Capture {
        amount: cad(cents),
        reference: Reference(reference.to_owned()),
        charge: Some(format!("ch_{reference}")),
        auth_code: Some("123456".to_owned()),
        receipt_number: Some("660123450010010010".to_owned()),
        brand: Some("visa".to_owned()),
        last4: Some("4242".to_owned()),
        captured_at: Some(at(80)),
        source: CaptureSource::Processor,
    }
}

/// Stray charge `n`, against a payment's first attempt.
pub fn stray(n: u128, capture: Capture) -> StrayCharge {
    StrayCharge { id: StrayChargeId::new(uuid(n)), attempt_no: 1, capture, found_at: at(100) }
}

/// Refund `n` of `cents` Canadian cents of a capture, just written: sending, due a minute later.
pub fn refund(n: u128, capture: CaptureId, cents: i64) -> Refund {
    let id = refund_id(n);
    Refund {
        id,
        capture,
        amount: cad(cents),
        plan: RefundPlan::Refund,
        key: SubmitKey::of_refund(id),
        encoding: 1,
        account_version: 1,
        state: RefundState::Sending,
        reference: None,
        opened_by: ActorId::system(),
        first_sent_at: at(0),
        answer_deadline: at(30),
        idle_checks: 0,
        due_at: Some(at(60)),
        resolved_at: None,
        revision: 1,
    }
}

/// `refund` one revision on, in `state`. If it has ended, then at `at(90)`.
pub fn refund_in(refund: &Refund, state: RefundState) -> Refund {
    let resolved_at = state.is_resolved().then(|| at(90));
    let due_at = if state.is_resolved() { None } else { Some(at(120)) };
    Refund { state, due_at, resolved_at, revision: refund.revision + 1, ..refund.clone() }
}

/// A refused card submission.
pub fn refused_card(charge: &str) -> Try {
    Try { charge: Some(charge.to_owned()), decline: Decline::new(DeclineCategory::InsufficientFunds) }
}

/// Invoice `n` of a dispensary: an empty draft, at version 1.
#[expect(clippy::missing_panics_doc, clippy::expect_used, reason = "the texts are constants, and valid")]
pub fn invoice(dispensary: DispensaryId, n: u128) -> Invoice {
    let patient = PatientRef::parse("patient-1").expect("a valid reference");
    Invoice::draft(
        InvoiceId::new(uuid(n)),
        dispensary,
        patient,
        BillingAddress::of(billing_name()),
        Currency::CAD,
    )
}

/// Invoice number `n`, without a prefix.
#[expect(clippy::missing_panics_doc, clippy::expect_used, reason = "a test asks for small numbers from 1")]
pub fn invoice_number(n: u64) -> InvoiceNumber {
    InvoiceNumber::new("", n).expect("a number from 1 to 999 999 999 999")
}

/// Step `n` of a dispensary: these writes, required nothing.
pub fn step(dispensary: DispensaryId, n: u128, writes: Vec<Write>) -> Step {
    Step {
        id: step_id(n),
        dispensary,
        at: at(0),
        by: ActorId::system(),
        action: Action::PaymentChecked,
        subject: Subject::Dispensary,
        note: String::new(),
        requires: Vec::new(),
        writes,
    }
}

/// Step `n`: records dispensary `dispensary` with account `account` and a payable.
pub fn opening(dispensary_no: u128, n: u128, account_no: u128, payable: Payable) -> Step {
    let id = dispensary_id(dispensary_no);
    let record = account(account_ref(id, account_no));
    let writes = vec![
        Write::Dispensary(dispensary(dispensary_no)),
        Write::Account(Box::new(record)),
        Write::Payable(payable),
    ];
    step(id, n, writes)
}

/// Step `n`: Send Request. Writes the payment with its first attempt, if the account is active, nothing is open on
/// the payable, and the amount fits.
pub fn sending(n: u128, payment: &Payment) -> Step {
    let attempt = attempt(payment.id.uuid().as_u128(), 1);
    Step {
        action: Action::PaymentSending,
        subject: Subject::Payment(payment.id),
        requires: vec![
            Requirement::AccountActive(payment.account.account),
            Requirement::NoOpenAttempt(payment.payable.clone()),
            Requirement::FitsPayable { payable: payment.payable.clone(), amount: payment.amount },
        ],
        ..step(
            payment.dispensary(),
            n,
            vec![
                Write::Payment(Box::new(payment.clone())),
                Write::Attempt { payment: payment.id, attempt: Box::new(attempt) },
            ],
        )
    }
}

/// Step `n`: writes one attempt of a payment.
pub fn moving(n: u128, payment: &Payment, attempt: Attempt) -> Step {
    let write = Write::Attempt { payment: payment.id, attempt: Box::new(attempt) };
    let subject = Subject::Payment(payment.id);
    Step { action: Action::PaymentMoved, subject, ..step(payment.dispensary(), n, vec![write]) }
}

/// Step `n`: opens a refund, if the account's keys are kept and the amount is there to give back.
pub fn refunding(n: u128, payment: &Payment, refund: &Refund) -> Step {
    let (capture, amount) = (refund.capture, refund.amount);
    Step {
        action: Action::RefundSending,
        requires: vec![
            Requirement::AccountKept(payment.account.account),
            Requirement::FitsCapture { payment: payment.id, capture, amount },
        ],
        ..moving_refund(n, payment, refund)
    }
}

/// Step `n`: writes one refund of a payment.
pub fn moving_refund(n: u128, payment: &Payment, refund: &Refund) -> Step {
    let write = Write::Refund { payment: payment.id, refund: Box::new(refund.clone()) };
    let subject = Subject::Payment(payment.id);
    Step { action: Action::RefundMoved, subject, ..step(payment.dispensary(), n, vec![write]) }
}

/// Notice `n` of an account about a payment, received at `at(100)` and to be looked into half a minute later.
#[expect(clippy::missing_panics_doc, clippy::expect_used, reason = "the id is made of a number, and valid")]
pub fn notice(n: u128, payment: &Payment) -> Notice {
    Notice {
        account: payment.account.clone(),
        id: NoticeId::parse(&format!("evt_{n}")).expect("a valid id"),
        kind: "payment.changed".to_owned(),
        payment: payment.id,
        received_at: at(100),
        due_at: Some(at(130)),
        handled_at: None,
        revision: 1,
    }
}

/// `notice` one revision on, handled at `at(140)`.
pub fn handled(notice: &Notice) -> Notice {
    Notice { due_at: None, handled_at: Some(at(140)), revision: notice.revision + 1, ..notice.clone() }
}

/// Step `n`: writes a notice.
pub fn noticing(n: u128, notice: &Notice) -> Step {
    let subject = Subject::Payment(notice.payment);
    let write = Write::Notice(Box::new(notice.clone()));
    Step { action: Action::NoticeReceived, subject, ..step(notice.account.dispensary, n, vec![write]) }
}

/// A subscription whose endpoint is there, in full.
pub fn subscription() -> Subscription {
    Subscription {
        state: SubscriptionState::Active,
        address: "https://billing.clinic.example/notices/1/7".to_owned(),
        endpoint: Some("we_1".to_owned()),
        sealed: Some(SealedBytes(vec![8, 8])),
        failures: 3,
    }
}

/// Holder `n`'s lease, asked for at `at(now)` until `at(until)`.
pub fn lease(n: u128, now: i64, until: i64) -> Lease {
    Lease { holder: LeaseId::new(uuid(n)), at: at(now), until: at(until) }
}

/// A length as a sequence number.
pub(crate) fn place(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
