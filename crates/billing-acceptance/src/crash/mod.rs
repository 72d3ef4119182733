//! Real crashes: processes that take payments are killed at random moments, and afterwards our ledger is compared with the processors'.
//!
//! One program plays both parts. The driver survives: it holds the fake processors, plays front desks and cardholders, kills and restarts
//! the hosts. The hosts are processes of the same program, started by it: each has the library, the database, and the processors over
//! HTTP. What is killed is a process; only a real machine can lose its power.

mod answers;
mod args;
mod bug;
mod clinics;
mod clock;
mod dice;
mod driver;
mod host;
mod hosts;
mod ids;
mod judge;
mod load;
mod outcome;
mod owner;
mod post;
mod rest;
mod visit;
mod wire;

use std::process::ExitCode;

use args::Asked;

/// The whole program.
pub fn main() -> ExitCode {
    let asked = match args::parse(lexopt::Parser::from_env()) {
        Ok(asked) => asked,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    match asked {
        Asked::Host(setting) => {
            host::run(&setting);
            ExitCode::SUCCESS
        }
        Asked::Test(plan) => {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            let outcome = runtime.block_on(driver::run(&plan));
            println!("{outcome}");
            if outcome.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
    }
}
