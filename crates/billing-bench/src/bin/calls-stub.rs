//! The server that all contenders call: `calls-stub <file for its certificate>`, ended by the end of its input.

use std::process::ExitCode;

use billing_bench::calls::driver::Failure;
use billing_bench::calls::stub;

#[tokio::main]
async fn main() -> ExitCode {
    let outcome: Result<(), Failure> = async {
        let file = std::env::args().nth(1).ok_or("usage: calls-stub <file for its certificate>")?;
        stub::serve(&file).await
    }
    .await;
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure:?}");
            ExitCode::FAILURE
        }
    }
}
