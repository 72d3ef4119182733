//! Measures what a call to the processor costs, and prints the table of docs/performance.md. `cargo xtask bench` builds and starts it.

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use billing_bench::calls::contenders::{Contender, HYPER, OURS, REQWEST, program};
use billing_bench::calls::driver::Failure;
use billing_bench::calls::work::Size;
use billing_bench::calls::{bench, table};
use lexopt::prelude::*;

const USAGE: &str = "\
usage: calls [--rounds N] [--quick] [peers]

  --async-stripe DIR, --kasapay DIR    where the peer's programs are
  --node SCRIPT                        stripe-node's calls.js, its packages beside it
  --python INTERPRETER SCRIPT          an interpreter that has stripe-python, and its calls.py";

fn main() -> ExitCode {
    match run() {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String, Failure> {
    let here = env::current_exe()?;
    let here = here.parent().ok_or("a program is in a directory")?;
    let mut contenders: Vec<_> =
        [REQWEST, HYPER, OURS].into_iter().map(|name| Contender::of_ours(name, here)).collect();
    let (mut rounds, mut size) = (5, Size::Full);

    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("rounds") => rounds = arguments.value()?.parse()?,
            Long("quick") => size = Size::Quick,
            Long("async-stripe") => {
                contenders.push(Contender::rust_peer("async-stripe", &PathBuf::from(arguments.value()?)));
            }
            Long("kasapay") => {
                contenders.push(Contender::rust_peer("kasapay", &PathBuf::from(arguments.value()?)));
            }
            Long("node") => {
                let script = PathBuf::from(arguments.value()?);
                contenders.push(Contender::script("stripe-node", "node".into(), &script));
            }
            Long("python") => {
                let (interpreter, script) = (arguments.value()?, PathBuf::from(arguments.value()?));
                contenders.push(Contender::script("stripe-python", interpreter.into(), &script));
            }
            Long("help") => return Ok(format!("{USAGE}\n")),
            _ => return Err(argument.unexpected().into()),
        }
    }

    let figures = bench::run(&here.join(program("calls-stub")), &contenders, rounds, size)?;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let names: Vec<_> = contenders.iter().map(|contender| contender.name).collect();
    let machine =
        format!("{} {}, {cores} cores, medians of {rounds} rounds", env::consts::OS, env::consts::ARCH);
    Ok(format!("{machine}\n\n{}", table::print(&figures, &names)))
}
