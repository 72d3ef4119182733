//! The invoice: its life from draft to finalised to void. Never its payments, and no card.

mod billing_address;
mod discount;
mod error;
mod line_item;
mod number;
mod percent;
mod place_of_supply;
mod record;
mod state;
mod tax;
mod text;
mod totals;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use self::billing_address::{AddressLine, BillingAddress, BillingName, PostalCode};
pub use self::discount::{Discount, DiscountError};
pub use self::error::InvoiceError;
pub use self::line_item::{
    ItemDescription, LineDetails, LineItem, LineItemError, Practitioner, PractitionerName, Quantity,
};
pub use self::number::{InvalidInvoiceNumber, InvoiceNumber};
pub use self::percent::{Percent, PercentError};
pub use self::place_of_supply::{PlaceOfSupply, UnknownPlace};
pub use self::state::{Finalised, InvoiceState, PaidSoFar, Voided};
pub use self::tax::{RegistrationNumber, TaxComponent, TaxError, TaxGroup, TaxName, TaxRate, TaxStatus};
pub use self::text::{PatientRef, TextError, VoidReason, holds_card_number};
pub use self::totals::{LineTotals, TaxAmount, Totals};

use crate::{ActorId, Currency, DispensaryId, InvoiceId, Money, MoneyError};

/// A claim for money against one payer, for one patient, by one dispensary.
///
/// It is edited as a draft only. Every change that succeeds adds one to its version; one that fails changes nothing.
/// Prices, discounts, tax rates, names and the address are its own copies and do not follow the host's records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "record::InvoiceRecord")]
pub struct Invoice {
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

impl Invoice {
    /// The most lines on one invoice.
    pub const LINES_MAX: usize = 500;

    /// A new, empty draft, at version 1.
    pub const fn draft(
        id: InvoiceId,
        dispensary: DispensaryId,
        patient: PatientRef,
        billing: BillingAddress,
        currency: Currency,
    ) -> Self {
        let state = InvoiceState::Draft { number: None };
        Self {
            id,
            dispensary,
            patient,
            billing,
            currency,
            lines: Vec::new(),
            discount: None,
            version: 1,
            state,
        }
    }

    /// Adds a line at the end.
    pub fn add_line(&mut self, line: LineItem) -> Result<(), InvoiceError> {
        self.check_draft()?;
        self.check_currency(line.gross())?;
        if self.lines.len() >= Self::LINES_MAX {
            return Err(InvoiceError::TooManyLines);
        }
        self.lines.push(line);
        self.version += 1;
        Ok(())
    }

    /// Puts another line at a place, counted from 0.
    pub fn replace_line(&mut self, place: usize, line: LineItem) -> Result<(), InvoiceError> {
        self.check_draft()?;
        self.check_currency(line.gross())?;
        *self.lines.get_mut(place).ok_or(InvoiceError::LineNotFound)? = line;
        self.version += 1;
        Ok(())
    }

    /// Takes away the line at a place, counted from 0.
    pub fn remove_line(&mut self, place: usize) -> Result<(), InvoiceError> {
        self.check_draft()?;
        if place >= self.lines.len() {
            return Err(InvoiceError::LineNotFound);
        }
        self.lines.remove(place);
        self.version += 1;
        Ok(())
    }

    /// Sets or takes away the discount on the whole invoice. Whether it fits is seen when the lines are added up.
    pub fn set_discount(&mut self, discount: Option<Discount>) -> Result<(), InvoiceError> {
        self.check_draft()?;
        if let Some(Discount::Amount(amount)) = discount {
            self.check_currency(amount)?;
        }
        self.discount = discount;
        self.version += 1;
        Ok(())
    }

    /// Replaces the payer's name and address.
    pub fn set_billing(&mut self, billing: BillingAddress) -> Result<(), InvoiceError> {
        self.check_draft()?;
        self.billing = billing;
        self.version += 1;
        Ok(())
    }

    /// Replaces the patient.
    pub fn set_patient(&mut self, patient: PatientRef) -> Result<(), InvoiceError> {
        self.check_draft()?;
        self.patient = patient;
        self.version += 1;
        Ok(())
    }

    /// What the lines come to if the tax is decided `on` a day. For what was issued, see [`Invoice::finalised`].
    pub fn preview(&self, on: Date) -> Result<Totals, InvoiceError> {
        Totals::of(&self.lines, self.discount, on)
    }

    /// Issues a draft: freezes its figures under a number of its dispensary's sequence that no other invoice has.
    ///
    /// `on` is the day that decides the tax rates, in the dispensary's time zone: the earlier of the invoice's date
    /// and the day it was paid. `at` is now. A reopened invoice keeps the number it had.
    pub fn finalise(&mut self, number: InvoiceNumber, on: Date, at: Timestamp) -> Result<(), InvoiceError> {
        let InvoiceState::Draft { number: kept } = &self.state else {
            return Err(InvoiceError::NotDraft);
        };
        if let Some(kept) = kept.as_ref().filter(|kept| **kept != number) {
            return Err(InvoiceError::NumberKept(kept.clone()));
        }
        let totals = self.preview(on)?;
        self.state = InvoiceState::Finalised(Finalised { number, on, at, totals });
        self.version += 1;
        Ok(())
    }

    /// Makes a finalised invoice a draft again, if no money was taken or may still be. It keeps its number.
    pub fn reopen(&mut self, paid: &PaidSoFar) -> Result<(), InvoiceError> {
        let number = self.unpaid(paid)?.number.clone();
        self.state = InvoiceState::Draft { number: Some(number) };
        self.version += 1;
        Ok(())
    }

    /// Cancels a finalised invoice for good, if no money was taken or may still be. It keeps its number.
    pub fn void(
        &mut self,
        reason: VoidReason,
        by: ActorId,
        at: Timestamp,
        paid: &PaidSoFar,
    ) -> Result<(), InvoiceError> {
        let finalised = self.unpaid(paid)?.clone();
        self.state = InvoiceState::Void(Voided { finalised, reason, by, at });
        self.version += 1;
        Ok(())
    }

    /// Its id, which processors may see.
    pub const fn id(&self) -> InvoiceId {
        self.id
    }

    /// The dispensary it belongs to.
    pub const fn dispensary(&self) -> DispensaryId {
        self.dispensary
    }

    /// The patient it is for.
    pub const fn patient(&self) -> &PatientRef {
        &self.patient
    }

    /// The payer's name and address.
    pub const fn billing(&self) -> &BillingAddress {
        &self.billing
    }

    /// The one currency of all its amounts.
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// Its lines, in order.
    pub fn lines(&self) -> &[LineItem] {
        &self.lines
    }

    /// The discount on the whole invoice.
    pub const fn discount(&self) -> Option<Discount> {
        self.discount
    }

    /// Starts at 1 and grows by one with every change.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Where it is in its life.
    pub const fn state(&self) -> &InvoiceState {
        &self.state
    }

    /// Whether it is a claim for money now: issued and not void.
    pub const fn is_finalised(&self) -> bool {
        matches!(self.state, InvoiceState::Finalised(_))
    }

    /// What was fixed when it was issued, if it is a claim for money now.
    pub const fn finalised(&self) -> Result<&Finalised, InvoiceError> {
        match &self.state {
            InvoiceState::Finalised(finalised) => Ok(finalised),
            InvoiceState::Draft { .. } | InvoiceState::Void(_) => Err(InvoiceError::NotFinalised),
        }
    }

    /// What the payer was asked for, taxes included, if it is a claim for money now.
    pub fn total(&self) -> Result<Money, InvoiceError> {
        self.finalised().map(|finalised| finalised.totals.total())
    }

    /// Its number, from the first time it was issued on.
    pub const fn number(&self) -> Option<&InvoiceNumber> {
        match &self.state {
            InvoiceState::Draft { number } => number.as_ref(),
            InvoiceState::Finalised(finalised) => Some(&finalised.number),
            InvoiceState::Void(voided) => Some(&voided.finalised.number),
        }
    }

    fn unpaid(&self, paid: &PaidSoFar) -> Result<&Finalised, InvoiceError> {
        let finalised = self.finalised()?;
        paid.check_nothing(self.currency)?;
        Ok(finalised)
    }

    const fn check_draft(&self) -> Result<(), InvoiceError> {
        match self.state {
            InvoiceState::Draft { .. } => Ok(()),
            InvoiceState::Finalised(_) | InvoiceState::Void(_) => Err(InvoiceError::NotDraft),
        }
    }

    fn check_currency(&self, amount: Money) -> Result<(), InvoiceError> {
        if amount.currency() == self.currency { Ok(()) } else { Err(MoneyError::CurrencyMismatch.into()) }
    }
}
