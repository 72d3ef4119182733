//! The command line. No text repeats a value: it may be a key in the wrong place.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use billing_domain::{Currency, Money};
use lexopt::prelude::*;

use crate::cards::{self, Cards};
use crate::keys::{self, KeyOption, PastedKeys};
use crate::processor::Processor;
use crate::{hint, say, seal_key};

/// What the visitor wants.
#[derive(Debug)]
pub(crate) enum Command {
    Help,
    ShowKeys { data: Option<PathBuf>, processor: Processor },
    Tell(Box<Options>),
}

impl Command {
    /// Which processor it is about.
    pub(crate) fn processor(&self) -> Processor {
        match self {
            Self::Help => Processor::default(),
            Self::ShowKeys { processor, .. } => *processor,
            Self::Tell(options) => options.cards.processor(),
        }
    }
}

/// How the story goes.
#[derive(Debug)]
pub(crate) struct Options {
    /// The price of the visit, instead of the usual invoice.
    pub(crate) amount: Option<Money>,
    /// The first card, and the one after it was declined.
    pub(crate) cards: Cards,
    pub(crate) data: Option<PathBuf>,
    pub(crate) keys: PastedKeys,
    pub(crate) pause: bool,
    pub(crate) refund: Option<GiveBack>,
}

/// How much of a payment is given back.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GiveBack {
    All,
    Part(Money),
}

pub(crate) fn help() -> String {
    format!(
        "\
usage: quickstart [options]

Connects a clinic to a fake Stripe in this process and takes a card payment, step by step; or to a
fake Moneris, and gives money back if you like.

  --processor NAME       stripe or moneris (default: stripe)
  --amount 123.45        one visit at this price, instead of a visit and a taxed product
  --card NAME            the card the cardholder uses (default: visa)
  --then NAME            the card used after a declined one (default: the payment is cancelled)
  --refund 12.34         give this much of the payment back, or all
  --data FILE            the database; with the same file a later run goes on (default: a new one)
  --pause                wait for Enter between the steps
  --publishable-key KEY  Stripe: the key to paste, instead of the demo's own
  --secret-key KEY       Stripe: the same for the secret key; - reads a line of input
  --store-id ID          Moneris: the store id to paste, instead of the demo's own
  --api-token TOKEN      Moneris: the same for the API token; - reads a line of input
  --profile-id ID        Moneris: the same for the profile id
  --show-keys            print the keys the demo would paste, and stop
  --help                 this text

{KEYS}

{SEAL_KEYS} holds the keys that seal what is saved, as id:hex; without it a file beside
the data does.

{}",
        cards::tables(),
        KEYS = say::wrapped("", &format!("A key may also be in the environment: {}.", keys::variables())),
        SEAL_KEYS = seal_key::VARIABLE,
    )
}

/// What the visitor wants, or what is wrong with how it was said.
pub(crate) fn parse(parser: lexopt::Parser) -> Result<Command, String> {
    command(parser).map_err(|error| without_values(&error))
}

fn command(mut parser: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let (mut amount, mut card, mut then, mut data, mut refund) = (None, None, None, None, None);
    let (mut pause, mut show_keys) = (false, false);
    let (mut keys, mut processor) = (PastedKeys::default(), Processor::default());
    while let Some(argument) = parser.next()? {
        match argument {
            Long("amount") => amount = Some(price(&value(&mut parser, "--amount")?)?),
            Long("card") => card = Some(value(&mut parser, "--card")?),
            Long("then") => then = Some(value(&mut parser, "--then")?),
            Long("data") => data = Some(value(&mut parser, "--data")?.into()),
            Long("pause") => pause = true,
            Long("processor") => {
                // What is not text is no processor either.
                processor = value(&mut parser, "--processor")?.to_string_lossy().parse::<Processor>()?;
            }
            Long("refund") => refund = Some(give_back(&value(&mut parser, "--refund")?)?),
            Long("show-keys") => show_keys = true,
            Long("help") | Short('h') => return Ok(Command::Help),
            Long(name) => match KeyOption::named(name) {
                Some(key) => keys.take(key, value(&mut parser, key.option)?)?,
                None => return Err(argument.unexpected()),
            },
            other => return Err(other.unexpected()),
        }
    }
    // Only now is it known whose cards and keys they are.
    let cards = Cards::named(processor, card.as_deref(), then.as_deref())?;
    let keys = keys.completed_for(processor)?;
    if show_keys {
        return Ok(Command::ShowKeys { data, processor });
    }
    Ok(Command::Tell(Box::new(Options { amount, cards, data, keys, pause, refund })))
}

/// What is wrong, without the words it was said in: the usual texts repeat them.
fn without_values(error: &lexopt::Error) -> String {
    use lexopt::Error as E;
    match error {
        E::Custom(error) => error.to_string(),
        // Only an option of ours is asked for its value, or must not have one: its name is no secret.
        E::MissingValue { option: Some(option) } => format!("{option} takes a value, and there is none"),
        E::UnexpectedValue { option, .. } => format!("{option} takes no value"),
        E::UnexpectedArgument(_) => "there is a value without an option before it".to_owned(),
        E::UnexpectedOption(_) => "there is an option that this program does not have".to_owned(),
        E::MissingValue { option: None } | E::NonUnicodeValue(_) | E::ParsingFailed { .. } => {
            "a value cannot be read".to_owned()
        }
    }
}

/// The value of an option. Another option in its place means that the value was forgotten.
fn value(parser: &mut lexopt::Parser, option: &str) -> Result<OsString, lexopt::Error> {
    let value = parser.value()?;
    if value.as_encoded_bytes().starts_with(b"--") {
        return Err(format!("{option} takes a value, and another option follows it").into());
    }
    Ok(value)
}

fn price(value: &OsStr) -> Result<Money, lexopt::Error> {
    let refused = |why: String| lexopt::Error::from(format!("--amount: {why}. {}", hint::AMOUNT));
    let price = dollars(value).map_err(refused)?;
    // Nothing at all is a price: what the library says to it is part of the story.
    if price.minor() < 0 { Err(refused("a price cannot be negative".to_owned())) } else { Ok(price) }
}

fn give_back(value: &OsStr) -> Result<GiveBack, lexopt::Error> {
    if value == "all" {
        return Ok(GiveBack::All);
    }
    let refused = |why: String| lexopt::Error::from(format!("--refund: {why}. {}", hint::REFUND));
    let part = dollars(value).map_err(refused)?;
    if part.is_positive() {
        Ok(GiveBack::Part(part))
    } else {
        Err(refused("a refund gives something back".to_owned()))
    }
}

/// An exact amount: more than two digits after the point are refused, never rounded.
fn dollars(value: &OsStr) -> Result<Money, String> {
    let figure = value.to_str().and_then(|text| text.parse().ok());
    let figure = figure.ok_or("it is not a number of dollars")?;
    Money::from_decimal(figure, Currency::CAD).map_err(|error| error.to_string())
}
