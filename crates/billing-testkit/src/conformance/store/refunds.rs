//! Lines 3, 9 and 11 of refunds: kept whole, one in doubt at a time, and what never changes.

use std::sync::Arc;

use billing_domain::payment::{AttemptState, CaptureId, Payment, Reference, SubmitKey};
use billing_domain::refund::{Refund, RefundFailure, RefundReview, RefundState};
use billing_domain::{ActorId, BillingStore, Conflict, Difference, RefundPlan, StoreError, Write};

use super::{commit_all, committed, found, refused};
use crate::store::rows;

const HERE: u128 = 1;
const ACCOUNT: u128 = 7;
const TAKEN: CaptureId = CaptureId::Attempt(1);

/// One payment of 100.00 on `i-1`, taken, and a stray charge of 20.00 against it. The stray charge's name comes along.
pub(super) async fn taken(store: &Arc<dyn BillingStore>, dispensary: u128) -> (Payment, CaptureId) {
    let here = rows::dispensary_id(dispensary);
    let payment = rows::payment(10, rows::account_ref(here, ACCOUNT), "i-1", 10_000);
    let attempt = rows::ended(&rows::attempt(10, 1), AttemptState::Succeeded(rows::capture("pi_10", 10_000)));
    let stray = rows::stray(50, rows::capture("pi_10b", 2_000));
    let capture = CaptureId::Stray(stray.id);
    commit_all(
        store,
        [
            rows::opening(dispensary, 1, ACCOUNT, rows::payable("i-1", 10_000)),
            rows::sending(2, &payment),
            rows::moving(3, &payment, attempt),
            rows::step(here, 4, vec![Write::StrayCharge { payment: payment.id, stray: Box::new(stray) }]),
        ],
    )
    .await;
    (payment, capture)
}

/// Every state a refund can be in, with its details, comes back as it was written; a payment's refunds come oldest first.
pub async fn a_refund_is_read_back_whole(store: Arc<dyn BillingStore>) {
    let (payment, stray) = taken(&store, HERE).await;
    let here = payment.dispensary();
    let failures = [
        RefundFailure::Canceled,
        RefundFailure::CardUnusable,
        RefundFailure::Declined,
        RefundFailure::Disputed,
        RefundFailure::Finding,
        RefundFailure::InsufficientFunds,
        RefundFailure::NeverSent,
        RefundFailure::Refused,
        RefundFailure::Unspecified,
    ];
    let reviews = [
        RefundReview::KeysErased,
        RefundReview::Mismatch(vec![Difference::Amount, Difference::Reference]),
        RefundReview::NoAnswer,
        RefundReview::Overdue,
    ];
    let states = [RefundState::Unknown, RefundState::Pending, RefundState::Succeeded]
        .into_iter()
        .chain(reviews.map(RefundState::NeedsReview))
        .chain(failures.map(RefundState::Failed));
    let mut refund = Refund {
        plan: RefundPlan::Reversal,
        encoding: u16::MAX,
        account_version: 3,
        opened_by: ActorId::parse("nurse-7").unwrap_or_else(|_| ActorId::system()),
        ..rows::refund(101, TAKEN, 10_000)
    };
    committed(store.commit(rows::refunding(10, &payment, &refund)).await);
    for (step, state) in (11..).zip(states) {
        refund = Refund {
            reference: Some(Reference(format!("re_{step}"))),
            answer_deadline: rows::at(200),
            idle_checks: refund.idle_checks + 1,
            account_version: refund.account_version + 1,
            ..rows::refund_in(&refund, state)
        };
        committed(store.commit(rows::moving_refund(step, &payment, &refund)).await);
        assert_eq!(found(store.payment(here, payment.id).await).refunds, [refund.clone()]);
    }
    // Of a stray charge, and older than the other: the sparsest there is.
    let older = Refund { due_at: None, ..rows::refund(100, stray, 1) };
    committed(store.commit(rows::refunding(90, &payment, &older)).await);
    let expected = [older, refund];
    assert_eq!(found(store.payment(here, payment.id).await).refunds, expected);
    assert_eq!(found(store.payments(here, None, 10).await.map(|mut page| page.pop())).refunds, expected);
    let on_it = store.payments_on(here, &payment.payable, 10).await;
    assert_eq!(found(on_it.map(|mut page| page.pop())).refunds, expected);
}

/// Line 11: until a refund is known to be under way, done or failed, there is no second one of the same capture: an unanswered one
/// is refused even if no step asks for that. Other captures go their own way.
pub async fn a_refund_waits_for_another_in_doubt_to_be_known(store: Arc<dyn BillingStore>) {
    let (payment, stray) = taken(&store, HERE).await;
    let mut first = rows::refund(100, TAKEN, 1_000);
    let second = rows::refund(101, TAKEN, 1_000);
    committed(store.commit(rows::refunding(10, &payment, &first)).await);
    let in_doubt = Conflict::RefundInDoubt { refund: first.id };
    refused(store.commit(rows::refunding(11, &payment, &second)).await, &in_doubt);
    refused(store.commit(rows::moving_refund(12, &payment, &second)).await, &in_doubt);
    first = rows::refund_in(&first, RefundState::Unknown);
    committed(store.commit(rows::moving_refund(13, &payment, &first)).await);
    refused(store.commit(rows::refunding(14, &payment, &second)).await, &in_doubt);
    refused(store.commit(rows::moving_refund(15, &payment, &second)).await, &in_doubt);
    first = rows::refund_in(&first, RefundState::NeedsReview(RefundReview::NoAnswer));
    committed(store.commit(rows::moving_refund(16, &payment, &first)).await);
    refused(store.commit(rows::refunding(17, &payment, &second)).await, &in_doubt);
    let elsewhere = rows::refund(102, stray, 1_000);
    committed(store.commit(rows::refunding(18, &payment, &elsewhere)).await);
    // Under way is not in doubt.
    first = rows::refund_in(&first, RefundState::Pending);
    committed(store.commit(rows::moving_refund(52, &payment, &first)).await);
    committed(store.commit(rows::refunding(53, &payment, &second)).await);
    // The processor may put it under review beside the second: a fact is never refused.
    first =
        rows::refund_in(&first, RefundState::NeedsReview(RefundReview::Mismatch(vec![Difference::Amount])));
    committed(store.commit(rows::moving_refund(60, &payment, &first)).await);
    // Nothing goes out again beside it.
    first = rows::refund_in(&first, RefundState::Unknown);
    let answer = store.commit(rows::moving_refund(61, &payment, &first)).await;
    refused(answer, &Conflict::RefundInDoubt { refund: second.id });
}

/// Line 3: a refund follows its own revisions, and what it gives back of which capture, how, and under which key stays.
pub async fn what_a_refund_gives_back_never_changes(store: Arc<dyn BillingStore>) {
    let (payment, stray) = taken(&store, HERE).await;
    let here = payment.dispensary();
    let written = rows::refund(100, TAKEN, 1_000);
    let early = Refund { revision: 2, ..written.clone() };
    let revision = Conflict::Revision("refund");
    refused(store.commit(rows::moving_refund(9, &payment, &early)).await, &revision);
    committed(store.commit(rows::refunding(10, &payment, &written)).await);
    let next = rows::refund_in(&written, RefundState::Pending);
    let changed = [
        Refund { revision: 1, ..next.clone() },
        Refund { revision: 3, ..next.clone() },
        Refund { amount: rows::cad(1_001), ..next.clone() },
        Refund { capture: stray, ..next.clone() },
        Refund { encoding: 2, ..next.clone() },
        Refund { first_sent_at: rows::at(1), ..next.clone() },
        Refund { key: SubmitKey("another".to_owned()), ..next.clone() },
        Refund { opened_by: ActorId::parse("nurse-7").unwrap_or_else(|_| ActorId::system()), ..next.clone() },
        Refund { plan: RefundPlan::Reversal, ..next.clone() },
    ];
    for (step, changed) in (20..).zip(changed) {
        refused(store.commit(rows::moving_refund(step, &payment, &changed)).await, &revision);
    }
    // A row that says two things at once is none.
    for (step, resolved_at, state) in
        [(40, Some(rows::at(1)), RefundState::Pending), (41, None, RefundState::Succeeded)]
    {
        let contradicting = Refund { resolved_at, state, ..next.clone() };
        let answer = store.commit(rows::moving_refund(step, &payment, &contradicting)).await;
        assert!(matches!(answer, Err(StoreError::Corrupt("refund"))), "{answer:?}");
    }
    assert_eq!(found(store.payment(here, payment.id).await).refunds, [written]);
    committed(store.commit(rows::moving_refund(50, &payment, &next)).await);
    assert_eq!(found(store.payment(here, payment.id).await).refunds, [next]);
}

/// Line 9: one id is one refund, whatever payment names it; in another dispensary it is another one, and no step reaches over.
pub async fn a_refunds_id_names_one_refund_of_its_dispensary(store: Arc<dyn BillingStore>) {
    let (here, _) = taken(&store, HERE).await;
    let (there, _) = taken(&store, 2).await;
    let refund = rows::refund(100, TAKEN, 1_000);
    committed(store.commit(rows::refunding(10, &here, &refund)).await);
    let mut other = rows::payment(11, here.account.clone(), "i-2", 10_000);
    let attempt = rows::ended(&rows::attempt(11, 1), AttemptState::Succeeded(rows::capture("pi_11", 10_000)));
    let mut sending = rows::sending(11, &other);
    sending.writes.insert(0, Write::Payable(rows::payable("i-2", 10_000)));
    commit_all(&store, [sending, rows::moving(12, &other, attempt)]).await;
    let answer = store.commit(rows::refunding(13, &other, &refund)).await;
    refused(answer, &Conflict::Revision("refund"));
    let next = rows::refund_in(&refund, RefundState::Pending);
    let answer = store.commit(rows::moving_refund(14, &other, &next)).await;
    refused(answer, &Conflict::Revision("refund"));
    // The other dispensary's payment of that name is another one, and a name it does not know is nobody's.
    committed(store.commit(rows::refunding(15, &there, &refund)).await);
    other.account = there.account.clone();
    let answer = store.commit(rows::moving_refund(16, &other, &rows::refund(101, TAKEN, 1))).await;
    refused(answer, &Conflict::Unknown("payment"));
    committed(store.commit(rows::moving_refund(17, &here, &next)).await);
    assert_eq!(found(store.payment(here.dispensary(), here.id).await).refunds, [next]);
    assert_eq!(found(store.payment(there.dispensary(), there.id).await).refunds, [refund]);
}
