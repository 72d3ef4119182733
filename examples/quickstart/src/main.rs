//! The main job of this library, told as a story in the terminal: arguments in, story out, an exit code at the end.
//!
//! Read `demo.rs` for how a host puts the library together, then the steps under `story/` in the order of their
//! numbers. The processors are the testkit's fakes of Stripe and Moneris, in this process: no account, no network, no money.

mod args;
mod cards;
mod clock;
mod demo;
mod fakes;
mod hint;
mod keys;
mod people;
mod processor;
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
    let processor = command.processor();
    match run(command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\n{}", say::wrapped("Stopped: ", &hint::with_causes(&*error)));
            if let Some(hint) = hint::after(&*error, processor) {
                eprintln!("{}", say::wrapped("         ", hint));
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Told {
    match command {
        Command::Help => Teller::new(false).plain(args::help()),
        Command::ShowKeys { data, processor } => {
            let demo = Demo::start(data.as_deref()).await?;
            Teller::new(false).plain(keys::as_options(processor, &demo.fakes.own_keys(processor)));
        }
        Command::Tell(options) => story::tell(*options).await?,
    }
    Ok(())
}
