//! Line 6: what is remembered of every step, and how a host learns of changes.

use std::sync::Arc;

use billing_domain::{Action, ActorId, AuditEntry, BillingStore, Change, Step, Subject};

use super::{commit_all, committed, read, refused};
use crate::store::rows;

const HERE: u128 = 1;
const THERE: u128 = 2;

/// Each dispensary counts its own steps from 1, refused and repeated ones aside.
pub async fn every_step_is_remembered_once_without_gaps(store: Arc<dyn BillingStore>) {
    let mut last = [0, 0];
    for n in 1..=20 {
        for (dispensary, last) in [HERE, THERE].into_iter().zip(&mut last) {
            if n % 5 == 0 && dispensary == THERE {
                continue;
            }
            let step = rows::step(rows::dispensary_id(dispensary), n * 10 + dispensary, vec![]);
            *last += 1;
            assert_eq!(committed(store.commit(step.clone()).await), *last);
            assert!(read(store.commit(step).await).repeated);
            let stale = billing_domain::Dispensary { revision: 9, ..rows::dispensary(dispensary) };
            let step = rows::step(
                rows::dispensary_id(dispensary),
                n * 10 + dispensary + 5,
                vec![billing_domain::Write::Dispensary(stale)],
            );
            refused(store.commit(step).await, &billing_domain::Conflict::Revision("dispensary"));
        }
    }
    let seqs =
        read(store.audit(rows::dispensary_id(HERE), 0, 1_000).await).into_iter().map(|entry| entry.seq);
    assert!(seqs.eq(1..=20));
    let seqs =
        read(store.audit(rows::dispensary_id(THERE), 0, 1_000).await).into_iter().map(|entry| entry.seq);
    assert!(seqs.eq(1..=16));
}

/// Who did what to what, when, comes back as it was written; the outbox tells the same without the note.
pub async fn audit_and_outbox_tell_the_same_steps(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    let subjects = [
        Subject::Account(rows::account_ref(here, 7).account),
        Subject::Dispensary,
        Subject::Invoice(rows::invoice(here, 20).id()),
        Subject::Payable(rows::payable_id("host-1")),
        Subject::Payment(rows::payment_id(10)),
    ];
    let mut entries = Vec::new();
    for (n, subject) in (1_u32..).zip(subjects) {
        let step = Step {
            at: rows::at(i64::from(n)),
            by: ActorId::parse("nurse-7").unwrap_or_else(|_| ActorId::system()),
            action: Action::PaymentFinding,
            subject,
            note: "regardé avec la patiente".to_owned(),
            ..rows::step(here, n.into(), vec![])
        };
        entries.push(AuditEntry {
            step: step.id,
            seq: n.into(),
            dispensary: here,
            at: step.at,
            by: step.by.clone(),
            action: step.action,
            subject: step.subject.clone(),
            note: step.note.clone(),
        });
        committed(store.commit(step).await);
    }
    let tell = |entry: &AuditEntry| Change {
        seq: entry.seq,
        dispensary: here,
        at: entry.at,
        action: entry.action,
        subject: entry.subject.clone(),
    };
    assert_eq!(read(store.audit(here, 0, 100).await), entries);
    assert_eq!(read(store.changes(here, 0, 100).await), entries.iter().map(tell).collect::<Vec<_>>());
    assert_eq!(read(store.audit(here, 3, 100).await), entries[3..]);
    assert_eq!(read(store.changes(here, 4, 100).await), entries[4..].iter().map(tell).collect::<Vec<_>>());
}

/// A host asks which dispensaries to look at, and goes on where it stopped.
pub async fn dispensaries_that_changed_are_named_since_a_cursor(store: Arc<dyn BillingStore>) {
    let (here, there) = (rows::dispensary_id(HERE), rows::dispensary_id(THERE));
    let nothing = read(store.changed_since(0, 10).await);
    assert_eq!((nothing.dispensaries, nothing.cursor), (vec![], 0));
    let steps = [here, here, there, here].into_iter().zip(1..).map(|(of, n)| rows::step(of, n, vec![]));
    commit_all(&store, steps).await;
    let all = read(store.changed_since(0, 10).await);
    assert_eq!(all.dispensaries, [here, there], "each once");
    let first = read(store.changed_since(0, 2).await);
    assert_eq!(first.dispensaries, [here]);
    let second = read(store.changed_since(first.cursor, 2).await);
    assert_eq!(second.dispensaries, [here, there]);
    assert_eq!(second.cursor, all.cursor);
    let none = read(store.changed_since(all.cursor, 10).await);
    assert_eq!((none.dispensaries, none.cursor), (vec![], all.cursor));
    commit_all(&store, [rows::step(there, 9, vec![])]).await;
    assert_eq!(read(store.changed_since(all.cursor, 10).await).dispensaries, [there]);
}
