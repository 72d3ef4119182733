//! Exact money: whole minor units of one currency. No float, no silent rounding, no mixing of currencies.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// An ISO 4217 currency this library knows the minor unit of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Canadian dollar.
    pub const CAD: Self = Self(*b"CAD");
    /// United States dollar.
    pub const USD: Self = Self(*b"USD");

    /// The three letters, upper case.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// Digits after the decimal point in ISO 4217 (0, 2 or 3). A processor's wire may differ; its adapter knows.
    pub fn exponent(self) -> u32 {
        let listed = |list: &str| list.as_bytes().chunks(4).any(|code| code.get(..3) == Some(&self.0[..]));
        if listed(ZERO_DECIMAL) {
            0
        } else if listed(THREE_DECIMAL) {
            3
        } else {
            2
        }
    }
}

/// ISO 4217 currencies (source: <https://www.six-group.com/en/products-services/financial-information/data-standards.html>).
const ZERO_DECIMAL: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF ";
const THREE_DECIMAL: &str = "BHD IQD JOD KWD LYD OMR TND ";
const TWO_DECIMAL: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD \
    CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL \
    HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR \
    MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD \
    SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW ";

impl FromStr for Currency {
    type Err = MoneyError;

    /// Accepts upper or lower case; an unlisted code is [`MoneyError::UnknownCurrency`].
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let upper = text.to_ascii_uppercase();
        let known = [TWO_DECIMAL, ZERO_DECIMAL, THREE_DECIMAL]
            .iter()
            .any(|list| list.split_ascii_whitespace().any(|code| code == upper));
        match <[u8; 3]>::try_from(upper.as_bytes()) {
            Ok(code) if known => Ok(Self(code)),
            _ => Err(MoneyError::UnknownCurrency),
        }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// An exact amount: `minor` whole minor units (cents for CAD) of `currency`.
///
/// Two amounts of different currencies never compare, add or subtract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// `minor` minor units of `currency`: `Money::new(12_345, Currency::CAD)` is 123.45 CAD.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in `currency`.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// The exact amount of a decimal figure. More digits than the currency has are refused, never rounded.
    ///
    /// ```
    /// use billing_domain::{Currency, Money, MoneyError};
    /// let price = "31.95".parse().unwrap();
    /// assert_eq!(Money::from_decimal(price, Currency::CAD), Ok(Money::new(3_195, Currency::CAD)));
    /// let excess = "0.125".parse().unwrap();
    /// assert_eq!(Money::from_decimal(excess, Currency::CAD), Err(MoneyError::ExcessDigits));
    /// ```
    pub fn from_decimal(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let scaled = amount.checked_mul(scale(currency)).ok_or(MoneyError::Overflow)?;
        if !scaled.fract().is_zero() {
            return Err(MoneyError::ExcessDigits);
        }
        let minor = i64::try_from(scaled.trunc()).map_err(|_| MoneyError::Overflow)?;
        Ok(Self { minor, currency })
    }

    /// The amount as a decimal figure with the currency's own number of digits.
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.minor, self.currency.exponent())
    }

    /// The whole minor units.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Whether the amount is more than nothing.
    pub const fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// Whether the amount is nothing.
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// The sum, or why there is none.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// The difference (it may be negative), or why there is none.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    /// Compares two amounts of one currency.
    pub fn compare(self, other: Self) -> Result<std::cmp::Ordering, MoneyError> {
        self.same_currency(other)?;
        Ok(self.minor.cmp(&other.minor))
    }

    fn combine(self, other: Self, op: fn(i64, i64) -> Option<i64>) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = op(self.minor, other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, currency: self.currency })
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency { Ok(()) } else { Err(MoneyError::CurrencyMismatch) }
    }
}

/// How many minor units make one unit of `currency`.
fn scale(currency: Currency) -> Decimal {
    match currency.exponent() {
        0 => Decimal::ONE,
        3 => Decimal::ONE_THOUSAND,
        _ => Decimal::ONE_HUNDRED,
    }
}

/// `123.45 CAD`: for staff and logs; a host formats for patients in its own locale.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_decimal(), self.currency)
    }
}

/// Why an amount could not be made or combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MoneyError {
    /// Two currencies met in one operation.
    #[error("amounts of different currencies cannot be combined")]
    CurrencyMismatch,
    /// The figure has more digits after the point than the currency.
    #[error("the amount has more decimal digits than its currency")]
    ExcessDigits,
    /// The result does not fit 64 bits of minor units.
    #[error("the amount is too large")]
    Overflow,
    /// The currency code is not a listed ISO 4217 code.
    #[error("unknown currency code")]
    UnknownCurrency,
}
