//! The facade against mocked ports: what it asks of a processor, in which order, and what it never asks.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use billing_app::{
    Actor, Billing, BillingError, PayableSource, PaymentWindow, Permission, RefundRequest, SaveKeys,
    SendRequest, Sent,
};
use billing_credentials::mocks::MockProcessorConnector;
use billing_credentials::{
    AccountProfile, Candidate, KeyRing, OpenedAccount, SealKey, SealKeyId, Secrets, StaticKeyRing, Submitted,
};
use billing_domain::mocks::MockPaymentProcessor;
use billing_domain::payment::{
    AttemptState, Capture, CaptureId, CaptureSource, PaymentState, Reference, Review,
};
use billing_domain::refund::RefundState;
use billing_domain::{
    AccountId, AccountRef, ActorId, Begun, BillingName, BillingStore, CancelMode, Capabilities, CardGrant,
    Certainty, ChargeFact, ChargeOrder, ChargePlace, Currency, Dispensary, DispensaryId, DispensaryKind,
    EvidenceMode, Flow, Handover, Money, OfficeId, Payable, PayableId, PaymentProcessor, ProcessorError,
    ProcessorErrorKind, ProcessorId, Proof, PublicFields, QueryError, RefundCare, RefundFact, RefundId,
    RefundPlan, SubmitError, Why,
};
use billing_testkit::TestClock;
use billing_testkit::store::MemoryStore;
use uuid::Uuid;

const FLOW: Flow = Flow::new("mock");
const THIRD: ProcessorId = ProcessorId::new("third");

fn dispensary() -> DispensaryId {
    DispensaryId::new(Uuid::from_u128(0xd1))
}

fn owner() -> Actor {
    use Permission as P;
    let all = [P::ManageBillingSettings, P::RefundPayment, P::ResolveReview, P::TakePayment];
    Actor::new(ActorId::parse("owner").unwrap(), dispensary(), all)
}

fn key_ring() -> Arc<dyn KeyRing> {
    Arc::new(StaticKeyRing::new(SealKeyId::parse("k1").unwrap(), SealKey::from_bytes([9; 32])))
}

/// A processor that knows its account and can do what Stripe can; the test says what its calls answer.
fn processor(account: &AccountRef) -> MockPaymentProcessor {
    let mut mock = MockPaymentProcessor::new();
    mock.expect_account().return_const(account.clone());
    mock.expect_flow().return_const(FLOW);
    mock.expect_accepts().returning(|_| Ok(()));
    mock.expect_window_fields().returning(|_, public| public.clone());
    mock.expect_capabilities().returning(|_| Capabilities {
        charge: ChargePlace::InBrowser,
        evidence: EvidenceMode::ByReference,
        cancel: CancelMode::AtProcessor,
        encoding: 1,
        replay_within: Duration::from_hours(23),
        refunds: RefundCare::SentOnce,
        lists: false,
    });
    mock
}

type Script = Arc<dyn Fn(&mut MockPaymentProcessor) + Send + Sync>;

/// A facade over `store` and one mocked processor.
fn facade(
    processor_id: ProcessorId,
    script: Script,
    store: Arc<MemoryStore>,
    ring: Arc<dyn KeyRing>,
    clock: Arc<TestClock>,
) -> Billing {
    let mut connector = MockProcessorConnector::new();
    connector.expect_processor().return_const(processor_id.clone());
    connector.expect_fields().returning(Vec::new);
    connector.expect_parse().returning(|_, _| {
        Ok(Candidate {
            public: PublicFields::from_iter([("public", "p-1")]),
            masked: PublicFields::default(),
            secrets: Secrets::from_iter([("secret", "s-1")]),
            remarks: Vec::new(),
        })
    });
    connector.expect_verify().returning(|_| {
        Ok(AccountProfile { external_id: "acct".to_owned(), business_name: None, remarks: Vec::new() })
    });
    connector.expect_connect().returning(move |opened: &OpenedAccount| {
        let mut mock = processor(&opened.account);
        script(&mut mock);
        let connected: Arc<dyn PaymentProcessor> = Arc::new(mock);
        connected
    });
    let config = billing_app::BillingConfig {
        ranking: billing_app::Ranking(vec![processor_id]),
        locked_until_unlocked: std::collections::BTreeSet::default(),
        ..billing_app::BillingConfig::default()
    };
    Billing::builder(store, ring).connector(Arc::new(connector)).clock(clock).config(config).build()
}

/// A facade over a new store, with keys saved.
async fn clinic(processor_id: ProcessorId, script: Script) -> (Billing, Arc<MemoryStore>, Arc<TestClock>) {
    let (store, clock) = (Arc::new(MemoryStore::new()), Arc::new(TestClock::default()));
    let billing = facade(processor_id.clone(), script, store.clone(), key_ring(), clock.clone());
    let kind = DispensaryKind::Office(OfficeId::new(Uuid::from_u128(1)));
    billing.add_dispensary(&owner(), Dispensary::new(dispensary(), kind, "clinic")).await.unwrap();
    let saving = SaveKeys::checked(processor_id, Submitted::from_iter([("secret", "s-1")]));
    // The two panes are Moneris and Stripe; a third processor's keys are saved all the same.
    billing.save_keys(&owner(), saving).await.unwrap();
    (billing, store, clock)
}

fn payable() -> PayableSource {
    let cad = |minor| Money::new(minor, Currency::CAD);
    let name = BillingName::parse("Zoé O’Brien").unwrap();
    PayableSource::Host(
        Payable::new(PayableId::parse("inv-1").unwrap(), 1, cad(5_000), cad(0), name).unwrap(),
    )
}

async fn window(billing: &Billing) -> PaymentWindow {
    billing.open_window(&owner(), payable()).await.unwrap()
}

fn request(window: &PaymentWindow) -> SendRequest {
    SendRequest {
        payment: window.payment,
        payable: payable(),
        expected_total: window.total,
        expected_account: window.account.clone(),
    }
}

fn handed_over(reference: &str) -> Begun {
    Begun::HandOver {
        keep: None,
        reference: Reference(reference.to_owned()),
        handover: Handover {
            processor: THIRD,
            flow: FLOW,
            public: PublicFields::default(),
            secret: None,
            expires_at: None,
        },
    }
}

fn failure(kind: ProcessorErrorKind) -> ProcessorError {
    ProcessorError { processor: THIRD, kind, request_id: None, retry_after: None, source: None }
}

fn refusal(certainty: Certainty) -> SubmitError {
    SubmitError { certainty, stored: false, cause: failure(ProcessorErrorKind::Unavailable) }
}

async fn newest_state(billing: &Billing, window: &PaymentWindow) -> AttemptState {
    billing.payment(&owner(), window.payment).await.unwrap().payment.newest().unwrap().state.clone()
}

#[tokio::test]
async fn a_third_processor_needs_no_change_in_the_application() {
    let script: Script = Arc::new(|mock| {
        mock.expect_begin().returning(|_| Ok(handed_over("t-1")));
    });
    let (billing, _, _) = clinic(THIRD, script).await;
    let window = window(&billing).await;
    assert_eq!(window.processor, THIRD);
    let sent = billing.send_request(&owner(), request(&window)).await.unwrap();
    assert!(matches!(sent, Sent::HandOver(_)));
}

#[tokio::test]
async fn opening_the_window_asks_the_processor_nothing() {
    // No call is expected: a mock panics if one comes.
    let (billing, _, _) = clinic(THIRD, Arc::new(|_| {})).await;
    let window = window(&billing).await;
    assert_eq!(window.public.field("public"), Some("p-1"));
}

#[tokio::test]
async fn the_attempt_is_in_the_store_before_the_processor_is_asked() {
    let seen = Arc::new(Mutex::new(None));
    let store_slot: Arc<Mutex<Option<Arc<MemoryStore>>>> = Arc::default();
    let (inner_seen, inner_store) = (seen.clone(), store_slot.clone());
    let script: Script = Arc::new(move |mock| {
        let (seen, store) = (inner_seen.clone(), inner_store.clone());
        mock.expect_begin().returning(move |order: &ChargeOrder| {
            let store = store.lock().unwrap().clone().unwrap();
            let (dispensary, payment) = (order.account.dispensary, order.payment);
            // The mock's answer is not async: the store is read on a thread of its own.
            let read = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(store.payment(dispensary, payment))
            });
            let found = read.join().unwrap();
            *seen.lock().unwrap() = Some((order.clone(), found.unwrap()));
            Ok(handed_over("t-1"))
        });
    });
    let (billing, store, _) = clinic(THIRD, script).await;
    *store_slot.lock().unwrap() = Some(store);
    let window = window(&billing).await;
    billing.send_request(&owner(), request(&window)).await.unwrap();
    let (order, stored) = seen.lock().unwrap().take().unwrap();
    let stored = stored.unwrap();
    let attempt = stored.newest().unwrap();
    assert_eq!(attempt.state, AttemptState::Sending);
    assert_eq!((&attempt.key, stored.amount), (&order.key, order.amount));
}

#[tokio::test]
async fn a_clear_refusal_of_the_first_send_frees_the_invoice_and_doubt_does_not() {
    for (certainty, expected) in [
        (Certainty::NotSent, AttemptState::Dead(Proof::NeverSent)),
        (Certainty::Refused, AttemptState::Dead(Proof::NeverHandedOver)),
        (Certainty::Unknown, AttemptState::Sending),
    ] {
        let script: Script = Arc::new(move |mock| {
            mock.expect_begin().returning(move |_| Err(refusal(certainty)));
        });
        let (billing, _, _) = clinic(THIRD, script).await;
        let window = window(&billing).await;
        let error = billing.send_request(&owner(), request(&window)).await.unwrap_err();
        assert!(matches!(error, BillingError::Processor { .. }), "{error:?}");
        assert_eq!(newest_state(&billing, &window).await, expected);
    }
}

#[tokio::test]
async fn after_doubt_a_refused_replay_changes_nothing_unless_it_is_the_stored_outcome() {
    for (stored, expected) in
        [(false, AttemptState::Sending), (true, AttemptState::Dead(Proof::NeverHandedOver))]
    {
        let calls = Arc::new(AtomicU32::new(0));
        let script: Script = Arc::new(move |mock| {
            let calls = calls.clone();
            mock.expect_begin().returning(move |_| match calls.fetch_add(1, Ordering::SeqCst) {
                0 => Err(refusal(Certainty::Unknown)),
                _ => Err(SubmitError { stored, ..refusal(Certainty::Refused) }),
            });
        });
        let (billing, _, _) = clinic(THIRD, script).await;
        let window = window(&billing).await;
        for _ in 0..2 {
            billing.send_request(&owner(), request(&window)).await.unwrap_err();
        }
        assert_eq!(newest_state(&billing, &window).await, expected, "stored: {stored}");
    }
}

#[tokio::test]
async fn a_second_object_for_one_key_is_neither_handed_over_nor_touched() {
    let calls = Arc::new(AtomicU32::new(0));
    let script: Script = Arc::new(move |mock| {
        let calls = calls.clone();
        mock.expect_begin().returning(|_| Ok(handed_over("t-1")));
        mock.expect_resume().returning(move |_| {
            calls.fetch_add(1, Ordering::SeqCst);
            Ok(handed_over("t-2"))
        });
    });
    let (billing, _, _) = clinic(THIRD, script).await;
    let window = window(&billing).await;
    billing.send_request(&owner(), request(&window)).await.unwrap();
    let refused = billing.resume(&owner(), window.payment).await.unwrap_err();
    assert!(matches!(refused, BillingError::PaymentWithdrawn), "{refused:?}");
    assert_eq!(newest_state(&billing, &window).await, AttemptState::AwaitingCardholder);
}

#[tokio::test]
async fn a_payment_that_ends_while_its_hand_over_is_fetched_again_is_told_as_it_is_and_alarms_nobody() {
    let slot: Arc<Mutex<Option<OpenPayment>>> = Arc::default();
    let inner = slot.clone();
    let script: Script = Arc::new(move |mock| {
        let slot = inner.clone();
        mock.expect_begin().returning(|_| Ok(handed_over("t-1")));
        mock.expect_resume().returning(move |_| {
            let (store, payment) = slot.lock().unwrap().clone().unwrap();
            // Meanwhile another process learns that it was cancelled.
            let ended = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(end(&store, payment));
            });
            ended.join().unwrap();
            Ok(handed_over("t-1"))
        });
    });
    let (billing, store, _) = clinic(THIRD, script).await;
    let window = window(&billing).await;
    billing.send_request(&owner(), request(&window)).await.unwrap();
    *slot.lock().unwrap() = Some((store, window.payment));
    let resumed = billing.resume(&owner(), window.payment).await.unwrap();
    let Sent::Known(view) = resumed else { panic!("{resumed:?}") };
    assert_eq!(view.state, PaymentState::Cancelled);
}

type OpenPayment = (Arc<MemoryStore>, billing_domain::PaymentId);

/// Ends the payment's newest attempt as cancelled at the processor.
async fn end(store: &MemoryStore, payment: billing_domain::PaymentId) {
    use billing_domain::payment::Event;
    let stored = store.payment(dispensary(), payment).await.unwrap().unwrap();
    let cancelled = Event::Fact(ChargeFact::Dead(Proof::Canceled));
    let now = billing_domain::Clock::now(&TestClock::default());
    let applied = stored.newest().unwrap().apply(stored.amount, &cancelled, now).unwrap();
    let step = billing_domain::Step {
        id: billing_domain::StepId::new(Uuid::from_u128(0xe0d)),
        dispensary: dispensary(),
        at: now,
        by: ActorId::system(),
        action: billing_domain::Action::PaymentMoved,
        subject: billing_domain::Subject::Payment(payment),
        note: String::new(),
        requires: Vec::new(),
        writes: vec![billing_domain::Write::Attempt { payment, attempt: Box::new(applied.attempt) }],
    };
    store.commit(step).await.unwrap();
}

#[tokio::test]
async fn an_adapter_that_serves_another_account_is_never_called() {
    let stranger = AccountRef {
        dispensary: dispensary(),
        processor: THIRD,
        account: AccountId::new(Uuid::from_u128(0xbad)),
    };
    let script: Script = Arc::new(move |mock| {
        *mock = MockPaymentProcessor::new();
        mock.expect_account().return_const(stranger.clone());
    });
    let (billing, _, _) = clinic(THIRD, script).await;
    let refused = billing.open_window(&owner(), payable()).await.unwrap_err();
    assert!(matches!(refused, BillingError::AccountMixUp), "{refused:?}");
}

#[tokio::test]
async fn not_found_and_rejected_keys_prove_nothing_about_an_open_payment() {
    let calls = Arc::new(AtomicU32::new(0));
    let script: Script = Arc::new(move |mock| {
        let calls = calls.clone();
        mock.expect_begin().returning(|_| Ok(handed_over("t-1")));
        mock.expect_observe().returning(move |_| match calls.fetch_add(1, Ordering::SeqCst) {
            0 => Ok(ChargeFact::NoEvidence(Why::NotFound)),
            _ => Err(QueryError { sent: true, cause: failure(ProcessorErrorKind::CredentialsRejected) }),
        });
    });
    let (billing, _, _) = clinic(THIRD, script).await;
    let window = window(&billing).await;
    billing.send_request(&owner(), request(&window)).await.unwrap();
    billing.settle(&owner(), window.payment).await.unwrap();
    billing.settle(&owner(), window.payment).await.unwrap_err();
    let view = billing.payment(&owner(), window.payment).await.unwrap();
    assert_eq!(view.state, PaymentState::Open);
}

#[tokio::test]
async fn a_payment_that_cannot_be_looked_at_is_put_off_ever_longer_and_holds_up_no_other() {
    let script: Script = Arc::new(|mock| {
        mock.expect_begin().returning(|_| Ok(handed_over("t-1")));
        mock.expect_observe()
            .returning(|_| Err(QueryError { sent: true, cause: failure(ProcessorErrorKind::Unavailable) }));
    });
    let (billing, _, clock) = clinic(THIRD, script).await;
    let window = window(&billing).await;
    billing.send_request(&owner(), request(&window)).await.unwrap();
    let mut waits = Vec::new();
    for _ in 0..7 {
        let due = billing.sweep(10).await.unwrap().next_due.unwrap();
        let wait = billing_domain::elapsed(billing_domain::Clock::now(&*clock), due);
        waits.push(wait.as_secs());
        clock.advance(wait);
    }
    assert_eq!(waits, [60, 120, 240, 480, 900, 900, 900]);
}

#[tokio::test]
async fn a_review_that_nothing_can_be_asked_about_is_put_off_and_ended_by_a_person() {
    let script: Script = Arc::new(|mock| {
        mock.expect_begin().returning(|_| {
            let differs = vec![billing_domain::Difference::Amount];
            let observed = billing_domain::Observed { differs, captured: None };
            Ok(Begun::Known(ChargeFact::Mismatch(observed)))
        });
    });
    let (billing, _, clock) = clinic(THIRD, script).await;
    let window = window(&billing).await;
    billing.send_request(&owner(), request(&window)).await.unwrap();
    clock.advance(Duration::from_hours(1));
    assert_eq!(billing.sweep(10).await.unwrap().looked_at, 1);
    assert_eq!(billing.sweep(10).await.unwrap().looked_at, 0);
    let nothing = billing_domain::payment::Finding::NothingMoved;
    let found =
        billing.record_finding(&owner(), window.payment, nothing, "seen in the dashboard").await.unwrap();
    assert_eq!(found.state, PaymentState::Cancelled);
}

#[tokio::test]
async fn keys_sealed_under_an_older_key_are_sealed_again_and_stay_the_same() {
    let script: Script = Arc::new(|mock| {
        mock.expect_begin().returning(|_| Ok(handed_over("t-1")));
    });
    let (billing, store, clock) = clinic(THIRD, script.clone()).await;
    assert_eq!(billing.reseal_keys(&owner()).await.unwrap(), 0);
    let before = store.accounts(dispensary()).await.unwrap().remove(0);

    let newer = || SealKeyId::parse("k2").unwrap();
    let rotated = StaticKeyRing::new(newer(), SealKey::from_bytes([8; 32]))
        .with_older(SealKeyId::parse("k1").unwrap(), SealKey::from_bytes([9; 32]))
        .unwrap();
    let billing = facade(THIRD, script.clone(), store.clone(), Arc::new(rotated), clock.clone());
    assert_eq!(billing.reseal_keys(&owner()).await.unwrap(), 1);
    assert_eq!(billing.reseal_keys(&owner()).await.unwrap(), 0);

    let after = store.accounts(dispensary()).await.unwrap().remove(0);
    assert_ne!(after.sealed, before.sealed);
    assert_eq!(after.version, before.version);
    let only_new = StaticKeyRing::new(newer(), SealKey::from_bytes([8; 32]));
    let billing = facade(THIRD, script, store, Arc::new(only_new), clock);
    let window = window(&billing).await;
    billing.send_request(&owner(), request(&window)).await.unwrap();
}

#[tokio::test]
async fn a_facade_that_shut_down_takes_no_more_calls() {
    let (billing, _, _) = clinic(THIRD, Arc::new(|_| {})).await;
    assert!(billing.shutdown(Duration::from_secs(1)).await);
    let refused = billing.sweep(1).await.unwrap_err();
    assert!(matches!(refused, BillingError::ShuttingDown), "{refused:?}");
}

#[tokio::test]
async fn a_submission_of_another_encoding_is_never_replayed_and_makes_way_after_its_deadline() {
    let (encoding, keys) = (Arc::new(AtomicU32::new(1)), Arc::new(Mutex::new(Vec::new())));
    let (now, asked) = (encoding.clone(), keys.clone());
    let script: Script = Arc::new(move |mock| {
        let account = mock.account().clone();
        let (now, asked) = (now.load(Ordering::SeqCst), asked.clone());
        *mock = MockPaymentProcessor::new();
        mock.expect_account().return_const(account);
        mock.expect_flow().return_const(FLOW);
        mock.expect_accepts().returning(|_| Ok(()));
        mock.expect_window_fields().returning(|_, public| public.clone());
        mock.expect_capabilities().returning(move |_| Capabilities {
            charge: ChargePlace::InBrowser,
            evidence: EvidenceMode::ByReference,
            cancel: CancelMode::AtProcessor,
            encoding: u16::try_from(now).unwrap(),
            replay_within: Duration::from_hours(23),
            refunds: RefundCare::SentOnce,
            lists: false,
        });
        mock.expect_begin().returning(move |order: &ChargeOrder| {
            asked.lock().unwrap().push(order.key.0.clone());
            if now == 1 { Err(refusal(Certainty::Unknown)) } else { Ok(handed_over("t-2")) }
        });
    });
    let (billing, _, clock) = clinic(THIRD, script).await;
    let window = window(&billing).await;
    billing.send_request(&owner(), request(&window)).await.unwrap_err();

    encoding.store(2, Ordering::SeqCst);
    let waits = billing.send_request(&owner(), request(&window)).await.unwrap_err();
    assert!(matches!(waits, BillingError::PaymentInProgress { .. }), "{waits:?}");
    clock.advance(Duration::from_secs(91));
    let sent = billing.send_request(&owner(), request(&window)).await.unwrap();

    assert!(matches!(sent, Sent::HandOver(_)));
    let (first, second) = (format!("{}-1", window.payment), format!("{}-2", window.payment));
    assert_eq!(*keys.lock().unwrap(), [first, second]);
}

#[tokio::test]
async fn a_step_in_doubt_that_was_committed_is_committed_once() {
    let (billing, store, _) = clinic(THIRD, Arc::new(|_| {})).await;
    let doubt = || store.fail_next(billing_testkit::store::Fault::InDoubt { committed: true });

    doubt();
    let again = SaveKeys::checked(THIRD, Submitted::from_iter([("secret", "s-1")]));
    assert_eq!(billing.save_keys(&owner(), again).await.unwrap().version, 2, "rolled once, not twice");

    doubt();
    let refused = billing.unlock_processor(&owner(), THIRD).await.unwrap_err();
    assert!(matches!(refused, BillingError::Denied(_)), "{refused:?}");
    let steps = store.audit(dispensary(), 0, 1_000).await.unwrap();
    let denied = steps.iter().filter(|step| step.action == billing_domain::Action::Denied).count();
    assert_eq!(denied, 1);
}

#[tokio::test]
async fn a_charge_in_doubt_that_the_processor_never_tells_about_calls_a_person() {
    let script: Script = Arc::new(|mock| {
        let account = mock.account().clone();
        let can = Capabilities { charge: ChargePlace::OnReturn, ..mock.capabilities(&FLOW) };
        mock.checkpoint();
        mock.expect_account().return_const(account);
        mock.expect_flow().return_const(FLOW);
        mock.expect_accepts().returning(|_| Ok(()));
        mock.expect_accepts_grant().returning(|_| Ok(()));
        mock.expect_window_fields().returning(|_, public| public.clone());
        mock.expect_capabilities()
            .returning(move |_| Capabilities { cancel: CancelMode::BeforeCharge, ..can });
        mock.expect_begin().returning(|_| Ok(handed_over("t-1")));
        mock.expect_charge().returning(|_| Err(refusal(Certainty::Unknown)));
        mock.expect_observe().returning(|_| Ok(ChargeFact::NoEvidence(Why::NotFinished)));
    });
    let (billing, _, clock) = clinic(THIRD, script).await;
    let window = window(&billing).await;
    billing.send_request(&owner(), request(&window)).await.unwrap();
    let grant = CardGrant { reference: Reference("t-1".to_owned()), token: "token".into() };
    let unknown = billing.charge_card(&owner(), window.payment, grant).await.unwrap();
    assert_eq!(unknown.state, PaymentState::Unknown);

    for _ in 0..73 {
        clock.advance(Duration::from_hours(1));
        billing.sweep(10).await.unwrap();
    }

    let state = newest_state(&billing, &window).await;
    assert_eq!(
        state,
        AttemptState::NeedsReview(Review::Overdue),
        "nobody can pay the invoice until somebody looks"
    );
}

#[tokio::test]
async fn a_refund_in_doubt_of_another_encoding_is_asked_about_and_never_sent_again() {
    let (sent, encoding) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(1)));
    let (counts, encodes) = (Arc::clone(&sent), Arc::clone(&encoding));
    let script: Script = Arc::new(move |mock| {
        let (account, can) = (mock.account().clone(), mock.capabilities(&FLOW));
        let (counts, encodes) = (Arc::clone(&counts), Arc::clone(&encodes));
        mock.checkpoint();
        mock.expect_account().return_const(account);
        mock.expect_flow().return_const(FLOW);
        mock.expect_accepts().returning(|_| Ok(()));
        mock.expect_window_fields().returning(|_, public| public.clone());
        mock.expect_capabilities().returning(move |_| Capabilities {
            encoding: u16::try_from(encodes.load(Ordering::SeqCst)).unwrap(),
            refunds: RefundCare::Observable { replay_within: Duration::from_hours(23) },
            lists: false,
            ..can
        });
        mock.expect_begin().returning(|_| Ok(Begun::Known(ChargeFact::Succeeded(capture()))));
        mock.expect_plan_refund().returning(|_, _, _, _| Ok(RefundPlan::Refund));
        mock.expect_observe_refund().returning(|_| Ok(RefundFact::NoEvidence(Why::NotFound)));
        mock.expect_refund().returning(move |_| {
            counts.fetch_add(1, Ordering::SeqCst);
            Err(refusal(Certainty::Unknown))
        });
    });
    let (billing, _, _) = clinic(THIRD, script).await;
    let window = window(&billing).await;
    billing.send_request(&owner(), request(&window)).await.unwrap();
    let refund = RefundRequest {
        refund: RefundId::new(Uuid::now_v7()),
        payment: window.payment,
        capture: CaptureId::Attempt(1),
        amount: Money::new(5_000, Currency::CAD),
    };
    let unknown = billing.refund(&owner(), refund.clone()).await.unwrap();
    assert_eq!(unknown.refund.state, RefundState::Unknown);

    encoding.store(2, Ordering::SeqCst);
    billing.settle_refund(&owner(), window.payment, refund.refund).await.unwrap();
    assert_eq!(sent.load(Ordering::SeqCst), 1, "other bytes under the same key");

    encoding.store(1, Ordering::SeqCst);
    billing.settle_refund(&owner(), window.payment, refund.refund).await.unwrap_err();
    assert_eq!(sent.load(Ordering::SeqCst), 2);
}

fn capture() -> Capture {
    Capture {
        amount: Money::new(5_000, Currency::CAD),
        reference: Reference("t-1".to_owned()),
        charge: Some("c-1".to_owned()),
        auth_code: None,
        receipt_number: None,
        brand: None,
        last4: None,
        captured_at: None,
        source: CaptureSource::Processor,
    }
}
