//! The calls of kasapay-stripe, timed.

use std::process::ExitCode;

use peer_calls_kasapay::{Kasapay, driver};

fn main() -> ExitCode {
    driver::run::<Kasapay>(None)
}
