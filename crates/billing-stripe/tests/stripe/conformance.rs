//! The contract of the payment port, kept by Stripe: every line in process and over HTTP.

use billing_testkit::conformance::processor as contract;

use crate::harness::Stripe;

macro_rules! lines {
    ($($line:ident)+) => {
        mod in_process {
            use super::{Stripe, contract};
            $(#[tokio::test(start_paused = true)]
            async fn $line() {
                contract::$line(&Stripe::in_process()).await;
            })+
        }

        mod over_http {
            use super::{Stripe, contract};
            $(#[tokio::test]
            async fn $line() {
                contract::$line(&Stripe::over_http().await).await;
            })+
        }
    };
}

billing_testkit::processor_contract!(lines);
