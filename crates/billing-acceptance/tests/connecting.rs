//! Stories 1-12: connecting an account.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use billing_acceptance::{Clinic, bookkeeper, front_desk, owner};
use billing_app::{BillingError, PaneState, SaveKeys, ServedBy, Warning};
use billing_credentials::{Submitted, VerifyError, fields};
use billing_domain::{Dispensary, DispensaryId, DispensaryKind, OfficeId, PractitionerId, ProcessorId};
use billing_testkit::stripe::{AccountSpec, Mode, Permission};
use uuid::Uuid;

fn another_dispensary() -> DispensaryId {
    DispensaryId::new(Uuid::from_u128(0xd2))
}

async fn stripe_pane(clinic: &Clinic) -> PaneState {
    clinic.billing.settings(&owner(clinic.dispensary)).await.unwrap().stripe.state
}

#[tokio::test]
async fn story_01_a_live_pair_makes_stripe_active_for_that_dispensary_only() {
    let clinic = Clinic::unlocked().await;
    clinic.add_dispensary(another_dispensary()).await;

    let saved = clinic.save_stripe().await.unwrap();

    assert_eq!(saved.pane.state, PaneState::Active);
    assert_eq!(stripe_pane(&clinic).await, PaneState::Active);
    let other = clinic.billing.settings(&owner(another_dispensary())).await.unwrap();
    assert_eq!(other.stripe.state, PaneState::Locked);
    assert_eq!(other.in_use, None);
}

#[tokio::test]
async fn story_02_a_test_publishable_key_is_refused_by_name_with_the_cure_and_nothing_is_stored_or_sent() {
    let clinic = Clinic::unlocked().await;
    let test = clinic.account.publishable_key(Mode::Test);

    let refused = clinic.save_stripe_keys(&test, &clinic.account.secret_key(Mode::Live)).await.unwrap_err();

    assert!(matches!(refused, BillingError::Keys(_)), "{refused:?}");
    let told = refused.to_string();
    assert!(told.contains("publishable_key") && told.contains("live keys"), "{told}");
    assert!(!told.contains(&test));
    assert_eq!(stripe_pane(&clinic).await, PaneState::NotConfigured);
    assert_eq!(clinic.stripe.requests().len(), 0);
}

#[tokio::test]
async fn story_03_a_test_secret_key_is_refused_and_the_keys_before_still_work() {
    let clinic = Clinic::with_stripe().await;
    let calls = clinic.stripe.requests().len();
    let test = clinic.account.secret_key(Mode::Test);

    let refused =
        clinic.save_stripe_keys(&clinic.account.publishable_key(Mode::Live), &test).await.unwrap_err();

    let told = refused.to_string();
    assert!(told.contains("secret_key") && told.contains("live keys"), "{told}");
    assert!(!told.contains(&test));
    assert_eq!(clinic.stripe.requests().len(), calls);
    let invoice = clinic.invoice("50.00").await;
    clinic.hand_over(invoice).await;
}

#[tokio::test]
async fn story_04_locked_stripe_says_so_refuses_keys_and_works_once_unlocked() {
    let clinic = Clinic::locked().await;

    assert_eq!(stripe_pane(&clinic).await, PaneState::Locked);
    let refused = clinic.save_stripe().await.unwrap_err();
    assert!(refused.to_string().contains("help centre"), "{refused}");
    assert_eq!(clinic.stripe.requests().len(), 0);

    clinic.unlock_stripe().await;
    clinic.save_stripe().await.unwrap();
    assert_eq!(stripe_pane(&clinic).await, PaneState::Active);
}

#[tokio::test]
async fn story_04_only_the_help_centre_unlocks() {
    let clinic = Clinic::locked().await;
    let refused =
        clinic.billing.unlock_processor(&owner(clinic.dispensary), ProcessorId::STRIPE).await.unwrap_err();
    assert!(matches!(refused, BillingError::Denied(_)), "{refused:?}");
}

#[tokio::test]
async fn story_05_the_settings_have_exactly_two_panes_each_with_its_own_state() {
    let clinic = Clinic::unlocked().await;
    clinic.save_stripe().await.unwrap();

    let settings = clinic.billing.settings(&owner(clinic.dispensary)).await.unwrap();

    assert_eq!(settings.moneris.processor, ProcessorId::MONERIS);
    assert_eq!(settings.moneris.state, PaneState::NotConfigured);
    assert_eq!(settings.stripe.processor, ProcessorId::STRIPE);
    assert_eq!(settings.stripe.state, PaneState::Active);
    let names: Vec<_> = settings.stripe.fields.iter().map(|field| field.name).collect();
    assert_eq!(names, [fields::PUBLISHABLE_KEY, fields::SECRET_KEY]);
}

#[tokio::test]
async fn story_06_a_saved_secret_is_shown_nowhere_and_masked_to_its_last_four() {
    let clinic = Clinic::with_stripe().await;
    let secret = clinic.account.secret_key(Mode::Live);

    let settings = clinic.billing.settings(&owner(clinic.dispensary)).await.unwrap();
    let shown = format!("{settings:?}");

    assert!(!shown.contains(&secret));
    let masked = settings.stripe.saved.unwrap().masked;
    let masked = masked.field(fields::SECRET_KEY).unwrap();
    assert!(masked.starts_with("sk_live_") && masked.ends_with(&secret[secret.len() - 4..]), "{masked}");
    assert!(masked.len() < 20, "{masked}");
}

#[tokio::test]
async fn story_07_a_removed_account_is_not_brought_back_but_by_saving_its_keys_again() {
    let clinic = Clinic::with_stripe().await;
    let secret = clinic.account.secret_key(Mode::Live);

    clinic.billing.remove_account(&owner(clinic.dispensary), ProcessorId::STRIPE).await.unwrap();

    let settings = clinic.billing.settings(&owner(clinic.dispensary)).await.unwrap();
    assert_eq!(settings.stripe.saved, None);
    assert!(!format!("{settings:?}").contains(&secret[secret.len() - 8..]));
    let refused = clinic.billing.verify_account(&owner(clinic.dispensary), ProcessorId::STRIPE).await;
    assert!(matches!(refused, Err(BillingError::NotFound(_))), "{refused:?}");
    let bytes = std::fs::read(clinic.database()).unwrap();
    assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));

    let again = clinic.save_stripe().await.unwrap();
    assert_eq!(again.version, 2, "the same account is active again, with its next version");
}

#[tokio::test]
async fn story_08_after_a_roll_every_call_uses_the_new_secret() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("80.00").await;
    let (payment, browser) = clinic.hand_over(invoice).await;
    let old = clinic.account.secret_key(Mode::Live);

    clinic.account.roll_secret(Mode::Live, false);
    let saved = clinic.save_stripe().await.unwrap();
    let before = clinic.stripe.requests().len();
    browser.pay(billing_testkit::stripe::Card::VISA).await.unwrap();
    clinic.settle(payment).await;
    let second = clinic.invoice("20.00").await;
    clinic.hand_over(second).await;

    assert_eq!(saved.version, 2);
    let later = clinic.stripe.requests().split_off(before);
    let servers: Vec<_> = later.iter().filter(|request| !request.is_from_browser()).collect();
    assert!(servers.len() >= 2);
    for request in servers {
        let authorization = request.authorization.as_deref().unwrap();
        assert!(!authorization.contains(&old), "{request:?}");
        assert!(authorization.contains(&clinic.account.secret_key(Mode::Live)), "{request:?}");
    }
}

#[tokio::test]
async fn story_09_each_wrong_key_has_its_own_error_without_the_value() {
    let clinic = Clinic::unlocked().await;
    let (publishable, secret) =
        (clinic.account.publishable_key(Mode::Live), clinic.account.secret_key(Mode::Live));
    let organisation = format!("sk_org_{}", &secret[8..]);
    let restricted_test = clinic.account.restricted_key(Mode::Test, &[Permission::PaymentIntentWrite]);
    let wrong_secrets = [
        String::new(),
        publishable.clone(),
        format!("{} {}", &secret[..20], &secret[20..]),
        restricted_test,
        organisation,
        "whsec_4f0a9c1e2b7d8a6e5c3f1b2a9d8e7f60".to_owned(),
        secret[..12].to_owned(),
        "key_4f0a9c1e2b7d8a6e5c3f1b2a9d8e7f60".to_owned(),
    ];
    let mut told = Vec::new();
    for wrong in &wrong_secrets {
        let error = clinic.save_stripe_keys(&publishable, wrong).await.unwrap_err();
        assert!(matches!(error, BillingError::Keys(_)), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("secret_key"), "{text}");
        assert!(wrong.len() < 9 || !text.contains(&wrong[8..]), "{text}");
        assert!(!told.contains(&text), "two wrong keys read alike: {text}");
        told.push(text);
    }
    assert_eq!(clinic.stripe.requests().len(), 0);

    let wrapped = format!("\n  {secret}\t\n");
    clinic.save_stripe_keys(&format!(" {publishable} "), &wrapped).await.unwrap();
}

#[tokio::test]
async fn story_09_a_restricted_live_key_is_accepted_and_its_missing_permission_is_named() {
    let clinic = Clinic::unlocked().await;
    let publishable = clinic.account.publishable_key(Mode::Live);

    let narrow = clinic.account.restricted_key(Mode::Live, &[Permission::BalanceRead]);
    let refused = clinic.save_stripe_keys(&publishable, &narrow).await.unwrap_err();
    let BillingError::Verify(VerifyError::PermissionMissing(named)) = &refused else { panic!("{refused:?}") };
    assert!(!named.is_empty());

    let wide = clinic.account.restricted_key(
        Mode::Live,
        &[Permission::BalanceRead, Permission::AccountRead, Permission::PaymentIntentWrite],
    );
    clinic.save_stripe_keys(&publishable, &wide).await.unwrap();
    let invoice = clinic.invoice("12.00").await;
    clinic.hand_over(invoice).await;
}

#[tokio::test]
async fn story_10_saved_keys_are_verified_without_effect_and_the_business_name_is_shown() {
    let clinic = Clinic::unlocked().await;

    let saved = clinic.save_stripe().await.unwrap();

    let account = saved.pane.saved.unwrap();
    assert_eq!(account.external_id.as_deref(), Some(clinic.account.id()));
    assert_eq!(account.business_name.as_deref(), Some("Fake Clinic"));
    assert!(account.verified_at.is_some());
    assert!(clinic.stripe.requests().iter().all(|request| request.method == "GET"));
    assert!(clinic.stripe.ledger(clinic.account.id()).entries.is_empty());
}

#[tokio::test]
async fn story_10_a_publishable_key_stripe_does_not_know_is_warned_of() {
    let clinic = Clinic::unlocked().await;
    let unknown = "pk_live_51abcdefghijklmnopqrstuvwxyz";
    let saved = clinic.save_stripe_keys(unknown, &clinic.account.secret_key(Mode::Live)).await.unwrap();
    let warned =
        |warning: &Warning| matches!(warning, Warning::Remark(told) if told.contains("publishable key"));
    assert!(saved.warnings.iter().any(warned), "{:?}", saved.warnings);
    let saved = clinic.save_stripe().await.unwrap();
    assert!(!saved.warnings.iter().any(warned), "{:?}", saved.warnings);
}

#[tokio::test]
async fn story_10_a_wrong_key_and_an_account_that_cannot_charge_are_refused_and_nothing_is_stored() {
    let clinic = Clinic::unlocked().await;
    let publishable = clinic.account.publishable_key(Mode::Live);
    let revoked = clinic.account.secret_key(Mode::Live);
    clinic.account.roll_secret(Mode::Live, true);

    let wrong = clinic.save_stripe_keys(&publishable, &revoked).await.unwrap_err();
    assert!(matches!(wrong, BillingError::Verify(VerifyError::Rejected)), "{wrong:?}");

    clinic.account.set_charges_enabled(false);
    let idle = clinic.save_stripe().await.unwrap_err();
    assert!(matches!(idle, BillingError::Verify(VerifyError::CannotCharge)), "{idle:?}");

    assert_eq!(stripe_pane(&clinic).await, PaneState::NotConfigured);
    assert!(clinic.store.accounts(clinic.dispensary).await.unwrap().is_empty());
}

#[test]
fn story_11_personal_keys_follow_the_practitioner_and_office_keys_stay_in_the_office() {
    let id = |n| Uuid::from_u128(n);
    let (downtown, uptown) = (OfficeId::new(id(1)), OfficeId::new(id(2)));
    let (practitioner, other) = (PractitionerId::new(id(3)), PractitionerId::new(id(4)));
    let office = Dispensary::new(DispensaryId::new(id(5)), DispensaryKind::Office(downtown), "clinic");
    let personal = Dispensary::new(DispensaryId::new(id(6)), DispensaryKind::Personal(practitioner), "own");
    let serving =
        |office_id, practitioner| ServedBy { office: office_id, practitioner }.of([&office, &personal]);

    assert_eq!(serving(downtown, practitioner), [office.id, personal.id]);
    assert_eq!(serving(uptown, practitioner), [personal.id]);
    assert_eq!(serving(downtown, other), [office.id]);
    assert_eq!(serving(uptown, other), []);
}

#[tokio::test]
async fn story_12_moneris_keys_have_their_limits_and_published_test_stores_are_refused() {
    let clinic = Clinic::unlocked().await;
    let save = async |pasted: &[(&str, &str)]| {
        let pasted: Submitted = pasted.iter().copied().collect();
        let keys = SaveKeys::checked(ProcessorId::MONERIS, pasted);
        clinic.billing.save_keys(&owner(clinic.dispensary), keys).await
    };
    let (store, token) = (fields::STORE_ID, fields::API_TOKEN);

    for wrong in [
        vec![(store, "elevenchars"), (token, "Ab12Cd34")],
        vec![(store, "monca00123"), (token, "twenty-one-characters!")],
        vec![(store, ""), (token, "Ab12Cd34")],
        vec![(store, "store5"), (token, "yesguy")],
        vec![(store, "monca00123"), (token, "Ab12Cd34"), (fields::PROFILE_ID, "not a profile")],
        vec![(store, "monca00123"), (token, "Ab12Cd34"), (fields::CHECKOUT_ID, "chk t")],
    ] {
        let refused = save(&wrong).await.unwrap_err();
        assert!(matches!(refused, BillingError::Keys(_)), "{wrong:?}: {refused:?}");
    }
    let refused = save(&[(store, clinic.till.id()), (token, "Not0The0Token")]).await.unwrap_err();
    assert!(matches!(refused, BillingError::Verify(VerifyError::Rejected)), "{refused:?}");
    assert_eq!(clinic.moneris.ledger(clinic.till.id()).entries.len(), 0, "a check moves nothing");

    let saved = clinic.save_moneris().await.unwrap();
    assert_eq!(saved.pane.state, PaneState::Active);
    let account = saved.pane.saved.unwrap();
    assert_eq!(account.public.field(store), Some(clinic.till.id()));
    assert_eq!(account.public.field(fields::PROFILE_ID), Some(clinic.till.profile_id().as_str()));
    assert!(!format!("{account:?}").contains(&clinic.till.api_token()));
}

#[tokio::test]
async fn a_failing_key_check_at_stripe_stores_nothing_and_says_why() {
    let clinic = Clinic::unlocked().await;
    clinic.stripe.faults().every(1, "*", billing_testkit::stripe::Fault::FailBeforeEffect(503));
    let refused = clinic.save_stripe().await.unwrap_err();
    assert!(matches!(refused, BillingError::Verify(VerifyError::Unavailable(_))), "{refused:?}");
    assert_eq!(stripe_pane(&clinic).await, PaneState::NotConfigured);

    let pasted = Submitted::from_iter([
        (fields::PUBLISHABLE_KEY, clinic.account.publishable_key(Mode::Live)),
        (fields::SECRET_KEY, clinic.account.secret_key(Mode::Live)),
    ]);
    let unchecked = SaveKeys { processor: ProcessorId::STRIPE, pasted, unchecked: true };
    let saved = clinic.billing.save_keys(&owner(clinic.dispensary), unchecked).await.unwrap();
    assert_eq!(saved.pane.saved.unwrap().verified_at, None);

    clinic.stripe.faults().clear();
    let verified =
        clinic.billing.verify_account(&owner(clinic.dispensary), ProcessorId::STRIPE).await.unwrap();
    assert_eq!((verified.account, verified.version), (saved.account, 1));
    assert!(verified.pane.saved.unwrap().verified_at.is_some());
}

#[tokio::test]
async fn keys_of_another_account_warn_and_the_one_before_finishes_its_payments() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("64.00").await;
    let (payment, browser) = clinic.hand_over(invoice).await;
    let other = clinic.stripe.account(AccountSpec::new("acct_1QzOtherB7WZ01zg99"));

    let saved = clinic
        .save_stripe_keys(&other.publishable_key(Mode::Live), &other.secret_key(Mode::Live))
        .await
        .unwrap();

    let warned = saved
        .warnings
        .iter()
        .any(|warning| matches!(warning, Warning::OtherAccount { open, .. } if *open == [payment]));
    assert!(warned, "{:?}", saved.warnings);
    browser.pay(billing_testkit::stripe::Card::VISA).await.unwrap();
    clinic.settle(payment).await;
    assert_eq!(clinic.stripe.ledger(clinic.account.id()).total_captured(), 6_400);
    assert_eq!(clinic.stripe.ledger(other.id()).total_captured(), 0);
    let records = clinic.store.accounts(clinic.dispensary).await.unwrap();
    let before = records.iter().find(|record| record.external_id.as_deref() == Some(clinic.account.id()));
    assert_eq!(before.unwrap().sealed, None, "its keys are erased with its last open payment");
}

#[tokio::test]
async fn story_55_settings_are_denied_without_the_permission_and_the_denial_is_audited() {
    let clinic = Clinic::with_stripe().await;
    for actor in [front_desk(clinic.dispensary), bookkeeper(clinic.dispensary)] {
        let refused = clinic.billing.remove_account(&actor, ProcessorId::STRIPE).await.unwrap_err();
        assert!(matches!(refused, BillingError::Denied(_)), "{refused:?}");
    }
    let audit = clinic.billing.audit(&owner(clinic.dispensary), 0, 1_000).await.unwrap();
    let denied = audit.iter().filter(|entry| entry.action == billing_domain::Action::Denied).count();
    assert_eq!(denied, 2);
    assert_eq!(stripe_pane(&clinic).await, PaneState::Active);
}
