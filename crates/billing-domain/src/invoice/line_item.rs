//! One thing sold on an invoice: its checked details and what they come to before the invoice's own discount and tax.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::tax::{RegistrationNumber, TaxStatus};
use super::text::{no_card_number, private_text};
use super::{Discount, DiscountError};
use crate::{Money, MoneyError, PractitionerId};

/// A line whose amounts have been worked out: details that cannot be priced never become one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "LineDetails", into = "LineDetails")]
pub struct LineItem {
    details: LineDetails,
    gross: Money,
    discount: Money,
    net: Money,
}

impl LineItem {
    /// Checks and prices the details. Quantity times price must come to whole minor units: only taxes and discounts
    /// are rounded.
    pub fn new(details: LineDetails) -> Result<Self, LineItemError> {
        if details.unit_price.minor() < 0 {
            return Err(LineItemError::NegativePrice);
        }
        let gross = details.quantity.times(details.unit_price)?;
        let discount = match details.discount {
            Some(discount) => discount.of(gross)?,
            None => Money::zero(gross.currency()),
        };
        let net = gross.checked_sub(discount)?;
        Ok(Self { details, gross, discount, net })
    }

    /// What it was made of.
    pub const fn details(&self) -> &LineDetails {
        &self.details
    }

    /// Quantity times unit price.
    pub const fn gross(&self) -> Money {
        self.gross
    }

    /// What the line's own discount takes off.
    pub const fn discount(&self) -> Money {
        self.discount
    }

    /// Gross less the line's own discount.
    pub const fn net(&self) -> Money {
        self.net
    }
}

impl TryFrom<LineDetails> for LineItem {
    type Error = LineItemError;

    fn try_from(details: LineDetails) -> Result<Self, LineItemError> {
        Self::new(details)
    }
}

impl From<LineItem> for LineDetails {
    fn from(line: LineItem) -> Self {
        line.details
    }
}

/// What a line says. It becomes a [`LineItem`] by [`LineItem::new`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineDetails {
    /// What was sold. Health information: it never leaves for a processor.
    pub description: ItemDescription,
    /// Who is credited, as of now.
    pub practitioner: Option<Practitioner>,
    /// How many.
    pub quantity: Quantity,
    /// The price of one, before discounts and tax; nothing or more.
    pub unit_price: Money,
    /// The line's own discount.
    pub discount: Option<Discount>,
    /// The taxes it bears.
    pub tax: TaxStatus,
}

/// The practitioner credited on a line, as insurers want to read it on the invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Practitioner {
    /// The practitioner's id.
    pub id: PractitionerId,
    /// The name to print.
    pub name: PractitionerName,
    /// The number at the professional college, to print.
    pub registration: Option<RegistrationNumber>,
}

private_text! {
    /// What was sold.
    ItemDescription, at most 200, checked by no_card_number
}

private_text! {
    /// A practitioner's name with titles: `Dr. A. Roy, ND`.
    PractitionerName, at most 100, checked by no_card_number
}

/// How many of an item: more than 0, at most 100 000, with at most three digits after the point (1.5 hours).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Decimal", into = "Decimal")]
pub struct Quantity(Decimal);

impl Quantity {
    /// One.
    pub const ONE: Self = Self(Decimal::ONE);
    /// The most digits after the point.
    pub const DIGITS_MAX: u32 = 3;
    /// The largest quantity.
    pub const MAX: Self = Self(Decimal::from_parts(100_000, 0, 0, false, 0));

    /// Checks a quantity.
    pub fn new(quantity: Decimal) -> Result<Self, LineItemError> {
        let quantity = quantity.normalize();
        let in_range = quantity > Decimal::ZERO && quantity <= Self::MAX.0;
        if !in_range || quantity.scale() > Self::DIGITS_MAX {
            return Err(LineItemError::Quantity);
        }
        Ok(Self(quantity))
    }

    /// The figure.
    pub const fn value(self) -> Decimal {
        self.0
    }

    fn times(self, price: Money) -> Result<Money, LineItemError> {
        // 19 digits by 9 fit the 28 of a Decimal (its largest is 7.9 × 10²⁸), so the product is exact.
        let exact = Decimal::from(price.minor()).checked_mul(self.0).ok_or(MoneyError::Overflow)?;
        if !exact.fract().is_zero() {
            return Err(LineItemError::NotWholeMinorUnits);
        }
        let minor = i64::try_from(exact).map_err(|_| MoneyError::Overflow)?;
        Ok(Money::new(minor, price.currency()))
    }
}

impl TryFrom<Decimal> for Quantity {
    type Error = LineItemError;

    fn try_from(quantity: Decimal) -> Result<Self, LineItemError> {
        Self::new(quantity)
    }
}

impl From<Quantity> for Decimal {
    fn from(quantity: Quantity) -> Self {
        quantity.0
    }
}

impl fmt::Debug for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Why a line cannot stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineItemError {
    /// Its discount cannot be given.
    #[error(transparent)]
    Discount(#[from] DiscountError),
    /// Its amount is too large.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The unit price is less than nothing; money is given back by a refund or a discount.
    #[error("a price cannot be negative")]
    NegativePrice,
    /// Quantity times price is not a whole number of minor units.
    #[error("quantity times price does not come to whole cents: change the price or the quantity")]
    NotWholeMinorUnits,
    /// The quantity is not within the bounds of [`Quantity`].
    #[error("a quantity is more than 0, at most 100 000, with at most three digits after the point")]
    Quantity,
}
