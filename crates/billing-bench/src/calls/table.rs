//! What the run prints: the medians side by side, then the ratios with their goals.

use std::fmt::Write as _;

use super::bench::Figures;
use super::contenders::{HYPER, OURS, REQWEST};
use super::work::Work;
use crate::figures::{Goal, Ratio, line, median, or_dash};

/// A ratio's name, its work, what it is divided by, and the goal for ours.
struct Row {
    name: &'static str,
    work: Work,
    floor: Floor,
    goal: Option<Goal>,
}

/// What a figure is divided by.
enum Floor {
    /// Another contender's figure in the same run.
    Contender(&'static str),
    /// A number.
    Fixed(u64),
}

/// The goals. Each is explained in docs/performance.md.
const ROWS: [Row; 9] = [
    row("tls-cpu/reqwest", Work::TlsCpu, Floor::Contender(REQWEST), Some(at_most(1_100))),
    row("tls-rate/reqwest", Work::TlsRate, Floor::Contender(REQWEST), Some(at_least(900))),
    row("http-cpu/hyper", Work::HttpCpu, Floor::Contender(HYPER), Some(at_most(1_250))),
    row("http-cpu/reqwest", Work::HttpCpu, Floor::Contender(REQWEST), None),
    row("allocations/75", Work::Allocations, Floor::Fixed(75), Some(at_most(1_000))),
    row("allocations/reqwest", Work::Allocations, Floor::Contender(REQWEST), None),
    row("connections/1", Work::Connections, Floor::Fixed(1), Some(at_most(1_000))),
    row("far-time/30-ms", Work::FarTime, Floor::Fixed(30_000), Some(at_most(1_100))),
    row("start-cpu/reqwest", Work::StartCpu, Floor::Contender(REQWEST), Some(at_most(1_500))),
];

const fn row(name: &'static str, work: Work, floor: Floor, goal: Option<Goal>) -> Row {
    Row { name, work, floor, goal }
}

const fn at_most(thousandths: u64) -> Goal {
    Goal::AtMost(Ratio::thousandths(thousandths))
}

const fn at_least(thousandths: u64) -> Goal {
    Goal::AtLeast(Ratio::thousandths(thousandths))
}

/// The medians of the contenders, in this order, and below them every ratio: ours with its goal, then the others'.
pub fn print(figures: &Figures, contenders: &[&'static str]) -> String {
    let median_of = |work, name| median(figures.get(&(work, name)).cloned().unwrap_or_default());
    let others = || contenders.iter().copied().filter(|name| *name != OURS);

    let mut text = format!("{:<24}", "median");
    extend(&mut text, contenders);
    for work in Work::ALL {
        let _ = write!(text, "{:<24}", work.name());
        extend(&mut text, contenders.iter().map(|name| or_dash(median_of(work, *name))));
    }

    let _ = write!(text, "\n{:<24} {:>8}  {:>8}  {:<6}", "name", "ratio", "goal", "");
    extend(&mut text, others());
    for Row { name, work, floor, goal } in &ROWS {
        let floor = match floor {
            Floor::Contender(floor) => median_of(*work, floor),
            Floor::Fixed(number) => Some(*number),
        };
        let ratio = |name| Ratio::of(median_of(*work, name)?, floor?);
        text.push_str(&line(name, ratio(OURS), *goal));
        extend(&mut text, others().map(|name| or_dash(ratio(name))));
    }
    text
}

/// Ends a line with a column for each contender. (Writing to a String cannot fail.)
fn extend(text: &mut String, columns: impl IntoIterator<Item = impl std::fmt::Display>) {
    for column in columns {
        let _ = write!(text, " {column:>13}");
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_medians_and_then_name_ratio_goal_and_the_others() {
        let figures = Figures::from([
            ((Work::TlsCpu, REQWEST), vec![100, 90, 500]),
            ((Work::TlsCpu, OURS), vec![120]),
            ((Work::Allocations, OURS), vec![60]),
            ((Work::Connections, OURS), vec![1]),
        ]);
        let text = print(&figures, &[REQWEST, OURS]);
        let has = |words: &str| {
            text.lines().any(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") == words)
        };
        assert!(has("median reqwest ours"), "{text}");
        assert!(has("tls-cpu, ns/call 100 120"), "{text}");
        assert!(has("allocations, 1/call - 60"), "{text}");
        assert!(has("tls-cpu/reqwest 1.200 <=1.100 MISSED 1.000"), "{text}");
        assert!(has("allocations/75 0.800 <=1.000 -"), "{text}");
        assert!(has("start-cpu/reqwest - <=1.500 MISSED -"), "{text}");
    }
}
