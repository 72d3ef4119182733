//! `res_lookup_masked`: what the vault knows of a data key. Moves no money, and uses no token up.

use super::super::state::State;
use super::receipt::{Receipt, Shape};
use super::request::Asked;

pub(super) fn lookup(state: &State, asked: &Asked) -> Result<Receipt, String> {
    asked.only(&["data_key"], &[])?;
    let data_key = asked.required("data_key")?;
    let token = state.live_token(&asked.store_id, data_key).ok_or("Invalid data key")?;
    let receipt = Receipt::null(Shape::Vault, "Successfully located CC details.")
        .with("Complete", "true")
        .with("ResponseCode", "001");
    Ok(receipt.resolved(Some(data_key), &token.card))
}
