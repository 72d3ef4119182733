//! What an invoice comes to: a pure function of its lines, its discount and the day that decides the tax rates.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::discount::{Discount, spread};
use super::tax::{TaxComponent, TaxStatus};
use super::{InvoiceError, LineItem};
use crate::{Currency, Money, MoneyError};

/// Every figure of an invoice, in one currency. The figures agree with each other by construction.
///
/// Each tax is computed once, on the sum of the amounts that bear it, after all discounts and before any other tax,
/// and rounded half a minor unit up: section 165.2 of the Excise Tax Act allows one computation per invoice
/// (<https://laws-lois.justice.gc.ca/eng/acts/E-15/section-165.2.html>).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Frozen", into = "Frozen")]
pub struct Totals {
    lines: Vec<LineTotals>,
    taxes: Vec<TaxAmount>,
    gross: Money,
    discount: Money,
    subtotal: Money,
    tax: Money,
    total: Money,
}

impl Totals {
    /// Works out the figures of an invoice whose tax is decided `on` a day.
    pub fn of(lines: &[LineItem], discount: Option<Discount>, on: Date) -> Result<Self, InvoiceError> {
        let first = lines.first().ok_or(InvoiceError::NoLines)?;
        let currency = first.net().currency();
        let net = sum(currency, lines.iter().map(LineItem::net))?;
        let off = discount.map_or(Ok(Money::zero(currency)), |discount| discount.of(net))?;
        let nets: Vec<i64> = lines.iter().map(|line| line.net().minor()).collect();
        let shares = spread(off.minor(), &nets)?;

        let mut figures = Vec::with_capacity(lines.len());
        for (line, share) in lines.iter().zip(shares) {
            let share = Money::new(share, currency);
            figures.push(LineTotals {
                gross: line.gross(),
                line_discount: line.discount(),
                invoice_discount: share,
                net: line.net().checked_sub(share)?,
            });
        }
        let taxes = taxes(lines, &figures, on)?;
        Self::assemble(currency, figures, taxes)
    }

    /// Adds up figures, worked out now or read back, and refuses any that disagree. Taxes are not worked out again:
    /// a frozen invoice keeps the tax it was issued with.
    fn assemble(
        currency: Currency,
        lines: Vec<LineTotals>,
        taxes: Vec<TaxAmount>,
    ) -> Result<Self, InvoiceError> {
        for line in &lines {
            line.check()?;
        }
        if taxes.iter().any(|tax| tax.amount.minor() < 0) {
            return Err(InvoiceError::Inconsistent);
        }
        let gross = sum(currency, lines.iter().map(|line| line.gross))?;
        let subtotal = sum(currency, lines.iter().map(|line| line.net))?;
        let tax = sum(currency, taxes.iter().map(|tax| tax.amount))?;
        let discount = gross.checked_sub(subtotal)?;
        Ok(Self { total: subtotal.checked_add(tax)?, lines, taxes, gross, discount, subtotal, tax })
    }

    /// The figures of each line, in the invoice's order.
    pub fn lines(&self) -> &[LineTotals] {
        &self.lines
    }

    /// Each tax, in the order the lines first bear it.
    pub fn taxes(&self) -> &[TaxAmount] {
        &self.taxes
    }

    /// Before discounts and tax.
    pub const fn gross(&self) -> Money {
        self.gross
    }

    /// All discounts: the lines' own and the invoice's.
    pub const fn discount(&self) -> Money {
        self.discount
    }

    /// After discounts, before tax.
    pub const fn subtotal(&self) -> Money {
        self.subtotal
    }

    /// All taxes.
    pub const fn tax(&self) -> Money {
        self.tax
    }

    /// What the payer owes.
    pub const fn total(&self) -> Money {
        self.total
    }
}

/// The figures of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineTotals {
    /// Quantity times price.
    pub gross: Money,
    /// What the line's own discount takes off.
    pub line_discount: Money,
    /// The line's share of the invoice's discount.
    pub invoice_discount: Money,
    /// What is left: the amount that bears tax, if the line does.
    pub net: Money,
}

impl LineTotals {
    fn check(self) -> Result<(), InvoiceError> {
        let left = self.gross.checked_sub(self.line_discount)?.checked_sub(self.invoice_discount)?;
        let negative = [self.gross, self.line_discount, self.invoice_discount, self.net]
            .iter()
            .any(|figure| figure.minor() < 0);
        if negative || left != self.net { Err(InvoiceError::Inconsistent) } else { Ok(()) }
    }
}

/// One tax of an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxAmount {
    /// The tax, its rate and the seller's number.
    pub component: TaxComponent,
    /// The sum of the amounts that bear it.
    pub base: Money,
    /// The tax on that sum, rounded once.
    pub amount: Money,
}

fn taxes(lines: &[LineItem], figures: &[LineTotals], on: Date) -> Result<Vec<TaxAmount>, InvoiceError> {
    let mut bases: Vec<(&TaxComponent, Money)> = Vec::new();
    for (line, figure) in lines.iter().zip(figures) {
        let TaxStatus::Taxable(group) = &line.details().tax else { continue };
        for component in group.in_force(on)? {
            match bases.iter_mut().find(|(known, _)| *known == component) {
                Some((_, base)) => *base = base.checked_add(figure.net)?,
                None => bases.push((component, figure.net)),
            }
        }
    }
    bases
        .into_iter()
        .map(|(component, base)| {
            Ok(TaxAmount { amount: component.percent.of(base)?, component: component.clone(), base })
        })
        .collect()
}

fn sum(currency: Currency, mut amounts: impl Iterator<Item = Money>) -> Result<Money, MoneyError> {
    amounts.try_fold(Money::zero(currency), Money::checked_add)
}

/// The figures that are kept; the sums follow from them.
#[derive(Serialize, Deserialize)]
struct Frozen {
    lines: Vec<LineTotals>,
    taxes: Vec<TaxAmount>,
}

impl TryFrom<Frozen> for Totals {
    type Error = InvoiceError;

    fn try_from(frozen: Frozen) -> Result<Self, InvoiceError> {
        let currency = frozen.lines.first().ok_or(InvoiceError::NoLines)?.gross.currency();
        Self::assemble(currency, frozen.lines, frozen.taxes)
    }
}

impl From<Totals> for Frozen {
    fn from(totals: Totals) -> Self {
        Self { lines: totals.lines, taxes: totals.taxes }
    }
}
