//! Line 14, and what is due: which accounts, which payments of one, and when next.

use std::slice::from_ref;
use std::sync::Arc;

use billing_domain::payment::{Attempt, AttemptState, CaptureId, Payment};
use billing_domain::refund::{Refund, RefundState};
use billing_domain::{AccountRecord, AccountRef, BillingStore, Notice, ProcessorId, Step, Write};
use tokio::task::JoinSet;

use super::{commit_all, committed, read};
use crate::store::rows;

/// A dispensary with an account 7 and `count` open payments on payables of their own, due at `at(due)`, in a few steps.
async fn due_account(store: &Arc<dyn BillingStore>, dispensary: u128, count: u128, due: i64) -> AccountRef {
    let account = rows::account_ref(rows::dispensary_id(dispensary), 7);
    committed(store.commit(rows::opening(dispensary, 1, 7, rows::payable("i-0", 100))).await);
    let numbers: Vec<_> = (1..=count).collect();
    for (step, some) in (2..).zip(numbers.chunks(100)) {
        let writes = some.iter().flat_map(|n| open_payment(&account, *n, due)).collect();
        committed(store.commit(rows::step(account.dispensary, step, writes)).await);
    }
    account
}

/// Payment `n` with an attempt that is due.
fn open_payment(account: &AccountRef, n: u128, due: i64) -> [Write; 3] {
    let payable = format!("i-{n}");
    let payment = rows::payment(n, account.clone(), &payable, 100);
    let attempt = Attempt { due_at: Some(rows::at(due)), ..rows::attempt(n, 1) };
    [
        Write::Payable(rows::payable(&payable, 100)),
        Write::Payment(Box::new(payment.clone())),
        Write::Attempt { payment: payment.id, attempt: Box::new(attempt) },
    ]
}

/// A hold is one holder's until it lapses or is ended; the holder may extend it as often as it likes.
pub async fn an_account_is_leased_to_one_holder_at_a_time(store: Arc<dyn BillingStore>) {
    let account = due_account(&store, 1, 1, 10).await;
    let leased = |holder, now, until| {
        let store = Arc::clone(&store);
        async move { read(store.lease_due(rows::lease(holder, now, until), 10).await) }
    };
    let one = [account.clone()];
    assert_eq!(leased(1, 9, 50).await, [], "nothing is due yet");
    assert_eq!(leased(1, 10, 50).await, one);
    assert_eq!(leased(2, 49, 90).await, [], "the first one holds it");
    assert_eq!(leased(1, 49, 60).await, one, "the same one asks again");
    assert_eq!(leased(2, 55, 90).await, []);
    assert!(read(store.renew_lease(&account, rows::lease(1, 55, 70)).await));
    assert_eq!(leased(2, 65, 90).await, []);
    assert_eq!(leased(2, 70, 90).await, one, "it has lapsed");
    assert!(!read(store.renew_lease(&account, rows::lease(1, 71, 99)).await), "it is another's by now");
    read(store.end_lease(&account, rows::lease(1, 0, 0).holder).await);
    assert_eq!(leased(3, 72, 99).await, [], "only its holder ends it");
    let elsewhere = AccountRef { processor: ProcessorId::MONERIS, ..account.clone() };
    assert!(!read(store.renew_lease(&elsewhere, rows::lease(2, 72, 99)).await));
    read(store.end_lease(&account, rows::lease(2, 0, 0).holder).await);
    assert!(!read(store.renew_lease(&account, rows::lease(2, 73, 99)).await), "there is nothing to extend");
    assert_eq!(leased(3, 73, 99).await, one);
}

/// A machine whose clock runs hours ahead leases an account and dies: the others do not wait for their clocks to come as far.
pub async fn a_hold_from_a_clock_that_ran_ahead_keeps_nobody_away(store: Arc<dyn BillingStore>) {
    let account = due_account(&store, 1, 1, 10).await;
    let one = from_ref(&account);
    assert_eq!(read(store.lease_due(rows::lease(1, 7_200, 7_230), 10).await), one);
    assert_eq!(
        read(store.lease_due(rows::lease(2, 7_200, 7_230), 10).await),
        [],
        "by the same clock it is held"
    );
    assert_eq!(
        read(store.lease_due(rows::lease(2, 7_170, 7_200), 10).await),
        [],
        "clocks may differ a little"
    );
    assert_eq!(read(store.lease_due(rows::lease(2, 7_169, 7_199), 10).await), one);
    assert!(!read(store.renew_lease(&account, rows::lease(1, 7_210, 7_240)).await), "it is another's by now");
}

/// Twenty sweeps ask at once: each account is one sweep's.
pub async fn of_many_sweeps_at_once_one_gets_an_account(store: Arc<dyn BillingStore>) {
    let mut accounts = Vec::new();
    for dispensary in 1..=8 {
        accounts.push(due_account(&store, dispensary, 1, 10).await);
    }
    let mut sweeps = JoinSet::new();
    for holder in 1..=20 {
        let store = Arc::clone(&store);
        sweeps.spawn(async move { read(store.lease_due(rows::lease(holder, 20, 90), 3).await) });
    }
    let mut leased: Vec<_> = sweeps.join_all().await.into_iter().flatten().collect();
    leased.extend(read(store.lease_due(rows::lease(99, 20, 90), 100).await));
    leased.sort();
    assert_eq!(leased, accounts);
}

/// A thousand looks on one account are one account: another's one look is not behind them.
pub async fn an_account_with_much_due_hides_no_other(store: Arc<dyn BillingStore>) {
    let busy = due_account(&store, 1, 1_000, 10).await;
    let quiet = due_account(&store, 2, 1, 20).await;
    let (of_busy, of_quiet) = (from_ref(&busy), from_ref(&quiet));
    assert_eq!(read(store.lease_due(rows::lease(1, 30, 90), 1).await), of_busy, "the longest due");
    assert_eq!(read(store.lease_due(rows::lease(2, 30, 90), 1).await), of_quiet);
    read(store.end_lease(&busy, rows::lease(1, 0, 0).holder).await);
    read(store.end_lease(&quiet, rows::lease(2, 0, 0).holder).await);
    assert_eq!(read(store.lease_due(rows::lease(3, 30, 90), 2).await), [busy.clone(), quiet]);
    let payments: Vec<_> = (1..=1_000).map(rows::payment_id).collect();
    assert_eq!(read(store.due_on(&busy, rows::at(30), u32::MAX).await), payments);
    assert_eq!(read(store.due_on(&busy, rows::at(30), 7).await), payments[..7]);
    assert_eq!(read(store.due_on(&busy, rows::at(30), 0).await).len(), 1);
}

/// What an account wants done itself, a refund and a notice lease it as an attempt does; no more accounts than were asked for.
pub async fn an_account_is_leased_for_whatever_is_due_on_it(store: Arc<dyn BillingStore>) {
    // Dispensary 1 waits for its attempt, 2 for a refund, 3 for a notice, 4 for the account itself; 5 for nothing.
    let mut accounts = Vec::new();
    for dispensary in 1..=5 {
        let due = if dispensary == 1 { 10 } else { 5_000 };
        accounts.push(due_account(&store, dispensary, 1, due).await);
    }
    let payment = |n: usize| rows::payment(1, accounts[n].clone(), "i-1", 100);
    let taken = AttemptState::Succeeded(rows::capture("pi_1", 100));
    let mut open = rows::attempt(1, 1);
    open.revision = 1;
    let refund = Refund {
        state: RefundState::Pending,
        due_at: Some(rows::at(11)),
        ..rows::refund(100, CaptureId::Attempt(1), 10)
    };
    let notice = Notice { due_at: Some(rows::at(12)), ..rows::notice(1, &payment(2)) };
    let upkeep =
        AccountRecord { due_at: Some(rows::at(13)), revision: 2, ..rows::account(accounts[3].clone()) };
    commit_all(
        &store,
        [
            rows::moving(50, &payment(1), rows::ended(&open, taken.clone())),
            rows::moving_refund(51, &payment(1), &refund),
            rows::moving(50, &payment(2), rows::ended(&open, taken.clone())),
            rows::noticing(51, &notice),
            rows::step(accounts[3].dispensary, 50, vec![Write::Account(Box::new(upkeep))]),
            rows::moving(51, &payment(3), rows::ended(&open, taken.clone())),
            rows::moving(50, &payment(4), rows::ended(&open, taken)),
        ],
    )
    .await;
    assert_eq!(read(store.lease_due(rows::lease(1, 11, 90), 100).await), accounts[..2]);
    assert_eq!(read(store.lease_due(rows::lease(2, 20, 90), 1).await), accounts[2..3]);
    assert_eq!(read(store.lease_due(rows::lease(2, 20, 90), 0).await), accounts[2..3], "at least one");
    read(store.end_lease(&accounts[2], rows::lease(2, 0, 0).holder).await);
    assert_eq!(read(store.lease_due(rows::lease(3, 20, 90), u32::MAX).await), accounts[2..4]);
    committed(
        store.commit(Step { id: rows::step_id(52), ..rows::noticing(52, &rows::handled(&notice)) }).await,
    );
    read(store.end_lease(&accounts[2], rows::lease(3, 0, 0).holder).await);
    assert_eq!(read(store.lease_due(rows::lease(3, 20, 90), 10).await), accounts[3..4], "it is handled");
}

/// A server-side charge has one status check, and it cannot wait: its account and its payment come first.
pub async fn an_awaited_answer_comes_first(store: Arc<dyn BillingStore>) {
    let waiting = due_account(&store, 1, 3, 10).await;
    let asking = due_account(&store, 2, 3, 10).await;
    let charging =
        |n, state, due| Attempt { state, due_at: Some(rows::at(due)), revision: 2, ..rows::attempt(n, 1) };
    let payment = |n| rows::payment(n, asking.clone(), &format!("i-{n}"), 100);
    commit_all(
        &store,
        [
            rows::moving(50, &payment(2), charging(2, AttemptState::Unknown, 30)),
            rows::moving(51, &payment(3), charging(3, AttemptState::Charging, 20)),
        ],
    )
    .await;
    let ids = |numbers: [u128; 3]| numbers.map(rows::payment_id);
    assert_eq!(read(store.due_on(&asking, rows::at(30), 10).await), ids([3, 2, 1]));
    assert_eq!(read(store.due_on(&asking, rows::at(29), 10).await), ids([3, 1, 2])[..2]);
    assert_eq!(read(store.due_on(&waiting, rows::at(30), 10).await), ids([1, 2, 3]));
    assert_eq!(read(store.lease_due(rows::lease(1, 15, 16), 10).await), [waiting.clone(), asking.clone()]);
    assert_eq!(read(store.lease_due(rows::lease(1, 20, 90), 10).await), [asking.clone(), waiting]);
    // A notice about it that came before its check does not put it back.
    let notice = Notice { due_at: Some(rows::at(5)), ..rows::notice(1, &payment(2)) };
    committed(store.commit(rows::noticing(52, &notice)).await);
    assert_eq!(read(store.due_on(&asking, rows::at(30), 10).await), ids([3, 2, 1]));
    assert_eq!(
        read(store.due_on(&asking, rows::at(29), 10).await),
        ids([3, 2, 1]),
        "for its notice, the longest due"
    );
}

/// A payment is due once, by the first of its looks, whatever is due on it; and only on its own account.
pub async fn a_payment_is_due_on_its_account_once(store: Arc<dyn BillingStore>) {
    let account = due_account(&store, 1, 3, 50).await;
    let payments: Vec<Payment> =
        (1..=3).map(|n| rows::payment(n, account.clone(), &format!("i-{n}"), 100)).collect();
    let taken = AttemptState::Succeeded(rows::capture("pi_1", 100));
    let pending = |n, due| Refund {
        state: RefundState::Pending,
        due_at: Some(rows::at(due)),
        ..rows::refund(n, CaptureId::Attempt(1), 10)
    };
    let notice =
        |n, payment: &Payment, due| Notice { due_at: Some(rows::at(due)), ..rows::notice(n, payment) };
    commit_all(
        &store,
        [
            rows::moving(50, &payments[0], rows::ended(&rows::attempt(1, 1), taken)),
            rows::moving_refund(51, &payments[0], &pending(100, 40)),
            rows::moving_refund(52, &payments[0], &pending(101, 45)),
            rows::noticing(53, &notice(1, &payments[0], 42)),
            rows::noticing(54, &notice(2, &payments[1], 30)),
        ],
    )
    .await;
    let due = |at| {
        let (store, account) = (Arc::clone(&store), account.clone());
        async move { read(store.due_on(&account, rows::at(at), 10).await) }
    };
    let id = rows::payment_id;
    assert_eq!(due(29).await, []);
    assert_eq!(due(39).await, [id(2)]);
    assert_eq!(due(40).await, [id(2), id(1)]);
    assert_eq!(due(50).await, [id(2), id(1), id(3)]);
    committed(store.commit(rows::noticing(55, &rows::handled(&notice(2, &payments[1], 30)))).await);
    assert_eq!(due(50).await, [id(1), id(2), id(3)], "its attempt is due as well");
    let settled = rows::refund_in(&pending(100, 40), RefundState::Succeeded);
    let parked = Attempt { due_at: None, revision: 2, ..rows::attempt(3, 1) };
    commit_all(
        &store,
        [rows::moving_refund(56, &payments[0], &settled), rows::moving(57, &payments[2], parked)],
    )
    .await;
    assert_eq!(due(41).await, []);
    assert_eq!(due(50).await, [id(1), id(2)]);
    let elsewhere = AccountRef { processor: ProcessorId::MONERIS, ..account.clone() };
    assert_eq!(read(store.due_on(&elsewhere, rows::at(50), 10).await), []);
    let there = AccountRef { dispensary: rows::dispensary_id(2), ..account };
    assert_eq!(read(store.due_on(&there, rows::at(50), 10).await), []);
}

/// When to look next: the earliest of everything, held by somebody or not.
pub async fn the_next_look_is_the_earliest_of_all(store: Arc<dyn BillingStore>) {
    assert_eq!(read(store.next_due().await), None);
    let account = due_account(&store, 1, 1, 50).await;
    assert_eq!(read(store.next_due().await), Some(rows::at(50)));
    let payment = rows::payment(1, account.clone(), "i-1", 100);
    let notice = Notice { due_at: Some(rows::at(40)), ..rows::notice(1, &payment) };
    committed(store.commit(rows::noticing(60, &notice)).await);
    assert_eq!(read(store.next_due().await), Some(rows::at(40)));
    let upkeep = |revision, due_at| {
        let record = AccountRecord { due_at, revision, ..rows::account(account.clone()) };
        rows::step(account.dispensary, 60 + u128::from(revision), vec![Write::Account(Box::new(record))])
    };
    committed(store.commit(upkeep(2, Some(rows::at(30)))).await);
    assert_eq!(read(store.next_due().await), Some(rows::at(30)));
    assert_eq!(read(store.lease_due(rows::lease(1, 30, 90), 10).await), from_ref(&account));
    assert_eq!(read(store.next_due().await), Some(rows::at(30)), "leased or not");
    committed(store.commit(upkeep(3, None)).await);
    assert_eq!(read(store.next_due().await), Some(rows::at(40)));
    committed(store.commit(rows::noticing(70, &rows::handled(&notice))).await);
    assert_eq!(read(store.next_due().await), Some(rows::at(50)));
    let taken = AttemptState::Succeeded(rows::capture("pi_1", 100));
    let refund = Refund { due_at: Some(rows::at(20)), ..rows::refund(100, CaptureId::Attempt(1), 10) };
    commit_all(
        &store,
        [
            rows::moving(71, &payment, rows::ended(&rows::attempt(1, 1), taken)),
            rows::moving_refund(72, &payment, &refund),
        ],
    )
    .await;
    assert_eq!(read(store.next_due().await), Some(rows::at(20)));
    let done = rows::refund_in(&refund, RefundState::Succeeded);
    committed(store.commit(rows::moving_refund(73, &payment, &done)).await);
    assert_eq!(read(store.next_due().await), None);
}

/// A refund that is done is looked at again when it says so: it may fail days later.
pub async fn a_refund_that_is_done_is_due_when_it_says_so(store: Arc<dyn BillingStore>) {
    let account = due_account(&store, 1, 1, 50).await;
    let payment = rows::payment(1, account.clone(), "i-1", 100);
    let taken = AttemptState::Succeeded(rows::capture("pi_1", 100));
    let refund = rows::refund(100, CaptureId::Attempt(1), 10);
    let done = Refund { due_at: Some(rows::at(200)), ..rows::refund_in(&refund, RefundState::Succeeded) };
    commit_all(
        &store,
        [
            rows::moving(60, &payment, rows::ended(&rows::attempt(1, 1), taken)),
            rows::moving_refund(61, &payment, &refund),
            rows::moving_refund(62, &payment, &done),
        ],
    )
    .await;
    assert_eq!(read(store.next_due().await), Some(rows::at(200)));
    assert_eq!(read(store.due_on(&account, rows::at(199), 10).await), []);
    assert_eq!(read(store.due_on(&account, rows::at(200), 10).await), [rows::payment_id(1)]);
    assert_eq!(read(store.lease_due(rows::lease(1, 199, 259), 10).await), []);
    assert_eq!(read(store.lease_due(rows::lease(1, 200, 260), 10).await), from_ref(&account));
    assert_eq!(read(store.open_payments(&account, None, 10).await), [], "it is not open for that");
    let known = Refund { due_at: None, revision: 3, ..done };
    committed(store.commit(rows::moving_refund(63, &payment, &known)).await);
    assert_eq!(read(store.next_due().await), None);
}
