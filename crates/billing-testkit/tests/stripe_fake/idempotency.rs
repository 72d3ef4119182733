//! Idempotency keys: what is kept, for whom, how long.

use std::time::Duration;

use billing_testkit::stripe::{AccountSpec, Card, Fault, Mode};

use crate::support::{CREATE, Clinic, GOOD, keyed, post};

#[tokio::test]
async fn a_repeat_gets_the_first_answer_and_has_no_effect() {
    let clinic = Clinic::new();
    let first = clinic.create_with("key-1").await;
    let again = clinic.create_with("key-1").await;
    assert!(!first.is_replay() && again.is_replay());
    assert_eq!((first.status, &first.raw.body), (again.status, &again.raw.body));
    assert_ne!(first.header("request-id"), again.header("request-id"));
    assert_eq!(again.header("original-request"), first.header("request-id"));
    assert_eq!(clinic.fake.ledger(clinic.account.id()).entries.len(), 1);
}

#[tokio::test]
async fn a_repeat_shows_the_past_not_the_present() {
    let clinic = Clinic::new();
    let made = clinic.create_with("key-1").await;
    clinic.post(&format!("/v1/payment_intents/{}/cancel", made.id()), "").await;
    assert_eq!(clinic.create_with("key-1").await.body["status"], "requires_payment_method");
}

#[tokio::test]
async fn other_parameters_or_another_path_under_the_same_key_are_refused() {
    let clinic = Clinic::new();
    let made = clinic.create_with("key-1").await;
    let other = clinic.post_with("/v1/payment_intents", "amount=4526&currency=cad", "key-1").await;
    let path = format!("/v1/payment_intents/{}/cancel", made.id());
    let elsewhere = clinic.post_with(&path, GOOD, "key-1").await;
    for answer in [other, elsewhere] {
        assert_eq!((answer.status, answer.error_type()), (400, "idempotency_error"));
        assert!(!answer.is_replay());
    }
    assert!(clinic.create_with("key-1").await.is_replay(), "the first result is still there");
}

#[tokio::test(start_paused = true)]
async fn a_repeat_while_the_first_still_runs_is_a_conflict() {
    let clinic = Clinic::new();
    clinic.fake.faults().next(CREATE, Fault::DelayBeforeEffect(Duration::from_secs(5)));
    let second = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        clinic.create_with("key-1").await
    };
    let (first, second) = tokio::join!(clinic.create_with("key-1"), second);
    assert_eq!((second.status, second.code()), (409, "idempotency_key_in_use"));
    assert_eq!(first.status, 200);
    assert!(clinic.create_with("key-1").await.is_replay(), "the conflict was not kept");
}

#[tokio::test]
async fn a_key_is_new_again_after_a_day() {
    let clinic = Clinic::new();
    let first = clinic.create_with("key-1").await;
    clinic.fake.advance(Duration::from_secs(24 * 3600 - 1));
    assert!(clinic.create_with("key-1").await.is_replay());
    clinic.fake.advance(Duration::from_secs(1));
    let second = clinic.create_with("key-1").await;
    assert!(!second.is_replay());
    assert_ne!(first.id(), second.id());
}

#[tokio::test]
async fn a_rolled_key_finds_the_old_results_and_other_accounts_and_modes_do_not() {
    let clinic = Clinic::new();
    let first = clinic.create_with("key-1").await;
    clinic.account.roll_secret(Mode::Live, true);
    let again = clinic.create_with("key-1").await;
    assert!(again.is_replay());
    assert_eq!(first.id(), again.id());
    let other = clinic.fake.account(AccountSpec::new("acct_1RRXLsOtherOther1"));
    for key in [clinic.account.secret_key(Mode::Test), other.secret_key(Mode::Live)] {
        let answer = clinic.call(keyed(post("/v1/payment_intents", GOOD), "key-1"), &key).await;
        assert_eq!(answer.status, 200);
        assert!(!answer.is_replay());
    }
}

#[tokio::test]
async fn refusals_before_execution_are_not_kept() {
    let clinic = Clinic::new();
    let bad = clinic.post_with("/v1/payment_intents", "amount=1", "key-1").await;
    assert_eq!(bad.status, 400);
    let unauthorised = keyed(post("/v1/payment_intents", GOOD), "key-1");
    assert_eq!(clinic.call(unauthorised, "sk_live_unknown").await.status, 401);
    let forbidden = keyed(post("/v1/payment_intents", GOOD), "key-1");
    let reader = clinic.account.restricted_key(Mode::Live, &[]);
    assert_eq!(clinic.call(forbidden, &reader).await.status, 403);
    for fault in
        [Fault::RateLimited("global-rate"), Fault::LockTimeout, Fault::Conflict, Fault::FailBeforeEffect(503)]
    {
        clinic.fake.faults().next(CREATE, fault);
        assert!(clinic.create_with("key-1").await.status >= 409);
    }
    let made = clinic.create_with("key-1").await;
    assert_eq!(made.status, 200);
    assert!(!made.is_replay());
}

#[tokio::test]
async fn a_refused_cancel_is_kept_so_a_fresh_key_is_needed() {
    let clinic = Clinic::new();
    let (id, cardholder) = clinic.intent().await;
    cardholder.pay(Card::PROCESSING).await.unwrap();
    let path = format!("/v1/payment_intents/{id}/cancel");
    assert_eq!(clinic.post_with(&path, "", "cancel-1").await.status, 400);
    clinic.fake.finish_processing(&id, false);
    let replay = clinic.post_with(&path, "", "cancel-1").await;
    assert!(replay.is_replay());
    assert_eq!(replay.code(), "payment_intent_unexpected_state");
    assert_eq!(clinic.post_with(&path, "", "cancel-2").await.body["status"], "canceled");
}

#[tokio::test]
async fn a_decline_is_kept() {
    let clinic = Clinic::new();
    let (id, _) = clinic.intent().await;
    let secret = clinic.get(&format!("/v1/payment_intents/{id}")).await.body["client_secret"].clone();
    let form = format!(
        "client_secret={}&payment_method_data[type]=card&payment_method_data[card][number]=4000000000000002\
         &payment_method_data[card][exp_month]=1&payment_method_data[card][exp_year]=2030",
        secret.as_str().unwrap()
    );
    let pk = clinic.account.publishable_key(Mode::Live);
    let confirm = || keyed(post(&format!("/v1/payment_intents/{id}/confirm"), &form), "try-1");
    let first = clinic.call(confirm(), &pk).await;
    let again = clinic.call(confirm(), &pk).await;
    assert_eq!((first.status, again.status), (402, 402));
    assert!(again.is_replay());
    assert_eq!(clinic.fake.ledger(clinic.account.id()).entry(&id).unwrap().tries, 1);
}

#[tokio::test]
async fn a_key_over_255_characters_is_refused() {
    let clinic = Clinic::new();
    assert_eq!(clinic.create_with(&"k".repeat(255)).await.status, 200);
    assert_eq!(clinic.create_with(&"k".repeat(256)).await.status, 400);
}

#[test]
fn many_threads_with_one_key_make_one_intent() {
    let clinic = Clinic::new();
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
                runtime.block_on(async {
                    for _ in 0..20 {
                        assert!(matches!(clinic.create_with("key-1").await.status, 200 | 409));
                    }
                });
            });
        }
    });
    assert_eq!(clinic.fake.ledger(clinic.account.id()).entries.len(), 1);
}
