//! Giving money back: a refund, what processors say of it, and the one table that moves it.

#[expect(clippy::module_inception, reason = "the refund itself, beside the facts and the table that move it")]
mod refund;
mod transition;

pub use refund::{Refund, RefundFact, RefundFailure, RefundReview, RefundState};
pub use transition::{RefundEvent, transition};
