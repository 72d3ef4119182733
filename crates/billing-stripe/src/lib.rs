//! Stripe behind the billing ports: `PaymentIntents` on a clinic's own account, paid in the clinic's own page.
//!
//! A host makes one [`StripeConnector`] over one shared [`Exchange`](billing_transport::Exchange); it checks pasted keys and
//! connects saved ones. The processor it returns is used through
//! [`PaymentProcessor`](billing_domain::PaymentProcessor) alone. Nothing here stores, decides about a payment, or can hold
//! a card: the browser gives the card to Stripe, with what [`StripeElements`] holds.
//!
//! Every request says `Stripe-Version:` [`API_VERSION`], so that every clinic's account speaks the same dialect whatever
//! its own default is (<https://docs.stripe.com/api/versioning>).

mod amount;
mod api;
mod config;
mod connector;
mod convert;
mod decline;
mod error;
mod form;
mod handover;
mod notices;
mod processor;
mod refund_fact;
mod wire;

pub use config::{API_VERSION, StripeConfig};
pub use connector::StripeConnector;
pub use error::StripeRefusal;
pub use handover::{NotForStripe, StripeElements};
pub use notices::StripeNotices;
pub use processor::{FLOW, StripeProcessor};
