//! Who keeps books: the dispensary, and whom its keys serve.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{DispensaryId, OfficeId, PractitionerId, ProcessorId};

/// A clinic's or a practitioner's set of books, with its own accounts at processors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispensary {
    /// Its id.
    pub id: DispensaryId,
    /// Whose books these are.
    pub kind: DispensaryKind,
    /// The name staff see.
    pub name: String,
    /// The processors the help centre has unlocked for it.
    pub unlocked: BTreeSet<ProcessorId>,
    /// Grows by one with every change.
    pub revision: u64,
}

/// Whose books a dispensary's are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DispensaryKind {
    /// An office's: its members bill with it inside that office only.
    Office(OfficeId),
    /// A practitioner's own: it follows them into every office.
    Personal(PractitionerId),
}

impl Dispensary {
    /// A new dispensary with nothing unlocked.
    pub fn new(id: DispensaryId, kind: DispensaryKind, name: impl Into<String>) -> Self {
        Self { id, kind, name: name.into(), unlocked: BTreeSet::new(), revision: 1 }
    }

    /// Whether `practitioner`, working in `office`, bills with this dispensary.
    ///
    /// ```
    /// use billing_domain::{Dispensary, DispensaryId, DispensaryKind, OfficeId, PractitionerId};
    /// let downtown: OfficeId = "01930000-0000-7000-8000-000000000001".parse()?;
    /// let uptown: OfficeId = "01930000-0000-7000-8000-000000000002".parse()?;
    /// let practitioner: PractitionerId = "01930000-0000-7000-8000-000000000003".parse()?;
    /// let id: DispensaryId = "01930000-0000-7000-8000-000000000004".parse()?;
    ///
    /// let personal = Dispensary::new(id, DispensaryKind::Personal(practitioner), "own books");
    /// assert!(personal.serves(downtown, practitioner) && personal.serves(uptown, practitioner));
    /// let office = Dispensary::new(id, DispensaryKind::Office(downtown), "the clinic");
    /// assert!(office.serves(downtown, practitioner) && !office.serves(uptown, practitioner));
    /// # Ok::<(), billing_domain::InvalidId>(())
    /// ```
    pub fn serves(&self, office: OfficeId, practitioner: PractitionerId) -> bool {
        match self.kind {
            DispensaryKind::Office(own) => own == office,
            DispensaryKind::Personal(own) => own == practitioner,
        }
    }
}
