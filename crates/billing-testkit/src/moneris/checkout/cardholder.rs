//! The cardholder at a page that opened a Checkout ticket, without a browser. Never a store's credentials.

use std::fmt;

use super::super::FakeMoneris;
use super::super::cardholder::expiry_to_come;
use super::super::cards::Card;
use super::pay::Typed;

pub use super::pay::CheckoutEnd;

/// A person in front of Checkout's form.
#[derive(Clone)]
pub struct CheckoutCardholder {
    fake: FakeMoneris,
    ticket: String,
}

impl fmt::Debug for CheckoutCardholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckoutCardholder").finish_non_exhaustive()
    }
}

impl CheckoutCardholder {
    pub(in crate::moneris) fn new(fake: FakeMoneris, ticket: &str) -> Self {
        Self { fake, ticket: ticket.to_owned() }
    }

    /// Types the card and presses Pay.
    ///
    /// # Errors
    ///
    /// The codes that the browser gets: 2001 unknown ticket, 2002 spent, 2003 expired, 2004 when nobody knows how it
    /// ended, 943 and its neighbours for a card that is none.
    pub fn pay(&self, card: Card) -> Result<CheckoutEnd, Vec<&'static str>> {
        let typed = Typed {
            cardholder: "Jane Cardholder".to_owned(),
            cvd: "314".to_owned(),
            expiry: expiry_to_come(&self.fake),
            number: card.number.to_owned(),
        };
        self.fake.submit(&self.ticket, &typed)
    }
}
