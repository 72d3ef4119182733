//! What a gateway request asks: its envelope, its transaction and the transaction's fields. Judges no value.

use std::collections::BTreeMap;
use std::fmt;

use super::receipt::Shape;
use super::xml::{self, Element};

/// One request as it was meant.
pub(in crate::moneris) struct Asked {
    pub(in crate::moneris) api_token: String,
    /// The plain fields; blocks such as `cof_info` have an empty text.
    pub(in crate::moneris) fields: BTreeMap<String, String>,
    pub(in crate::moneris) status_check: bool,
    pub(in crate::moneris) store_id: String,
    /// The transaction's name, such as `refund`.
    pub(in crate::moneris) transaction: String,
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked").field("transaction", &self.transaction).finish_non_exhaustive()
    }
}

impl Asked {
    /// None if the body is not XML, not a request, or says something twice.
    pub(in crate::moneris) fn read(body: &[u8]) -> Option<Self> {
        let root = xml::read(std::str::from_utf8(body).ok()?).filter(|root| root.name == "request")?;
        let text = |name| Some(root.child(name)?.text.clone());
        let envelope = ["store_id", "api_token", "app_version", "status_check"];
        let mut inner = root.children.iter().filter(|child| !envelope.contains(&child.name.as_str()));
        let (transaction, None) = (inner.next()?, inner.next()) else { return None };
        Some(Self {
            api_token: text("api_token")?,
            fields: fields(transaction)?,
            status_check: text("status_check").is_some_and(|flag| flag == "true"),
            store_id: text("store_id")?,
            transaction: transaction.name.clone(),
        })
    }

    /// What faults and the log call it.
    pub(in crate::moneris) fn operation(&self) -> &str {
        if self.status_check { "status_check" } else { &self.transaction }
    }

    /// Transactions on a data key have the longer receipt.
    pub(in crate::moneris) fn shape(&self) -> Shape {
        if self.transaction.starts_with("res_") { Shape::Vault } else { Shape::Plain }
    }

    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    /// The field, or what the gateway says if it is missing or empty.
    pub(super) fn required(&self, name: &str) -> Result<&str, String> {
        self.field(name).filter(|text| !text.is_empty()).ok_or_else(|| invalid(name))
    }

    /// Refuses a field that is in neither list, and a `crypt_type` that is none.
    pub(super) fn only(&self, required: &[&str], optional: &[&str]) -> Result<(), String> {
        let known = |name: &str| required.contains(&name) || optional.contains(&name);
        if let Some(unknown) = self.fields.keys().find(|name| !known(name)) {
            return Err(invalid(unknown));
        }
        required.iter().try_for_each(|name| self.required(name).map(drop))?;
        match self.field("crypt_type") {
            None | Some("1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9") => Ok(()),
            Some(_) => Err(invalid("crypt_type")),
        }
    }

    /// An order id of at most 50 characters, without those that Moneris forbids.
    pub(super) fn order_id(&self) -> Result<&str, String> {
        let order_id = self.required("order_id")?;
        if is_order_id(order_id) { Ok(order_id) } else { Err(invalid("order_id")) }
    }
}

pub(super) fn invalid(name: &str) -> String {
    format!("Invalid {name} parameter")
}

pub(in crate::moneris) fn is_order_id(text: &str) -> bool {
    let allowed = |character: char| !character.is_control() && !"<>$%=?^\"{}[]\\".contains(character);
    !text.is_empty() && text.chars().count() <= 50 && text.chars().all(allowed)
}

fn fields(transaction: &Element) -> Option<BTreeMap<String, String>> {
    let fields: BTreeMap<String, String> =
        transaction.children.iter().map(|field| (field.name.clone(), field.text.clone())).collect();
    (fields.len() == transaction.children.len()).then_some(fields)
}
