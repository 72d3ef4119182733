//! A payment's life: the payment, its attempts, and the one table that moves them.

mod attempt;
#[expect(clippy::module_inception, reason = "the payment itself, beside its attempts and their transitions")]
mod payment;
mod server_charge;
mod transition;

pub use attempt::{Attempt, AttemptState, Capture, CaptureSource, Reference, Review, SubmitKey, Try};
pub use payment::{CaptureId, Payment, PaymentState, StrayCharge};
pub use server_charge::{CheckSlot, CheckStep, ServerCharge, StatusCheck};
pub use transition::{Applied, Event, Finding, Outcome, transition};
