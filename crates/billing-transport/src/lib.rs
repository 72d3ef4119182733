//! One HTTP exchange with a payment processor: deadlines, delivery certainty, retry timing, limits, redaction.
//!
//! Knows nothing of payments or processors: adapters build requests and read answers.

mod certainty;
mod exchange;

pub use certainty::{Delivery, SendError, SendErrorKind};
pub use exchange::{Exchange, Limits, Request, Response};
