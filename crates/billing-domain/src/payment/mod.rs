//! A payment's life: the payment, its attempts, and the one table that moves them.

mod attempt;
#[expect(clippy::module_inception, reason = "the payment itself, beside its attempts and their transitions")]
mod payment;
mod transition;

pub use attempt::{Attempt, AttemptState, Capture, CaptureSource, Reference, Review, SubmitKey, Try};
pub use payment::{Payment, PaymentState, StrayCharge};
pub use transition::{Applied, Event, Finding, Outcome, transition};
