//! `cargo run -p clinic`: opens the clinic, and closes it when it is told to. What it is made of is in the library.

use std::process::ExitCode;
use std::time::Duration;

use clinic::{Clinic, StartError, args};

/// What requests and payments under way are given to end in.
const CLOSING: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> ExitCode {
    let options = match args::parse(lexopt::Parser::from_env()) {
        Ok(args::Command::Help) => {
            print!("{}", args::help());
            return ExitCode::SUCCESS;
        }
        Ok(args::Command::Serve(options)) => options,
        Err(wrong) => {
            eprintln!("{wrong}. Try --help.");
            return ExitCode::from(2);
        }
    };
    // What the library tells, its alarms included, goes to stderr. It never holds a key, a card or a patient's name.
    tracing_subscriber::fmt().with_max_level(tracing::Level::INFO).with_writer(std::io::stderr).init();
    match serve(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("The clinic cannot open: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(options: clinic::Options) -> Result<(), StartError> {
    // Listened for before anything is said: whoever reads the line below may end us at once.
    let told = told_to_end()?;
    let clinic = Clinic::start(options).await?;
    println!("Clinic on http://{}", clinic.address());
    told.await;
    if !clinic.close(CLOSING).await {
        tracing::warn!("not everything ended in time; what is open is settled after the next start");
    }
    Ok(())
}

/// Ends when somebody presses Ctrl-C or the system asks us to end.
#[cfg(unix)]
fn told_to_end() -> Result<impl Future<Output = ()>, StartError> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).map_err(StartError::Signals)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(StartError::Signals)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ends when somebody presses Ctrl-C.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
fn told_to_end() -> Result<impl Future<Output = ()>, StartError> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}
