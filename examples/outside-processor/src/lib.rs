//! A payment processor written elsewhere: "Counter", a card service that does not exist.
//!
//! It is another kind of processor than Stripe, so that the port's questions can be told from Stripe's answers:
//!
//! | asked by the port | Stripe | Counter |
//! |---|---|---|
//! | what makes a repeated `begin` the same | an idempotency key, known for a day | our order number, for good |
//! | where the card is charged | in our page, in the processor's fields | on Counter's own page, which takes a ticket |
//! | what a refused card does | leaves the object payable | ends it |
//! | what keeps two cancels apart | a key for each try | nothing: closing twice is closing once |
//! | how a refund is found without an answer | among its charge's, by our id in its metadata | by our number for it |
//! | how it is spoken to | forms and JSON over HTTP | lines of text over TCP |
//!
//! Four rooms: the pasted keys (`connector`), the port (`processor`), what answers mean (`answer`) and how they travel
//! (`wire`). [`fake`] plays the service, for tests only. A processor with money in it would be spoken to over TLS.

mod answer;
mod connector;
pub mod fake;
mod processor;
mod wire;

pub use connector::{COUNTER, CounterConnector, MERCHANT, SIGNING_KEY};
