//! Story 6 and invariant I4: the whole story with secrets one would recognise, then a search everywhere they could be.
//! The search must be able to fail: leaks planted in every place are caught.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

mod moneris;
mod places;
mod stripe;

use billing_acceptance::{Clinic, noticing};
use places::{Place, Traces, leaks, places};

#[tokio::test]
async fn story_06_no_secret_is_found_anywhere_and_a_planted_one_is() {
    let traces = Traces::capture();
    let clinic = Clinic::with(noticing()).await;
    clinic.unlock_stripe().await;
    let mut secrets = Vec::new();
    let told =
        stripe::whole_story(&clinic, &mut secrets).await + &moneris::whole_story(&clinic, &mut secrets).await;

    let searched = places(&clinic, &traces, &told).await;
    assert!(secrets.len() >= 14 && searched.len() > 40, "the search covers too little");
    assert!(searched.iter().all(|place| place.name.starts_with("alarms") || !place.bytes.is_empty()));
    assert_eq!(leaks(&searched, &secrets), Vec::<String>::new());

    // Now the same search must find what is planted: in a trace, an error, the database and a request.
    let planted = "sk_live_51PLANTEDplantedPLANTEDplanted4242";
    let planted_secrets = [("planted key", planted.to_owned())];
    tracing::info!(key = planted, "a careless line of log");
    let told = format!("error: key {planted} was refused");
    std::fs::write(clinic.database().with_extension("copy"), planted).unwrap();
    let mut searched = places(&clinic, &traces, &told).await;
    searched.push(Place::new("request", format!("POST /v1/x?key={planted}")));
    let mut found = leaks(&searched, &planted_secrets);
    found.sort();
    let expected = [
        "planted key in database file billing.copy",
        "planted key in errors and views",
        "planted key in request",
        "planted key in traces",
    ];
    assert_eq!(found, expected);
}
