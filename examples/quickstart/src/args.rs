//! The command line, and two environment variables for those who keep keys out of it. No text repeats a value:
//! it may be a key in the wrong place.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead as _, Read as _};
use std::path::PathBuf;

use billing_credentials::{Submitted, fields};
use billing_domain::{Currency, Money};
use lexopt::prelude::*;
use secrecy::SecretString;

use crate::cards::Choice;
use crate::{hint, seal_key};

const PUBLISHABLE_KEY: &str = "STRIPE_PUBLISHABLE_KEY";
const SECRET_KEY: &str = "STRIPE_SECRET_KEY";
/// No key is nearly as long.
const INPUT_BYTES_MAX: u64 = 4_096;

/// What the visitor wants.
#[derive(Debug)]
pub(crate) enum Command {
    Help,
    ShowKeys { data: Option<PathBuf> },
    Tell(Box<Options>),
}

/// How the story goes.
#[derive(Debug)]
pub(crate) struct Options {
    /// The price of the visit, instead of the usual invoice.
    pub(crate) amount: Option<Money>,
    pub(crate) card: Choice,
    /// The card after a declined one.
    pub(crate) then: Option<Choice>,
    pub(crate) data: Option<PathBuf>,
    pub(crate) pause: bool,
    pub(crate) keys: PastedKeys,
}

/// The keys the visitor brought, if any.
#[derive(Debug, Default)]
pub(crate) struct PastedKeys {
    publishable: Option<SecretString>,
    secret: Option<SecretString>,
}

impl PastedKeys {
    /// What is pasted into the Stripe pane: the visitor's keys, or the demo's own where there are none.
    pub(crate) fn or(self, (publishable, secret): (String, String)) -> Submitted {
        Submitted::from_iter([
            (fields::PUBLISHABLE_KEY, self.publishable.unwrap_or_else(|| publishable.into())),
            (fields::SECRET_KEY, self.secret.unwrap_or_else(|| secret.into())),
        ])
    }
}

pub(crate) fn help() -> String {
    format!(
        "\
usage: quickstart [options]

Connects a clinic to a fake Stripe in this process and takes a card payment, step by step.

  --amount 123.45        one visit at this price, instead of a visit and a taxed product
  --card NAME            the card the cardholder uses (default: visa)
  --then NAME            the card used after a declined one (default: the payment is cancelled)
  --data FILE            the database; with the same file a later run goes on (default: a new one)
  --pause                wait for Enter between the steps
  --publishable-key KEY  the key to paste, instead of the demo's own (or {PUBLISHABLE_KEY})
  --secret-key KEY       the same for the secret key; - reads a line of input (or {SECRET_KEY})
  --show-keys            print the keys the demo would paste, and stop
  --help                 this text

{SEAL_KEYS} holds the keys that seal what is saved, as id:hex; without it a file beside
the data does.

cards:
{}",
        Choice::table(),
        SEAL_KEYS = seal_key::VARIABLE,
    )
}

/// What the visitor wants, or what is wrong with how it was said.
pub(crate) fn parse(parser: lexopt::Parser) -> Result<Command, String> {
    command(parser).map_err(|error| without_values(&error))
}

fn command(mut parser: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let (mut amount, mut card, mut then, mut data) = (None, Choice::VISA, None, None);
    let (mut pause, mut show_keys) = (false, false);
    let mut keys =
        PastedKeys { publishable: from_environment(PUBLISHABLE_KEY)?, secret: from_environment(SECRET_KEY)? };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("amount") => amount = Some(dollars(&value(&mut parser, "--amount")?)?),
            Long("card") => card = named(&value(&mut parser, "--card")?)?,
            Long("then") => then = Some(named(&value(&mut parser, "--then")?)?),
            Long("data") => data = Some(value(&mut parser, "--data")?.into()),
            Long("pause") => pause = true,
            Long("publishable-key") => {
                keys.publishable = Some(key(value(&mut parser, "--publishable-key")?)?);
            }
            Long("secret-key") => keys.secret = Some(key_or_input(value(&mut parser, "--secret-key")?)?),
            Long("show-keys") => show_keys = true,
            Long("help") | Short('h') => return Ok(Command::Help),
            other => return Err(other.unexpected()),
        }
    }
    if show_keys {
        return Ok(Command::ShowKeys { data });
    }
    Ok(Command::Tell(Box::new(Options { amount, card, then, data, pause, keys })))
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

/// An exact price: more than two digits after the point are refused, never rounded.
fn dollars(value: &OsStr) -> Result<Money, lexopt::Error> {
    let figure = value.to_str().and_then(|text| text.parse().ok());
    let figure = figure.ok_or_else(|| refused("it is not a number of dollars"))?;
    let price = Money::from_decimal(figure, Currency::CAD).map_err(|error| refused(&error.to_string()))?;
    // Nothing at all is a price: what the library says to it is part of the story.
    if price.minor() < 0 { Err(refused("a price cannot be negative")) } else { Ok(price) }
}

fn refused(amount: &str) -> lexopt::Error {
    format!("--amount: {amount}. {}", hint::AMOUNT).into()
}

fn named(card: &OsStr) -> Result<Choice, lexopt::Error> {
    // What is not text is not the name of a card either.
    Ok(card.to_string_lossy().parse::<Choice>()?)
}

fn from_environment(name: &str) -> Result<Option<SecretString>, lexopt::Error> {
    env::var_os(name).filter(|value| !value.is_empty()).map(key).transpose()
}

fn key_or_input(value: OsString) -> Result<SecretString, lexopt::Error> {
    if value != "-" {
        return key(value);
    }
    let mut line = String::new();
    let mut input = io::stdin().lock().take(INPUT_BYTES_MAX);
    input.read_line(&mut line).map_err(|_| "the secret key could not be read from the input")?;
    if input.limit() == 0 {
        return Err("the line of input is longer than any key".into());
    }
    Ok(line.into())
}

fn key(value: OsString) -> Result<SecretString, lexopt::Error> {
    let text = value.into_string().map_err(|_| "a key has characters that no key has")?;
    Ok(text.into())
}
