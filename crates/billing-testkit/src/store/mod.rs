//! A billing store in memory, for hosts' tests: the port's whole contract except that nothing outlives the process.

mod books;
mod due;
mod read;
pub mod rows;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use billing_domain::{
    AccountRef, AuditEntry, Committed, Conflict, DispensaryId, Lease, Step, StepId, StoreError,
};

use self::books::Books;

/// Keeps everything in memory, behind one lock. It answers as the durable stores do and loses all when dropped.
#[derive(Debug, Default)]
pub struct MemoryStore {
    inner: Mutex<Inner>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty store with a defect, for tests that must find it: a step does not see the other payments on its payable, so two can be
    /// open on one at once.
    pub fn blind_to_other_payments() -> Self {
        let store = Self::default();
        store.lock().is_blind = true;
        store
    }

    /// Makes a coming commit fail. Faults are used up in the order they were asked for, one commit each.
    pub fn fail_next(&self, fault: Fault) {
        self.lock().faults.push_back(fault);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Every change is built aside and put in place whole, so a panic elsewhere cannot leave half of one.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a commit is made to fail.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Refused without a look at it: [`StoreError::Conflict`].
    Conflict(Conflict),
    /// [`StoreError::InDoubt`].
    InDoubt {
        /// Whether the step was committed all the same. One that would be refused is refused.
        committed: bool,
    },
    /// Nothing written: [`StoreError::Unavailable`].
    Unavailable,
}

/// The source of an error that a test asked for.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a test asked for this")]
struct Injected;

#[derive(Debug, Default)]
struct Inner {
    books: BTreeMap<DispensaryId, Books>,
    journals: BTreeMap<DispensaryId, Journal>,
    /// The dispensary of every step, in the order of their commits: a cursor is a place in it.
    order: Vec<DispensaryId>,
    leases: HashMap<AccountRef, Lease>,
    faults: VecDeque<Fault>,
    /// See [`MemoryStore::blind_to_other_payments`].
    is_blind: bool,
}

/// What is remembered of a dispensary's steps. Entry `n` has the sequence number `n + 1`.
#[derive(Debug, Default)]
struct Journal {
    entries: Vec<AuditEntry>,
    seq_of: HashMap<StepId, u64>,
}

impl Inner {
    fn commit(&mut self, step: Step) -> Result<Committed, StoreError> {
        match self.faults.pop_front() {
            None => self.apply(step),
            Some(Fault::Conflict(conflict)) => Err(StoreError::Conflict(conflict)),
            Some(Fault::InDoubt { committed }) => {
                if committed {
                    self.apply(step)?;
                }
                Err(StoreError::InDoubt(Injected.into()))
            }
            Some(Fault::Unavailable) => Err(StoreError::Unavailable(Injected.into())),
        }
    }

    fn apply(&mut self, step: Step) -> Result<Committed, StoreError> {
        let journal = self.journals.entry(step.dispensary).or_default();
        if let Some(&seq) = journal.seq_of.get(&step.id) {
            return Ok(Committed { seq, repeated: true });
        }
        let mut books = self.books.get(&step.dispensary).cloned().unwrap_or_default();
        books.is_blind = self.is_blind;
        step.write_to(&mut books)?;
        self.books.insert(step.dispensary, books);
        Ok(journal.append(step, &mut self.order))
    }
}

impl Journal {
    fn append(&mut self, step: Step, order: &mut Vec<DispensaryId>) -> Committed {
        let seq = rows::place(self.entries.len()) + 1;
        let Step { id, dispensary, at, by, action, subject, note, .. } = step;
        self.entries.push(AuditEntry { step: id, seq, dispensary, at, by, action, subject, note });
        self.seq_of.insert(id, seq);
        order.push(dispensary);
        Committed { seq, repeated: false }
    }
}
