//! Prints how fast durable work is, beside its floors: `durable [--quick] [--rounds N] [--large] [--folder PATH]`.
//!
//! One line each, in columns separated by tabs: `row`, name, ratio, goal.

use std::path::PathBuf;
use std::process::ExitCode;

use billing_bench::durable::{self, Failure, Plan};
use lexopt::prelude::*;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure:?}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let (mut plan, mut folder) = (Plan::default(), beside_the_program()?);
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("quick") => plan = Plan::smoke(),
            Long("rounds") => plan.rounds = arguments.value()?.parse()?,
            Long("large") => plan = plan.large(),
            Long("folder") => folder = arguments.value()?.into(),
            _ => return Err(argument.unexpected().into()),
        }
    }
    std::fs::create_dir_all(&folder)?;
    let report = durable::run(&plan, &folder).await?;
    print!("{report}");
    if report.steps_found != report.steps_asked {
        return Err(format!("{} of {} steps are stored", report.steps_found, report.steps_asked).into());
    }
    Ok(())
}

/// Where cargo builds: on a disk, where temporary folders often are not.
fn beside_the_program() -> Result<PathBuf, Failure> {
    let program = std::env::current_exe()?;
    Ok(program.parent().ok_or("the program is nowhere")?.join("durable-files"))
}
