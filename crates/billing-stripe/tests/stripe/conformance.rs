//! The contract of the payment port, kept by Stripe: every line in process and over HTTP.

use billing_testkit::conformance::processor as contract;

use crate::harness::Stripe;

macro_rules! lines {
    ($in_process:ident, $over_http:ident: $($line:ident)+) => {
        mod $in_process {
            use super::{Stripe, contract};
            $(#[tokio::test(start_paused = true)]
            async fn $line() {
                contract::$line(&Stripe::in_process()).await;
            })+
        }

        mod $over_http {
            use super::{Stripe, contract};
            $(#[tokio::test]
            async fn $line() {
                contract::$line(&Stripe::over_http().await).await;
            })+
        }
    };
}

macro_rules! of_any_flow {
    ($($line:ident)+) => { lines!(in_process, over_http: $($line)+); };
}

macro_rules! paid_in_the_browser {
    ($($line:ident)+) => { lines!(browser_in_process, browser_over_http: $($line)+); };
}

billing_testkit::processor_contract!(of_any_flow);
billing_testkit::processor_contract_in_browser!(paid_in_the_browser);
