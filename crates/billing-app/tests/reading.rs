//! What a host reads for its screens: lists and words that a program can rely on.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;

use billing_app::{Actor, Billing, BillingError, Permission};
use billing_credentials::{SealKey, SealKeyId, StaticKeyRing};
use billing_domain::{ActorId, DispensaryId, Invoice};
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
