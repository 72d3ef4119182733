//! Moneris behind the billing ports: a clinic's own store, its store id and API token.
//!
//! A host makes one [`MonerisConnector`] over one shared [`Exchange`](billing_transport::Exchange); it checks pasted credentials and
//! connects saved ones. The processor it returns is used through [`PaymentProcessor`](billing_domain::PaymentProcessor) alone. Nothing
//! here stores, decides about a payment, or can hold a card: the browser gives the card to Moneris, with what [`HostedTokenization`] or
//! [`CheckoutTicket`] holds.
//!
//! What Moneris's answers mean is decided by pure functions, open to be tried from outside: [`decode`] and [`classify()`] with their
//! sisters for status checks, refunds and Checkout.

mod amount;
mod api;
mod batch_day;
mod card;
mod checkout;
mod classify;
mod classify_refund;
mod config;
mod connector;
mod decline;
mod eastern;
mod encode;
mod error;
mod expose;
pub mod fields;
mod handover;
mod processor;
mod receipt;
mod refusal;

pub use checkout::{CheckoutReceipt, CheckoutReceiptError, classify_checkout, decode_checkout};
pub use classify::{classify, classify_check};
pub use classify_refund::classify_refund;
pub use config::{Environment, MonerisConfig};
pub use connector::MonerisConnector;
pub use handover::{CheckoutTicket, HostedTokenization, NotForMoneris};
pub use processor::{FLOW_CHECKOUT, FLOW_HOSTED_TOKENIZATION, MonerisProcessor};
pub use receipt::{Receipt, ReceiptError, decode};
