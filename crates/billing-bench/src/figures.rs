//! Medians and ratios, in whole numbers. What is measured, and what is good, is the tables' business.

use std::fmt;

/// The one in the middle; of two in the middle, the mean; `None` of nothing.
pub fn median(mut figures: Vec<u64>) -> Option<u64> {
    figures.sort_unstable();
    let upper = figures.len() / 2;
    let lower = if figures.len().is_multiple_of(2) { upper.checked_sub(1)? } else { upper };
    Some(figures.get(lower)?.midpoint(*figures.get(upper)?))
}

/// A ratio in thousandths, rounded to the nearest.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Ratio(u64);

impl Ratio {
    /// So many thousandths.
    pub const fn thousandths(thousandths: u64) -> Self {
        Self(thousandths)
    }

    /// `part` divided by `whole`; `None` of nothing at all, which meets no goal.
    pub fn of(part: u64, whole: u64) -> Option<Self> {
        part.saturating_mul(1_000).saturating_add(whole / 2).checked_div(whole).map(Self)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{:03}", self.0 / 1_000, self.0 % 1_000))
    }
}

/// What a ratio should come to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Goal {
    /// Less is better.
    AtMost(Ratio),
    /// More is better.
    AtLeast(Ratio),
}

impl Goal {
    /// Whether `ratio` meets it.
    pub fn is_met(self, ratio: Ratio) -> bool {
        match self {
            Self::AtMost(most) => ratio <= most,
            Self::AtLeast(least) => ratio >= least,
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => f.pad(&format!("<={most}")),
            Self::AtLeast(least) => f.pad(&format!(">={least}")),
        }
    }
}

/// `name ratio goal`, and a mark if the goal is missed; what was not measured misses its goal as well.
pub fn line(name: &str, ratio: Option<Ratio>, goal: Option<Goal>) -> String {
    let is_missed = goal.is_some_and(|goal| !ratio.is_some_and(|ratio| goal.is_met(ratio)));
    let mark = if is_missed { "MISSED" } else { "" };
    format!("{name:<24} {:>8}  {:>8}  {mark:<6}", or_dash(ratio), or_dash(goal))
}

/// The value, or `-` where there is none.
pub fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![9]), Some(9));
        assert_eq!(median(vec![300, 1, 20]), Some(20));
        assert_eq!(median(vec![40, 10, 20, 1_000]), Some(30));
        assert_eq!(median(Vec::new()), None);
    }

    #[test]
    fn a_ratio_has_three_places() {
        assert_eq!(or_dash(Ratio::of(154, 308)), "0.500");
        assert_eq!(or_dash(Ratio::of(2, 3)), "0.667");
        assert_eq!(Ratio::of(1, 0), None);
    }

    #[test]
    fn a_line_says_when_its_goal_is_missed() {
        let least = Some(Goal::AtLeast(Ratio::thousandths(900)));
        let most = Some(Goal::AtMost(Ratio::thousandths(1_100)));
        assert_eq!(
            line("rate", Ratio::of(95, 100), least).trim_end(),
            "rate                        0.950   >=0.900"
        );
        assert!(line("rate", Ratio::of(89, 100), least).ends_with("MISSED"));
        assert!(!line("cpu", Ratio::of(110, 100), most).ends_with("MISSED"));
        assert!(line("cpu", Ratio::of(1_101, 1_000), most).ends_with("MISSED"));
        assert!(line("cpu", None, most).ends_with("MISSED"), "a goal nobody measured is not met");
        assert!(line("cpu", None, None).contains('-'));
    }
}
