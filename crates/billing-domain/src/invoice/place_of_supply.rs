//! The sales taxes of the Canadian provinces and territories, with their dates. No opinion on what is taxable.

use std::str::FromStr;

use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};

use super::{Percent, TaxComponent, TaxGroup, TaxName, TaxRate};

/// The province or territory whose taxes apply to a supply. Kept as its two-letter code.
///
/// | place | components | from |
/// |---|---|---|
/// | AB, NT, NU, YT | GST 5 % | 2008-01-01 |
/// | BC | GST 5 %, PST 7 % | 2013-04-01 |
/// | MB | GST 5 %, RST 7 % | 2019-07-01 |
/// | NB, NL | HST 15 % | 2016-07-01 |
/// | NS | HST 15 % until 2025-03-31, then HST 14 % | 2010-07-01 |
/// | ON | HST 13 % | 2010-07-01 |
/// | PE | HST 15 % | 2016-10-01 |
/// | QC | GST 5 %, QST 9.975 % on the price before GST | 2013-01-01 |
/// | SK | GST 5 %, PST 6 % | 2017-03-23 |
///
/// Sources: GST and HST <https://www.canada.ca/en/revenue-agency/services/tax/businesses/topics/gst-hst-businesses/charge-collect-which-rate.html>;
/// Nova Scotia's change <https://gazette.gc.ca/rp-pr/p2/2025/2025-03-26/html/sor-dors77-eng.html>;
/// QST <https://www.revenuquebec.ca/en/businesses/consumption-taxes/gsthst-and-qst/basic-rules-for-applying-the-gsthst-and-qst/>;
/// PST and RST of 2026 <https://www.taxtips.ca/salestaxes/sales-tax-rates-2026.htm>. Earlier rates are not in the
/// table: an older invoice is refused rather than taxed wrongly.
///
/// Provincial and federal bases differ: a service may bear GST and no PST. Make a [`TaxGroup`] of some of the
/// [`PlaceOfSupply::rates`] for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum PlaceOfSupply {
    /// AB.
    Alberta,
    /// BC.
    BritishColumbia,
    /// MB.
    Manitoba,
    /// NB.
    NewBrunswick,
    /// NL.
    NewfoundlandAndLabrador,
    /// NT.
    NorthwestTerritories,
    /// NS.
    NovaScotia,
    /// NU.
    Nunavut,
    /// ON.
    Ontario,
    /// PE.
    PrinceEdwardIsland,
    /// QC.
    Quebec,
    /// SK.
    Saskatchewan,
    /// YT.
    Yukon,
}

impl PlaceOfSupply {
    /// All ten provinces and three territories.
    pub const ALL: [Self; 13] = [
        Self::Alberta,
        Self::BritishColumbia,
        Self::Manitoba,
        Self::NewBrunswick,
        Self::NewfoundlandAndLabrador,
        Self::NorthwestTerritories,
        Self::NovaScotia,
        Self::Nunavut,
        Self::Ontario,
        Self::PrinceEdwardIsland,
        Self::Quebec,
        Self::Saskatchewan,
        Self::Yukon,
    ];

    /// The two-letter postal abbreviation.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alberta => "AB",
            Self::BritishColumbia => "BC",
            Self::Manitoba => "MB",
            Self::NewBrunswick => "NB",
            Self::NewfoundlandAndLabrador => "NL",
            Self::NorthwestTerritories => "NT",
            Self::NovaScotia => "NS",
            Self::Nunavut => "NU",
            Self::Ontario => "ON",
            Self::PrinceEdwardIsland => "PE",
            Self::Quebec => "QC",
            Self::Saskatchewan => "SK",
            Self::Yukon => "YT",
        }
    }

    /// The general rates, federal before provincial, without registration numbers.
    pub fn rates(self) -> Vec<TaxRate> {
        self.table().iter().map(Row::rate).collect()
    }

    /// All the general rates as one group, for an item that bears every tax of the place.
    pub fn tax_group(self) -> TaxGroup {
        TaxGroup::known(TaxName::known(self.as_str()), self.rates())
    }

    const fn table(self) -> &'static [Row] {
        match self {
            Self::Alberta | Self::NorthwestTerritories | Self::Nunavut | Self::Yukon => const { &[GST] },
            Self::BritishColumbia => const { &[GST, Row::since(date(2013, 4, 1), "PST", 7_000)] },
            Self::Manitoba => const { &[GST, Row::since(date(2019, 7, 1), "RST", 7_000)] },
            Self::NewBrunswick | Self::NewfoundlandAndLabrador => {
                const { &[Row::since(date(2016, 7, 1), "HST", 15_000)] }
            }
            Self::NovaScotia => {
                const {
                    &[
                        Row::since(date(2010, 7, 1), "HST", 15_000).until(date(2025, 3, 31)),
                        Row::since(date(2025, 4, 1), "HST", 14_000),
                    ]
                }
            }
            Self::Ontario => const { &[Row::since(date(2010, 7, 1), "HST", 13_000)] },
            Self::PrinceEdwardIsland => const { &[Row::since(date(2016, 10, 1), "HST", 15_000)] },
            Self::Quebec => const { &[GST, Row::since(date(2013, 1, 1), "QST", 9_975)] },
            Self::Saskatchewan => const { &[GST, Row::since(date(2017, 3, 23), "PST", 6_000)] },
        }
    }
}

const GST: Row = Row::since(date(2008, 1, 1), "GST", 5_000);

/// One rate; percentages in thousandths, so that 9.975 % is whole.
struct Row {
    name: &'static str,
    percent_thousandths: u16,
    from: Date,
    to: Option<Date>,
}

impl Row {
    const fn since(from: Date, name: &'static str, percent_thousandths: u16) -> Self {
        Self { name, percent_thousandths, from, to: None }
    }

    const fn until(self, last: Date) -> Self {
        Self { to: Some(last), ..self }
    }

    fn rate(&self) -> TaxRate {
        let percent = Percent::thousandths(self.percent_thousandths);
        let component = TaxComponent { name: TaxName::known(self.name), percent, registration: None };
        TaxRate { component, from: self.from, to: self.to }
    }
}

impl FromStr for PlaceOfSupply {
    type Err = UnknownPlace;

    fn from_str(text: &str) -> Result<Self, UnknownPlace> {
        Self::ALL.into_iter().find(|place| place.as_str() == text).ok_or(UnknownPlace)
    }
}

impl TryFrom<String> for PlaceOfSupply {
    type Error = UnknownPlace;

    fn try_from(text: String) -> Result<Self, UnknownPlace> {
        text.parse()
    }
}

impl From<PlaceOfSupply> for &'static str {
    fn from(place: PlaceOfSupply) -> Self {
        place.as_str()
    }
}

/// A text that is not the upper-case abbreviation of a Canadian province or territory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a Canadian province or territory")]
pub struct UnknownPlace;
