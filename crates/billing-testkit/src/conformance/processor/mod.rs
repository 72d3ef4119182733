//! The contract of [`PaymentProcessor`](billing_domain::PaymentProcessor), line by line. No processor's words here: an
//! adapter's test brings a [`Harness`] that speaks them.
//!
//! Every function takes a fresh harness and panics where the contract is broken. An adapter runs each of them over every way
//! it has to its processor's fake. The macros hand the names of all lines to a macro of the caller's, which can make a test of
//! each: so a line that is added here is run there. Of every flow an adapter runs two:
//!
//! | macro | the lines |
//! |---|---|
//! | [`processor_contract!`](crate::processor_contract) | that every flow keeps: of begin, cancel, lists, refunds and secrets |
//! | [`processor_contract_in_browser!`](crate::processor_contract_in_browser) | of flows whose cardholder pays in the browser |
//! | [`processor_contract_on_return!`](crate::processor_contract_on_return) | of flows that our server charges, with what the browser brought back |
//!
//! What differs between flows of one kind (whether a begin may be repeated, who ends a charge, whether a refund can be asked
//! about, whether there is a list) is read off the port's [capabilities](billing_domain::Capabilities). The other way is not
//! skipped but held: what cannot be repeated is sent once, and what cannot be asked is not sent.

#![allow(
    clippy::missing_panics_doc,
    reason = "each function here panics where the contract is broken, and only there"
)]

mod begin;
mod cancel;
mod certainty;
mod facts;
mod harness;
mod lists;
mod on_return;
mod on_return_doubt;
mod orders;
mod refund_doubt;
mod refunds;
mod secrets;

pub use begin::{
    begin_makes_one_object_per_key, begin_moves_no_money, begin_replays_what_an_unanswered_send_made,
    only_the_amount_and_our_ids_leave, the_port_says_which_flow_it_is,
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
pub use lists::{
    a_charge_that_differs_in_a_list_is_a_mismatch, many_charges_are_seen_with_a_few_calls,
    what_is_not_known_of_a_list_proves_nothing,
};
pub use on_return::{
    a_card_that_is_refused_is_a_decline, a_charge_takes_the_money_once, a_charge_that_differs_is_a_mismatch,
    a_grant_that_cannot_be_the_processors_is_not_sent,
    a_second_charge_of_one_order_takes_nothing_and_tells_nothing,
    begin_makes_no_charge_and_is_the_same_hand_over_again, the_token_leaves_only_to_charge_and_to_check,
    what_is_not_known_of_a_charge_proves_nothing,
};
pub use on_return_doubt::{
    a_charge_that_never_left_is_not_sent, a_charge_that_timed_out_further_on_proves_nothing,
    a_charge_that_was_never_heard_is_no_end, a_charge_that_was_never_made_is_not_found,
    a_check_is_asked_once_and_its_failure_proves_nothing, a_clear_refusal_of_the_only_charge_is_refused,
    an_unanswered_charge_is_unknown_and_the_check_finds_it,
};
pub use orders::{order, refund_order};
pub use refund_doubt::{
    a_clear_refusal_of_the_only_refund_is_refused, a_refund_that_was_never_heard_stays_in_doubt,
    a_refusal_after_a_refund_in_doubt_stays_in_doubt, an_unanswered_refund_is_unknown_and_gives_back_once,
};
pub use refunds::{
    a_part_then_the_rest_and_then_nothing_more, a_refund_gives_back_what_it_says,
    a_refund_is_planned_without_asking_anybody, a_refund_is_repeated_and_asked_about_only_where_that_is_safe,
    a_refund_never_goes_another_way_than_planned, a_refund_that_differs_is_a_mismatch,
    a_whole_charge_is_given_back, looking_at_a_refund_changes_nothing,
    only_the_amount_and_our_ids_leave_with_a_refund, what_is_not_known_of_a_refund_proves_nothing,
};
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
            a_charge_that_differs_in_a_list_is_a_mismatch
            a_clear_refusal_of_the_only_refund_is_refused
            a_part_then_the_rest_and_then_nothing_more
            a_refund_gives_back_what_it_says
            a_refund_is_planned_without_asking_anybody
            a_refund_is_repeated_and_asked_about_only_where_that_is_safe
            a_refund_never_goes_another_way_than_planned
            a_refund_that_differs_is_a_mismatch
            a_refund_that_was_never_heard_stays_in_doubt
            a_refusal_after_a_refund_in_doubt_stays_in_doubt
            a_refused_key_proves_nothing
            a_whole_charge_is_given_back
            an_unanswered_refund_is_unknown_and_gives_back_once
            begin_moves_no_money
            cancelling_what_is_open_ends_it
            cancelling_what_was_paid_takes_nothing_back
            every_call_ends_within_its_deadline
            looking_at_a_refund_changes_nothing
            many_charges_are_seen_with_a_few_calls
            not_found_proves_nothing
            nothing_shown_holds_a_secret
            only_the_amount_and_our_ids_leave_with_a_refund
            the_port_says_which_flow_it_is
            what_is_not_known_of_a_list_proves_nothing
            what_is_not_known_of_a_refund_proves_nothing
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
        $with! {
            a_card_that_is_refused_is_a_decline
            a_charge_takes_the_money_once
            a_charge_that_differs_is_a_mismatch
            a_charge_that_never_left_is_not_sent
            a_charge_that_timed_out_further_on_proves_nothing
            a_charge_that_was_never_heard_is_no_end
            a_charge_that_was_never_made_is_not_found
            a_check_is_asked_once_and_its_failure_proves_nothing
            a_clear_refusal_of_the_only_charge_is_refused
            a_grant_that_cannot_be_the_processors_is_not_sent
            a_second_charge_of_one_order_takes_nothing_and_tells_nothing
            an_unanswered_charge_is_unknown_and_the_check_finds_it
            begin_makes_no_charge_and_is_the_same_hand_over_again
            the_token_leaves_only_to_charge_and_to_check
            what_is_not_known_of_a_charge_proves_nothing
        }
    };
}
