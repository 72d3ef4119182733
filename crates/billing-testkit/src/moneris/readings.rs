//! What no document of Moneris settles, and how this fake reads it. An adapter must be safe under every reading.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The readings in force. Begin with the default, which is also what `FakeMoneris` begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Readings {
    /// A status check whose amount or data key is not the original's.
    pub changed_check: ChangedCheck,
    /// A status check on a transaction that was declined.
    pub declined_check: DeclinedCheck,
    /// What a decline in Checkout does to its ticket.
    pub declined_checkout: DeclinedCheckout,
    /// A status check while the original is still on its way to the bank.
    pub in_flight_check: InFlightCheck,
    /// A second status check on one order id.
    pub second_check: SecondCheck,
    /// How long a Checkout ticket can be paid: 60 minutes at first.
    pub ticket_lives: Duration,
    /// A second charge of one temporary token.
    pub token_reuse: TokenReuse,
}

impl Default for Readings {
    fn default() -> Self {
        Self {
            changed_check: ChangedCheck::Answered,
            declined_check: DeclinedCheck::Found,
            declined_checkout: DeclinedCheckout::Provisional,
            in_flight_check: InFlightCheck::NotFound,
            second_check: SecondCheck::Answered,
            ticket_lives: Duration::from_hours(1),
            token_reuse: TokenReuse::Refused,
        }
    }
}

/// A status check whose amount or data key is not the original's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum ChangedCheck {
    /// The order id alone decides.
    Answered,
    /// Nothing matches.
    NotFound,
}

/// A status check on a transaction that was declined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum DeclinedCheck {
    /// It is found, with its response code.
    Found,
    /// Only what moved money is found.
    NotFound,
}

/// What a decline in Checkout does to its ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum DeclinedCheckout {
    /// The receipt says `d` and the ticket is spent.
    Final,
    /// Another card may be tried; until then there is no receipt.
    Incomplete,
    /// Another card may be tried; until then the receipt says `d`.
    Provisional,
}

/// A status check while the original is still on its way to the bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum InFlightCheck {
    /// It is not found, although it may be charged a moment later.
    NotFound,
    /// The answer waits until the original has one.
    Waits,
}

/// A second status check on one order id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum SecondCheck {
    /// As the first.
    Answered,
    /// Refused with a null code.
    Refused,
}

/// A second charge of one temporary token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum TokenReuse {
    /// As if it were fresh.
    Allowed,
    /// Refused with a null code.
    Refused,
}
