//! Stories 47 to 49, 51, 55, 62, 69 and 70: refunds at both processors, the real adapters over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use billing_acceptance::{Clinic, bookkeeper, front_desk, manager, money, owner};
use billing_app::{BillingError, Permission, RefundRequest, RefundView};
use billing_domain::payment::{CaptureId, Finding, PaymentState, Reference};
use billing_domain::refund::{RefundFailure, RefundReview, RefundState};
use billing_domain::{
    Action, Alarming, Currency, InvoiceId, Money, PayableStatus, PaymentId, ProcessorId, RefundId, RefundPlan,
};
use billing_testkit::moneris::{Card as MonerisCard, Fault as MonerisFault};
use billing_testkit::stripe::{Card, Fault, RefundOutcome};
use uuid::Uuid;

const REFUND: &str = "refund";
const REVERSAL: &str = "purchasecorrection";
const AT_STRIPE: &str = "POST /v1/refunds";

fn cad(figure: &str) -> Money {
    money(figure, Currency::CAD)
}

async fn paid_at_stripe(clinic: &Clinic, figure: &str) -> (InvoiceId, PaymentId) {
    let invoice = clinic.invoice(figure).await;
    let (payment, browser) = clinic.hand_over(invoice).await;
    browser.pay(Card::VISA).await.unwrap();
    assert_eq!(clinic.settle(payment).await.state, PaymentState::Succeeded);
    (invoice, payment)
}

async fn paid_at_moneris(clinic: &Clinic, figure: &str) -> (InvoiceId, PaymentId) {
    let invoice = clinic.invoice(figure).await;
    let (payment, view) = clinic.pay_by_frame(invoice, MonerisCard::VISA).await;
    assert_eq!(view.state, PaymentState::Succeeded);
    (invoice, payment)
}

fn request(payment: PaymentId, figure: &str) -> RefundRequest {
    RefundRequest {
        refund: RefundId::new(Uuid::now_v7()),
        payment,
        capture: CaptureId::Attempt(1),
        amount: cad(figure),
    }
}

async fn give_back(clinic: &Clinic, payment: PaymentId, figure: &str) -> Result<RefundView, BillingError> {
    ask(clinic, request(payment, figure)).await
}

async fn ask(clinic: &Clinic, request: RefundRequest) -> Result<RefundView, BillingError> {
    clinic.billing.refund(&manager(clinic.dispensary), request).await
}

#[tokio::test]
async fn story_47_a_refund_goes_to_the_processor_that_took_the_money_whichever_is_in_use_now() {
    let clinic = Clinic::with_moneris().await;
    let (_, at_moneris) = paid_at_moneris(&clinic, "80.00").await;
    clinic.save_stripe().await.unwrap();
    let (_, at_stripe) = paid_at_stripe(&clinic, "60.00").await;

    give_back(&clinic, at_moneris, "30.00").await.unwrap();
    clinic.billing.remove_account(&owner(clinic.dispensary), ProcessorId::MONERIS).await.unwrap();
    give_back(&clinic, at_stripe, "20.00").await.unwrap();

    assert_eq!(clinic.moneris.ledger(clinic.till.id()).total_refunded(), 3_000);
    assert_eq!(clinic.stripe.ledger(clinic.account.id()).total_refunded(), 2_000);
    let sent = clinic.stripe.requests_to(AT_STRIPE).pop().unwrap();
    let names: Vec<_> = sent.params.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["amount", "metadata", "payment_intent"], "nothing else leaves");
}

#[tokio::test]
async fn story_47_a_whole_refund_frees_the_invoice_and_parts_add_up() {
    let clinic = Clinic::with_stripe().await;
    let (invoice, payment) = paid_at_stripe(&clinic, "100.00").await;

    let part = give_back(&clinic, payment, "25.00").await.unwrap();
    assert_eq!(part.refund.state, RefundState::Succeeded);
    assert_eq!(clinic.status(invoice).await, PayableStatus::PartlyPaid);
    assert_eq!(part.payment.payment.refunded(), cad("25.00"));
    assert_eq!(part.payment.payment.refundable(CaptureId::Attempt(1)), Some(cad("75.00")));
    give_back(&clinic, payment, "75.00").await.unwrap();

    assert_eq!(clinic.status(invoice).await, PayableStatus::Unpaid);
    assert_eq!(clinic.stripe.ledger(clinic.account.id()).total_refunded(), 10_000);
    let (again, browser) = clinic.hand_over(invoice).await;
    browser.pay(Card::VISA).await.unwrap();
    clinic.settle(again).await;
    assert_eq!(clinic.status(invoice).await, PayableStatus::Paid, "a refunded invoice can be paid again");
}

#[tokio::test]
async fn an_invoice_whose_money_went_back_can_be_voided_and_one_that_kept_some_cannot() {
    let clinic = Clinic::with_stripe().await;
    let (invoice, payment) = paid_at_stripe(&clinic, "100.00").await;
    let owner = owner(clinic.dispensary);
    let void = async || clinic.billing.void_invoice(&owner, invoice, "billed twice".parse().unwrap()).await;

    give_back(&clinic, payment, "99.99").await.unwrap();
    assert!(matches!(void().await, Err(BillingError::InvoiceLocked { .. })));
    give_back(&clinic, payment, "0.01").await.unwrap();
    void().await.unwrap();
}

#[tokio::test]
async fn the_same_refund_asked_for_twice_is_one_refund() {
    let clinic = Clinic::with_moneris().await;
    let (_, payment) = paid_at_moneris(&clinic, "100.00").await;
    let same = request(payment, "40.00");

    let (one, other) = tokio::join!(ask(&clinic, same.clone()), ask(&clinic, same.clone()));
    let third = ask(&clinic, same.clone()).await.unwrap();

    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    assert_eq!(third.refund.state, RefundState::Succeeded);
    assert_eq!(clinic.moneris.count(REFUND), 1);
    let changed = ask(&clinic, RefundRequest { amount: cad("41.00"), ..same.clone() }).await.unwrap_err();
    assert!(matches!(changed, BillingError::AlreadyExists("refund")), "{changed:?}");
    let (_, elsewhere) = paid_at_moneris(&clinic, "50.00").await;
    let taken = ask(&clinic, RefundRequest { payment: elsewhere, ..same }).await.unwrap_err();
    assert!(matches!(taken, BillingError::AlreadyExists("refund")), "{taken:?}");
    assert_eq!(clinic.moneris.count(REFUND), 1);
}

#[tokio::test]
async fn story_48_more_than_is_left_is_refused_with_what_is_left() {
    for stripe in [true, false] {
        let clinic = if stripe { Clinic::with_stripe().await } else { Clinic::with_moneris().await };
        let (_, payment) = if stripe {
            paid_at_stripe(&clinic, "100.00").await
        } else {
            paid_at_moneris(&clinic, "100.00").await
        };
        give_back(&clinic, payment, "60.00").await.unwrap();

        let refused = give_back(&clinic, payment, "50.00").await.unwrap_err();
        let BillingError::RefundTooLarge { refundable } = refused else { panic!("{refused:?}") };
        assert_eq!(refundable, cad("40.00"));
        for nothing in [cad("0.00"), Money::new(-100, Currency::CAD), money("1.00", Currency::USD)] {
            let request = RefundRequest { amount: nothing, ..request(payment, "1.00") };
            let refused = ask(&clinic, request).await.unwrap_err();
            assert!(matches!(refused, BillingError::RefundTooLarge { .. }), "{nothing}: {refused:?}");
        }

        let (one, other) =
            tokio::join!(give_back(&clinic, payment, "40.00"), give_back(&clinic, payment, "40.00"));
        assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1, "{one:?} {other:?}");
        let given_back = clinic.stripe.ledger(clinic.account.id()).total_refunded()
            + clinic.moneris.ledger(clinic.till.id()).total_refunded();
        assert_eq!(given_back, 10_000);
    }
}

#[tokio::test]
async fn story_48_a_refund_whose_answer_was_lost_blocks_the_next_until_stripe_tells() {
    let clinic = Clinic::with_stripe().await;
    let (_, payment) = paid_at_stripe(&clinic, "100.00").await;
    clinic.stripe.faults().every(1, AT_STRIPE, Fault::DropAfterEffect);
    let lost = request(payment, "30.00");

    let unknown = ask(&clinic, lost.clone()).await.unwrap();
    assert_eq!(unknown.refund.state, RefundState::Unknown);
    let blocked = give_back(&clinic, payment, "10.00").await.unwrap_err();
    assert!(
        matches!(blocked, BillingError::RefundInProgress { refund } if refund == lost.refund),
        "{blocked:?}"
    );

    // What refuses a repetition says nothing of the first.
    clinic.stripe.faults().clear();
    clinic.stripe.faults().every(1, "GET /v1/refunds", Fault::FailBeforeEffect(500));
    clinic.stripe.faults().every(1, AT_STRIPE, Fault::RateLimited("endpoint-rate"));
    drop(ask(&clinic, lost.clone()).await);
    let blocked = give_back(&clinic, payment, "10.00").await.unwrap_err();
    assert!(matches!(blocked, BillingError::RefundInProgress { .. }), "{blocked:?}");

    clinic.stripe.faults().clear();
    clinic.advance(Duration::from_mins(2));
    clinic.sweep().await;
    let told = clinic.payment(payment).await.payment;
    assert_eq!(told.refund(lost.refund).unwrap().state, RefundState::Succeeded);
    assert_eq!(clinic.stripe.ledger(clinic.account.id()).total_refunded(), 3_000);
    give_back(&clinic, payment, "10.00").await.unwrap();
}

#[tokio::test]
async fn story_48_a_lost_refund_that_never_arrived_is_sent_again_under_its_key() {
    let clinic = Clinic::with_stripe().await;
    let (_, payment) = paid_at_stripe(&clinic, "100.00").await;
    clinic.stripe.faults().every(1, AT_STRIPE, Fault::DropBeforeEffect);
    let lost = request(payment, "30.00");
    assert_eq!(ask(&clinic, lost.clone()).await.unwrap().refund.state, RefundState::Unknown);
    clinic.stripe.faults().clear();

    let again = ask(&clinic, lost.clone()).await.unwrap();

    assert_eq!(again.refund.state, RefundState::Succeeded);
    assert_eq!(clinic.stripe.ledger(clinic.account.id()).total_refunded(), 3_000);
    let keys: std::collections::BTreeSet<_> =
        clinic.stripe.requests_to(AT_STRIPE).into_iter().filter_map(|sent| sent.idempotency_key).collect();
    assert_eq!(keys.len(), 1, "one key, whatever is repeated");
}

#[tokio::test]
async fn story_70_a_refund_lost_on_friday_and_looked_at_on_monday_is_read_and_never_sent_again() {
    let clinic = Clinic::with_stripe().await;
    let (_, payment) = paid_at_stripe(&clinic, "100.00").await;
    clinic.stripe.faults().every(1, AT_STRIPE, Fault::DropBeforeEffect);
    let lost = request(payment, "30.00");
    ask(&clinic, lost.clone()).await.unwrap();
    clinic.stripe.faults().clear();
    let sent = clinic.stripe.count(AT_STRIPE);

    clinic.advance(Duration::from_hours(60));
    clinic.sweep().await;
    drop(ask(&clinic, lost.clone()).await);
    clinic.advance(Duration::from_hours(15));
    clinic.sweep().await;

    assert_eq!(clinic.stripe.count(AT_STRIPE), sent, "its key has expired");
    let state = clinic.payment(payment).await.payment.refund(lost.refund).unwrap().state.clone();
    assert_eq!(state, RefundState::NeedsReview(RefundReview::Overdue));
    assert_eq!(clinic.stripe.ledger(clinic.account.id()).total_refunded(), 0);
}

#[tokio::test]
async fn story_49_the_same_day_the_whole_charge_is_reversed_and_later_or_in_part_it_is_refunded() {
    // The fakes' day: seven in the evening in Toronto.
    let clinic = Clinic::with_moneris().await;
    let (_, payment) = paid_at_moneris(&clinic, "80.00").await;
    let whole = give_back(&clinic, payment, "80.00").await.unwrap();
    assert_eq!((whole.refund.plan, whole.refund.state), (RefundPlan::Reversal, RefundState::Succeeded));

    let (_, payment) = paid_at_moneris(&clinic, "80.00").await;
    let part = give_back(&clinic, payment, "79.99").await.unwrap();
    assert_eq!((part.refund.plan, part.refund.state), (RefundPlan::Refund, RefundState::Succeeded));

    let (_, payment) = paid_at_moneris(&clinic, "80.00").await;
    clinic.advance(Duration::from_mins(170));
    let late = give_back(&clinic, payment, "80.00").await.unwrap();
    assert_eq!((late.refund.plan, late.refund.state), (RefundPlan::Refund, RefundState::Succeeded));
    assert_eq!((clinic.moneris.count(REVERSAL), clinic.moneris.count(REFUND)), (1, 2));
}

#[tokio::test]
async fn story_49_a_reversal_that_was_clearly_refused_is_followed_by_a_refund_when_asked_for_once_more() {
    let clinic = Clinic::with_moneris().await;
    let (_, payment) = paid_at_moneris(&clinic, "80.00").await;
    clinic.till.close_batch();

    let refused = give_back(&clinic, payment, "80.00").await.unwrap_err();
    assert!(matches!(refused, BillingError::RefundNotMade { .. }), "{refused:?}");
    let again = give_back(&clinic, payment, "80.00").await.unwrap();

    assert_eq!((again.refund.plan, again.refund.state), (RefundPlan::Refund, RefundState::Succeeded));
    let ledger = clinic.moneris.ledger(clinic.till.id());
    assert_eq!((ledger.total_corrected(), ledger.total_refunded()), (0, 8_000));
}

#[tokio::test]
async fn story_49_after_an_unknown_outcome_never_the_other_one_and_a_person_says_what_happened() {
    for (fault, truly) in [(MonerisFault::DropAfterEffect, 8_000), (MonerisFault::DropBeforeEffect, 0)] {
        let clinic = Clinic::with_moneris().await;
        let (invoice, payment) = paid_at_moneris(&clinic, "80.00").await;
        clinic.moneris.faults().next(REVERSAL, fault);

        let lost = give_back(&clinic, payment, "80.00").await.unwrap();

        assert_eq!(lost.refund.state, RefundState::NeedsReview(RefundReview::NoAnswer));
        let called =
            Alarming::RefundReviewNeeded { dispensary: clinic.dispensary, payment, refund: lost.refund.id };
        assert!(clinic.alarms.raised().contains(&called));
        let blocked = give_back(&clinic, payment, "80.00").await.unwrap_err();
        assert!(matches!(blocked, BillingError::RefundInProgress { .. }), "{blocked:?}");
        for _ in 0..3 {
            clinic.advance(Duration::from_hours(20));
            clinic.sweep().await;
        }
        assert_eq!((clinic.moneris.count(REVERSAL), clinic.moneris.count(REFUND)), (1, 0));

        let finding = if truly > 0 {
            Finding::MoneyMoved { reference: Reference("12-0_3".to_owned()) }
        } else {
            Finding::NothingMoved
        };
        let (owner, desk) = (owner(clinic.dispensary), front_desk(clinic.dispensary));
        let record = async |who, note| {
            clinic.billing.record_refund_finding(who, payment, lost.refund.id, finding.clone(), note).await
        };
        assert!(matches!(record(&desk, "seen").await, Err(BillingError::Denied(Permission::ResolveReview))));
        assert!(matches!(record(&owner, " ").await, Err(BillingError::NoteMissing)));
        let ended = record(&owner, "seen in the processor's list").await.unwrap();
        assert!(ended.refund.state.is_resolved());
        assert!(matches!(record(&owner, "again").await, Err(BillingError::NotUnderReview)));
        assert_eq!(clinic.moneris.ledger(clinic.till.id()).total_corrected(), truly);
        let status = if truly > 0 { PayableStatus::Unpaid } else { PayableStatus::Paid };
        assert_eq!(clinic.status(invoice).await, status);
        let audit = clinic.billing.audit(&owner, 0, 1_000).await.unwrap();
        assert!(audit.iter().any(|entry| entry.action == Action::RefundFinding));
        if truly == 0 {
            let again = give_back(&clinic, payment, "80.00").await.unwrap();
            assert_eq!((again.refund.plan, again.refund.state), (RefundPlan::Refund, RefundState::Succeeded));
        }
    }
}

#[tokio::test]
async fn a_refund_the_issuer_declines_gives_nothing_back_and_another_may_follow() {
    let clinic = Clinic::with_moneris().await;
    let invoice = clinic.invoice("80.00").await;
    let (payment, _) = clinic.pay_by_frame(invoice, MonerisCard::REFUND_DECLINED).await;
    let declined = give_back(&clinic, payment, "30.00").await.unwrap();
    assert_eq!(declined.refund.state, RefundState::Failed(RefundFailure::Declined));
    assert_eq!(clinic.status(invoice).await, PayableStatus::Paid);
    assert!(give_back(&clinic, payment, "30.00").await.is_ok(), "its amount is free again");
}

#[tokio::test]
async fn a_clearly_refused_refund_is_told_and_gives_nothing_back() {
    let clinic = Clinic::with_stripe().await;
    let (invoice, payment) = paid_at_stripe(&clinic, "80.00").await;
    let intent = clinic.payment(payment).await.payment.newest().unwrap().reference.clone().unwrap();
    assert!(clinic.stripe.dispute(&intent.0));
    let refused = give_back(&clinic, payment, "30.00").await.unwrap_err();
    assert!(matches!(refused, BillingError::RefundNotMade { .. }), "{refused:?}");
    assert!(refused.to_string().contains("nothing was given back"), "{refused}");
    let state = clinic.payment(payment).await.payment.refunds[0].state.clone();
    assert_eq!(state, RefundState::Failed(RefundFailure::Refused));
    assert_eq!(clinic.status(invoice).await, PayableStatus::Paid);
}

#[tokio::test]
async fn story_51_with_the_keys_erased_a_refund_is_refused_and_nothing_is_sent_to_the_other_processor() {
    let clinic = Clinic::with_stripe().await;
    clinic.save_moneris().await.unwrap();
    let (_, payment) = paid_at_stripe(&clinic, "80.00").await;
    clinic.billing.remove_account(&owner(clinic.dispensary), ProcessorId::STRIPE).await.unwrap();
    let requests = clinic.moneris.requests().len();

    let refused = give_back(&clinic, payment, "30.00").await.unwrap_err();

    let is_stripes = matches!(&refused, BillingError::CredentialsMissing { processor } if *processor == ProcessorId::STRIPE);
    assert!(is_stripes, "{refused:?}");
    assert_eq!(clinic.moneris.requests().len(), requests);
    clinic.save_stripe().await.unwrap();
    assert!(give_back(&clinic, payment, "30.00").await.is_ok(), "the same account's keys are back");
}

#[tokio::test]
async fn a_pending_refund_keeps_a_removed_accounts_keys_until_it_has_ended() {
    let clinic = Clinic::with_stripe().await;
    let (_, payment) = paid_at_stripe(&clinic, "80.00").await;
    clinic.stripe.run_short_of_balance(true);
    let pending = give_back(&clinic, payment, "30.00").await.unwrap();
    assert_eq!(pending.refund.state, RefundState::Pending);
    clinic.billing.remove_account(&owner(clinic.dispensary), ProcessorId::STRIPE).await.unwrap();
    let kept = |account: &billing_domain::AccountRecord| account.sealed.is_some();
    assert!(clinic.store.accounts(clinic.dispensary).await.unwrap().iter().any(kept));
    // New refunds may start while it drains.
    clinic.stripe.run_short_of_balance(false);
    give_back(&clinic, payment, "20.00").await.unwrap();

    clinic.stripe.finish_refund(&pending.refund.reference.unwrap().0, RefundOutcome::Succeeded);
    clinic.advance(Duration::from_mins(2));
    clinic.sweep().await;

    assert_eq!(clinic.payment(payment).await.payment.refunded(), cad("50.00"));
    assert!(
        !clinic.store.accounts(clinic.dispensary).await.unwrap().iter().any(kept),
        "erased with the last"
    );
}

#[tokio::test]
async fn story_55_without_the_permission_a_refund_is_denied_audited_and_nothing_is_sent() {
    let clinic = Clinic::with_moneris().await;
    let (_, payment) = paid_at_moneris(&clinic, "80.00").await;
    let requests = clinic.moneris.requests().len();
    for who in [front_desk(clinic.dispensary), bookkeeper(clinic.dispensary)] {
        let denied = clinic.billing.refund(&who, request(payment, "30.00")).await.unwrap_err();
        assert!(matches!(denied, BillingError::Denied(Permission::RefundPayment)), "{denied:?}");
    }
    assert_eq!(clinic.moneris.requests().len(), requests);
    let audit = clinic.billing.audit(&owner(clinic.dispensary), 0, 1_000).await.unwrap();
    let denied =
        audit.iter().filter(|entry| entry.action == Action::Denied && entry.note == "refund_payment");
    assert_eq!(denied.count(), 2);
    assert!(clinic.payment(payment).await.payment.refunds.is_empty());
}

#[tokio::test]
async fn story_69_a_refund_that_failed_after_the_invoice_was_paid_again_is_stored_and_the_overpayment_told() {
    let clinic = Clinic::with_stripe().await;
    let (invoice, payment) = paid_at_stripe(&clinic, "80.00").await;
    let refunded = give_back(&clinic, payment, "80.00").await.unwrap();
    let (again, browser) = clinic.hand_over(invoice).await;
    browser.pay(Card::VISA).await.unwrap();
    clinic.settle(again).await;
    assert_eq!(clinic.status(invoice).await, PayableStatus::Paid);

    let reference = refunded.refund.reference.unwrap().0;
    assert!(clinic.stripe.finish_refund(&reference, RefundOutcome::Failed("expired_or_canceled_card")));
    let manager = manager(clinic.dispensary);
    let failed = clinic.billing.settle_refund(&manager, payment, refunded.refund.id).await.unwrap();

    assert_eq!(failed.refund.state, RefundState::Failed(RefundFailure::CardUnusable));
    assert_eq!(clinic.status(invoice).await, PayableStatus::Overpaid);
    let raised = clinic.alarms.raised();
    assert!(raised.iter().any(|alarm| matches!(alarm, Alarming::RefundFailed { .. })), "{raised:?}");
    assert!(raised.iter().any(|alarm| matches!(alarm, Alarming::Overpaid { .. })), "{raised:?}");
}

#[tokio::test]
async fn story_62_a_stray_charge_is_given_back_like_any_capture() {
    let clinic = Clinic::with_moneris().await;
    let (_, payment) = stray(&clinic).await;
    let found = clinic.payment(payment).await.payment;
    let (id, _) = found.captures().next().unwrap();
    assert!(matches!(id, CaptureId::Stray(_)));
    clinic.advance(Duration::from_hours(30));

    let request = RefundRequest { capture: id, ..request(payment, "80.00") };
    let given_back = ask(&clinic, request).await.unwrap();

    assert_eq!(given_back.refund.state, RefundState::Succeeded);
    let ledger = clinic.moneris.ledger(clinic.till.id());
    assert_eq!((ledger.total_captured(), ledger.total_refunded()), (8_000, 8_000));
}

/// Story 61 at Moneris: a person finds that nothing moved, and later that it did.
async fn stray(clinic: &Clinic) -> (InvoiceId, PaymentId) {
    let invoice = clinic.invoice("80.00").await;
    let (payment, frame) = clinic.hand_over_frame(invoice).await;
    clinic.moneris.faults().next("res_purchase_cc", MonerisFault::DropAfterEffect);
    clinic.charge(payment, clinic.grant(&frame, MonerisCard::VISA)).await.unwrap();
    clinic.advance(Duration::from_secs(200));
    clinic.sweep().await;
    let owner = owner(clinic.dispensary);
    clinic.billing.record_finding(&owner, payment, Finding::NothingMoved, "not in the list").await.unwrap();
    assert_eq!(clinic.status(invoice).await, PayableStatus::Unpaid, "the invoice is free");
    let trans_id = clinic.moneris.ledger(clinic.till.id()).entries[0].trans_id.clone();
    let moved = Finding::MoneyMoved { reference: Reference(trans_id) };
    let told =
        clinic.billing.record_finding(&owner, payment, moved, "it is in the list after all").await.unwrap();
    assert_eq!((told.state, told.payment.strays.len()), (PaymentState::Cancelled, 1));
    (invoice, payment)
}

#[tokio::test]
async fn story_61_money_found_after_nothing_was_found_is_kept_as_a_stray_charge_and_overwrites_nothing() {
    let clinic = Clinic::with_moneris().await;
    let (invoice, _) = stray(&clinic).await;
    assert!(clinic.alarms.raised().iter().any(|alarm| matches!(alarm, Alarming::StrayCharge { .. })));
    assert_eq!(clinic.status(invoice).await, PayableStatus::Paid);
}
