//! The calls of async-stripe, timed.

use std::process::ExitCode;

use peer_calls_async_stripe::{AsyncStripe, driver};

fn main() -> ExitCode {
    driver::run::<AsyncStripe>(None)
}
