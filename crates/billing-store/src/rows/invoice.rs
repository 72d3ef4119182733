//! Invoices as rows: what is searched or added up in columns of its own, the written parts as JSON.

use billing_domain::invoice::{Finalised, InvoiceState};
use billing_domain::{DispensaryId, Invoice, InvoiceId, StoreError};
use serde_json::{Map, Value};

use super::row;
use super::values::{Id, json, nanos, signed};

row! {
    /// A row of `billing_invoices`.
    InvoiceRow, "invoice" {
        dispensary: Id,
        invoice: Id,
        version: i64,
        state: String,
        number_prefix: Option<String>,
        number_sequence: Option<i64>,
        currency: String,
        total_minor: Option<i64>,
        finalised_at: Option<i64>,
        patient: String,
        billing: String,
        lines: String,
        discount: Option<String>,
        detail: String,
    }
}

impl InvoiceRow {
    /// The invoice as a row.
    pub(crate) fn of(invoice: &Invoice) -> Result<Self, StoreError> {
        Self::try_of(invoice).ok_or(StoreError::Corrupt(Self::WHAT))
    }

    /// The row as an invoice. Columns that do not tell what the written parts tell are corrupt.
    pub(crate) fn into_invoice(self) -> Result<Invoice, StoreError> {
        let invoice = self.try_into_invoice().ok_or(StoreError::Corrupt(Self::WHAT))?;
        if Self::try_of(&invoice).is_some_and(|row| row.same_columns(&self)) {
            Ok(invoice)
        } else {
            Err(StoreError::Corrupt(Self::WHAT))
        }
    }

    fn try_of(invoice: &Invoice) -> Option<Self> {
        let (state, finalised) = match invoice.state() {
            InvoiceState::Draft { .. } => ("draft", None),
            InvoiceState::Finalised(finalised) => ("finalised", Some(finalised)),
            InvoiceState::Void(voided) => ("void", Some(&voided.finalised)),
        };
        let total_minor = finalised.map(|finalised: &Finalised| finalised.totals.total().minor());
        let finalised_at = match finalised {
            Some(finalised) => Some(nanos(finalised.at)?),
            None => None,
        };
        let number_sequence = match invoice.number() {
            Some(number) => Some(signed(number.sequence())?),
            None => None,
        };
        Some(Self {
            dispensary: invoice.dispensary().uuid(),
            invoice: invoice.id().uuid(),
            version: signed(invoice.version())?,
            state: state.to_owned(),
            number_prefix: invoice.number().map(|number| number.prefix().to_owned()),
            number_sequence,
            currency: invoice.currency().code().to_owned(),
            total_minor,
            finalised_at,
            patient: invoice.patient().as_str().to_owned(),
            billing: json(invoice.billing())?,
            lines: json(&invoice.lines())?,
            discount: match invoice.discount() {
                Some(discount) => Some(json(&discount)?),
                None => None,
            },
            detail: json(invoice.state())?,
        })
    }

    /// The columns are the fields of the invoice's own serialised form, which checks itself on the way in.
    fn try_into_invoice(&self) -> Option<Invoice> {
        let mut fields = Map::new();
        let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        put("id", InvoiceId::new(self.invoice).to_string().into());
        put("dispensary", DispensaryId::new(self.dispensary).to_string().into());
        put("patient", self.patient.clone().into());
        put("billing", serde_json::from_str(&self.billing).ok()?);
        put("currency", self.currency.clone().into());
        put("lines", serde_json::from_str(&self.lines).ok()?);
        let discount = self.discount.as_deref().map_or(Ok(Value::Null), serde_json::from_str);
        put("discount", discount.ok()?);
        put("version", self.version.into());
        put("state", serde_json::from_str(&self.detail).ok()?);
        serde_json::from_value(Value::Object(fields)).ok()
    }

    fn same_columns(&self, stored: &Self) -> bool {
        let columns = |row: &Self| {
            (
                row.state.clone(),
                row.number_prefix.clone(),
                row.number_sequence,
                row.total_minor,
                row.finalised_at,
            )
        };
        columns(self) == columns(stored)
    }
}
