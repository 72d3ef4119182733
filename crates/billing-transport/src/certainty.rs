//! What is known about whether a request reached the other side, and the error that carries it.

use std::error::Error;

/// Whether a request can have reached the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Delivery {
    /// No byte of the request can have arrived.
    NotSent,
    /// The request may have arrived and may have had its effect.
    MaybeSent,
}

impl Delivery {
    /// The doubt that remains after two sends of the same request: once in doubt, always in doubt.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }
}

/// What went wrong with a send that brought no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SendErrorKind {
    /// The answer's body ended early or could not be read.
    Body,
    /// The request could not be built: a header or an address is malformed.
    Build,
    /// No connection could be made.
    Connect,
    /// The caller's gate was closed: the send was not made.
    GateClosed,
    /// The connection broke after the request began to leave.
    Interrupted,
    /// The time allowed ran out.
    Timeout,
    /// The answer was larger than the limit.
    TooLarge,
}

/// A send that brought no whole answer. Its texts hold no address, header or body.
#[derive(Debug, thiserror::Error)]
#[error("no answer from the processor: {kind:?} ({delivery:?})")]
pub struct SendError {
    /// What went wrong.
    pub kind: SendErrorKind,
    /// Whether the request can have arrived.
    pub delivery: Delivery,
    /// The cause, stripped of the request's address.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl SendError {
    /// An error of `kind` without a cause.
    pub fn new(kind: SendErrorKind, delivery: Delivery) -> Self {
        Self { kind, delivery, source: None }
    }

    /// Whether the same request could fare better: a malformed one fails again, and a too large answer comes again.
    pub(crate) fn is_worth_repeating(&self) -> bool {
        !matches!(self.kind, SendErrorKind::Build | SendErrorKind::GateClosed | SendErrorKind::TooLarge)
    }
}
