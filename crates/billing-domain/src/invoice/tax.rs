//! What an item is taxed with, and when. Rates are data with dates; which items are taxable is the host's knowledge.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Percent;
use super::text::{bounded_text, no_card_number};

/// Whether an item bears tax. It belongs to the item, never to the clinic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxStatus {
    /// Bears no tax, and the seller claims no credits for it.
    Exempt,
    /// Bears every component of the group.
    Taxable(TaxGroup),
    /// Taxable at nothing.
    ZeroRated,
}

/// The taxes that apply together to one item: GST and QST, say.
///
/// A component whose rate changed appears once per rate. On any day exactly one of its rates must be in force: a
/// forgotten rate is an error, never a smaller invoice. If a tax is introduced or abolished, make a new group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "TaxGroupRecord")]
pub struct TaxGroup {
    name: TaxName,
    rates: Vec<TaxRate>,
}

impl TaxGroup {
    /// The most rates in one group.
    pub const RATES_MAX: usize = 20;

    /// A group of 1 to [`TaxGroup::RATES_MAX`] rates, in the order they are to be shown. Rates of one name must not
    /// overlap.
    pub fn new(name: TaxName, rates: Vec<TaxRate>) -> Result<Self, TaxError> {
        if rates.is_empty() {
            return Err(TaxError::NoRates);
        }
        if rates.len() > Self::RATES_MAX {
            return Err(TaxError::TooManyRates);
        }
        if rates.iter().any(|rate| rate.to.is_some_and(|to| to < rate.from)) {
            return Err(TaxError::EndsBeforeStart);
        }
        for (place, rate) in rates.iter().enumerate() {
            if rates.iter().skip(place + 1).any(|later| later.overlaps(rate)) {
                return Err(TaxError::Overlap { component: rate.component.name.clone() });
            }
        }
        Ok(Self { name, rates })
    }

    /// A group from the tables of this crate; a test puts each through [`TaxGroup::new`].
    pub(super) const fn known(name: TaxName, rates: Vec<TaxRate>) -> Self {
        Self { name, rates }
    }

    /// Its name.
    pub const fn name(&self) -> &TaxName {
        &self.name
    }

    /// Its rates, past and future ones too.
    pub fn rates(&self) -> &[TaxRate] {
        &self.rates
    }

    /// The components in force on a day, in order.
    pub fn in_force(&self, on: Date) -> Result<Vec<&TaxComponent>, TaxError> {
        let mut found: Vec<&TaxComponent> = Vec::new();
        for rate in &self.rates {
            let name = &rate.component.name;
            if found.iter().any(|component| component.name == *name) {
                continue;
            }
            let of_name = |other: &&TaxRate| other.component.name == *name && other.covers(on);
            match self.rates.iter().find(of_name) {
                Some(current) => found.push(&current.component),
                None => return Err(TaxError::NoRateInForce { component: name.clone(), on }),
            }
        }
        Ok(found)
    }
}

/// One component at one rate, for a span of days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxRate {
    /// What is charged.
    pub component: TaxComponent,
    /// The first day.
    pub from: Date,
    /// The last day, included; none if no end is known.
    pub to: Option<Date>,
}

impl TaxRate {
    /// Whether it is in force on a day.
    pub fn covers(&self, on: Date) -> bool {
        self.from <= on && self.to.is_none_or(|to| on <= to)
    }

    fn overlaps(&self, other: &Self) -> bool {
        let starts_by = |end: Option<Date>, start| end.is_none_or(|end| start <= end);
        self.component.name == other.component.name
            && starts_by(self.to, other.from)
            && starts_by(other.to, self.from)
    }
}

/// A named tax at a rate: what one line of a tax invoice shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TaxComponent {
    /// `GST`, `HST`, `PST`, `QST`, `RST` or the name another country gives it.
    pub name: TaxName,
    /// The rate, on the price before any tax.
    pub percent: Percent,
    /// The seller's number for it, printed on invoices.
    pub registration: Option<RegistrationNumber>,
}

bounded_text! {
    /// The name of a tax or a group of taxes.
    #[derive(Debug)]
    TaxName, at most 60, checked by no_card_number
}

impl TaxName {
    /// A name from the tables of this crate.
    pub(super) fn known(name: &'static str) -> Self {
        Self(name.to_owned())
    }
}

bounded_text! {
    /// A number under which a seller or a practitioner is registered: `123456789 RT0001`, a college's number.
    #[derive(Debug)]
    RegistrationNumber, at most 40, checked by no_card_number
}

/// A group as stored: read back through [`TaxGroup::new`].
#[derive(Deserialize)]
struct TaxGroupRecord {
    name: TaxName,
    rates: Vec<TaxRate>,
}

impl TryFrom<TaxGroupRecord> for TaxGroup {
    type Error = TaxError;

    fn try_from(record: TaxGroupRecord) -> Result<Self, TaxError> {
        Self::new(record.name, record.rates)
    }
}

/// Why a tax cannot be defined or applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TaxError {
    /// A rate's last day is before its first.
    #[error("a tax rate ends before it starts")]
    EndsBeforeStart,
    /// A component of the group has no rate on that day.
    #[error("no rate of {} is known for {on}", component.as_str())]
    NoRateInForce {
        /// The component.
        component: TaxName,
        /// The day.
        on: Date,
    },
    /// A group without rates.
    #[error("a tax group has at least one rate")]
    NoRates,
    /// Two rates of one component share a day.
    #[error("two rates of {} are in force on the same day", component.as_str())]
    Overlap {
        /// The component.
        component: TaxName,
    },
    /// More rates than [`TaxGroup::RATES_MAX`].
    #[error("a tax group has at most {} rates", TaxGroup::RATES_MAX)]
    TooManyRates,
}
