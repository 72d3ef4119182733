//! The gateway: one address, one XML request, one receipt. Reads a request and sends it to its transaction.

mod correction;
mod lookup;
mod purchase;
pub(super) mod receipt;
mod refund;
pub(super) mod request;
mod status_check;
mod xml;

use receipt::{Receipt, Shape};
use request::Asked;

use super::host::HostAnswer;
use super::state::State;

const BAD_CREDENTIALS: &str = "API token mismatch";
const DUPLICATE: &str = "The transaction was not sent to the host because of a duplicate order id";
const NO_MATCH: &str = "No Pre-auth corresponds to the store Id and order Id and transaction Id entered";
const NOT_XML: &str = "The request is not well-formed XML";
const UNKNOWN_TRANSACTION: &str = "Invalid transaction type";

/// The receipt of `asked`. `host` is what the bank is made to say.
pub(super) fn answer(state: &mut State, asked: &Asked, host: Option<HostAnswer>) -> Receipt {
    let known = state.stores.get(&asked.store_id);
    if known.is_none_or(|store| store.spec.api_token != asked.api_token) {
        return Receipt::null(asked.shape(), BAD_CREDENTIALS);
    }
    let result = match (asked.status_check, asked.transaction.as_str()) {
        (true, _) => status_check::status_check(state, asked),
        (false, "purchasecorrection") => correction::correct(state, asked, host),
        (false, "refund") => refund::refund(state, asked, host),
        (false, "res_lookup_masked") => lookup::lookup(state, asked),
        (false, "res_purchase_cc") => purchase::purchase(state, asked, host),
        (false, _) => Err(UNKNOWN_TRANSACTION.to_owned()),
    };
    result.unwrap_or_else(|message| Receipt::null(asked.shape(), &message))
}

/// What a request that is no XML gets.
pub(super) fn malformed() -> Receipt {
    Receipt::null(Shape::Plain, NOT_XML)
}

/// What an order id that was used before gets.
pub(super) fn duplicate() -> Receipt {
    Receipt::null(Shape::Vault, DUPLICATE).with("ResSuccess", "true")
}

/// What a transaction gets of which nobody learns how it ended.
pub(super) fn timed_out(shape: Shape) -> Receipt {
    Receipt::null(shape, "null").with("TimedOut", "true")
}
