//! Moneris Checkout's two questions: a ticket, and what became of it. Their bytes and their meaning; no call is made here.

mod preload;
mod receipt;
mod text;

pub(crate) use preload::{Preloaded, preload, read_preload};
pub(crate) use receipt::receipt_request;
pub use receipt::{CheckoutReceipt, CheckoutReceiptError, classify_checkout, decode_checkout};

use secrecy::SecretString;
use serde::Serialize;
use zeroize::Zeroizing;

/// Who asks: the store, and its Checkout configuration.
#[derive(Clone, Copy)]
pub(crate) struct Shop<'a> {
    pub(crate) store_id: &'a str,
    pub(crate) token: &'a SecretString,
    pub(crate) checkout_id: &'a str,
    /// `prod` or `qa`.
    pub(crate) environment: &'static str,
}

/// Longer than any question, so that it is built in one place and leaves no copy behind.
const CAPACITY: usize = 2048;

/// The question's bytes. Writing our own texts as JSON does not fail.
fn json(question: &impl Serialize) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(CAPACITY));
    let _ = serde_json::to_writer(&mut *bytes, question);
    bytes
}
