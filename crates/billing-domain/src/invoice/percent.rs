//! A percentage of an amount: the one place where money is rounded, half a minor unit up.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::{Money, MoneyError};

/// 0 to 100 percent, with at most four digits after the point.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Decimal", into = "Decimal")]
pub struct Percent(Decimal);

impl Percent {
    /// The most digits after the point.
    pub const DIGITS_MAX: u32 = 4;

    /// `Percent::new(Decimal::new(9_975, 3))` is 9.975 %.
    pub fn new(percent: Decimal) -> Result<Self, PercentError> {
        let percent = percent.normalize();
        if percent < Decimal::ZERO || percent > Decimal::ONE_HUNDRED {
            return Err(PercentError::OutOfRange);
        }
        if percent.scale() > Self::DIGITS_MAX {
            return Err(PercentError::ExcessDigits);
        }
        Ok(Self(percent))
    }

    /// A percentage from the tables of this crate, in thousandths: `9_975` is 9.975 %.
    pub(super) fn thousandths(thousandths: u16) -> Self {
        Self(Decimal::new(thousandths.into(), 3).normalize())
    }

    /// The figure: 5 for 5 %.
    pub const fn value(self) -> Decimal {
        self.0
    }

    /// This share of a `base` of nothing or more, rounded once: half a minor unit goes up, as section 165.2(2) of the
    /// Excise Tax Act asks for tax (<https://laws-lois.justice.gc.ca/eng/acts/E-15/section-165.2.html>). A negative
    /// base mirrors it: reversing a tax gives back what was charged.
    pub fn of(self, base: Money) -> Result<Money, MoneyError> {
        // 19 digits by 7 fit the 28 of a Decimal, so only the last step rounds.
        let exact = Decimal::from(base.minor())
            .checked_mul(self.0)
            .and_then(|hundredfold| hundredfold.checked_mul(Decimal::new(1, 2)))
            .ok_or(MoneyError::Overflow)?;
        let rounded = exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        let minor = i64::try_from(rounded).map_err(|_| MoneyError::Overflow)?;
        Ok(Money::new(minor, base.currency()))
    }
}

impl TryFrom<Decimal> for Percent {
    type Error = PercentError;

    fn try_from(percent: Decimal) -> Result<Self, PercentError> {
        Self::new(percent)
    }
}

impl From<Percent> for Decimal {
    fn from(percent: Percent) -> Self {
        percent.0
    }
}

impl fmt::Debug for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// `9.975 %`.
impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

/// Why a figure is not a percentage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PercentError {
    /// More digits after the point than [`Percent::DIGITS_MAX`].
    #[error("a percentage has at most four digits after the point")]
    ExcessDigits,
    /// Below 0 or above 100.
    #[error("a percentage is between 0 and 100")]
    OutOfRange,
}
