//! Every published line of the processor port's contract. No line is chosen here, and none is left out.

use billing_testkit::conformance::processor as contract;

use crate::harness::Counter;

macro_rules! tests {
    ($($line:ident)+) => {$(
        #[tokio::test]
        async fn $line() {
            contract::$line(&Counter::new().await).await;
        }
    )+};
}

billing_testkit::processor_contract!(tests);
billing_testkit::processor_contract_in_browser!(tests);
