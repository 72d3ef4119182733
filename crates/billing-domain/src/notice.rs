//! A processor's notice: a signed hint that something of an account changed. What changed is read from the processor itself.

use std::fmt;

use jiff::Timestamp;

use crate::{AccountRef, PaymentId};

/// A notice in the durable inbox, each once however often it is delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The account it is about.
    pub account: AccountRef,
    /// The processor's id of it.
    pub id: NoticeId,
    /// What the processor calls it, at most 100 characters: for staff, and decided by nothing.
    pub kind: String,
    /// The payment to look at.
    pub payment: PaymentId,
    /// When it was received.
    pub received_at: Timestamp,
    /// When the sweep looks at the payment for it; absent once it is handled.
    pub due_at: Option<Timestamp>,
    /// When the payment had been looked at.
    pub handled_at: Option<Timestamp>,
    /// Grows by one with every change.
    pub revision: u64,
}

/// A processor's id of a notice: 1 to 255 printable ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoticeId(String);

impl NoticeId {
    /// The id with this text.
    pub fn parse(text: &str) -> Result<Self, InvalidNoticeId> {
        let is_id = (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_id { Ok(Self(text.to_owned())) } else { Err(InvalidNoticeId) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NoticeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is no id of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a notice's id is 1 to 255 printable ASCII characters")]
pub struct InvalidNoticeId;
