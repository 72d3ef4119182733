//! The contract of [`BillingStore`], line by line: each function takes a fresh, empty store and panics where it
//! breaks a line. No store of its own.
//!
//! ```
//! # use std::sync::Arc;
//! # use billing_domain::BillingStore;
//! # use billing_testkit::store::MemoryStore;
//! // Every line in turn:
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! billing_testkit::conformance::store::run_all(async || Arc::new(MemoryStore::new()) as Arc<dyn BillingStore>).await;
//! # });
//! ```
//!
//! [`store_contract!`](crate::store_contract) hands the names of all lines to a macro of the caller's, which can make
//! a test of each, so that a broken line is named by its test.
//! [`what_was_answered_is_there_after_reopening`] stands beside them, for stores that outlive their process.

#![expect(clippy::missing_panics_doc, reason = "a suite fails by panicking")]

mod accounts;
mod amounts;
mod concurrency;
mod invoices;
mod journal;
mod leases;
mod money;
mod notices;
mod once;
mod pages;
mod refund_sums;
mod refunds;
mod reopening;
mod revisions;

use std::sync::Arc;

use billing_domain::{BillingStore, Committed, Conflict, Step, StoreError};

pub use accounts::{
    a_draining_account_is_erased_once_nothing_is_open_on_it, a_draining_account_waits_for_its_open_refunds,
    a_draining_account_waits_for_its_subscription,
    a_step_that_requires_an_active_account_is_refused_otherwise,
    a_step_that_requires_kept_keys_is_refused_without_them,
    accounts_at_the_processor_are_found_until_their_keys_are_erased,
    an_account_is_read_back_as_it_was_written, an_erased_account_keeps_nothing,
};
pub use amounts::{
    a_payable_cannot_change_while_an_attempt_is_open, a_payable_only_grows_newer,
    a_payment_fits_its_payable_to_the_cent, a_payment_in_another_currency_is_refused,
    an_amount_is_judged_by_the_figures_the_step_brings, money_paid_elsewhere_counts,
};
pub use concurrency::{
    a_refused_step_does_not_disturb_its_neighbours, an_answered_step_is_seen_by_every_read_after_it,
    many_captures_at_once_add_up, of_many_payments_at_once_one_is_open, of_many_refunds_at_once_one_is_open,
};
pub use invoices::{
    a_page_of_invoices_is_bounded, an_invoice_is_read_back_as_it_was_written,
    an_invoice_number_is_given_once, an_invoice_replaces_only_the_version_it_was_made_from,
    the_next_invoice_number_follows_the_largest,
};
pub use journal::{
    audit_and_outbox_tell_the_same_steps, dispensaries_that_changed_are_named_since_a_cursor,
    every_step_is_remembered_once_without_gaps,
};
pub use leases::{
    a_hold_from_a_clock_that_ran_ahead_keeps_nobody_away, a_payment_is_due_on_its_account_once,
    a_refund_that_is_done_is_due_when_it_says_so, an_account_is_leased_for_whatever_is_due_on_it,
    an_account_is_leased_to_one_holder_at_a_time, an_account_with_much_due_hides_no_other,
    an_awaited_answer_comes_first, of_many_sweeps_at_once_one_gets_an_account,
    the_next_look_is_the_earliest_of_all,
};
pub use money::{
    a_payment_is_read_back_whole, a_second_attempt_waits_for_the_first_to_end,
    a_server_side_charge_is_read_back_whole, captured_money_stays_after_the_attempt_ended,
    refused_cards_are_added_never_removed, stray_money_counts_once_per_charge,
    stray_money_in_another_currency_is_kept_and_not_added,
};
pub use notices::{
    a_handled_notice_is_kept_and_no_longer_listed, a_notice_is_about_a_payment_of_its_account,
    a_notice_is_in_the_inbox_once, a_page_of_notices_is_bounded, a_payment_is_found_by_its_reference,
};
pub use once::{
    a_refused_step_changes_nothing, a_repeated_step_answers_as_the_first,
    a_repeated_step_is_known_before_it_is_judged,
};
pub use pages::{
    a_page_of_audit_is_bounded, a_page_of_due_payments_is_bounded, a_page_of_open_payments_is_bounded,
    a_page_of_payments_is_bounded, a_page_of_payments_on_a_payable_is_bounded,
    dispensaries_do_not_see_each_other,
};
pub use refund_sums::{
    a_refund_fits_its_capture_to_the_cent, a_refund_in_another_currency_is_kept_and_not_added,
    money_given_back_makes_room_on_its_payable, what_a_processor_gave_back_is_stored_whatever_it_adds_up_to,
};
pub use refunds::{
    a_refund_is_read_back_whole, a_refund_waits_for_another_in_doubt_to_be_known,
    a_refunds_id_names_one_refund_of_its_dispensary, what_a_refund_gives_back_never_changes,
};
pub use reopening::what_was_answered_is_there_after_reopening;
pub use revisions::{
    a_row_is_written_only_over_the_revision_it_follows, a_row_of_another_dispensary_is_refused,
    rows_build_on_rows_that_exist,
};

/// Hands the names of all lines, separated by spaces, to the macro called `$with`.
///
/// ```ignore
/// macro_rules! tests {
///     ($($line:ident)+) => {$(
///         #[tokio::test]
///         async fn $line() {
///             billing_testkit::conformance::store::$line(fresh_store()).await;
///         }
///     )+};
/// }
/// billing_testkit::store_contract!(tests);
/// ```
#[macro_export]
macro_rules! store_contract {
    ($with:ident) => {
        $with! {
            a_draining_account_is_erased_once_nothing_is_open_on_it
            a_draining_account_waits_for_its_open_refunds
            a_draining_account_waits_for_its_subscription
            a_handled_notice_is_kept_and_no_longer_listed
            a_hold_from_a_clock_that_ran_ahead_keeps_nobody_away
            a_notice_is_about_a_payment_of_its_account
            a_notice_is_in_the_inbox_once
            a_page_of_audit_is_bounded
            a_page_of_due_payments_is_bounded
            a_page_of_invoices_is_bounded
            a_page_of_notices_is_bounded
            a_page_of_open_payments_is_bounded
            a_page_of_payments_is_bounded
            a_page_of_payments_on_a_payable_is_bounded
            a_payable_cannot_change_while_an_attempt_is_open
            a_payable_only_grows_newer
            a_payment_fits_its_payable_to_the_cent
            a_payment_in_another_currency_is_refused
            a_payment_is_due_on_its_account_once
            a_payment_is_found_by_its_reference
            a_payment_is_read_back_whole
            a_refund_fits_its_capture_to_the_cent
            a_refund_in_another_currency_is_kept_and_not_added
            a_refund_is_read_back_whole
            a_refund_that_is_done_is_due_when_it_says_so
            a_refund_waits_for_another_in_doubt_to_be_known
            a_refunds_id_names_one_refund_of_its_dispensary
            a_refused_step_changes_nothing
            a_refused_step_does_not_disturb_its_neighbours
            a_repeated_step_answers_as_the_first
            a_repeated_step_is_known_before_it_is_judged
            a_row_is_written_only_over_the_revision_it_follows
            a_row_of_another_dispensary_is_refused
            a_second_attempt_waits_for_the_first_to_end
            a_server_side_charge_is_read_back_whole
            a_step_that_requires_an_active_account_is_refused_otherwise
            a_step_that_requires_kept_keys_is_refused_without_them
            accounts_at_the_processor_are_found_until_their_keys_are_erased
            an_account_is_leased_for_whatever_is_due_on_it
            an_account_is_leased_to_one_holder_at_a_time
            an_account_is_read_back_as_it_was_written
            an_account_with_much_due_hides_no_other
            an_amount_is_judged_by_the_figures_the_step_brings
            an_answered_step_is_seen_by_every_read_after_it
            an_awaited_answer_comes_first
            an_erased_account_keeps_nothing
            an_invoice_is_read_back_as_it_was_written
            an_invoice_number_is_given_once
            an_invoice_replaces_only_the_version_it_was_made_from
            audit_and_outbox_tell_the_same_steps
            captured_money_stays_after_the_attempt_ended
            dispensaries_do_not_see_each_other
            dispensaries_that_changed_are_named_since_a_cursor
            every_step_is_remembered_once_without_gaps
            many_captures_at_once_add_up
            money_given_back_makes_room_on_its_payable
            money_paid_elsewhere_counts
            of_many_payments_at_once_one_is_open
            of_many_refunds_at_once_one_is_open
            of_many_sweeps_at_once_one_gets_an_account
            refused_cards_are_added_never_removed
            rows_build_on_rows_that_exist
            stray_money_counts_once_per_charge
            stray_money_in_another_currency_is_kept_and_not_added
            the_next_invoice_number_follows_the_largest
            the_next_look_is_the_earliest_of_all
            what_a_processor_gave_back_is_stored_whatever_it_adds_up_to
            what_a_refund_gives_back_never_changes
        }
    };
}

macro_rules! in_turn {
    ($($line:ident)+) => {
        /// Runs every line, each on a store of its own made by `make`.
        pub async fn run_all(make: impl AsyncFn() -> Arc<dyn BillingStore>) {
            $($line(make().await).await;)+
        }
    };
}

store_contract!(in_turn);

/// The step must be committed, for the first time.
#[track_caller]
fn committed(answer: Result<Committed, StoreError>) -> u64 {
    match answer {
        Ok(Committed { seq, repeated: false }) => seq,
        other => panic!("the step was to be committed: {other:?}"),
    }
}

/// The step must be refused for exactly this.
#[track_caller]
fn refused(answer: Result<Committed, StoreError>, expected: &Conflict) {
    match answer {
        Err(StoreError::Conflict(conflict)) => assert_eq!(conflict, *expected),
        other => panic!("the step was to be refused as {expected:?}: {other:?}"),
    }
}

/// The read must succeed.
#[track_caller]
fn read<T>(answer: Result<T, StoreError>) -> T {
    match answer {
        Ok(found) => found,
        Err(error) => panic!("the read failed: {error:?}"),
    }
}

/// The read must succeed and find something.
#[track_caller]
fn found<T>(answer: Result<Option<T>, StoreError>) -> T {
    match read(answer) {
        Some(found) => found,
        None => panic!("the row was to be found"),
    }
}

/// Commits steps that must all be committed, in order.
async fn commit_all(store: &Arc<dyn BillingStore>, steps: impl IntoIterator<Item = Step>) {
    for step in steps {
        committed(store.commit(step).await);
    }
}
