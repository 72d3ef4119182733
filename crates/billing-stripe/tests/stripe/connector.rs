//! Checking pasted keys with Stripe: without effect, and with an answer for whatever may be wrong with them.

use billing_credentials::{
    AccountProfile, Candidate, KeyPolicy, ProcessorConnector, Submitted, VerifyError, fields,
};
use billing_testkit::stripe::{Fault, Mode, Permission};
use serde_json::json;

use crate::canned::{connector, refused, said};
use crate::harness::{CREATE, REFUND, Stripe};

fn candidate(stripe: &Stripe, secret: &str) -> Candidate {
    let publishable = stripe.account.publishable_key(Mode::Live);
    let pasted =
        Submitted::from_iter([(fields::PUBLISHABLE_KEY, publishable.as_str()), (fields::SECRET_KEY, secret)]);
    stripe.connector().parse(&pasted, KeyPolicy::LiveOnly).unwrap()
}

async fn verified(stripe: &Stripe, secret: &str) -> Result<AccountProfile, VerifyError> {
    stripe.connector().verify(&candidate(stripe, secret)).await
}

#[tokio::test]
async fn a_secret_key_is_verified_by_reading_only() {
    let stripe = Stripe::in_process();
    let profile = verified(&stripe, &stripe.account.secret_key(Mode::Live)).await.unwrap();
    assert_eq!(profile.external_id, stripe.account.id());
    assert_eq!(profile.business_name.as_deref(), Some("Fake Clinic"));
    assert!(profile.remarks.is_empty());
    let asked: Vec<_> =
        stripe.ours().iter().map(|request| format!("{} {}", request.method, request.path)).collect();
    assert_eq!(asked, ["GET /v1/balance", "GET /v1/account"]);
}

#[tokio::test]
async fn a_restricted_key_with_every_permission_is_verified_and_creates_nothing() {
    let stripe = Stripe::in_process();
    let all = [
        Permission::AccountRead,
        Permission::BalanceRead,
        Permission::PaymentIntentWrite,
        Permission::RefundWrite,
    ];
    let key = stripe.account.restricted_key(Mode::Live, &all);
    let profile = verified(&stripe, &key).await.unwrap();
    assert!(profile.remarks.is_empty());
    for asked in [CREATE, REFUND] {
        let probe = &stripe.fake.requests_to(asked)[0];
        assert!(probe.body.is_empty());
        assert_eq!((probe.status, probe.idempotency_key.as_deref()), (Some(400), None));
    }
    assert_eq!(stripe.ours().len(), 4, "and the browser's question");
    assert!(stripe.fake.ledger(stripe.account.id()).entries.is_empty());
}

#[tokio::test]
async fn every_missing_permission_of_a_restricted_key_is_named() {
    let stripe = Stripe::in_process();
    let key = stripe.account.restricted_key(Mode::Live, &[Permission::PaymentIntentRead]);
    let error = verified(&stripe, &key).await.unwrap_err();
    let VerifyError::PermissionMissing(named) = &error else { panic!("{error:?}") };
    assert_eq!(named, "rak_accounts_kyc_basic_read, rak_payment_intent_write");
}

#[tokio::test]
async fn a_restricted_key_that_may_not_read_the_balance_is_accepted_with_a_remark() {
    let stripe = Stripe::in_process();
    let most = [Permission::AccountRead, Permission::PaymentIntentWrite, Permission::RefundWrite];
    let key = stripe.account.restricted_key(Mode::Live, &most);
    let profile = verified(&stripe, &key).await.unwrap();
    assert_eq!(profile.remarks.len(), 1);
    assert!(profile.remarks[0].starts_with("Not checked"));
}

#[tokio::test]
async fn a_restricted_key_that_may_not_refund_is_accepted_with_a_remark() {
    let stripe = Stripe::in_process();
    let without = [Permission::AccountRead, Permission::BalanceRead, Permission::PaymentIntentWrite];
    for more in [None, Some(Permission::RefundRead)] {
        let key = stripe.account.restricted_key(Mode::Live, &[&without[..], more.as_slice()].concat());
        let profile = verified(&stripe, &key).await.unwrap();
        let [remark] = profile.remarks.as_slice() else { panic!("{:?}", profile.remarks) };
        assert!(remark.contains("cannot give money back"), "{remark}");
        assert!(remark.contains("Charges and Refunds: Write"), "{remark}");
    }
}

#[tokio::test]
async fn a_refund_probe_that_is_not_answered_is_a_remark() {
    let stripe = Stripe::in_process();
    let all = [
        Permission::AccountRead,
        Permission::BalanceRead,
        Permission::PaymentIntentWrite,
        Permission::RefundWrite,
    ];
    let key = stripe.account.restricted_key(Mode::Live, &all);
    stripe.fake.faults().next(REFUND, Fault::RateLimited("endpoint-rate"));
    let profile = verified(&stripe, &key).await.unwrap();
    assert_eq!(profile.remarks, ["Not checked with Stripe: whether the restricted key may refund."]);
    assert_eq!(stripe.fake.count(REFUND), 1, "a probe is not repeated");
}

#[tokio::test]
async fn an_unknown_and_an_expired_key_are_rejected() {
    let stripe = Stripe::in_process();
    let key = stripe.account.secret_key(Mode::Live);
    stripe.account.expire(&key);
    assert!(matches!(verified(&stripe, &key).await, Err(VerifyError::Rejected)));
    stripe.account.revoke(&key);
    assert!(matches!(verified(&stripe, &key).await, Err(VerifyError::Rejected)));
}

#[tokio::test]
async fn an_account_that_cannot_charge_is_refused() {
    let stripe = Stripe::in_process();
    stripe.account.set_charges_enabled(false);
    let verified = verified(&stripe, &stripe.account.secret_key(Mode::Live)).await;
    assert!(matches!(verified, Err(VerifyError::CannotCharge)));
}

#[tokio::test]
async fn a_key_of_another_mode_than_it_says_is_refused() {
    let stripe = Stripe::in_process();
    stripe.fake.faults().next("GET /v1/balance", Fault::wrong_mode());
    let verified = verified(&stripe, &stripe.account.secret_key(Mode::Live)).await;
    assert!(matches!(verified, Err(VerifyError::WrongMode)));
}

#[tokio::test(start_paused = true)]
async fn a_stripe_that_fails_leaves_the_keys_unchecked_and_not_refused() {
    let stripe = Stripe::in_process();
    stripe.fake.faults().every(1, "*", Fault::FailBeforeEffect(503));
    let error = verified(&stripe, &stripe.account.secret_key(Mode::Live)).await.unwrap_err();
    let VerifyError::Unavailable(cause) = &error else { panic!("{error:?}") };
    assert!(cause.request_id.is_some());
}

#[tokio::test]
async fn a_probe_that_is_answered_otherwise_is_a_remark() {
    let stripe = Stripe::in_process();
    let key = stripe.account.restricted_key(Mode::Live, &[]);
    let account = json!({ "id": "acct_1", "object": "account" });
    let says = vec![
        said(200, &json!({ "object": "balance", "livemode": true })),
        said(200, &account),
        refused(400, "invalid_request_error", Some("something_new")),
    ];
    let profile = connector(says).verify(&candidate(&stripe, &key)).await.unwrap();
    assert_eq!((profile.external_id.as_str(), profile.business_name), ("acct_1", None));
    assert_eq!(profile.remarks.len(), 1);
}

#[tokio::test]
async fn nothing_of_the_keys_is_shown() {
    let stripe = Stripe::in_process();
    let key = stripe.account.secret_key(Mode::Live);
    let candidate = candidate(&stripe, &key);
    stripe.account.revoke(&key);
    let error = stripe.connector().verify(&candidate).await.unwrap_err();
    let shown = format!("{candidate:?} {error} {error:?} {:?} {:?}", stripe.connector(), stripe.opened(&key));
    assert!(!shown.contains(&key[8..]), "{shown}");
}
