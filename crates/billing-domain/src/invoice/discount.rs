//! Reductions before tax: what a discount takes off, and how one on the whole invoice is shared among its lines.

use serde::{Deserialize, Serialize};

use super::Percent;
use crate::{Money, MoneyError};

/// A reduction of a line or of the whole invoice, before tax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discount {
    /// A fixed amount.
    Amount(Money),
    /// A share, rounded half a minor unit up.
    Percent(Percent),
}

impl Discount {
    /// What it takes off a base of nothing or more: never more than the base, never less than nothing.
    pub fn of(self, base: Money) -> Result<Money, DiscountError> {
        let taken = match self {
            Self::Amount(amount) => amount,
            Self::Percent(percent) => percent.of(base)?,
        };
        if taken.minor() < 0 {
            return Err(DiscountError::Negative);
        }
        if taken.compare(base)?.is_gt() {
            return Err(DiscountError::ExceedsBase);
        }
        Ok(taken)
    }
}

/// Shares `amount` among lines in proportion to their `nets`, by largest remainder: the shares add up to `amount`
/// exactly, and no share exceeds its line. Ties go to the earlier line.
///
/// Needs 0 ≤ `amount` ≤ the sum of `nets`, and no negative net; anything else is an overflow.
pub(super) fn spread(amount: i64, nets: &[i64]) -> Result<Vec<i64>, MoneyError> {
    let whole: i128 = nets.iter().copied().map(i128::from).sum();
    if amount == 0 || whole == 0 {
        return Ok(vec![0; nets.len()]);
    }
    let products = || nets.iter().map(|net| i128::from(amount) * i128::from(*net));
    let mut shares = products()
        .map(|product| i64::try_from(product / whole))
        .collect::<Result<Vec<i64>, _>>()
        .map_err(|_| MoneyError::Overflow)?;

    let mut by_remainder: Vec<(usize, i128)> =
        products().map(|product| product % whole).enumerate().collect();
    by_remainder.sort_by_key(|(_, remainder)| std::cmp::Reverse(*remainder));
    // Fewer units are left than lines have a remainder, so a line without one never gets a unit.
    let left = amount - shares.iter().sum::<i64>();
    for (line, _) in by_remainder.into_iter().take(usize::try_from(left).map_err(|_| MoneyError::Overflow)?) {
        if let Some(share) = shares.get_mut(line) {
            *share += 1;
        }
    }
    Ok(shares)
}

/// Why a discount cannot be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DiscountError {
    /// It is more than what it is taken off.
    #[error("the discount is more than the amount it is taken off")]
    ExceedsBase,
    /// Its amounts do not go together.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// It is less than nothing.
    #[error("a discount cannot be negative")]
    Negative,
}
