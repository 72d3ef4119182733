//! Line 13: the inbox of notices, and the payment behind a processor's reference.

use std::slice::from_ref;
use std::sync::Arc;

use billing_domain::payment::{Attempt, AttemptState, Payment, Reference};
use billing_domain::{AccountRef, BillingStore, Conflict, Notice, ProcessorId, StoreError, Write};

use super::{commit_all, committed, found, read, refused};
use crate::store::rows;

const HERE: u128 = 1;
const ACCOUNT: u128 = 7;

/// Two accounts with a payment each.
async fn two_payments(store: &Arc<dyn BillingStore>) -> [Payment; 2] {
    let here = rows::dispensary_id(HERE);
    let [first, second] = [(10, ACCOUNT, "i-1"), (11, ACCOUNT + 1, "i-2")]
        .map(|(n, account, payable)| rows::payment(n, rows::account_ref(here, account), payable, 100));
    let other = vec![
        Write::Account(Box::new(rows::account(second.account.clone()))),
        Write::Payable(rows::payable("i-2", 100)),
    ];
    commit_all(
        store,
        [
            rows::opening(HERE, 1, ACCOUNT, rows::payable("i-1", 100)),
            rows::step(here, 2, other),
            rows::sending(3, &first),
            rows::sending(4, &second),
        ],
    )
    .await;
    [first, second]
}

/// A notice that is delivered again is there already; the same id at another account is another notice.
pub async fn a_notice_is_in_the_inbox_once(store: Arc<dyn BillingStore>) {
    let [first, second] = two_payments(&store).await;
    let here = first.dispensary();
    let notice = rows::notice(1, &first);
    committed(store.commit(rows::noticing(10, &notice)).await);
    assert!(read(store.commit(rows::noticing(10, &notice)).await).repeated, "the same step");
    let again = Notice { received_at: rows::at(200), due_at: Some(rows::at(230)), ..notice.clone() };
    refused(store.commit(rows::noticing(11, &again)).await, &Conflict::Revision("notice"));
    committed(store.commit(rows::noticing(12, &rows::notice(1, &second))).await);
    assert_eq!(read(store.notices(here, first.id).await), [notice]);
    assert_eq!(read(store.notices(here, second.id).await), [rows::notice(1, &second)]);
    assert_eq!(read(store.notices(rows::dispensary_id(2), first.id).await), []);
}

/// A notice about a payment that is not there, or is not the account's, is not kept.
pub async fn a_notice_is_about_a_payment_of_its_account(store: Arc<dyn BillingStore>) {
    let [first, second] = two_payments(&store).await;
    let notice = rows::notice(1, &first);
    let unknown = Notice { payment: rows::payment_id(99), ..notice.clone() };
    refused(store.commit(rows::noticing(10, &unknown)).await, &Conflict::Unknown("payment"));
    let anothers = Notice { payment: second.id, ..notice.clone() };
    refused(store.commit(rows::noticing(11, &anothers)).await, &Conflict::Unknown("payment"));
    let elsewhere = AccountRef { processor: ProcessorId::MONERIS, ..first.account.clone() };
    let misnamed = Notice { account: elsewhere, ..notice.clone() };
    refused(store.commit(rows::noticing(12, &misnamed)).await, &Conflict::Unknown("payment"));
    let mut foreign = rows::noticing(13, &notice);
    foreign.dispensary = rows::dispensary_id(2);
    refused(store.commit(foreign).await, &Conflict::Unknown("dispensary"));
    assert_eq!(read(store.notices(first.dispensary(), first.id).await), []);
}

/// A handled notice stays in the inbox and is not listed; what it is about never changes.
pub async fn a_handled_notice_is_kept_and_no_longer_listed(store: Arc<dyn BillingStore>) {
    let [first, second] = two_payments(&store).await;
    let here = first.dispensary();
    let notice = rows::notice(1, &first);
    committed(store.commit(rows::noticing(10, &notice)).await);
    let handled = rows::handled(&notice);
    for (step, broken) in (11..).zip([
        Notice { due_at: Some(rows::at(1)), ..handled.clone() },
        Notice { handled_at: None, ..handled.clone() },
    ]) {
        let answer = store.commit(rows::noticing(step, &broken)).await;
        assert!(matches!(answer, Err(StoreError::Corrupt("notice"))), "{answer:?}");
    }
    let moved = Notice { payment: second.id, ..handled.clone() };
    refused(store.commit(rows::noticing(13, &moved)).await, &Conflict::Revision("notice"));
    let skipped = Notice { revision: 3, ..handled.clone() };
    refused(store.commit(rows::noticing(14, &skipped)).await, &Conflict::Revision("notice"));
    let later = Notice { due_at: Some(rows::at(900)), revision: 2, ..notice.clone() };
    committed(store.commit(rows::noticing(15, &later)).await);
    assert_eq!(read(store.notices(here, first.id).await), from_ref(&later), "put off");
    committed(store.commit(rows::noticing(16, &rows::handled(&later))).await);
    assert_eq!(read(store.notices(here, first.id).await), []);
    refused(store.commit(rows::noticing(17, &notice)).await, &Conflict::Revision("notice"));
}

/// The oldest come first, at most 100 of one payment.
pub async fn a_page_of_notices_is_bounded(store: Arc<dyn BillingStore>) {
    let [first, _] = two_payments(&store).await;
    let notices: Vec<_> = (0..130_u32)
        .map(|n| Notice { received_at: rows::at(1_000 - i64::from(n)), ..rows::notice(n.into(), &first) })
        .collect();
    let writes = notices.iter().map(|notice| Write::Notice(Box::new(notice.clone()))).collect();
    committed(store.commit(rows::step(first.dispensary(), 10, writes)).await);
    let oldest_first: Vec<_> = notices.into_iter().rev().take(100).collect();
    assert_eq!(read(store.notices(first.dispensary(), first.id).await), oldest_first);
}

/// A notice names the processor's reference: of an attempt, of what was captured, or of money that came late.
pub async fn a_payment_is_found_by_its_reference(store: Arc<dyn BillingStore>) {
    let [first, second] = two_payments(&store).await;
    let find = |account: &AccountRef, reference: &str| {
        let (store, account, reference) =
            (Arc::clone(&store), account.clone(), Reference(reference.to_owned()));
        async move { read(store.payment_with(&account, &reference).await) }
    };
    let named = |attempt: &Attempt, reference: &str| Attempt {
        reference: Some(Reference(reference.to_owned())),
        revision: attempt.revision + 1,
        ..attempt.clone()
    };
    let attempt = named(&rows::attempt(10, 1), "pi_10");
    committed(store.commit(rows::moving(10, &first, attempt.clone())).await);
    assert_eq!(find(&first.account, "pi_10").await, Some(first.id));
    assert_eq!(find(&second.account, "pi_10").await, None, "another account's");
    let elsewhere = AccountRef { processor: ProcessorId::MONERIS, ..first.account.clone() };
    assert_eq!(find(&elsewhere, "pi_10").await, None);
    let there = AccountRef { dispensary: rows::dispensary_id(2), ..first.account.clone() };
    assert_eq!(find(&there, "pi_10").await, None);
    assert_eq!(find(&first.account, "pi_1").await, None);
    // Captured under another reference than was begun with, and late money under a third one.
    let taken = rows::ended(&attempt, AttemptState::Succeeded(rows::capture("pi_taken", 100)));
    let stray = rows::stray(500, rows::capture("pi_late", 100));
    let late = Write::StrayCharge { payment: first.id, stray: Box::new(stray) };
    commit_all(&store, [rows::moving(11, &first, taken), rows::step(first.dispensary(), 12, vec![late])])
        .await;
    for reference in ["pi_10", "pi_taken", "pi_late"] {
        assert_eq!(find(&first.account, reference).await, Some(first.id), "{reference}");
    }
    // Of two payments the newest.
    let newer = rows::payment(20, first.account.clone(), "i-3", 100);
    let mut sending = rows::sending(13, &newer);
    sending.writes.insert(0, Write::Payable(rows::payable("i-3", 100)));
    let again = named(&rows::attempt(20, 1), "pi_late");
    commit_all(&store, [sending, rows::moving(14, &newer, again)]).await;
    assert_eq!(find(&first.account, "pi_late").await, Some(newer.id));
    assert_eq!(found(store.payment(first.dispensary(), newer.id).await).attempts.len(), 1);
}
