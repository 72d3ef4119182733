//! Steps as rows: what is remembered of each, for the audit and for the outbox.

use billing_domain::{Action, ActorId, AuditEntry, Change, DispensaryId, Step, StepId, StoreError, Subject};

use super::row;
use super::values::{Id, nanos, timestamp, unsigned};

/// The longest note kept, in characters; a longer one is cut, because no fact is refused over its note.
const NOTE_LENGTH_MAX: usize = 1_000;

row! {
    /// A row of `billing_steps`, without its cursor.
    StepRow, "audit entry" {
        dispensary: Id,
        seq: i64,
        step: Id,
        at: i64,
        actor: String,
        action: String,
        subject_kind: String,
        subject_id: String,
        note: String,
    }
}

impl StepRow {
    /// The step as a row. Its number is given when it is written.
    pub(crate) fn of(step: &Step) -> Result<Self, StoreError> {
        Ok(Self {
            dispensary: step.dispensary.uuid(),
            seq: 0,
            step: step.id.uuid(),
            at: nanos(step.at).ok_or(StoreError::Corrupt(Self::WHAT))?,
            actor: step.by.as_str().to_owned(),
            action: step.action.as_str().to_owned(),
            subject_kind: step.subject.kind().to_owned(),
            subject_id: step.subject.id(),
            note: step.note.chars().take(NOTE_LENGTH_MAX).collect(),
        })
    }

    /// The row as an audit entry.
    pub(crate) fn into_entry(self) -> Result<AuditEntry, StoreError> {
        self.try_into_entry().ok_or(StoreError::Corrupt(Self::WHAT))
    }

    /// The row as a change.
    pub(crate) fn into_change(self) -> Result<Change, StoreError> {
        let AuditEntry { seq, dispensary, at, action, subject, .. } = self.into_entry()?;
        Ok(Change { seq, dispensary, at, action, subject })
    }

    fn try_into_entry(self) -> Option<AuditEntry> {
        Some(AuditEntry {
            step: StepId::new(self.step),
            seq: unsigned(self.seq)?,
            dispensary: DispensaryId::new(self.dispensary),
            at: timestamp(self.at)?,
            by: ActorId::parse(&self.actor).ok()?,
            action: Action::from_stored(&self.action)?,
            subject: Subject::from_stored(&self.subject_kind, &self.subject_id)?,
            note: self.note,
        })
    }
}
