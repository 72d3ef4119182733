//! The main job of this library, told as a story in the terminal: arguments in, story out, an exit code at the end.
//!
//! Read `demo.rs` for how a host puts the library together, then the steps under `story/` in the order of their
//! numbers. The processor is the testkit's fake Stripe, in this process: no account, no network, no money.

mod args;
mod cards;
mod demo;
mod hint;
mod people;
mod say;
mod seal_key;
mod story;
mod words;

use std::error::Error;
use std::process::ExitCode;

use crate::args::Command;
use crate::demo::Demo;
use crate::say::Teller;

/// What a step of the story gives back. A binary may say "any error": it only shows it. A library may not.
type Told<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> ExitCode {
    let command = match args::parse(lexopt::Parser::from_env()) {
        Ok(command) => command,
        Err(error) => {
            eprintln!("{}\n\nTry --help.", say::wrapped("", &error));
            return ExitCode::from(2);
        }
    };
    match run(command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\n{}", say::wrapped("Stopped: ", &hint::with_causes(&*error)));
            if let Some(hint) = hint::after(&*error) {
                eprintln!("{}", say::wrapped("         ", hint));
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Told {
    match command {
        Command::Help => Teller::new(false).plain(args::help()),
        Command::ShowKeys { data } => {
            let demo = Demo::start(data.as_deref()).await?;
            let (publishable, secret) = demo.own_keys();
            Teller::new(false).plain(format_args!("--publishable-key {publishable}\n--secret-key {secret}"));
        }
        Command::Tell(options) => story::tell(*options).await?,
    }
    Ok(())
}
