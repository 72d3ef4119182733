//! The cards a visitor can play with, by short names: a table for each processor, because each fake knows its own.

pub(crate) mod moneris;
pub(crate) mod stripe;

use std::ffi::OsStr;

use crate::processor::Processor;

/// A card with its name and what will happen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice<C> {
    pub(crate) name: &'static str,
    pub(crate) card: C,
    /// For `--help`.
    about: &'static str,
}

impl<C> Choice<C> {
    const fn new(name: &'static str, card: C, about: &'static str) -> Self {
        Self { name, card, about }
    }
}

/// The cards the cardholder uses, one after the other, at the processor they are for.
#[derive(Debug)]
pub(crate) enum Cards {
    Moneris(Vec<Choice<moneris::Card>>),
    Stripe(Vec<Choice<stripe::Hand>>),
}

impl Cards {
    /// The cards with these names; without any the first of the table.
    pub(crate) fn named(
        processor: Processor,
        card: Option<&OsStr>,
        then: Option<&OsStr>,
    ) -> Result<Self, String> {
        Ok(match processor {
            Processor::Moneris => Self::Moneris(chosen(moneris::ALL, card, then)?),
            Processor::Stripe => Self::Stripe(chosen(stripe::ALL, card, then)?),
        })
    }

    pub(crate) fn processor(&self) -> Processor {
        match self {
            Self::Moneris(_) => Processor::Moneris,
            Self::Stripe(_) => Processor::Stripe,
        }
    }

    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Moneris(cards) => cards.len(),
            Self::Stripe(cards) => cards.len(),
        }
    }
}

/// Every card of both tables with what it does, one per line.
pub(crate) fn tables() -> String {
    format!("cards with Stripe:\n{}\n\ncards with Moneris:\n{}", table(stripe::ALL), table(moneris::ALL))
}

fn table<C>(all: &[Choice<C>]) -> String {
    let lines: Vec<_> = all.iter().map(|choice| format!("  {:<18}{}", choice.name, choice.about)).collect();
    lines.join("\n")
}

fn chosen<C: Copy>(
    all: &[Choice<C>],
    card: Option<&OsStr>,
    then: Option<&OsStr>,
) -> Result<Vec<Choice<C>>, String> {
    let first = card.map_or(Ok(all.first().copied()), |name| find(all, name).map(Some))?;
    let second = then.map(|name| find(all, name)).transpose()?;
    Ok(first.into_iter().chain(second).collect())
}

fn find<C: Copy>(all: &[Choice<C>], name: &OsStr) -> Result<Choice<C>, String> {
    let names = || all.iter().map(|choice| choice.name).collect::<Vec<_>>().join(", ");
    // What is not text is not the name of a card either.
    let found = all.iter().find(|choice| name == choice.name);
    found.copied().ok_or_else(|| format!("there is no such card; the cards are {}", names()))
}
