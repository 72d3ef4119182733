//! Notices as rows.

use billing_domain::{Notice, NoticeId, PaymentId, StoreError};

use super::account::account_ref;
use super::row;
use super::values::{Id, nanos, nanos_opt, signed, timestamp, timestamp_opt, unsigned};

row! {
    /// A row of `billing_notices`.
    NoticeRow, "notice" {
        dispensary: Id,
        account: Id,
        notice: String,
        processor: String,
        payment: Id,
        kind: String,
        received_at: i64,
        due_at: Option<i64>,
        handled_at: Option<i64>,
        revision: i64,
    }
}

impl NoticeRow {
    /// The notice as a row. One that is handled and still to be looked at, or neither, has none.
    pub(crate) fn of(notice: &Notice) -> Result<Self, StoreError> {
        Self::try_of(notice).ok_or(StoreError::Corrupt(Self::WHAT))
    }

    /// The row as a notice.
    pub(crate) fn into_notice(self) -> Result<Notice, StoreError> {
        self.try_into_notice().ok_or(StoreError::Corrupt(Self::WHAT))
    }

    fn try_of(notice: &Notice) -> Option<Self> {
        (notice.due_at.is_some() != notice.handled_at.is_some()).then_some(())?;
        Some(Self {
            dispensary: notice.account.dispensary.uuid(),
            account: notice.account.account.uuid(),
            notice: notice.id.as_str().to_owned(),
            processor: notice.account.processor.as_str().to_owned(),
            payment: notice.payment.uuid(),
            kind: notice.kind.clone(),
            received_at: nanos(notice.received_at)?,
            due_at: nanos_opt(notice.due_at)?,
            handled_at: nanos_opt(notice.handled_at)?,
            revision: signed(notice.revision)?,
        })
    }

    fn try_into_notice(self) -> Option<Notice> {
        Some(Notice {
            account: account_ref(self.dispensary, self.processor, self.account),
            id: NoticeId::parse(&self.notice).ok()?,
            kind: self.kind,
            payment: PaymentId::new(self.payment),
            received_at: timestamp(self.received_at)?,
            due_at: timestamp_opt(self.due_at)?,
            handled_at: timestamp_opt(self.handled_at)?,
            revision: unsigned(self.revision)?,
        })
    }
}
