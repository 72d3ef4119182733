//! Accounts: read back, required to be active, found by the processor's id, erased when drained.

use std::sync::Arc;

use billing_domain::payment::{AttemptState, CaptureId};
use billing_domain::refund::{RefundFailure, RefundReview, RefundState};
use billing_domain::{
    AccountRecord, AccountState, AccountTrouble, BillingStore, Conflict, ProcessorId, Proof, Requirement,
    Step, StoreError, Subscription, SubscriptionRefusal, SubscriptionState, TroubleKind, Write,
};

use super::{commit_all, committed, found, read, refused};
use crate::store::rows;

const HERE: u128 = 1;
const ACCOUNT: u128 = 7;

/// Every field of accounts and dispensaries comes back as it was written; accounts come oldest first.
pub async fn an_account_is_read_back_as_it_was_written(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    commit_all(&store, [rows::opening(HERE, 1, ACCOUNT, rows::payable("i-1", 100))]).await;
    assert_eq!(found(store.dispensary(here).await), rows::dispensary(HERE));
    let saved = rows::account(rows::account_ref(here, ACCOUNT));
    let state = AccountState::Draining { since: rows::at(6), until: rows::at(7) };
    let (subscription, due_at) = (Some(rows::subscription()), Some(rows::at(7)));
    let full = AccountRecord { state, subscription, due_at, revision: 2, ..saved };
    let bare = AccountRecord {
        sealed: None,
        state: AccountState::Erased { since: rows::at(5) },
        external_id: None,
        business_name: None,
        verified_at: None,
        remarks: vec![],
        trouble: Some(AccountTrouble { since: rows::at(4), kind: TroubleKind::PermissionMissing }),
        ..rows::account(rows::account_ref(here, ACCOUNT - 1))
    };
    let writes = [bare.clone(), full.clone()].map(|record| Write::Account(Box::new(record))).to_vec();
    committed(store.commit(rows::step(here, 2, writes)).await);
    assert_eq!(read(store.accounts(here).await), [bare.clone(), full.clone()]);
    // Of a subscription only its address may be known, and why it was refused.
    for (step, state) in (3..).zip([
        SubscriptionState::Wanted,
        SubscriptionState::Refused(SubscriptionRefusal::TooMany),
        SubscriptionState::Unwanted,
    ]) {
        let subscription =
            Subscription { state, endpoint: None, sealed: None, failures: 0, ..rows::subscription() };
        let revision = u64::try_from(step).unwrap_or_default();
        let asked = AccountRecord { subscription: Some(subscription), revision, ..full.clone() };
        committed(store.commit(rows::step(here, step, vec![Write::Account(Box::new(asked.clone()))])).await);
        assert_eq!(read(store.accounts(here).await), [bare.clone(), asked]);
    }
}

/// An account that is draining or was never saved is not active.
pub async fn a_step_that_requires_an_active_account_is_refused_otherwise(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    commit_all(&store, [rows::opening(HERE, 1, ACCOUNT, rows::payable("i-1", 100))]).await;
    let account = rows::account_ref(here, ACCOUNT);
    let requiring = |step, account| Step {
        requires: vec![Requirement::AccountActive(account)],
        ..rows::step(here, step, vec![])
    };
    committed(store.commit(requiring(2, account.account)).await);
    let draining = AccountRecord {
        state: AccountState::Draining { since: rows::at(1), until: rows::at(1_000) },
        revision: 2,
        ..rows::account(account.clone())
    };
    committed(store.commit(rows::step(here, 3, vec![Write::Account(Box::new(draining))])).await);
    refused(store.commit(requiring(4, account.account)).await, &Conflict::AccountNotActive);
    let unknown = rows::account_ref(here, 99).account;
    refused(store.commit(requiring(5, unknown)).await, &Conflict::Unknown("account"));
}

/// Keys are erased only from a draining account, only once nothing is open on it, and in the same step.
pub async fn a_draining_account_is_erased_once_nothing_is_open_on_it(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    let account = rows::account_ref(here, ACCOUNT);
    let payment = rows::payment(10, account.clone(), "i-1", 100);
    commit_all(
        &store,
        [rows::opening(HERE, 1, ACCOUNT, rows::payable("i-1", 100)), rows::sending(2, &payment)],
    )
    .await;
    let erase = Write::EraseIfDrained(account.account);
    let record = || async { read(store.accounts(here).await).pop() };
    // Active: nothing.
    committed(store.commit(rows::step(here, 3, vec![erase.clone()])).await);
    assert_eq!(record().await, Some(rows::account(account.clone())));
    // Draining with an open payment: nothing.
    let state = AccountState::Draining { since: rows::at(1), until: rows::at(1_000) };
    let draining = AccountRecord { state, revision: 2, ..rows::account(account.clone()) };
    let writes = vec![Write::Account(Box::new(draining.clone())), erase.clone()];
    committed(store.commit(rows::step(here, 4, writes)).await);
    assert_eq!(record().await, Some(draining.clone()));
    // The step that ends the last open payment erases them.
    let dead = rows::ended(&rows::attempt(10, 1), AttemptState::Dead(Proof::Canceled));
    let attempt = Write::Attempt { payment: payment.id, attempt: Box::new(dead) };
    let step = Step { at: rows::at(50), ..rows::step(here, 5, vec![attempt, erase.clone()]) };
    committed(store.commit(step).await);
    let erased = AccountRecord {
        state: AccountState::Erased { since: rows::at(50) },
        sealed: None,
        revision: 3,
        ..draining
    };
    assert_eq!(record().await, Some(erased.clone()));
    // Once, and never for an account that is not there.
    let unknown = Write::EraseIfDrained(rows::account_ref(here, 99).account);
    committed(store.commit(rows::step(here, 6, vec![erase, unknown])).await);
    assert_eq!(record().await, Some(erased));
}

/// A refund that may still change at the processor needs the keys as an open attempt does; one that has ended does not.
pub async fn a_draining_account_waits_for_its_open_refunds(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    let account = rows::account_ref(here, ACCOUNT);
    let payment = rows::payment(10, account.clone(), "i-1", 100);
    let taken = rows::ended(&rows::attempt(10, 1), AttemptState::Succeeded(rows::capture("pi_10", 100)));
    let state = AccountState::Draining { since: rows::at(1), until: rows::at(1_000) };
    let draining = AccountRecord { state, revision: 2, ..rows::account(account.clone()) };
    let mut first = rows::refund(100, CaptureId::Attempt(1), 60);
    let mut second = rows::refund_in(&rows::refund(101, CaptureId::Attempt(1), 40), RefundState::Pending);
    second.revision = 1;
    commit_all(
        &store,
        [
            rows::opening(HERE, 1, ACCOUNT, rows::payable("i-1", 100)),
            rows::sending(2, &payment),
            rows::moving(3, &payment, taken),
            rows::step(here, 4, vec![Write::Account(Box::new(draining))]),
            rows::refunding(5, &payment, &first),
            rows::moving_refund(6, &payment, &second),
        ],
    )
    .await;
    let is_kept = || async { read(store.accounts(here).await).iter().all(|record| record.sealed.is_some()) };
    let erase = |step: Step| {
        let writes = step.writes.into_iter().chain([Write::EraseIfDrained(account.account)]).collect();
        Step { writes, ..step }
    };
    let states = [
        RefundState::Unknown,
        RefundState::NeedsReview(RefundReview::NoAnswer),
        RefundState::Pending,
        RefundState::Succeeded,
    ];
    for (step, state) in (10..).zip(states) {
        first = rows::refund_in(&first, state);
        committed(store.commit(erase(rows::moving_refund(step, &payment, &first))).await);
        assert!(is_kept().await, "{:?}, and another pending", first.state);
    }
    assert_eq!(read(store.open_payments(&account, None, 10).await), [payment.id], "a refund is open");
    second = rows::refund_in(&second, RefundState::Failed(RefundFailure::Declined));
    committed(store.commit(erase(rows::moving_refund(20, &payment, &second))).await);
    assert!(!is_kept().await, "nothing is open any more");
}

/// An endpoint can be removed only with the keys, so they are kept while there is a subscription, whatever it stands at.
pub async fn a_draining_account_waits_for_its_subscription(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    let account = rows::account_ref(here, ACCOUNT);
    commit_all(&store, [rows::opening(HERE, 1, ACCOUNT, rows::payable("i-1", 100))]).await;
    let state = AccountState::Draining { since: rows::at(1), until: rows::at(1_000) };
    let due_at = Some(rows::at(1_000));
    let subscribed = |revision, state: Option<SubscriptionState>| AccountRecord {
        subscription: state.map(|state| Subscription { state, ..rows::subscription() }),
        revision,
        ..AccountRecord { state: AccountState::Active, ..rows::account(account.clone()) }
    };
    let erase = Write::EraseIfDrained(account.account);
    for (step, state_of) in (2..).zip([SubscriptionState::Active, SubscriptionState::Unwanted]) {
        let revision = u64::try_from(step).unwrap_or_default();
        let record = AccountRecord { state, due_at, ..subscribed(revision, Some(state_of)) };
        let writes = vec![Write::Account(Box::new(record.clone())), erase.clone()];
        committed(store.commit(rows::step(here, step, writes)).await);
        assert_eq!(read(store.accounts(here).await), [record]);
    }
    let gone = AccountRecord { state, due_at, ..subscribed(4, None) };
    let writes = vec![Write::Account(Box::new(gone.clone())), erase];
    committed(store.commit(Step { at: rows::at(50), ..rows::step(here, 4, writes) }).await);
    let state = AccountState::Erased { since: rows::at(50) };
    let erased = AccountRecord { state, sealed: None, due_at: None, revision: 5, ..gone };
    assert_eq!(read(store.accounts(here).await), [erased]);
    assert_eq!(read(store.next_due().await), None, "nothing is left to do");
}

/// Line 12: nothing of an erased account is kept, and nothing of it is to be done.
pub async fn an_erased_account_keeps_nothing(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    let account = rows::account_ref(here, ACCOUNT);
    commit_all(&store, [rows::opening(HERE, 1, ACCOUNT, rows::payable("i-1", 100))]).await;
    let kept = rows::account(account);
    let state = AccountState::Erased { since: rows::at(1) };
    let erased = AccountRecord { state, sealed: None, revision: 2, ..kept.clone() };
    let contradictions = [
        AccountRecord { sealed: kept.sealed.clone(), ..erased.clone() },
        AccountRecord { subscription: Some(rows::subscription()), ..erased.clone() },
        AccountRecord { due_at: Some(rows::at(1)), ..erased.clone() },
    ];
    for (step, record) in (2..).zip(contradictions) {
        let answer = store.commit(rows::step(here, step, vec![Write::Account(Box::new(record))])).await;
        assert!(matches!(answer, Err(StoreError::Corrupt("account"))), "{answer:?}");
    }
    assert_eq!(read(store.accounts(here).await), [kept]);
    committed(store.commit(rows::step(here, 9, vec![Write::Account(Box::new(erased.clone()))])).await);
    assert_eq!(read(store.accounts(here).await), [erased]);
}

/// A refund may go out while its account drains, and not once the keys are gone.
pub async fn a_step_that_requires_kept_keys_is_refused_without_them(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    let account = rows::account_ref(here, ACCOUNT);
    commit_all(&store, [rows::opening(HERE, 1, ACCOUNT, rows::payable("i-1", 100))]).await;
    let requiring = |step, account| Step {
        requires: vec![Requirement::AccountKept(account)],
        ..rows::step(here, step, vec![])
    };
    let write = |step, state, sealed, revision| {
        let record = AccountRecord { state, sealed, revision, ..rows::account(account.clone()) };
        rows::step(here, step, vec![Write::Account(Box::new(record))])
    };
    committed(store.commit(requiring(2, account.account)).await);
    let sealed = rows::account(account.clone()).sealed;
    commit_all(
        &store,
        [write(3, AccountState::Draining { since: rows::at(1), until: rows::at(1_000) }, sealed, 2)],
    )
    .await;
    committed(store.commit(requiring(4, account.account)).await);
    commit_all(&store, [write(5, AccountState::Erased { since: rows::at(2) }, None, 3)]).await;
    refused(store.commit(requiring(6, account.account)).await, &Conflict::AccountErased);
    let unknown = rows::account_ref(here, 99).account;
    refused(store.commit(requiring(7, unknown)).await, &Conflict::Unknown("account"));
}

/// The one read across dispensaries: who else uses the processor's account, as long as keys are kept.
pub async fn accounts_at_the_processor_are_found_until_their_keys_are_erased(store: Arc<dyn BillingStore>) {
    let (here, there) =
        (rows::account_ref(rows::dispensary_id(1), 7), rows::account_ref(rows::dispensary_id(2), 8));
    let shared =
        |account| AccountRecord { external_id: Some("acct_shared".to_owned()), ..rows::account(account) };
    let write = |step, record: AccountRecord| {
        rows::step(record.account.dispensary, step, vec![Write::Account(Box::new(record))])
    };
    commit_all(&store, [write(1, shared(there.clone())), write(2, shared(here.clone()))]).await;
    let at = |processor, id| {
        let store = Arc::clone(&store);
        async move { read(store.accounts_at(&processor, id).await) }
    };
    assert_eq!(at(ProcessorId::STRIPE, "acct_shared").await, [here.clone(), there.clone()]);
    assert_eq!(at(ProcessorId::MONERIS, "acct_shared").await, []);
    assert_eq!(at(ProcessorId::STRIPE, "acct_other").await, []);
    let state = AccountState::Erased { since: rows::at(1) };
    let erased = AccountRecord { state, sealed: None, revision: 2, ..shared(here) };
    commit_all(&store, [write(3, erased)]).await;
    assert_eq!(at(ProcessorId::STRIPE, "acct_shared").await, [there]);
}
