//! Line 9 and the bounds of every page.

use std::sync::Arc;

use billing_domain::payment::{Attempt, AttemptState, Payment};
use billing_domain::{AccountRef, BillingStore, Proof, Step, Write};

use super::{commit_all, committed, found, read};
use crate::store::rows;

const HERE: u128 = 1;
const ACCOUNT: u128 = 7;

/// Opens a dispensary and `count` payments with an open attempt each, on payables of their own, due a second apart.
async fn many(store: &Arc<dyn BillingStore>, dispensary: u128, count: u128) -> Vec<Payment> {
    let here = rows::dispensary_id(dispensary);
    let account = rows::account_ref(here, ACCOUNT);
    let first = dispensary * 10_000;
    commit_all(store, [rows::opening(dispensary, first, ACCOUNT, rows::payable("i-0", 1))]).await;
    let mut payments = Vec::new();
    for (n, due) in (1..=count).zip(1..) {
        let payable = format!("i-{n}");
        let payment = rows::payment(first + n, account.clone(), &payable, 100);
        let attempt = Attempt { due_at: Some(rows::at(due)), ..rows::attempt(first + n, 1) };
        let writes = vec![
            Write::Payable(rows::payable(&payable, 100)),
            Write::Payment(Box::new(payment.clone())),
            Write::Attempt { payment: payment.id, attempt: Box::new(attempt.clone()) },
        ];
        committed(store.commit(rows::step(here, first + n, writes)).await);
        payments.push(Payment { attempts: vec![attempt], ..payment });
    }
    payments
}

/// At most 100 payments, at least one, newest first, each whole.
pub async fn a_page_of_payments_is_bounded(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    let mut newest_first = many(&store, HERE, 130).await;
    many(&store, 2, 3).await;
    newest_first.reverse();
    assert_eq!(read(store.payments(here, None, 50).await), newest_first[..50]);
    assert_eq!(read(store.payments(here, Some(newest_first[49].id), 50).await), newest_first[50..100]);
    assert_eq!(read(store.payments(here, Some(newest_first[99].id), 100).await), newest_first[100..]);
    assert_eq!(read(store.payments(here, None, u32::MAX).await).len(), 100);
    assert_eq!(read(store.payments(here, None, 0).await).len(), 1);
    let oldest = newest_first.last().map(|payment| payment.id);
    assert_eq!(read(store.payments(here, oldest, 10).await), []);
}

/// At most 100 payments on one payable, at least one, newest first, each whole; those on others left out.
pub async fn a_page_of_payments_on_a_payable_is_bounded(store: Arc<dyn BillingStore>) {
    let (here, there) = (rows::dispensary_id(HERE), rows::dispensary_id(2));
    let account = rows::account_ref(here, ACCOUNT);
    let (often, once) = (rows::payable_id("i-often"), rows::payable_id("i-once"));
    commit_all(&store, [rows::opening(HERE, 1, ACCOUNT, rows::payable("i-often", 100))]).await;
    let other = vec![Write::Payable(rows::payable("i-once", 100))];
    committed(store.commit(rows::step(here, 2, other)).await);
    commit_all(&store, [rows::opening(2, 3, ACCOUNT, rows::payable("i-often", 100))]).await;
    let mut newest_first = Vec::new();
    // Each ends before the next begins, and one on another payable lies in their midst.
    for n in 1..=130 {
        let on = if n == 65 { "i-once" } else { "i-often" };
        let payment = rows::payment(n, account.clone(), on, 100);
        let step = rows::sending(1_000 + n, &payment);
        committed(store.commit(step).await);
        let ended = rows::ended(&rows::attempt(n, 1), AttemptState::Dead(Proof::NeverHandedOver));
        committed(store.commit(rows::moving(2_000 + n, &payment, ended.clone())).await);
        if n != 65 {
            newest_first.insert(0, Payment { attempts: vec![ended], ..payment });
        }
    }
    assert_eq!(read(store.payments_on(here, &often, 70).await), newest_first[..70]);
    assert_eq!(read(store.payments_on(here, &often, u32::MAX).await), newest_first[..100]);
    assert_eq!(read(store.payments_on(here, &often, 0).await), newest_first[..1]);
    let in_their_midst = read(store.payments_on(here, &once, 100).await);
    assert_eq!(in_their_midst.iter().map(|payment| payment.id).collect::<Vec<_>>(), [rows::payment_id(65)]);
    assert_eq!(read(store.payments_on(here, &rows::payable_id("i-never"), 100).await), []);
    assert_eq!(read(store.payments_on(there, &often, 100).await), []);
}

/// At most 100 open payments of one account, at least one, oldest first, ended ones left out.
pub async fn a_page_of_open_payments_is_bounded(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    let account = rows::account_ref(here, ACCOUNT);
    let payments = many(&store, HERE, 130).await;
    let dead = AttemptState::Dead(Proof::NeverHandedOver);
    for (step, payment) in (50_000..).zip(payments.iter().take(10)) {
        let ended = rows::ended(&payment.attempts[0], dead.clone());
        committed(store.commit(rows::moving(step, payment, ended)).await);
    }
    let open: Vec<_> = payments.iter().skip(10).map(|payment| payment.id).collect();
    assert_eq!(read(store.open_payments(&account, None, 60).await), open[..60]);
    assert_eq!(read(store.open_payments(&account, Some(open[59]), 100).await), open[60..]);
    assert_eq!(read(store.open_payments(&account, None, u32::MAX).await).len(), 100);
    assert_eq!(read(store.open_payments(&account, None, 0).await).len(), 1);
    let other = AccountRef { processor: billing_domain::ProcessorId::MONERIS, ..account };
    assert_eq!(read(store.open_payments(&other, None, 10).await), []);
}

/// At most 1,000 due payments of one account, at least one, the longest due first.
pub async fn a_page_of_due_payments_is_bounded(store: Arc<dyn BillingStore>) {
    let account = rows::account_ref(rows::dispensary_id(HERE), ACCOUNT);
    let due: Vec<_> = many(&store, HERE, 6).await.into_iter().map(|payment| payment.id).collect();
    let look = |at, limit| {
        let (store, account) = (Arc::clone(&store), account.clone());
        async move { read(store.due_on(&account, rows::at(at), limit).await) }
    };
    assert_eq!(look(0, 10).await, []);
    assert_eq!(look(3, 10).await, due[..3]);
    assert_eq!(look(3, 2).await, due[..2]);
    assert_eq!(look(3, 0).await, due[..1]);
    assert_eq!(look(1_000, u32::MAX).await, due);
}

/// At most 1,000 rows of audit and outbox, at least one.
pub async fn a_page_of_audit_is_bounded(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    commit_all(&store, (1..=1_010).map(|n| rows::step(here, n, vec![]))).await;
    let audit = read(store.audit(here, 0, u32::MAX).await);
    assert!(audit.iter().map(|entry| entry.seq).eq(1..=1_000));
    let rest = read(store.changes(here, 1_000, u32::MAX).await);
    assert!(rest.iter().map(|change| change.seq).eq(1_001..=1_010));
    assert_eq!(read(store.audit(here, 0, 0).await).len(), 1);
    assert_eq!(read(store.changes(here, u64::MAX, 10).await), []);
    assert_eq!(read(store.changed_since(0, u32::MAX).await).cursor, 1_000);
}

/// Line 9: the same names in two dispensaries are two things.
pub async fn dispensaries_do_not_see_each_other(store: Arc<dyn BillingStore>) {
    let (here, there, nowhere) = (rows::dispensary_id(HERE), rows::dispensary_id(2), rows::dispensary_id(3));
    // One number each for an account, a payable, a payment and a step, used in both.
    for (dispensary, cents) in [(HERE, 10_000), (2, 500)] {
        let account = rows::account_ref(rows::dispensary_id(dispensary), ACCOUNT);
        let payment = rows::payment(10, account, "i-1", cents);
        let invoice = rows::invoice(rows::dispensary_id(dispensary), 20);
        let mut sending: Step = rows::sending(2, &payment);
        sending.writes.push(Write::Invoice { invoice: Box::new(invoice), replaces: None });
        commit_all(&store, [rows::opening(dispensary, 1, ACCOUNT, rows::payable("i-1", cents)), sending])
            .await;
    }
    let taken = AttemptState::Succeeded(rows::capture("pi_10", 10_000));
    let payment = found(store.payment(here, rows::payment_id(10)).await);
    committed(store.commit(rows::moving(3, &payment, rows::ended(&payment.attempts[0], taken))).await);
    let payable = rows::payable_id("i-1");
    let other = found(store.payable(there, &payable).await);
    assert_eq!((other.captured, other.open), (rows::cad(0), rows::cad(500)));
    assert_eq!(found(store.payment(there, rows::payment_id(10)).await).amount, rows::cad(500));
    assert_eq!(found(store.invoice(there, rows::invoice(there, 20).id()).await).dispensary(), there);
    let open = |dispensary| rows::account_ref(dispensary, ACCOUNT);
    assert_eq!(read(store.open_payments(&open(here), None, 10).await), []);
    assert_eq!(read(store.open_payments(&open(there), None, 10).await), [rows::payment_id(10)]);
    assert_eq!(read(store.audit(there, 0, 10).await).len(), 2);
    assert_eq!(read(store.payable(nowhere, &payable).await), None);
    assert_eq!(read(store.payment(nowhere, rows::payment_id(10)).await), None);
    assert_eq!(read(store.payments(nowhere, None, 10).await), []);
    assert_eq!(read(store.accounts(nowhere).await), []);
    assert_eq!(read(store.audit(nowhere, 0, 10).await), []);
    assert_eq!(read(store.dispensary(nowhere).await), None);
}
