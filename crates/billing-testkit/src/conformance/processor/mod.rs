//! The contract of [`PaymentProcessor`], line by line, for flows that are paid in the browser.
//! No processor's words here: an adapter's test brings a [`Harness`] that speaks them.
//!
//! Every function takes a fresh harness and panics where the contract is broken. An adapter runs each of them over every way
//! it has to its processor's fake. [`processor_contract!`](crate::processor_contract) hands the names of all lines to a
//! macro of the caller's, which can make a test of each: so a line that is added here is run there.

#![allow(
    clippy::missing_panics_doc,
    reason = "each function here panics where the contract is broken, and only there"
)]

mod begin;
mod certainty;
mod facts;
mod secrets;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use billing_domain::payment::{Reference, SubmitKey};
use billing_domain::{
    Begun, ChargeOrder, Currency, Difference, Handover, Money, PayableId, PaymentId, PaymentProcessor,
    PublicFields,
};
use jiff::Timestamp;
use uuid::Uuid;

pub use begin::{
    begin_makes_one_object_per_key_and_moves_no_money, begin_replays_what_an_unanswered_send_made,
    only_the_amount_and_our_ids_leave,
};
pub use certainty::{
    a_clear_refusal_of_the_only_send_is_refused, a_refusal_after_a_send_in_doubt_stays_in_doubt,
    a_refused_key_proves_nothing, an_unanswered_send_is_unknown, every_call_ends_within_its_deadline,
    not_found_proves_nothing, what_never_left_is_not_sent,
};
pub use facts::{
    a_card_that_is_refused_is_a_fact, a_success_that_differs_is_a_mismatch,
    a_success_that_matches_is_a_success, cancelling_what_is_open_ends_it,
    cancelling_what_was_paid_answers_succeeded, looking_changes_nothing, what_is_not_known_proves_nothing,
};
pub use secrets::nothing_shown_holds_a_secret;

/// Hands the names of all lines, separated by spaces, to the macro called `$with`.
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
/// ```
#[macro_export]
macro_rules! processor_contract {
    ($with:ident) => {
        $with! {
            a_card_that_is_refused_is_a_fact
            a_clear_refusal_of_the_only_send_is_refused
            a_refusal_after_a_send_in_doubt_stays_in_doubt
            a_refused_key_proves_nothing
            a_success_that_differs_is_a_mismatch
            a_success_that_matches_is_a_success
            an_unanswered_send_is_unknown
            begin_makes_one_object_per_key_and_moves_no_money
            begin_replays_what_an_unanswered_send_made
            cancelling_what_is_open_ends_it
            cancelling_what_was_paid_answers_succeeded
            every_call_ends_within_its_deadline
            looking_changes_nothing
            not_found_proves_nothing
            nothing_shown_holds_a_secret
            only_the_amount_and_our_ids_leave
            what_is_not_known_proves_nothing
            what_never_left_is_not_sent
        }
    };
}

/// A processor that a test holds in its hands: the port on it, what its network does, and what truly happened there.
#[async_trait]
pub trait Harness: fmt::Debug + Send + Sync {
    /// The port, with keys the processor accepts.
    fn processor(&self) -> Arc<dyn PaymentProcessor>;

    /// The same account's port with keys the processor does not know.
    fn with_unknown_keys(&self) -> Arc<dyn PaymentProcessor>;

    /// The same account's port on a network that reaches nobody.
    fn unreachable(&self) -> Arc<dyn PaymentProcessor>;

    /// The account's public fields.
    fn public(&self) -> PublicFields;

    /// A reference of the right form that the processor never gave.
    fn unknown_reference(&self) -> Reference;

    /// Every request of `call` meets `disturbance`, until [`calm`](Self::calm).
    fn disturb(&self, call: Call, disturbance: Disturbance);

    /// The next request of `call` meets `disturbance`, before anything that [`disturb`](Self::disturb) arms.
    fn disturb_once(&self, call: Call, disturbance: Disturbance);

    /// Nothing is disturbed any more.
    fn calm(&self);

    /// The cardholder pays in the browser.
    async fn pay(&self, handover: &Handover, card: Card);

    /// What truly happened.
    fn truth(&self) -> Truth;

    /// How many requests reached the processor from the port so far, whoever answered them.
    fn requests(&self) -> usize;

    /// The values, not the names, that the newest request of `call` carried in its address and body.
    fn sent(&self, call: Call) -> Vec<String>;

    /// The values that every request may carry, whatever the order.
    fn constants(&self) -> Vec<String>;

    /// How the processor writes an amount.
    fn written(&self, amount: Money) -> String;

    /// Every key and token in play.
    fn secrets(&self) -> Vec<String>;

    /// How long the longest call may take.
    fn deadline(&self) -> Duration;
}

/// An operation of the port that makes requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Call {
    /// [`PaymentProcessor::begin`].
    Begin,
    /// [`PaymentProcessor::cancel`].
    Cancel,
    /// [`PaymentProcessor::observe`] and [`PaymentProcessor::resume`].
    Observe,
}

/// What befalls a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Disturbance {
    /// It has its effect; no answer comes back.
    AnswerLost,
    /// It has its effect; the answer says this otherwise than it is.
    Differs(Difference),
    /// It has its effect; the answer says that the processor failed.
    FailsAfterEffect,
    /// No answer for longer than any deadline.
    Hangs,
    /// The processor clearly says no and does nothing.
    Refused,
    /// It has its effect; the answer has a status nobody knows.
    UnknownStatus,
}

/// The card a cardholder pays with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Card {
    /// The issuer says yes.
    Approved,
    /// The issuer says no.
    Refused,
}

/// What truly happened at the processor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    /// How many charge objects there are.
    pub objects: usize,
    /// How often money was taken.
    pub captures: usize,
    /// Everything about them, to be compared.
    pub details: String,
}

/// The `number`-th order of a test: 10.50 CAD.
pub fn order(harness: &dyn Harness, number: u128) -> ChargeOrder {
    let processor = harness.processor();
    let payment = PaymentId::new(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 + number));
    let payable = PayableId::parse(&format!("inv-{number:04}"));
    ChargeOrder {
        account: processor.account().clone(),
        flow: processor.flow(),
        public: harness.public(),
        payment,
        attempt_no: 1,
        payable: payable.unwrap_or_else(|error| panic!("{error}")),
        amount: Money::new(1_050, Currency::CAD),
        key: SubmitKey::of_attempt(payment, 1),
        reference: None,
        secret: None,
        first_sent_at: Timestamp::UNIX_EPOCH,
    }
}

/// The order once begun and handed over, and its hand-over.
async fn handed_over(harness: &dyn Harness, number: u128) -> (ChargeOrder, Handover) {
    let mut order = order(harness, number);
    match harness.processor().begin(&order).await {
        Ok(Begun::HandOver { reference, handover, .. }) => {
            order.reference = Some(reference);
            (order, handover)
        }
        other => panic!("a fresh order is handed over, not {other:?}"),
    }
}

/// The order once paid.
async fn paid(harness: &dyn Harness, number: u128) -> ChargeOrder {
    let (order, handover) = handed_over(harness, number).await;
    harness.pay(&handover, Card::Approved).await;
    assert_eq!(harness.truth().captures, 1, "the harness's cardholder pays");
    order
}
