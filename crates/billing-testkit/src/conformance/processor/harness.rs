//! What a processor's test brings to the suite: the port in its hands, its network, and what truly happened there.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use billing_domain::payment::Reference;
use billing_domain::{CardGrant, ChargePlace, Difference, Handover, Money, PaymentProcessor, PublicFields};
use jiff::Timestamp;
use secrecy::SecretString;

/// A processor that a test holds in its hands: the port on it, what its network does, and what truly happened there.
#[async_trait]
pub trait Harness: fmt::Debug + Send + Sync {
    /// Where the card is charged, as the harness knows it: an adapter that says otherwise of its flow is found out.
    fn charged(&self) -> ChargePlace;

    /// The port, with keys the processor accepts.
    fn processor(&self) -> Arc<dyn PaymentProcessor>;

    /// The same account's port with keys the processor does not know.
    fn with_unknown_keys(&self) -> Arc<dyn PaymentProcessor>;

    /// The same account's port on a network that reaches nobody.
    fn unreachable(&self) -> Arc<dyn PaymentProcessor>;

    /// The account's public fields.
    fn public(&self) -> PublicFields;

    /// The processor's clock.
    fn now(&self) -> Timestamp;

    /// A charge's reference of the right form that the processor never gave.
    fn unknown_reference(&self) -> Reference;

    /// What an order with [that reference](Self::unknown_reference) would have kept, where `begin` asks to keep something.
    fn unknown_secret(&self) -> Option<SecretString> {
        None
    }

    /// A refund's reference of the right form that the processor never gave; `None` where a refund cannot be asked about.
    fn unknown_refund(&self) -> Option<Reference>;

    /// What answers to `call` repeat of the order, so that it can [differ](Disturbance::Differs).
    ///
    /// Asked for [`Call::Observe`] of a flow paid in the browser, for [`Call::Charge`] and [`Call::Check`] of one charged on
    /// return, for [`Call::ObserveMany`] where there is a list, and for [`Call::Refund`] and [`Call::CheckRefund`]. The amount is
    /// always among it.
    fn echoes(&self, call: Call) -> Vec<Difference>;

    /// Every request of `call` meets `disturbance`, until [`calm`](Self::calm).
    fn disturb(&self, call: Call, disturbance: Disturbance);

    /// The next request of `call` meets `disturbance`, before anything that [`disturb`](Self::disturb) arms.
    fn disturb_once(&self, call: Call, disturbance: Disturbance);

    /// Nothing is disturbed any more.
    fn calm(&self);

    /// The cardholder pays in the browser. A flow charged on return has no use for it.
    async fn pay(&self, _: &Handover, card: Card) {
        panic!("a flow paid in the browser says how a cardholder pays with {card:?}");
    }

    /// The cardholder's browser gives the card to the processor and brings this back: a fresh grant each time. A flow paid in the
    /// browser has no use for it.
    async fn grant(&self, _: &Handover, card: Card) -> CardGrant {
        panic!("a flow charged on return says what a browser brings back of {card:?}");
    }

    /// What truly happened.
    fn truth(&self) -> Truth;

    /// How many requests reached the processor from the port so far, whoever answered them.
    fn requests(&self) -> usize;

    /// The values, not the names, that the newest request of `call` carried in its address and body; empty if there was none.
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
    /// [`PaymentProcessor::begin`]. A flow charged on return may make no request for it.
    Begin,
    /// [`PaymentProcessor::cancel`], where charges are ended at the processor.
    Cancel,
    /// [`PaymentProcessor::charge`], in flows charged on return.
    Charge,
    /// [`PaymentProcessor::observe`] in flows charged on return.
    Check,
    /// [`PaymentProcessor::observe_refund`], where refunds are observable; every request it makes.
    CheckRefund,
    /// [`PaymentProcessor::observe`] and [`PaymentProcessor::resume`] in flows paid in the browser.
    Observe,
    /// [`PaymentProcessor::observe_many`], where there is a list. What befalls an answer befalls the newest charge in it.
    ObserveMany,
    /// [`PaymentProcessor::refund`], whichever way its plan says.
    Refund,
}

/// What befalls a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Disturbance {
    /// It has its effect; no answer comes back.
    AnswerLost,
    /// It has its effect; the answer breaks off in the middle.
    CutShort,
    /// It has its effect; the answer says this otherwise than it is.
    Differs(Difference),
    /// It has its effect; the answer says nothing.
    Empty,
    /// It has its effect; the answer says that the processor failed.
    FailsAfterEffect,
    /// It has its effect; no answer for longer than any deadline.
    Hangs,
    /// It has its effect; something between us and the processor answers with a page.
    Html,
    /// The processor clearly says no and does nothing.
    Refused,
    /// It has its effect, which the processor itself does not know: nobody further on answered it. Charges made on return only.
    TimesOut,
    /// It arrives and has no effect; no answer comes back.
    Unheard,
    /// It has its effect; the answer has a status or a code nobody knows.
    UnknownStatus,
}

impl Disturbance {
    /// The effect happened and the answer does not tell, each in its own way, and at once.
    pub const TELLS_NOTHING: [Self; 5] =
        [Self::AnswerLost, Self::CutShort, Self::Empty, Self::FailsAfterEffect, Self::Html];
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
    /// How many charge objects there are; where nothing is made before the charge, how many charges were tried.
    pub objects: usize,
    /// How often money was taken. What was given back since was taken all the same.
    pub captures: usize,
    /// How many times money was given back, pending ones and reversals included.
    pub refunds: usize,
    /// How much was given back in all, in minor units.
    pub given_back: i64,
    /// Everything about them, to be compared.
    pub details: String,
}
