//! Dispensaries as rows.

use billing_domain::{Dispensary, DispensaryId, DispensaryKind, OfficeId, PractitionerId, StoreError};

use super::row;
use super::values::{Id, from_json, json, signed, unsigned};

row! {
    /// A row of `billing_dispensaries`.
    DispensaryRow, "dispensary" {
        dispensary: Id,
        kind: String,
        owner: Id,
        name: String,
        unlocked: String,
        revision: i64,
    }
}

impl DispensaryRow {
    /// The dispensary as a row.
    pub(crate) fn of(dispensary: &Dispensary) -> Result<Self, StoreError> {
        Self::try_of(dispensary).ok_or(StoreError::Corrupt(Self::WHAT))
    }

    /// The row as a dispensary.
    pub(crate) fn into_dispensary(self) -> Result<Dispensary, StoreError> {
        self.try_into_dispensary().ok_or(StoreError::Corrupt(Self::WHAT))
    }

    fn try_of(dispensary: &Dispensary) -> Option<Self> {
        let (kind, owner) = match dispensary.kind {
            DispensaryKind::Office(office) => (OFFICE, office.uuid()),
            DispensaryKind::Personal(practitioner) => (PERSONAL, practitioner.uuid()),
        };
        Some(Self {
            dispensary: dispensary.id.uuid(),
            kind: kind.to_owned(),
            owner,
            name: dispensary.name.clone(),
            unlocked: json(&dispensary.unlocked)?,
            revision: signed(dispensary.revision)?,
        })
    }

    fn try_into_dispensary(self) -> Option<Dispensary> {
        let owner = self.owner;
        let kind = match self.kind.as_str() {
            OFFICE => DispensaryKind::Office(OfficeId::new(owner)),
            PERSONAL => DispensaryKind::Personal(PractitionerId::new(owner)),
            _ => return None,
        };
        Some(Dispensary {
            id: DispensaryId::new(self.dispensary),
            kind,
            name: self.name,
            unlocked: from_json(&self.unlocked)?,
            revision: unsigned(self.revision)?,
        })
    }
}

const OFFICE: &str = "office";
const PERSONAL: &str = "personal";
