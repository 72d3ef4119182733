//! Line 1 as far as a test can go: what was answered is there when everything is closed and opened again.
//! Not among the lines of [`store_contract!`](crate::store_contract), which need no second opening: a store in memory keeps those.

use std::fmt::Debug;
use std::sync::Arc;

use billing_domain::payment::{Attempt, AttemptState, CaptureId, CheckSlot};
use billing_domain::refund::RefundState;
use billing_domain::{BillingStore, Committed, DispensaryId, Proof, SealedBytes, Step, Write};

use super::{commit_all, committed, found, read};
use crate::store::rows;

const HERE: u128 = 1;
const ACCOUNT: u128 = 7;

/// Line 1: a history is committed, everything is dropped, and what `open` opens then answers every read as before, knows the
/// steps by their ids, and goes on numbering where it stopped.
///
/// `open` opens the same place each time, empty at first. It is called again only when nothing holds the store any more.
pub async fn what_was_answered_is_there_after_reopening(open: impl AsyncFn() -> Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    let history = history(here);
    let store = open().await;
    commit_all(&store, history.clone()).await;
    let before = everything(&store, here).await;
    drop(store);

    let store = open().await;
    assert_eq!(everything(&store, here).await, before, "after reopening");
    for (step, seq) in history.into_iter().zip(1..) {
        assert_eq!(read(store.commit(step).await), Committed { seq, repeated: true });
    }
    assert_eq!(committed(store.commit(rows::step(here, 100, vec![])).await), 9, "numbers go on");
}

/// A payment taken after a refused card and given back in part, one cancelled, paid all the same and open again with a charge of
/// our server's, a refund under way, and an invoice.
fn history(here: DispensaryId) -> Vec<Step> {
    let account = rows::account_ref(here, ACCOUNT);
    let taken = rows::payment(10, account.clone(), "i-1", 10_000);
    let open = rows::payment(11, account, "i-2", 500);
    let mut paid =
        rows::ended(&rows::attempt(10, 1), AttemptState::Succeeded(rows::capture("pi_10", 10_000)));
    paid.tries = vec![rows::refused_card("ch_1")];
    let dead = rows::ended(&rows::attempt(11, 1), AttemptState::Dead(Proof::Canceled));
    let charging = Attempt {
        state: AttemptState::Charging,
        sealed: Some(SealedBytes(vec![1, 2, 3])),
        charge: Some(rows::server_charge(CheckSlot::Unspent)),
        ..rows::attempt(11, 2)
    };
    let second = Write::Attempt { payment: open.id, attempt: Box::new(charging) };
    let stray = Box::new(rows::stray(100, rows::capture("pi_11", 200)));
    let under_way = rows::refund(201, CaptureId::Stray(stray.id), 200);
    let sent = rows::refund(200, CaptureId::Attempt(1), 4_000);
    let mut sending = rows::sending(4, &open);
    sending.writes.push(Write::Payable(rows::payable("i-2", 500)));
    let done = rows::refund_in(&sent, RefundState::Succeeded);
    vec![
        rows::opening(HERE, 1, ACCOUNT, rows::payable("i-1", 10_000)),
        rows::sending(2, &taken),
        rows::moving(3, &taken, paid),
        sending,
        rows::moving(5, &open, dead),
        rows::step(
            here,
            6,
            vec![
                second,
                Write::StrayCharge { payment: open.id, stray },
                Write::Invoice { invoice: Box::new(rows::invoice(here, 20)), replaces: None },
            ],
        ),
        rows::refunding(7, &taken, &sent),
        rows::step(
            here,
            8,
            vec![
                Write::Refund { payment: taken.id, refund: Box::new(done) },
                Write::Refund { payment: open.id, refund: Box::new(under_way) },
            ],
        ),
    ]
}

/// What every read answers, one text each, so that a difference is shown with its name.
async fn everything(store: &Arc<dyn BillingStore>, here: DispensaryId) -> Vec<String> {
    fn told(name: &str, answer: impl Debug) -> String {
        format!("{name}: {answer:?}")
    }
    let account = rows::account_ref(here, ACCOUNT);
    let external = format!("acct_{ACCOUNT}");
    vec![
        told("dispensary", found(store.dispensary(here).await)),
        told("accounts", read(store.accounts(here).await)),
        told(
            "keys",
            read(store.accounts(here).await)
                .into_iter()
                .map(|it| it.sealed.map(|it| it.0))
                .collect::<Vec<_>>(),
        ),
        told(
            "kept sealed",
            read(store.payments(here, None, 10).await)
                .into_iter()
                .flat_map(|payment| payment.attempts)
                .map(|attempt| attempt.sealed.map(|sealed| sealed.0))
                .collect::<Vec<_>>(),
        ),
        told("accounts at", read(store.accounts_at(&account.processor, &external).await)),
        told("invoices", read(store.invoices(here, None, 10).await)),
        told("next number", read(store.next_invoice_number(here).await)),
        told("payable", found(store.payable(here, &rows::payable_id("i-1")).await)),
        told("open payable", found(store.payable(here, &rows::payable_id("i-2")).await)),
        told("payments", read(store.payments(here, None, 10).await)),
        told("open payments", read(store.open_payments(&account, None, 10).await)),
        told("due", read(store.due_on(&account, rows::at(1_000), 10).await)),
        told("next due", read(store.next_due().await)),
        told("audit", read(store.audit(here, 0, 100).await)),
        told("changes", read(store.changes(here, 0, 100).await)),
        told("changed", read(store.changed_since(0, 100).await)),
    ]
}
