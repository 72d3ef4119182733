//! What a host reads for its screens: lists and words that a program can rely on.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;

use billing_app::{Actor, Billing, BillingError, PaneState, Permission, WindowField};
use billing_credentials::{SealKey, SealKeyId, StaticKeyRing};
use billing_domain::payment::PaymentState;
use billing_domain::{
    Action, ActorId, Dispensary, DispensaryId, Invoice, PayableStatus, ProcessorId, TroubleKind,
};
use billing_testkit::store::{MemoryStore, rows};

fn billing() -> Billing {
    let ring = StaticKeyRing::new(SealKeyId::parse("k1").unwrap(), SealKey::from_bytes([9; 32]));
    Billing::builder(Arc::new(MemoryStore::new()), Arc::new(ring)).build()
}

fn actor(dispensary: DispensaryId, permissions: &[Permission]) -> Actor {
    Actor::new(ActorId::parse("desk").unwrap(), dispensary, permissions.iter().copied())
}

#[tokio::test]
async fn invoices_are_listed_page_by_page_newest_first() {
    let (billing, here, there) = (billing(), rows::dispensary_id(1), rows::dispensary_id(2));
    let desk = actor(here, &[Permission::CreateInvoice, Permission::TakePayment]);
    let drafts: Vec<_> = (1..=103).map(|n| rows::invoice(here, n)).collect();
    for draft in &drafts {
        billing.save_draft(&desk, draft.clone(), None).await.unwrap();
    }

    let mut seen: Vec<Invoice> = Vec::new();
    loop {
        let page = billing.invoices(&desk, seen.last().map(Invoice::id), 40).await.unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 40);
        seen.extend(page);
    }
    assert!(seen.iter().eq(drafts.iter().rev()));
    assert_eq!(billing.invoices(&desk, None, u32::MAX).await.unwrap().len(), 100);
    assert_eq!(billing.invoices(&desk, None, 0).await.unwrap().len(), 1);
    let elsewhere = actor(there, &[Permission::TakePayment]);
    assert_eq!(billing.invoices(&elsewhere, None, 100).await.unwrap(), []);
}

#[tokio::test]
async fn invoices_are_listed_for_whoever_may_read_one() {
    let (billing, here) = (billing(), rows::dispensary_id(1));
    let auditor = actor(here, &[Permission::ViewAudit]);
    let one = billing.invoice(&auditor, rows::invoice(here, 1).id()).await;
    assert!(matches!(one, Err(BillingError::Denied(Permission::TakePayment))), "{one:?}");
    let all = billing.invoices(&auditor, None, 10).await;
    assert!(matches!(all, Err(BillingError::Denied(Permission::TakePayment))), "{all:?}");
}

#[tokio::test]
async fn any_permission_in_a_dispensary_reads_its_name_and_what_is_unlocked() {
    let (billing, here) = (billing(), rows::dispensary_id(1));
    let books = Dispensary { unlocked: [].into(), ..rows::dispensary(1) };
    let owner = actor(here, &[Permission::ManageBillingSettings, Permission::UnlockProcessor]);
    billing.add_dispensary(&owner, books.clone()).await.unwrap();
    assert_eq!(billing.dispensary(&owner).await.unwrap(), books);

    billing.unlock_processor(&owner, ProcessorId::STRIPE).await.unwrap();
    let unlocked = Dispensary { unlocked: [ProcessorId::STRIPE].into(), revision: 2, ..books };
    for permission in [Permission::CreateInvoice, Permission::TakePayment, Permission::ViewAudit] {
        assert_eq!(billing.dispensary(&actor(here, &[permission])).await.unwrap(), unlocked);
    }
    let elsewhere = billing.dispensary(&actor(rows::dispensary_id(2), &[Permission::TakePayment])).await;
    assert!(matches!(elsewhere, Err(BillingError::UnknownDispensary)), "{elsewhere:?}");
}

#[tokio::test]
async fn without_a_permission_a_dispensary_is_not_read_and_the_attempt_is_in_the_audit() {
    let (billing, here) = (billing(), rows::dispensary_id(1));
    let refused = billing.dispensary(&actor(here, &[])).await;
    assert!(matches!(refused, Err(BillingError::Denied(Permission::TakePayment))), "{refused:?}");
    let audit = billing.audit(&actor(here, &[Permission::ViewAudit]), 0, 10).await.unwrap();
    assert!(audit.iter().map(|entry| entry.action).eq([Action::Denied]));
}

#[test]
fn the_words_that_screens_switch_on_stay() {
    use PayableStatus as Paid;
    use PaymentState as Payment;
    let payments =
        [Payment::Cancelled, Payment::Declined, Payment::Open, Payment::Succeeded, Payment::Unknown];
    assert_eq!(payments.map(PaymentState::as_str), ["cancelled", "declined", "open", "succeeded", "unknown"]);
    let paid = [Paid::Overpaid, Paid::Paid, Paid::PartlyPaid, Paid::Unpaid];
    assert_eq!(paid.map(PayableStatus::as_str), ["overpaid", "paid", "partly_paid", "unpaid"]);
    let panes = [
        PaneState::Active,
        PaneState::ConfiguredInactive,
        PaneState::Locked,
        PaneState::NeedsAttention { since: rows::at(0), kind: TroubleKind::CredentialsRejected },
        PaneState::NotConfigured,
        PaneState::NotInstalled,
    ];
    assert_eq!(
        panes.map(PaneState::as_str),
        ["active", "configured_inactive", "locked", "needs_attention", "not_configured", "not_installed"]
    );
    assert_eq!(
        WindowField::IN_ORDER.map(WindowField::as_str),
        ["total", "billing_name", "card_number", "expiry", "cvc", "postal_code_if_applicable"]
    );
}
