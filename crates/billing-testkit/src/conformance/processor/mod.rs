//! The contract of [`PaymentProcessor`](billing_domain::PaymentProcessor), line by line. No processor's words here: an
//! adapter's test brings a [`Harness`] that speaks them.
//!
//! Every function takes a fresh harness and panics where the contract is broken. An adapter runs each of them over every way
//! it has to its processor's fake. The macros hand the names of all lines to a macro of the caller's, which can make a test of
//! each: so a line that is added here is run there. Of every flow an adapter runs two:
//!
//! | macro | the lines |
//! |---|---|
//! | [`processor_contract!`](crate::processor_contract) | that every flow keeps: of begin, cancel, refunds and secrets |
//! | [`processor_contract_in_browser!`](crate::processor_contract_in_browser) | of flows whose cardholder pays in the browser |
//! | [`processor_contract_on_return!`](crate::processor_contract_on_return) | of flows that our server charges, with what the browser brought back |
//!
//! What differs between flows of one kind (whether a begin may be repeated, who ends a charge, whether a refund can be asked
//! about) is read off the port's [capabilities](billing_domain::Capabilities). The other way is not skipped but held: what
//! cannot be repeated is sent once, and what cannot be asked is not sent.

#![allow(
    clippy::missing_panics_doc,
    reason = "each function here panics where the contract is broken, and only there"
)]

mod begin;
mod cancel;
mod certainty;
mod facts;
mod harness;
mod orders;
mod secrets;

pub use begin::{
    begin_makes_one_object_per_key, begin_moves_no_money, begin_replays_what_an_unanswered_send_made,
    only_the_amount_and_our_ids_leave,
};
pub use cancel::{cancelling_what_is_open_ends_it, cancelling_what_was_paid_takes_nothing_back};
pub use certainty::{
    a_clear_refusal_of_the_only_send_is_refused, a_refusal_after_a_send_in_doubt_stays_in_doubt,
    a_refused_key_proves_nothing, an_unanswered_send_is_unknown, every_call_ends_within_its_deadline,
    not_found_proves_nothing, what_never_left_is_not_sent,
};
pub use facts::{
    a_card_that_is_refused_is_a_fact, a_success_that_differs_is_a_mismatch,
    a_success_that_matches_is_a_success, looking_changes_nothing, what_is_not_known_proves_nothing,
    what_is_paid_in_the_browser_is_not_charged_by_us,
};
pub use harness::{Call, Card, Disturbance, Harness, Truth};
pub use orders::{order, refund_order};
pub use secrets::nothing_shown_holds_a_secret;

/// Hands the names of the lines that every flow keeps, separated by spaces, to the macro called `$with`.
///
/// ```ignore
/// macro_rules! tests {
///     ($($line:ident)+) => {$(
///         #[tokio::test]
///         async fn $line() {
///             billing_testkit::conformance::processor::$line(&fresh_harness()).await;
///         }
///     )+};
/// }
/// billing_testkit::processor_contract!(tests);
/// billing_testkit::processor_contract_in_browser!(tests); // or processor_contract_on_return!
/// ```
#[macro_export]
macro_rules! processor_contract {
    ($with:ident) => {
        $with! {
            a_refused_key_proves_nothing
            begin_moves_no_money
            cancelling_what_is_open_ends_it
            cancelling_what_was_paid_takes_nothing_back
            every_call_ends_within_its_deadline
            not_found_proves_nothing
            nothing_shown_holds_a_secret
            what_never_left_is_not_sent
        }
    };
}

/// Hands the names of the lines about flows paid in the browser to the macro called `$with`, as
/// [`processor_contract!`](crate::processor_contract) does the others.
#[macro_export]
macro_rules! processor_contract_in_browser {
    ($with:ident) => {
        $with! {
            a_card_that_is_refused_is_a_fact
            a_clear_refusal_of_the_only_send_is_refused
            a_refusal_after_a_send_in_doubt_stays_in_doubt
            a_success_that_differs_is_a_mismatch
            a_success_that_matches_is_a_success
            an_unanswered_send_is_unknown
            begin_makes_one_object_per_key
            begin_replays_what_an_unanswered_send_made
            looking_changes_nothing
            only_the_amount_and_our_ids_leave
            what_is_not_known_proves_nothing
            what_is_paid_in_the_browser_is_not_charged_by_us
        }
    };
}

/// Hands the names of the lines about flows charged on return to the macro called `$with`, as
/// [`processor_contract!`](crate::processor_contract) does the others.
#[macro_export]
macro_rules! processor_contract_on_return {
    ($with:ident) => {
        $with! {}
    };
}
