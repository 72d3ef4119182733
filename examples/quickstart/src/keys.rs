//! The keys a visitor brings, by option or by environment variable. No text repeats one.

use std::env;
use std::ffi::OsString;
use std::io::{self, BufRead as _, Read as _};

use billing_credentials::{Submitted, fields};
use secrecy::SecretString;

use crate::processor::Processor;

/// No key is nearly as long.
const INPUT_BYTES_MAX: u64 = 4_096;

/// One field of a pane, and how a visitor fills it.
#[derive(Debug)]
pub(crate) struct KeyOption {
    field: &'static str,
    /// With its dashes.
    pub(crate) option: &'static str,
    processor: Processor,
    /// A secret may also come by input, so that it is in no list of processes.
    secret: bool,
    variable: &'static str,
}

/// In the order of the panes.
static KEY_OPTIONS: [KeyOption; 5] = [
    KeyOption {
        field: fields::PUBLISHABLE_KEY,
        option: "--publishable-key",
        processor: Processor::Stripe,
        secret: false,
        variable: "STRIPE_PUBLISHABLE_KEY",
    },
    KeyOption {
        field: fields::SECRET_KEY,
        option: "--secret-key",
        processor: Processor::Stripe,
        secret: true,
        variable: "STRIPE_SECRET_KEY",
    },
    KeyOption {
        field: fields::STORE_ID,
        option: "--store-id",
        processor: Processor::Moneris,
        secret: false,
        variable: "MONERIS_STORE_ID",
    },
    KeyOption {
        field: fields::API_TOKEN,
        option: "--api-token",
        processor: Processor::Moneris,
        secret: true,
        variable: "MONERIS_API_TOKEN",
    },
    KeyOption {
        field: fields::PROFILE_ID,
        option: "--profile-id",
        processor: Processor::Moneris,
        secret: false,
        variable: "MONERIS_PROFILE_ID",
    },
];

impl KeyOption {
    /// The one with this name, given without its dashes.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        KEY_OPTIONS.iter().find(|known| known.option.strip_prefix("--") == Some(name))
    }

    /// Those of one processor's pane.
    fn of(processor: Processor) -> impl Iterator<Item = &'static Self> {
        KEY_OPTIONS.iter().filter(move |known| known.processor == processor)
    }
}

/// The keys the visitor brought, if any.
#[derive(Debug, Default)]
pub(crate) struct PastedKeys(Vec<(&'static KeyOption, SecretString)>);

impl PastedKeys {
    /// Takes the value of an option.
    pub(crate) fn take(&mut self, option: &'static KeyOption, value: OsString) -> Result<(), String> {
        let key = if option.secret && value == "-" { line_of_input()? } else { key(value)? };
        self.0.push((option, key));
        Ok(())
    }

    /// With what the environment has for this processor, where no option says otherwise. A key of another processor is in the
    /// wrong place.
    pub(crate) fn completed_for(mut self, processor: Processor) -> Result<Self, String> {
        if let Some((wrong, _)) = self.0.iter().find(|(option, _)| option.processor != processor) {
            let (option, its) = (wrong.option, wrong.processor.name());
            return Err(format!(
                "{option} is for {its}, and the story is about {}: see --processor",
                processor.name()
            ));
        }
        let mut keys = Vec::new();
        for option in KeyOption::of(processor) {
            if let Some(value) = env::var_os(option.variable).filter(|value| !value.is_empty()) {
                keys.push((option, key(value)?));
            }
        }
        keys.append(&mut self.0);
        Ok(Self(keys))
    }

    /// What is pasted into the pane: the demo's own keys, and the visitor's in place of those that they brought.
    pub(crate) fn or(self, own: Vec<(&'static str, String)>) -> Submitted {
        let own = own.into_iter().map(|(field, value)| (field, SecretString::from(value)));
        own.chain(self.0.into_iter().map(|(option, key)| (option.field, key))).collect()
    }
}

/// Every environment variable a key may come by.
pub(crate) fn variables() -> String {
    KEY_OPTIONS.iter().map(|known| known.variable).collect::<Vec<_>>().join(", ")
}

/// The demo's own keys as options, one a line.
pub(crate) fn as_options(processor: Processor, own: &[(&'static str, String)]) -> String {
    let value = |field| own.iter().find(|(known, _)| *known == field).map(|(_, value)| value.as_str());
    let lines: Vec<_> = KeyOption::of(processor)
        .filter_map(|known| value(known.field).map(|value| format!("{} {value}", known.option)))
        .collect();
    lines.join("\n")
}

fn line_of_input() -> Result<SecretString, String> {
    let mut line = String::new();
    let mut input = io::stdin().lock().take(INPUT_BYTES_MAX);
    input.read_line(&mut line).map_err(|_| "the secret could not be read from the input")?;
    if input.limit() == 0 {
        return Err("the line of input is longer than any key".to_owned());
    }
    Ok(line.into())
}

fn key(value: OsString) -> Result<SecretString, String> {
    let text = value.into_string().map_err(|_| "a key has characters that no key has")?;
    Ok(text.into())
}
