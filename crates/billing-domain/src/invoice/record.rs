//! An invoice as stored, and the checks it passes on the way back. No rule about changing one.

use serde::Deserialize;

use super::{BillingAddress, Discount, Invoice, InvoiceError, InvoiceState, LineItem, PatientRef, Totals};
use crate::{Currency, DispensaryId, InvoiceId, Money, MoneyError};

#[derive(Deserialize)]
pub(super) struct InvoiceRecord {
    id: InvoiceId,
    dispensary: DispensaryId,
    patient: PatientRef,
    billing: BillingAddress,
    currency: Currency,
    lines: Vec<LineItem>,
    discount: Option<Discount>,
    version: u64,
    state: InvoiceState,
}

impl TryFrom<InvoiceRecord> for Invoice {
    type Error = InvoiceError;

    fn try_from(record: InvoiceRecord) -> Result<Self, InvoiceError> {
        let InvoiceRecord { id, dispensary, patient, billing, currency, lines, discount, version, state } =
            record;
        let fixed = match discount {
            Some(Discount::Amount(amount)) => Some(amount),
            Some(Discount::Percent(_)) | None => None,
        };
        let amounts = lines.iter().map(LineItem::gross).chain(fixed);
        let totals = match &state {
            InvoiceState::Draft { .. } => None,
            InvoiceState::Finalised(finalised) => Some(&finalised.totals),
            InvoiceState::Void(voided) => Some(&voided.finalised.totals),
        };
        check_currency(amounts.chain(totals.map(Totals::total)), currency)?;
        if lines.len() > Self::LINES_MAX {
            return Err(InvoiceError::TooManyLines);
        }
        // A store keeps the version as a signed number.
        let version_fits = version >= 1 && i64::try_from(version).is_ok();
        let totals_fit = totals.is_none_or(|totals| belong(totals, &lines));
        if !version_fits || !totals_fit {
            return Err(InvoiceError::Inconsistent);
        }
        Ok(Self { id, dispensary, patient, billing, currency, lines, discount, version, state })
    }
}

fn check_currency(mut amounts: impl Iterator<Item = Money>, currency: Currency) -> Result<(), InvoiceError> {
    if amounts.all(|amount| amount.currency() == currency) {
        Ok(())
    } else {
        Err(MoneyError::CurrencyMismatch.into())
    }
}

/// Whether frozen figures are those of the lines.
fn belong(totals: &Totals, lines: &[LineItem]) -> bool {
    let same = |(figure, line): (&super::LineTotals, &LineItem)| {
        figure.gross == line.gross() && figure.line_discount == line.discount()
    };
    totals.lines().len() == lines.len() && totals.lines().iter().zip(lines).all(same)
}
