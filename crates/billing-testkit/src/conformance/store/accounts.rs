//! Accounts: read back, required to be active, found by the processor's id, erased when drained.

use std::sync::Arc;

use billing_domain::payment::AttemptState;
use billing_domain::{
    AccountRecord, AccountState, AccountTrouble, BillingStore, Conflict, ProcessorId, Proof, Requirement,
    Step, TroubleKind, Write,
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
    let full = rows::account(rows::account_ref(here, ACCOUNT));
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
    committed(store.commit(rows::step(here, 2, vec![Write::Account(Box::new(bare.clone()))])).await);
    assert_eq!(read(store.accounts(here).await), [bare, full]);
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
        state: AccountState::Draining { since: rows::at(1) },
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
    let state = AccountState::Draining { since: rows::at(1) };
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
