//! One mistake at a time, and the line of the suite that must notice it.

use billing_testkit::conformance::processor as contract;

use crate::harness::Counterfoil;

/// Each test: the number of the contract's line, the mistake, and the function of the suite that must panic.
macro_rules! mutants {
    ($($(#[doc = $line:literal])+ $test:ident: $how:ident => $function:ident;)+) => {$(
        $(#[doc = $line])+
        #[tokio::test(start_paused = true)]
        async fn $test() {
            let suite = tokio::spawn(async { contract::$function(&Counterfoil::broken(How::$how)).await });
            assert!(suite.await.is_err_and(|end| end.is_panic()), "the suite let it through");
        }
    )+};
}

/// What is wrong with an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    AnotherHandOver,
    AnyAnswerIsOurs,
    AsksAboutRefunds,
    ChargesAtOnce,
    DeclineIsNotCompared,
    DuplicateIsRefused,
    DuplicateIsSuccess,
    LostIsNotSent,
    NotAtAll,
    NotFoundIsDead,
    RepeatsTheCharge,
    RepeatsTheCheck,
    RepeatsTheRefund,
    ReversesParts,
    SendsAnyGrant,
    TokenWithTheRefund,
    UnknownIsDeclined,
}

mutants! {
    /// Line 1
    a_charge_made_by_begin: ChargesAtOnce => begin_makes_no_charge_and_is_the_same_hand_over_again;
    /// Line 1
    money_taken_by_begin: ChargesAtOnce => begin_moves_no_money;
    /// Line 1
    another_hand_over_each_time: AnotherHandOver => begin_makes_no_charge_and_is_the_same_hand_over_again;
    /// Lines 2 and 9
    a_token_sent_with_the_refund: TokenWithTheRefund => the_token_leaves_only_to_charge_and_to_check;
    /// Line 2
    more_than_the_ids_sent_with_the_refund: TokenWithTheRefund => only_the_amount_and_our_ids_leave_with_a_refund;
    /// Line 3
    not_sent_told_of_a_lost_charge: LostIsNotSent => an_unanswered_charge_is_unknown_and_the_check_finds_it;
    /// Line 3
    not_sent_told_of_a_lost_refund: LostIsNotSent => an_unanswered_refund_is_unknown_and_gives_back_once;
    /// Line 5
    any_charge_taken_for_ours: AnyAnswerIsOurs => a_charge_that_differs_is_a_mismatch;
    /// Line 5
    any_decline_taken_for_ours: DeclineIsNotCompared => a_charge_that_differs_is_a_mismatch;
    /// Line 5
    any_refund_taken_for_ours: AnyAnswerIsOurs => a_refund_that_differs_is_a_mismatch;
    /// Line 6
    a_new_code_taken_for_a_decline: UnknownIsDeclined => what_is_not_known_of_a_charge_proves_nothing;
    /// Line 6
    a_new_code_taken_for_a_failed_refund: UnknownIsDeclined => what_is_not_known_of_a_refund_proves_nothing;
    /// Line 7
    not_found_taken_for_an_end: NotFoundIsDead => a_charge_that_was_never_heard_is_no_end;
    /// Line 7
    never_made_taken_for_an_end: NotFoundIsDead => a_charge_that_was_never_made_is_not_found;
    /// Line 7
    a_check_asked_twice: RepeatsTheCheck => a_check_is_asked_once_and_its_failure_proves_nothing;
    /// Line 11
    a_charge_sent_twice: RepeatsTheCharge => an_unanswered_charge_is_unknown_and_the_check_finds_it;
    /// Line 11
    a_charge_sent_again_over_another_connection: RepeatsTheCharge => a_charge_that_was_never_heard_is_no_end;
    /// Line 11
    a_known_order_taken_for_a_success: DuplicateIsSuccess => a_second_charge_of_one_order_takes_nothing_and_tells_nothing;
    /// Line 11
    a_known_order_taken_for_a_refusal: DuplicateIsRefused => a_second_charge_of_one_order_takes_nothing_and_tells_nothing;
    /// Line 11
    a_card_number_sent_as_a_token: SendsAnyGrant => a_grant_that_cannot_be_the_processors_is_not_sent;
    /// Line 12
    a_refund_sent_twice: RepeatsTheRefund => an_unanswered_refund_is_unknown_and_gives_back_once;
    /// Line 12
    a_refund_asked_about_that_cannot_be: AsksAboutRefunds => a_refund_is_repeated_and_asked_about_only_where_that_is_safe;
    /// Line 13
    a_part_that_takes_the_whole_back: ReversesParts => a_refund_never_goes_another_way_than_planned;
}
