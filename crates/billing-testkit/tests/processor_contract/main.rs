//! The processor suite itself, held by a made-up processor that is charged on return: it passes a good adapter, and it
//! notices each of the mistakes in `mutants`.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod harness;
mod mutants;
mod service;
mod till;

use billing_testkit::conformance::processor as contract;

use harness::Counterfoil;

macro_rules! lines {
    ($($line:ident)+) => {$(
        #[tokio::test(start_paused = true)]
        async fn $line() {
            contract::$line(&Counterfoil::good()).await;
        }
    )+};
}

billing_testkit::processor_contract!(lines);
billing_testkit::processor_contract_on_return!(lines);
