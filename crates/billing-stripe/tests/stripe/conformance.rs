//! The contract of the payment port, kept by Stripe: every line in process and over HTTP.

use billing_testkit::conformance::processor as contract;

use crate::harness::Stripe;

macro_rules! lines {
    ($($line:ident),+ $(,)?) => {
        mod in_process {
            use super::{Stripe, contract};
            $(#[tokio::test(start_paused = true)]
            async fn $line() {
                contract::$line(&Stripe::in_process()).await;
            })+
        }

        mod over_http {
            use super::{Stripe, contract};
            $(#[tokio::test]
            async fn $line() {
                contract::$line(&Stripe::over_http().await).await;
            })+
        }
    };
}

lines! {
    a_card_that_is_refused_is_a_fact,
    a_clear_refusal_of_the_only_send_is_refused,
    a_refusal_after_a_send_in_doubt_stays_in_doubt,
    a_refused_key_proves_nothing,
    a_success_that_differs_is_a_mismatch,
    a_success_that_matches_is_a_success,
    an_unanswered_send_is_unknown,
    begin_makes_one_object_per_key_and_moves_no_money,
    begin_replays_what_an_unanswered_send_made,
    cancelling_what_is_open_ends_it,
    cancelling_what_was_paid_answers_succeeded,
    every_call_ends_within_its_deadline,
    looking_changes_nothing,
    not_found_proves_nothing,
    nothing_shown_holds_a_secret,
    only_the_amount_and_our_ids_leave,
    what_is_not_known_proves_nothing,
    what_never_left_is_not_sent,
}
