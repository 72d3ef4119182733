//! The contract of [`NoticeEndpoint`], line by line. No processor's words here: an adapter's test
//! brings a [`NoticeHarness`] that speaks them.
//!
//! Every function takes a fresh harness and panics where the contract is broken. [`notice_contract!`](crate::notice_contract) hands the
//! names of all lines to a macro of the caller's, which can make a test of each.

#![allow(
    clippy::missing_panics_doc,
    reason = "each function here panics where the contract is broken, and only there"
)]

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use billing_credentials::{
    Delivery, Endpoint, Heard, NoticeEndpoint, NoticeOwner, NoticeRefused, OpenedAccount, Registered,
    SubscribeError,
};
use billing_domain::payment::Reference;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

/// A processor that sends notices, in a test's hands.
#[async_trait]
pub trait NoticeHarness: fmt::Debug + Send + Sync {
    /// The port.
    fn notices(&self) -> Arc<dyn NoticeEndpoint>;

    /// An account, with keys the processor accepts.
    fn account(&self) -> OpenedAccount;

    /// The same account, with keys the processor does not know.
    fn with_unknown_keys(&self) -> OpenedAccount;

    /// What a notice must agree with to be of that account.
    fn owner(&self) -> NoticeOwner;

    /// An address that the processor accepts.
    fn address(&self) -> String;

    /// The processor's clock.
    fn now(&self) -> Timestamp;

    /// The processor's ids of the account's endpoints with that address.
    fn registered(&self) -> Vec<String>;

    /// The next request that would make an endpoint makes it, and its answer is lost.
    fn lose_the_next_creation(&self);

    /// A charge is made, something happens to it, and the processor delivers that to the one endpoint there is.
    async fn something_happens(&self) -> (Reference, Delivery);
}

/// Hands the names of all lines, separated by spaces, to the macro called `$with`, as
/// [`processor_contract!`](crate::processor_contract) does.
#[macro_export]
macro_rules! notice_contract {
    ($with:ident) => {
        $with! {
            a_delivery_is_believed_only_as_it_was_signed
            a_notice_names_its_charge
            a_registration_whose_answer_was_lost_is_made_good
            a_second_registration_keeps_the_known_endpoint
            an_endpoint_whose_secret_nobody_knows_is_replaced
            keys_that_are_refused_register_nothing
            no_signing_secret_is_shown
            removing_leaves_none_and_may_be_repeated
        }
    };
}

/// Whoever registers again what is known and right changes nothing, and is told no secret.
pub async fn a_second_registration_keeps_the_known_endpoint(harness: &dyn NoticeHarness) {
    let made = registered(harness).await;
    for _ in 0..2 {
        let kept = register(harness, Some(&made.endpoint)).await;
        let kept = kept.unwrap_or_else(|error| panic!("it is there and right: {error}"));
        assert!(kept.endpoint == made.endpoint && kept.secret.is_none(), "{kept:?}");
        assert_eq!(harness.registered(), std::slice::from_ref(&made.endpoint));
    }
}

/// An endpoint with our address that is not the known one is of no use to anybody.
pub async fn an_endpoint_whose_secret_nobody_knows_is_replaced(harness: &dyn NoticeHarness) {
    let lost = registered(harness).await;
    for known in [None, Some("an-endpoint-that-never-was")] {
        let made = register(harness, known).await;
        let made = made.unwrap_or_else(|error| panic!("another is made: {error}"));
        assert!(made.secret.is_some() && made.endpoint != lost.endpoint, "{made:?}");
        assert_eq!(harness.registered(), [made.endpoint]);
    }
}

/// However often the answer to a creation is lost, the next registration leaves one endpoint, whose secret is known and signs.
pub async fn a_registration_whose_answer_was_lost_is_made_good(harness: &dyn NoticeHarness) {
    for _ in 0..3 {
        harness.lose_the_next_creation();
        let lost = register(harness, None).await;
        assert!(matches!(lost, Err(SubscribeError::Unavailable(_))), "{lost:?}");
        assert_eq!(harness.registered().len(), 1, "it was made, and nobody was told");
    }
    let made = registered(harness).await;
    let (_, delivery) = harness.something_happens().await;
    assert_eq!(verify(harness, &delivery, &[known(&made)], harness.now()), Ok(()));
}

/// Whatever was there, nothing is left; and where nothing is, nothing is to be done.
pub async fn removing_leaves_none_and_may_be_repeated(harness: &dyn NoticeHarness) {
    let made = registered(harness).await;
    for known in [Some(made.endpoint.as_str()), None, Some("an-endpoint-that-never-was")] {
        let removed = harness.notices().remove(&harness.account(), &at(harness, known)).await;
        assert!(removed.is_ok(), "{known:?}: {removed:?}");
        assert!(harness.registered().is_empty(), "{known:?}");
    }
    registered(harness).await;
    let removed = harness.notices().remove(&harness.account(), &at(harness, None)).await;
    assert!(removed.is_ok() && harness.registered().is_empty(), "{removed:?}");
}

/// A key that the processor does not know is no refusal of the endpoint: it may have been rolled.
pub async fn keys_that_are_refused_register_nothing(harness: &dyn NoticeHarness) {
    let (notices, account) = (harness.notices(), harness.with_unknown_keys());
    let refused = notices.register(&account, &at(harness, None)).await;
    assert!(matches!(refused, Err(SubscribeError::Unavailable(_))), "{refused:?}");
    assert!(harness.registered().is_empty());
    let made = registered(harness).await;
    let refused = notices.remove(&account, &at(harness, Some(&made.endpoint))).await;
    assert!(matches!(refused, Err(SubscribeError::Unavailable(_))), "{refused:?}");
    assert_eq!(harness.registered(), [made.endpoint]);
}

/// The very bytes, one of the secrets, none of them blank, at about that time.
pub async fn a_delivery_is_believed_only_as_it_was_signed(harness: &dyn NoticeHarness) {
    let made = registered(harness).await;
    let (_, delivery) = harness.something_happens().await;
    let (right, now) = (known(&made), harness.now());
    let (blank, wrong) = (SecretString::from("  "), SecretString::from("whsec_of_somebody_else"));
    let believed = |secrets: &[SecretString]| verify(harness, &delivery, secrets, now);
    assert_eq!(believed(std::slice::from_ref(&right)), Ok(()));
    assert_eq!(believed(&[wrong.clone(), blank.clone(), right.clone()]), Ok(()), "while secrets change");
    assert_eq!(believed(std::slice::from_ref(&wrong)), Err(NoticeRefused::Signature));
    assert_eq!(believed(&[]), Err(NoticeRefused::NoSecret));
    assert_eq!(believed(&[blank]), Err(NoticeRefused::NoSecret));

    let secrets = [right];
    for place in 0..delivery.body.len() {
        let mut other = delivery.clone();
        other.body.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= 1);
        assert_eq!(verify(harness, &other, &secrets, now), Err(NoticeRefused::Signature), "byte {place}");
    }
    let unsigned = Delivery { headers: Vec::new(), body: delivery.body.clone() };
    assert_eq!(verify(harness, &unsigned, &secrets, now), Err(NoticeRefused::Signature));
    for later in [Duration::from_hours(1), Duration::from_hours(24 * 365)] {
        let later = now.saturating_add(later).unwrap_or(Timestamp::MAX);
        assert_eq!(verify(harness, &delivery, &secrets, later), Err(NoticeRefused::Stale));
    }
}

/// A notice says which charge to look at; what is not whole says nothing.
pub async fn a_notice_names_its_charge(harness: &dyn NoticeHarness) {
    registered(harness).await;
    let (charge, delivery) = harness.something_happens().await;
    let (notices, owner) = (harness.notices(), harness.owner());
    let again = notices.parse(&delivery.body, &owner);
    let heard = notices.parse(&delivery.body, &owner);
    assert_eq!(again, heard, "reading changes nothing");
    let Ok(Heard::About { kind, reference, .. }) = heard else { panic!("{heard:?}") };
    assert_eq!(reference, charge);
    assert!((1..=100).contains(&kind.chars().count()), "{kind}");
    for length in 0..delivery.body.len() {
        let part = delivery.body.get(..length).unwrap_or_default();
        assert!(notices.parse(part, &owner).is_err(), "the first {length} bytes are no notice");
    }
}

/// Debug of the port, of what was registered and of errors with their causes hold no signing secret.
pub async fn no_signing_secret_is_shown(harness: &dyn NoticeHarness) {
    let made = registered(harness).await;
    harness.lose_the_next_creation();
    let lost = register(harness, None).await;
    let refused = harness.notices().register(&harness.with_unknown_keys(), &at(harness, None)).await;
    let (_, delivery) = harness.something_happens().await;
    let unbelieved = verify(harness, &delivery, &[known(&made)], Timestamp::UNIX_EPOCH);
    let secret = exposed(&known(&made));
    for shown in [
        format!("{:?} {made:?}", harness.notices()),
        format!("{lost:?} {refused:?}"),
        format!("{unbelieved:?} {delivery:?}"),
    ] {
        assert!(!shown.contains(&secret), "a signing secret is shown in: {shown}");
    }
}

fn at(harness: &dyn NoticeHarness, known: Option<&str>) -> Endpoint {
    Endpoint { address: harness.address(), known: known.map(str::to_owned) }
}

async fn register(harness: &dyn NoticeHarness, known: Option<&str>) -> Result<Registered, SubscribeError> {
    harness.notices().register(&harness.account(), &at(harness, known)).await
}

/// One endpoint, made now.
async fn registered(harness: &dyn NoticeHarness) -> Registered {
    let made = register(harness, None).await;
    let made = made.unwrap_or_else(|error| panic!("an endpoint can be registered: {error}"));
    assert_eq!(harness.registered(), std::slice::from_ref(&made.endpoint));
    made
}

fn known(made: &Registered) -> SecretString {
    let secret = made.secret.as_ref().unwrap_or_else(|| panic!("a new endpoint tells its secret"));
    assert!(!exposed(secret).trim().is_empty(), "a secret is not blank");
    secret.clone()
}

fn verify(
    harness: &dyn NoticeHarness,
    delivery: &Delivery,
    secrets: &[SecretString],
    received_at: Timestamp,
) -> Result<(), NoticeRefused> {
    harness.notices().verify(delivery, secrets, received_at)
}

#[expect(clippy::disallowed_methods, reason = "to look for it in what is shown")]
fn exposed(secret: &SecretString) -> String {
    secret.expose_secret().to_owned()
}
