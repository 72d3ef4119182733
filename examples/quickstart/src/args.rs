//! The command line, and two environment variables for those who keep keys out of it. No text repeats a key.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use billing_credentials::{Submitted, fields};
use billing_domain::{Currency, Money};
use lexopt::prelude::*;
use secrecy::SecretString;

use crate::cards::Choice;

const PUBLISHABLE_KEY: &str = "STRIPE_PUBLISHABLE_KEY";
const SECRET_KEY: &str = "STRIPE_SECRET_KEY";

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

cards:
{}",
        Choice::table()
    )
}

pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let (mut amount, mut card, mut then, mut data) = (None, Choice::VISA, None, None);
    let (mut pause, mut show_keys) = (false, false);
    let mut keys =
        PastedKeys { publishable: from_environment(PUBLISHABLE_KEY)?, secret: from_environment(SECRET_KEY)? };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("amount") => amount = Some(parser.value()?.parse_with(dollars)?),
            Long("card") => card = parser.value()?.parse()?,
            Long("then") => then = Some(parser.value()?.parse()?),
            Long("data") => data = Some(parser.value()?.into()),
            Long("pause") => pause = true,
            Long("publishable-key") => keys.publishable = Some(key(parser.value()?)?),
            Long("secret-key") => keys.secret = Some(key_or_input(parser.value()?)?),
            Long("show-keys") => show_keys = true,
            Long("help") | Short('h') => return Ok(Command::Help),
            // It may be a key that lost its option: the usual text would repeat it.
            Value(_) => return Err("there is a value without an option before it".into()),
            option => return Err(option.unexpected()),
        }
    }
    if show_keys {
        return Ok(Command::ShowKeys { data });
    }
    Ok(Command::Tell(Box::new(Options { amount, card, then, data, pause, keys })))
}

/// An exact amount: more than two digits after the point are refused, never rounded.
fn dollars(text: &str) -> Result<Money, Box<dyn std::error::Error + Send + Sync>> {
    Ok(Money::from_decimal(text.parse()?, Currency::CAD)?)
}

fn from_environment(name: &str) -> Result<Option<SecretString>, lexopt::Error> {
    env::var_os(name).filter(|value| !value.is_empty()).map(key).transpose()
}

fn key_or_input(value: OsString) -> Result<SecretString, lexopt::Error> {
    if value != "-" {
        return key(value);
    }
    let mut line = String::new();
    io::stdin().read_line(&mut line).map_err(|_| "the secret key could not be read from the input")?;
    Ok(line.into())
}

fn key(value: OsString) -> Result<SecretString, lexopt::Error> {
    let text = value.into_string().map_err(|_| "a key has characters that no key has")?;
    Ok(text.into())
}
