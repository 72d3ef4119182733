//! The contract of the payment port, kept by both flows of Moneris: every line in process and over HTTP.

use billing_moneris::{FLOW_CHECKOUT, FLOW_HOSTED_TOKENIZATION};
use billing_testkit::conformance::processor as contract;

use crate::harness::Moneris;

macro_rules! lines {
    ($flow:ident, $in_process:ident, $over_http:ident: $($line:ident)+) => {
        mod $in_process {
            use super::{$flow, Moneris, contract};
            $(#[tokio::test(start_paused = true)]
            async fn $line() {
                contract::$line(&Moneris::in_process($flow)).await;
            })+
        }

        mod $over_http {
            use super::{$flow, Moneris, contract};
            $(#[tokio::test]
            async fn $line() {
                contract::$line(&Moneris::over_http($flow).await).await;
            })+
        }
    };
}

macro_rules! of_any_flow {
    ($($line:ident)+) => {
        lines!(FLOW_HOSTED_TOKENIZATION, token_in_process, token_over_http: $($line)+);
        lines!(FLOW_CHECKOUT, ticket_in_process, ticket_over_http: $($line)+);
    };
}

macro_rules! charged_on_return {
    ($($line:ident)+) => {
        lines!(FLOW_HOSTED_TOKENIZATION, on_return_in_process, on_return_over_http: $($line)+);
    };
}

macro_rules! paid_in_the_browser {
    ($($line:ident)+) => {
        lines!(FLOW_CHECKOUT, browser_in_process, browser_over_http: $($line)+);
    };
}

billing_testkit::processor_contract!(of_any_flow);
billing_testkit::processor_contract_on_return!(charged_on_return);
billing_testkit::processor_contract_in_browser!(paid_in_the_browser);
