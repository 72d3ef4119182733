//! An account that was removed with something open on it: until when it finishes that, with which keys, and that its owner can end it.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/mod.rs"]
mod support;

use billing_testkit::stripe::Card;
use support::PERSONAL;
use support::opened::{FINALISED, Opened, settings};

#[test]
fn story_43_what_drains_takes_other_keys_of_its_account_and_is_ended_by_its_owner() {
    let clinic = Opened::new();
    clinic.save_keys();
    let account = clinic.stripe_account();
    let (_, secret) = clinic.send_request(FINALISED);
    clinic.pays_with(Card::PROCESSING, &secret, "processing");
    let mut owner = clinic.sign_in("practice-owner");
    let page = settings("");
    let removed = owner.submit(&page, &settings("/stripe/remove"), &[("confirm", "yes")]);
    assert_eq!(removed.status, 303, "{}", removed.text());
    let shown = owner.get(&page).text();
    for part in ["Finishing", "at the latest on", "Other keys to finish with", "Erase its keys now"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }

    let keys = settings(&format!("/stripe/draining/{account}/keys"));
    let (publishable, secret) = clinic.keys_of(PERSONAL);
    let others = owner.submit(&page, &keys, &[("publishable_key", &*publishable), ("secret_key", &*secret)]);
    assert_eq!(others.status, 409);
    assert!(others.text().contains("These keys are of another account."), "{}", others.text());
    assert!(!others.text().contains(&secret), "a secret that was typed is not shown again");
    let (publishable, secret) = &clinic.keys;
    let own = owner.submit(&page, &keys, &[("publishable_key", publishable), ("secret_key", secret)]);
    assert_eq!(own.status, 303, "{}", own.text());

    let erase = settings(&format!("/stripe/draining/{account}/erase"));
    let unconfirmed = owner.submit(&page, &erase, &[]);
    assert_eq!(unconfirmed.status, 422);
    assert!(unconfirmed.text().contains("Confirm that the keys are to be erased."));
    let erased = owner.submit(&page, &erase, &[("confirm", "yes")]);
    assert_eq!(erased.status, 303, "{}", erased.text());
    assert!(!owner.get(&page).text().contains("Finishing"));
}
