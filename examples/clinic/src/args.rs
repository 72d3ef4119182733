//! The command line and the environment. No text repeats a value.

use std::env;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use lexopt::prelude::*;

use crate::seal_key;
use crate::{Notices, Options, Which};

/// Where the clinic listens.
pub(crate) const ADDRESS: &str = "CLINIC_ADDR";
/// Where the stand-in for Stripe's own pages listens.
pub(crate) const STAND_IN_ADDRESS: &str = "CLINIC_STAND_IN_ADDR";
/// Where the stand-in for Moneris's own pages listens.
pub(crate) const MONERIS_STAND_IN_ADDRESS: &str = "CLINIC_MONERIS_STAND_IN_ADDR";

/// What the visitor wants.
#[derive(Debug)]
pub enum Command {
    /// To read [`help`].
    Help,
    /// To open the clinic.
    Serve(Options),
}

/// The text of `--help`.
pub fn help() -> String {
    format!(
        "\
usage: clinic [options]

A small EMR in the browser that takes card payments. Nothing leaves this machine unless you say live.

  --data FOLDER             what is kept (default: clinic-data)
  --stripe stand-in|live    a Stripe in this process with made-up cards, or the real one (default: stand-in)
  --moneris stand-in|live   the same of Moneris
  --notices WHO             who tells at once when something changed: stand-in, off, or https://… for the real Stripe, where it
                            reaches this clinic's /notices (default: stand-in with the stand-in, else off)
  --help                    this text

{ADDRESS}                    where it listens (default: 127.0.0.1:4242)
{STAND_IN_ADDRESS}           where Stripe's stand-in listens for the browser (default: 127.0.0.1:4243)
{MONERIS_STAND_IN_ADDRESS}   where Moneris's stand-in does (default: 127.0.0.1:4244)
{SEAL_KEYS}              the keys that seal what is saved, as id:hex; without it a file in the folder does
",
        SEAL_KEYS = seal_key::VARIABLE,
    )
}

/// What the visitor wants, or what is wrong with how it was said.
pub fn parse(mut parser: lexopt::Parser) -> Result<Command, String> {
    let mut options = Options {
        addr: address(ADDRESS, env::var_os(ADDRESS), 4242)?,
        stand_in_addr: address(STAND_IN_ADDRESS, env::var_os(STAND_IN_ADDRESS), 4243)?,
        moneris_stand_in_addr: address(
            MONERIS_STAND_IN_ADDRESS,
            env::var_os(MONERIS_STAND_IN_ADDRESS),
            4244,
        )?,
        ..Options::in_folder("clinic-data")
    };
    let mut notices = None;
    while let Some(argument) = parser.next().map_err(|_| "an option is not well-formed".to_owned())? {
        match argument {
            Long("data") => options.data = PathBuf::from(value(&mut parser, "--data takes a folder")?),
            Long("stripe") => options.stripe = which(&mut parser, "--stripe takes stand-in or live")?,
            Long("moneris") => options.moneris = which(&mut parser, "--moneris takes stand-in or live")?,
            Long("notices") => notices = Some(told_by(&mut parser)?),
            Long("help") | Short('h') => return Ok(Command::Help),
            _ => return Err("there is an option that this program does not know".to_owned()),
        }
    }
    options.notices = notices.unwrap_or(match options.stripe {
        Which::Live => Notices::Off,
        Which::StandIn => Notices::StandIn,
    });
    Ok(Command::Serve(options))
}

fn told_by(parser: &mut lexopt::Parser) -> Result<Notices, String> {
    let wrong = "--notices takes stand-in, off or an address that begins with https://";
    match value(parser, wrong)?.to_str() {
        Some("off") => Ok(Notices::Off),
        Some("stand-in") => Ok(Notices::StandIn),
        Some(address) => address.parse().map(Notices::At).map_err(|_| wrong.to_owned()),
        None => Err(wrong.to_owned()),
    }
}

fn which(parser: &mut lexopt::Parser, wrong: &str) -> Result<Which, String> {
    match value(parser, wrong)?.to_str() {
        Some("stand-in") => Ok(Which::StandIn),
        Some("live") => Ok(Which::Live),
        _ => Err(wrong.to_owned()),
    }
}

fn value(parser: &mut lexopt::Parser, wrong: &str) -> Result<OsString, String> {
    parser.value().ok().filter(|value| !value.is_empty()).ok_or_else(|| wrong.to_owned())
}

/// An empty variable counts as unset.
fn address(variable: &str, set: Option<OsString>, port: u16) -> Result<SocketAddr, String> {
    let Some(set) = set.filter(|set| !set.is_empty()) else {
        return Ok(SocketAddr::from(([127, 0, 0, 1], port)));
    };
    let text = set.to_str().unwrap_or_default();
    text.parse().map_err(|_| format!("{variable} takes an address and a port, such as 127.0.0.1:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Command, String> {
        parse(lexopt::Parser::from_iter(["clinic"].iter().chain(arguments)))
    }

    #[test]
    fn what_is_asked_for_is_done() {
        let Ok(Command::Serve(options)) = parsed(&["--data", "elsewhere", "--stripe=live"]) else {
            panic!("it is served")
        };
        assert_eq!((options.data, options.stripe), (PathBuf::from("elsewhere"), Which::Live));
        assert_eq!(options.moneris, Which::StandIn, "each is asked for by itself");
        assert!(matches!(
            parsed(&["--moneris", "live"]),
            Ok(Command::Serve(Options { moneris: Which::Live, stripe: Which::StandIn, .. }))
        ));
        assert_eq!(options.notices, Notices::Off, "the real one cannot reach this machine by itself");
        let Ok(Command::Serve(options)) = parsed(&[]) else { panic!("it is served") };
        assert_eq!(options.notices, Notices::StandIn);
        let at = ["--stripe=live", "--notices", "https://clinic.example/notices"];
        let Ok(Command::Serve(options)) = parsed(&at) else { panic!("it is served") };
        assert_eq!(options.notices, Notices::At("https://clinic.example/notices".parse().unwrap()));
        assert!(matches!(parsed(&["--help"]), Ok(Command::Help)));
    }

    #[test]
    fn what_is_wrong_is_said_without_repeating_it() {
        for wrong in [
            &["--stripe", "sk_live_x"][..],
            &["--moneris", "sk_live_x"],
            &["--notices", "sk_live_x"],
            &["--sk_live_x"],
            &["sk_live_x"],
            &["--data"],
        ] {
            let said = parsed(wrong).unwrap_err();
            assert!(!said.contains("sk_live_x"), "{said}");
        }
    }

    #[test]
    fn an_address_is_whole_or_refused() {
        let named = |text: &str| address(ADDRESS, Some(text.into()), 4242);
        assert_eq!(named("").unwrap().port(), 4242);
        assert_eq!(named("[::1]:0").unwrap().port(), 0);
        assert!(named("4242").unwrap_err().starts_with("CLINIC_ADDR"));
    }
}
