//! What the driver and a host say to each other: one line of JSON each, a question with a number and the answer with the same.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Till;

/// What somebody outside asks of a host.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Question {
    Desk(Call),
    Notice(Delivered),
    Owner(Till, Keys),
}

/// What Stripe delivers.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Delivered {
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl fmt::Debug for Delivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivered").field("url", &self.url).finish_non_exhaustive()
    }
}

/// What an owner does to the keys.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Keys {
    Remove,
    /// By the names of their fields.
    Save(Vec<(String, String)>),
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Remove => "Remove",
            Self::Save(_) => "Save",
        })
    }
}

/// What a front desk's browser asks of a host.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Call {
    /// Through what the clinic takes cards: each has a dispensary of its own.
    pub(crate) till: Till,
    /// The payment's number in the run, from which every id is made.
    pub(crate) payment: u64,
    /// What the invoice asks for.
    pub(crate) cents: i64,
    pub(crate) wish: Wish,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Wish {
    Cancel,
    Charge {
        order_id: String,
        token: String,
    },
    /// `refund` is the refund's number on the payment.
    Refund {
        refund: u64,
        cents: i64,
    },
    Send,
    Settle,
}

/// What the library answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// The keys are as the owner wishes.
    Done,
    /// An error, by its code.
    Failed(String),
    HandedOver(Given),
    /// How a refund stands.
    Refunded {
        succeeded: bool,
    },
    /// How the payment stands.
    Stands(Standing),
    /// What Stripe is answered.
    Status(u16),
}

/// What the cardholder's browser was given.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Given {
    Elements { client_secret: String, publishable_key: String },
    Frame { order_id: String, profile_id: String },
    Ticket(String),
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Elements { .. } => "Elements",
            Self::Frame { .. } => "Frame",
            Self::Ticket(_) => "Ticket",
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Standing {
    Ended,
    Open,
    Succeeded,
    Unknown,
}

/// A question or an answer with its number.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Numbered<T> {
    pub(crate) no: u64,
    pub(crate) said: T,
}

impl<T: Serialize> Numbered<T> {
    /// The line that says it, with its end.
    pub(crate) fn line(&self) -> String {
        let mut line = serde_json::to_string(self).unwrap();
        line.push('\n');
        line
    }
}
