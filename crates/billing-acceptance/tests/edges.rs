//! Stories 40-46 and 60-69 for payments: the edges that cost money.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use billing_acceptance::{Clinic, front_desk, handover_of, money, owner};
use billing_app::{BillingError, PayableSource, SendRequest, Sent, Warning};
use billing_domain::payment::{AttemptState, Finding, PaymentState, Reference};
use billing_domain::{
    Action, Alarming, BillingName, Currency, DispensaryId, InvoiceId, Payable, PayableId, PayableStatus,
    Proof, Subject,
};
use billing_testkit::stripe::{Card, Fault, Mode};
use uuid::Uuid;

const CREATE: &str = "POST /v1/payment_intents";
const READ: &str = "GET /v1/payment_intents/{id}";
const CANCEL: &str = "POST /v1/payment_intents/{id}/cancel";

fn other_dispensary() -> DispensaryId {
    DispensaryId::new(Uuid::from_u128(0xd2))
}

/// A clinic with a payment under review: its charge was taken, and the first look at it read another amount.
async fn under_review() -> (Clinic, InvoiceId, billing_domain::PaymentId) {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    let (payment, browser) = clinic.hand_over(invoice).await;
    browser.pay(Card::VISA).await.unwrap();
    clinic.stripe.faults().next(READ, Fault::wrong_metadata());
    assert_eq!(clinic.settle(payment).await.state, PaymentState::Unknown);
    (clinic, invoice, payment)
}

#[tokio::test]
async fn story_41_a_lost_answer_is_replayed_under_its_key_to_the_same_intent() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    let window = clinic.window(invoice).await.unwrap();
    clinic.stripe.faults().every(1, CREATE, Fault::DropAfterEffect);
    let lost = clinic.press_send(&window, invoice).await.unwrap_err();
    assert!(lost.to_string().contains("do not take the payment another way"), "{lost}");

    clinic.stripe.faults().clear();
    clinic.advance(Duration::from_mins(1));
    let sent = clinic.press_send(&window, invoice).await.unwrap();

    clinic.browser(&handover_of(sent)).pay(Card::VISA).await.unwrap();
    assert_eq!(clinic.settle(window.payment).await.state, PaymentState::Succeeded);
    assert_eq!(clinic.stripe.ledger(clinic.account.id()).entries.len(), 1);
}

#[tokio::test]
async fn story_41_after_a_weekend_a_payment_never_handed_over_is_superseded_and_the_invoice_is_free() {
    let mut clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    let window = clinic.window(invoice).await.unwrap();
    clinic.stripe.faults().every(1, CREATE, Fault::DropAfterEffect);
    clinic.press_send(&window, invoice).await.unwrap_err();
    clinic.stripe.faults().clear();
    clinic.crash_and_restart().await;
    clinic.advance(Duration::from_hours(60));
    clinic.sweep().await;

    let (payment, browser) = clinic.hand_over(invoice).await;
    assert_ne!(payment, window.payment);
    browser.pay(Card::VISA).await.unwrap();
    clinic.settle(payment).await;

    let first = clinic.payment(window.payment).await.payment;
    assert_eq!(first.newest().unwrap().state, AttemptState::Dead(Proof::NeverHandedOver));
    assert_eq!(clinic.stripe.ledger(clinic.account.id()).total_captured(), 7_500);
    assert_eq!(clinic.status(invoice).await, PayableStatus::Paid);
}

#[tokio::test]
async fn story_41_the_same_payment_sent_after_its_key_expired_begins_a_new_attempt() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    let window = clinic.window(invoice).await.unwrap();
    clinic.stripe.faults().every(1, CREATE, Fault::DropAfterEffect);
    clinic.press_send(&window, invoice).await.unwrap_err();
    clinic.stripe.faults().clear();
    clinic.advance(Duration::from_hours(24));

    clinic.press_send(&window, invoice).await.unwrap();

    let keys: Vec<_> = clinic
        .stripe
        .requests_to(CREATE)
        .into_iter()
        .map(|request| request.idempotency_key.unwrap())
        .collect();
    assert_eq!(keys.last().unwrap(), &format!("{}-2", window.payment));
    assert_eq!(clinic.payment(window.payment).await.payment.attempts.len(), 2);
}

#[tokio::test]
async fn story_44_a_key_rolled_while_a_payment_is_open_keeps_it_and_the_new_key_finishes_it() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    let (payment, browser) = clinic.hand_over(invoice).await;
    clinic.account.roll_secret(Mode::Live, true);
    browser.pay(Card::VISA).await.unwrap();

    let refused = clinic.billing.settle(&front_desk(clinic.dispensary), payment).await.unwrap_err();
    assert!(matches!(refused, BillingError::Processor { .. }), "{refused:?}");
    assert_eq!(clinic.payment(payment).await.state, PaymentState::Open);
    assert!(matches!(clinic.alarms.raised()[..], [Alarming::KeysRefused { .. }]));

    clinic.save_stripe().await.unwrap();
    assert_eq!(clinic.settle(payment).await.state, PaymentState::Succeeded);
    assert_eq!(clinic.stripe.ledger(clinic.account.id()).entries.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn story_46_eight_desks_and_one_invoice_make_one_open_attempt() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    let mut requests = Vec::new();
    for _ in 0..8 {
        requests.push(billing_acceptance::request(&clinic.window(invoice).await.unwrap(), invoice));
    }
    let desks: Vec<_> = requests
        .into_iter()
        .map(|request| {
            let (billing, actor) = (clinic.billing.clone(), front_desk(clinic.dispensary));
            tokio::spawn(async move { billing.send_request(&actor, request).await })
        })
        .collect();
    let mut handed_over = 0;
    for desk in desks {
        match desk.await.unwrap() {
            Ok(Sent::HandOver(_)) => handed_over += 1,
            Err(BillingError::PaymentInProgress { .. }) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(handed_over, 1);
    assert_eq!(clinic.stripe.ledger(clinic.account.id()).entries.len(), 1);
    let state =
        clinic.billing.payable(&front_desk(clinic.dispensary), &invoice.into()).await.unwrap().unwrap();
    assert_eq!(state.open, money("75.00", Currency::CAD));
    assert!(state.outstanding().unwrap().is_zero());
}

#[tokio::test]
async fn story_60_two_dispensaries_never_see_or_touch_each_others_things() {
    let clinic = Clinic::with_stripe().await;
    clinic.add_dispensary(other_dispensary()).await;
    let invoice = clinic.invoice("75.00").await;
    let (payment, _) = clinic.hand_over(invoice).await;
    let stranger = owner(other_dispensary());
    let billing = &clinic.billing;
    let calls = clinic.stripe.requests().len();

    assert!(matches!(billing.payment(&stranger, payment).await, Err(BillingError::NotFound(_))));
    assert!(matches!(billing.settle(&stranger, payment).await, Err(BillingError::NotFound(_))));
    assert!(matches!(billing.resume(&stranger, payment).await, Err(BillingError::NotFound(_))));
    assert!(matches!(billing.cancel_payment(&stranger, payment).await, Err(BillingError::NotFound(_))));
    assert!(matches!(billing.invoice(&stranger, invoice).await, Err(BillingError::NotFound(_))));
    assert_eq!(billing.payable(&stranger, &invoice.into()).await.unwrap(), None);
    let open = billing.open_window(&stranger, PayableSource::Invoice(invoice)).await;
    assert!(matches!(open, Err(BillingError::NotFound(_))), "{open:?}");
    assert_eq!(billing.payments(&stranger, None, 100).await.unwrap(), []);
    assert_eq!(billing.payments_on(&stranger, &invoice.into(), 100).await.unwrap(), []);
    assert_eq!(billing.invoices(&stranger, None, 100).await.unwrap(), []);
    let audit = billing.audit(&stranger, 0, 1_000).await.unwrap();
    assert!(audit.iter().all(|entry| entry.dispensary == other_dispensary()));
    let changes = billing.changes(other_dispensary(), 0, 1_000).await.unwrap();
    assert!(changes.iter().all(|change| change.dispensary == other_dispensary()));
    assert_eq!(billing.settings(&stranger).await.unwrap().in_use, None);
    assert_eq!(clinic.stripe.requests().len(), calls);
}

#[tokio::test]
async fn story_61_a_finding_frees_the_invoice_and_a_charge_found_later_is_a_stray_charge() {
    let (clinic, invoice, payment) = under_review().await;
    let owner = owner(clinic.dispensary);

    // Stripe would tell; the finding counts only where it cannot be asked.
    clinic.stripe.faults().every(1, CANCEL, Fault::FailBeforeEffect(503));
    let found = clinic
        .billing
        .record_finding(&owner, payment, Finding::NothingMoved, "looked in the dashboard")
        .await
        .unwrap();
    clinic.stripe.faults().clear();
    assert_eq!(found.payment.newest().unwrap().state, AttemptState::Dead(Proof::Finding));
    assert_eq!(clinic.status(invoice).await, PayableStatus::Unpaid);
    clinic.window(invoice).await.expect("the finding unlocks the invoice");

    let settled = clinic.settle(payment).await;
    assert_eq!(settled.payment.newest().unwrap().state, AttemptState::Dead(Proof::Finding));
    assert_eq!(settled.payment.strays.len(), 1);
    assert_eq!(settled.payment.strays[0].capture.amount, money("75.00", Currency::CAD));
    let strays = |alarm: &Alarming| matches!(alarm, Alarming::StrayCharge { .. });
    assert_eq!(clinic.alarms.raised().iter().filter(|alarm| strays(alarm)).count(), 1);
    assert_eq!(clinic.status(invoice).await, PayableStatus::Paid);

    clinic.settle(payment).await;
    assert_eq!(clinic.payment(payment).await.payment.strays.len(), 1, "told again, it adds nothing");
    assert_eq!(clinic.alarms.raised().iter().filter(|alarm| strays(alarm)).count(), 1);
}

#[tokio::test]
async fn story_62_a_review_ends_by_a_person_with_the_permission_and_is_audited() {
    let (clinic, invoice, payment) = under_review().await;
    let desk = front_desk(clinic.dispensary);
    let moved = Finding::MoneyMoved { reference: Reference("ch_read_by_hand".to_owned()) };

    let refused = clinic.billing.record_finding(&desk, payment, moved.clone(), "").await.unwrap_err();
    assert!(matches!(refused, BillingError::Denied(_)), "{refused:?}");
    let owner = owner(clinic.dispensary);
    let unsaid = clinic.billing.record_finding(&owner, payment, moved.clone(), "  ").await.unwrap_err();
    assert!(matches!(unsaid, BillingError::NoteMissing), "{unsaid:?}");
    let card = "paid with 4242 4242-4242 4242, seen";
    let card = clinic.billing.record_finding(&owner, payment, moved.clone(), card).await.unwrap_err();
    assert!(matches!(card, BillingError::NoteHoldsCardNumber), "{card:?}");
    let typed = Finding::MoneyMoved { reference: Reference("4242 4242; yes".to_owned()) };
    let odd = clinic.billing.record_finding(&owner, payment, typed, "seen").await.unwrap_err();
    assert!(matches!(odd, BillingError::InvalidId(_)), "{odd:?}");
    let found = clinic.billing.record_finding(&owner, payment, moved.clone(), "seen").await.unwrap();

    assert_eq!(found.state, PaymentState::Succeeded);
    assert_eq!(clinic.status(invoice).await, PayableStatus::Paid);
    let audit = clinic.billing.audit(&owner, 0, 1_000).await.unwrap();
    let entry = audit.iter().find(|entry| entry.action == Action::PaymentFinding).unwrap();
    assert_eq!((entry.by.as_str(), &entry.subject), ("owner", &Subject::Payment(payment)));
    assert!(entry.note.contains("ch_read_by_hand: seen"), "{}", entry.note);
    let again = clinic.billing.record_finding(&owner, payment, moved, "").await.unwrap_err();
    assert!(matches!(again, BillingError::NotUnderReview), "{again:?}");
}

#[tokio::test]
async fn story_62_a_review_ends_by_evidence_when_the_sweep_looks_again() {
    let (clinic, invoice, payment) = under_review().await;
    clinic.advance(Duration::from_hours(1));
    clinic.sweep().await;
    assert_eq!(clinic.payment(payment).await.state, PaymentState::Succeeded);
    assert_eq!(clinic.status(invoice).await, PayableStatus::Paid);
}

#[tokio::test]
async fn story_62_a_payment_stripe_says_nothing_about_for_days_needs_review_and_a_person_is_called() {
    for fault in [Fault::Overwrite("/status", "something_new".into()), Fault::FailBeforeEffect(503)] {
        let clinic = Clinic::with_stripe().await;
        let invoice = clinic.invoice("75.00").await;
        let (payment, _) = clinic.hand_over(invoice).await;
        for pattern in [READ, CANCEL] {
            clinic.stripe.faults().every(1, pattern, fault.clone());
        }
        clinic.advance(Duration::from_hours(71));
        clinic.sweep().await;
        assert_eq!(clinic.payment(payment).await.state, PaymentState::Open);
        assert!(clinic.alarms.raised().is_empty());
        clinic.advance(Duration::from_hours(2));
        clinic.sweep().await;

        assert_eq!(clinic.payment(payment).await.state, PaymentState::Unknown);
        let alarms = clinic.alarms.raised();
        assert!(matches!(alarms[..], [Alarming::ReviewNeeded { .. }]), "{alarms:?}");
        let found = clinic
            .billing
            .record_finding(
                &owner(clinic.dispensary),
                payment,
                Finding::NothingMoved,
                "asked Stripe's support",
            )
            .await;
        assert_eq!(found.unwrap().state, PaymentState::Cancelled);
        clinic.window(invoice).await.unwrap();
    }
}

#[tokio::test]
async fn story_62_an_abandoned_payment_under_review_is_cancelled_once_stripe_can_be_reached_again() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    let (payment, _) = clinic.hand_over(invoice).await;
    clinic.stripe.faults().every(1, READ, Fault::FailBeforeEffect(503));
    clinic.advance(Duration::from_hours(73));
    clinic.sweep().await;
    assert_eq!(clinic.payment(payment).await.state, PaymentState::Unknown);

    clinic.stripe.faults().clear();
    clinic.advance(Duration::from_hours(24));
    clinic.sweep().await;
    assert_eq!(clinic.payment(payment).await.state, PaymentState::Cancelled);
    assert_eq!(clinic.stripe.ledger(clinic.account.id()).entries[0].status, "canceled");
}

#[tokio::test]
async fn an_account_that_does_not_answer_is_asked_once_a_sweep_however_many_payments_are_open() {
    let clinic = Clinic::with_stripe().await;
    for _ in 0..3 {
        let invoice = clinic.invoice("75.00").await;
        clinic.hand_over(invoice).await;
    }
    clinic.stripe.faults().every(1, READ, Fault::FailBeforeEffect(503));
    clinic.advance(Duration::from_mins(2));
    let reads = clinic.stripe.count(READ);

    let report = clinic.billing.sweep(100).await.unwrap();

    assert_eq!((report.looked_at, report.failed), (3, 1));
    assert_eq!(clinic.stripe.count(READ) - reads, 3, "one read, sent three times");
    assert_eq!(clinic.billing.sweep(100).await.unwrap().looked_at, 0, "all are put off");
}

#[tokio::test]
async fn two_processes_that_sweep_at_once_settle_each_payment_once() {
    let mut clinic = Clinic::with_stripe().await;
    let mut invoices = Vec::new();
    for _ in 0..5 {
        let invoice = clinic.invoice("75.00").await;
        let (_, browser) = clinic.hand_over(invoice).await;
        browser.pay(Card::VISA).await.unwrap();
        invoices.push(invoice);
    }
    clinic.advance(Duration::from_mins(2));
    let one = clinic.billing.clone();
    clinic.restart().await;

    let (first, second) = tokio::join!(one.sweep(100), clinic.billing.sweep(100));

    assert_eq!((first.unwrap().failed, second.unwrap().failed), (0, 0));
    for invoice in invoices {
        assert_eq!(clinic.status(invoice).await, PayableStatus::Paid);
    }
    let changes = clinic.billing.changes(clinic.dispensary, 0, 1_000).await.unwrap();
    let moved = changes.iter().filter(|change| change.action == Action::PaymentMoved).count();
    assert_eq!(moved, 5, "each once");
    assert!(clinic.alarms.raised().is_empty());
}

#[tokio::test]
async fn story_64_a_cancel_asked_again_has_a_fresh_key_and_already_succeeded_becomes_success() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    let (payment, browser) = clinic.hand_over(invoice).await;
    let desk = front_desk(clinic.dispensary);
    browser.pay(Card::PROCESSING).await.unwrap();

    let refused = clinic.billing.cancel_payment(&desk, payment).await.unwrap();
    assert_eq!(refused.state, PaymentState::Open, "still processing");
    let reference = refused.payment.newest().unwrap().reference.clone().unwrap();
    clinic.stripe.finish_processing(&reference.0, true);
    let second = clinic.billing.cancel_payment(&desk, payment).await.unwrap();

    assert_eq!(second.state, PaymentState::Succeeded);
    let keys: Vec<_> = clinic
        .stripe
        .requests_to(CANCEL)
        .into_iter()
        .map(|request| request.idempotency_key.unwrap())
        .collect();
    assert_eq!(keys.len(), 2);
    assert_ne!(keys[0], keys[1]);
}

#[tokio::test]
async fn story_65_a_host_with_its_own_invoices_has_the_same_guarantees() {
    let clinic = Clinic::with_stripe().await;
    let desk = front_desk(clinic.dispensary);
    let payable = |version, total| {
        Payable::new(
            PayableId::parse("EMR-2026-00042").unwrap(),
            version,
            money(total, Currency::CAD),
            money("20.00", Currency::CAD),
            BillingName::parse("Marie-Ève Tremblay").unwrap(),
        )
        .unwrap()
    };
    let window = clinic.billing.open_window(&desk, PayableSource::Host(payable(3, "95.00"))).await.unwrap();
    assert_eq!(window.total, money("75.00", Currency::CAD), "what was paid elsewhere is not asked for again");
    let request = |payable| SendRequest {
        payment: window.payment,
        payable: PayableSource::Host(payable),
        expected_total: window.total,
        expected_account: window.account.clone(),
    };

    let edited = clinic.billing.send_request(&desk, request(payable(4, "99.00"))).await.unwrap_err();
    assert!(matches!(edited, BillingError::AmountChanged { .. }), "{edited:?}");
    let sent = clinic.billing.send_request(&desk, request(payable(3, "95.00"))).await.unwrap();
    let intent = &clinic.stripe.ledger(clinic.account.id()).entries[0];
    assert_eq!(intent.metadata["invoice_id"], "EMR-2026-00042");
    clinic.browser(&handover_of(sent)).pay(Card::VISA).await.unwrap();
    clinic.settle(window.payment).await;

    let stale = clinic.billing.open_window(&desk, PayableSource::Host(payable(2, "500.00"))).await;
    assert!(matches!(stale, Err(BillingError::NothingOutstanding)), "{stale:?}");
    let news = clinic.billing.changed_since(0).await.unwrap();
    assert_eq!(news.dispensaries, [clinic.dispensary]);
    let changes = clinic.billing.changes(clinic.dispensary, 0, 1_000).await.unwrap();
    let of_payment: Vec<_> = changes
        .iter()
        .filter(|change| change.subject == Subject::Payment(window.payment))
        .map(|change| change.action)
        .collect();
    assert_eq!(of_payment, [Action::PaymentSending, Action::PaymentHandedOver, Action::PaymentMoved]);
    assert!(changes.iter().zip(1..).all(|(change, seq)| change.seq == seq), "in order, without gaps");
}

#[tokio::test]
async fn story_65_figures_that_changed_under_an_open_payment_are_noticed_before_anything_is_charged() {
    let clinic = Clinic::with_stripe().await;
    let desk = front_desk(clinic.dispensary);
    let payable = |version, elsewhere| {
        let cad = |figure| money(figure, Currency::CAD);
        let name = BillingName::parse("Marie-Ève Tremblay").unwrap();
        Payable::new(PayableId::parse("EMR-7").unwrap(), version, cad("100.00"), cad(elsewhere), name)
            .unwrap()
    };
    let window = clinic.billing.open_window(&desk, PayableSource::Host(payable(1, "0.00"))).await.unwrap();
    let request = |payable| SendRequest {
        payment: window.payment,
        payable: PayableSource::Host(payable),
        expected_total: window.total,
        expected_account: window.account.clone(),
    };
    clinic.billing.send_request(&desk, request(payable(1, "0.00"))).await.unwrap();

    // Someone takes cash for it at another desk.
    let locked = clinic.billing.record_payable(&desk, payable(2, "100.00")).await.unwrap_err();
    assert!(
        matches!(locked, BillingError::InvoiceLocked { payment: Some(p) } if p == window.payment),
        "{locked:?}"
    );
    let outdated =
        clinic.billing.open_window(&desk, PayableSource::Host(payable(2, "100.00"))).await.unwrap_err();
    assert!(matches!(outdated, BillingError::OpenPaymentOutdated { .. }), "{outdated:?}");
    let outdated = clinic.billing.send_request(&desk, request(payable(2, "100.00"))).await.unwrap_err();
    assert!(matches!(outdated, BillingError::OpenPaymentOutdated { .. }), "{outdated:?}");

    clinic.billing.cancel_payment(&desk, window.payment).await.unwrap();
    let state = clinic.billing.record_payable(&desk, payable(2, "100.00")).await.unwrap();
    assert!(state.owed().unwrap().is_zero());
    let same_version = clinic.billing.record_payable(&desk, payable(2, "90.00")).await.unwrap_err();
    assert!(matches!(same_version, BillingError::FiguresConflict { version: 2 }), "{same_version:?}");
    assert!(clinic.alarms.raised().is_empty());
}

#[tokio::test]
async fn story_65_money_recorded_elsewhere_after_the_card_was_charged_raises_an_alarm() {
    let clinic = Clinic::with_stripe().await;
    let desk = front_desk(clinic.dispensary);
    let payable = |id: &str, version, elsewhere| {
        let cad = |figure| money(figure, Currency::CAD);
        let name = BillingName::parse("Marie-Ève Tremblay").unwrap();
        Payable::new(PayableId::parse(id).unwrap(), version, cad("75.00"), cad(elsewhere), name).unwrap()
    };
    let source = PayableSource::Host(payable("EMR-8", 1, "0.00"));
    let window = clinic.billing.open_window(&desk, source.clone()).await.unwrap();
    let request = SendRequest {
        payment: window.payment,
        payable: source,
        expected_total: window.total,
        expected_account: window.account.clone(),
    };
    let sent = clinic.billing.send_request(&desk, request).await.unwrap();
    clinic.browser(&handover_of(sent)).pay(Card::VISA).await.unwrap();
    clinic.settle(window.payment).await;

    let state = clinic.billing.record_payable(&desk, payable("EMR-8", 2, "75.00")).await.unwrap();

    assert_eq!(state.status().unwrap(), PayableStatus::Overpaid);
    assert!(matches!(clinic.alarms.raised()[..], [Alarming::Overpaid { .. }]));

    let ours = clinic.invoice("75.00").await.to_string();
    let posing = clinic.billing.record_payable(&desk, payable(&ours, 9, "75.00")).await.unwrap_err();
    assert!(matches!(posing, BillingError::AlreadyExists(_)), "{posing:?}");
}

#[tokio::test]
async fn a_dispensary_may_be_added_at_every_start_but_never_turned_into_another() {
    let clinic = Clinic::with_stripe().await;
    clinic.add_dispensary(clinic.dispensary).await;
    let kind = billing_domain::DispensaryKind::Office(billing_domain::OfficeId::new(Uuid::from_u128(0x0f)));
    let other = billing_domain::Dispensary::new(clinic.dispensary, kind, "Another Clinic");
    let refused = clinic.billing.add_dispensary(&owner(clinic.dispensary), other).await.unwrap_err();
    assert!(matches!(refused, BillingError::AlreadyExists(_)), "{refused:?}");
    let invoice = clinic.invoice("10.00").await;
    clinic.window(invoice).await.expect("what was unlocked and saved is still there");
}

#[tokio::test]
async fn story_67_two_dispensaries_on_one_stripe_account_are_warned_and_handle_only_their_own() {
    let clinic = Clinic::with_stripe().await;
    clinic.add_dispensary(other_dispensary()).await;
    let help_centre = billing_acceptance::help_centre(other_dispensary());
    clinic.billing.unlock_processor(&help_centre, billing_domain::ProcessorId::STRIPE).await.unwrap();
    let pasted = billing_credentials::Submitted::from_iter([
        ("publishable_key", clinic.account.publishable_key(Mode::Live)),
        ("secret_key", clinic.account.secret_key(Mode::Live)),
    ]);
    let keys = billing_app::SaveKeys::checked(billing_domain::ProcessorId::STRIPE, pasted);
    let saved = clinic.billing.save_keys(&owner(other_dispensary()), keys).await.unwrap();

    assert!(saved.warnings.contains(&Warning::SharedAccount), "{:?}", saved.warnings);
    let first = clinic.billing.settings(&owner(clinic.dispensary)).await.unwrap();
    assert!(first.stripe.saved.unwrap().shared, "the first one is told as well");

    let invoice = clinic.invoice("75.00").await;
    let (payment, browser) = clinic.hand_over(invoice).await;
    browser.pay(Card::VISA).await.unwrap();
    let strange = clinic.billing.settle(&front_desk(other_dispensary()), payment).await;
    assert!(matches!(strange, Err(BillingError::NotFound(_))), "{strange:?}");
    clinic.advance(Duration::from_mins(2));
    clinic.sweep().await;
    assert_eq!(clinic.payment(payment).await.state, PaymentState::Succeeded);
    assert_eq!(clinic.billing.payments(&owner(other_dispensary()), None, 10).await.unwrap(), []);
}

#[tokio::test]
async fn an_overdue_submission_of_another_payment_is_superseded() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    let window = clinic.window(invoice).await.unwrap();
    clinic.stripe.faults().every(1, CREATE, Fault::DropBeforeEffect);
    clinic.press_send(&window, invoice).await.unwrap_err();
    clinic.stripe.faults().clear();

    let other = billing_acceptance::colleague(clinic.dispensary);
    let theirs = clinic.billing.open_window(&other, PayableSource::Invoice(invoice)).await;
    assert!(
        matches!(theirs, Err(BillingError::PaymentInProgress { .. })),
        "within its deadline it holds the slot"
    );
    clinic.advance(Duration::from_mins(2));
    clinic.sweep().await;
    let theirs = clinic.billing.open_window(&other, PayableSource::Invoice(invoice)).await.unwrap();
    let request = billing_acceptance::request(&theirs, invoice);
    assert!(matches!(clinic.billing.send_request(&other, request).await.unwrap(), Sent::HandOver(_)));
}
