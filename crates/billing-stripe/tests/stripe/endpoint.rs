//! The webhook endpoint of an account: one with our address, whatever was interrupted, and none in the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use billing_credentials::{
    Endpoint, Heard, NoticeOwner, NoticeRefused, OpenedAccount, ProcessorConnector, Registered,
    SubscribeError,
};
use billing_domain::{ProcessorErrorKind, SubscriptionRefusal};
use billing_stripe::{API_VERSION, StripeConfig, StripeConnector};
use billing_testkit::stripe::{Card, EndpointSeen, Fault, Mode, Permission};
use billing_transport::{Delivery, Exchange, Request, Response, SendError, SendErrorKind};
use serde_json::json;

use crate::canned::{Said, connector, refused, said};
use crate::harness::{Stripe, exposed};

const ADDRESS: &str = "https://emr.example/billing/notices/7/2";
const CREATE: &str = "POST /v1/webhook_endpoints";
const DELETE: &str = "DELETE /v1/webhook_endpoints/{id}";
const LIST: &str = "GET /v1/webhook_endpoints";
const UPDATE: &str = "POST /v1/webhook_endpoints/{id}";

const EVENTS: [&str; 7] = [
    "payment_intent.canceled",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.succeeded",
    "refund.created",
    "refund.failed",
    "refund.updated",
];

fn ours(known: Option<&str>) -> Endpoint {
    Endpoint { address: ADDRESS.to_owned(), known: known.map(str::to_owned) }
}

impl Stripe {
    fn live(&self) -> OpenedAccount {
        self.opened(&self.account.secret_key(Mode::Live))
    }

    async fn register(&self, known: Option<&str>) -> Result<Registered, SubscribeError> {
        self.notices().register(&self.live(), &ours(known)).await
    }

    async fn remove(&self, known: Option<&str>) -> Result<(), SubscribeError> {
        self.notices().remove(&self.live(), &ours(known)).await
    }

    fn seen(&self) -> Vec<EndpointSeen> {
        self.fake.endpoints(self.account.id())
    }

    fn changes(&self) -> usize {
        [CREATE, DELETE, UPDATE].iter().map(|pattern| self.fake.count(pattern)).sum()
    }

    /// There is one endpoint with our address, it is right, and `made` is it with the secret it signs with.
    fn is_in_place(&self, made: &Registered) {
        let seen = self.seen();
        let [one] = seen.as_slice() else { panic!("{seen:?}") };
        assert_eq!((one.url.as_str(), one.api_version.as_deref()), (ADDRESS, Some(API_VERSION)));
        assert_eq!(
            (one.enabled_events.as_slice(), one.enabled, one.mode),
            (&EVENTS.map(str::to_owned)[..], true, Mode::Live)
        );
        assert_eq!(made.endpoint, one.id);
        if let Some(secret) = &made.secret {
            assert_eq!(exposed(secret), one.secret);
        }
    }
}

fn kind(refused: &SubscribeError) -> (Option<SubscriptionRefusal>, &ProcessorErrorKind) {
    match refused {
        SubscribeError::Refused { refusal, cause } => (Some(*refusal), &cause.kind),
        SubscribeError::Unavailable(cause) => (None, &cause.kind),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_endpoint_is_made_for_what_we_use_in_the_version_we_speak_and_its_secret_is_told_once() {
    let stripe = Stripe::in_process();
    let made = stripe.register(None).await.unwrap();
    assert!(made.secret.is_some());
    stripe.is_in_place(&made);
    let kept = stripe.register(Some(&made.endpoint)).await.unwrap();
    assert!(kept.secret.is_none());
    stripe.is_in_place(&kept);
    assert_eq!(stripe.changes(), 1, "what is right is left alone");
}

#[tokio::test]
async fn nothing_of_the_clinic_or_its_patients_leaves_with_a_registration() {
    let stripe = Stripe::in_process();
    stripe.register(None).await.unwrap();
    let sent = &stripe.fake.requests_to(CREATE)[0];
    assert_eq!(sent.idempotency_key, None);
    let names: Vec<_> = sent.params.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["api_version", "description", "enabled_events", "url"]);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_whose_answer_was_lost_is_replaced_by_one_whose_secret_is_known() {
    let losses =
        [Fault::DropAfterEffect, Fault::HtmlAfterEffect, Fault::FailAfterEffect, Fault::TruncatedBody];
    for fault in losses
        .into_iter()
        .chain([Fault::Overwrite("/secret", json!(null)), Fault::Overwrite("/secret", " ".into())])
    {
        let stripe = Stripe::in_process();
        stripe.fake.faults().next(CREATE, fault.clone());
        let lost = stripe.register(None).await.unwrap_err();
        assert!(kind(&lost).0.is_none(), "{fault:?}: {lost:?}");
        assert_eq!(
            (stripe.seen().len(), stripe.fake.count(CREATE)),
            (1, 1),
            "{fault:?}: made, once, and nobody knows its secret"
        );
        let orphan = stripe.seen()[0].id.clone();

        let made = stripe.register(None).await.unwrap();
        assert!(made.secret.is_some() && made.endpoint != orphan, "{fault:?}");
        stripe.is_in_place(&made);
    }
}

/// A network that breaks for good at one request, before or after it arrived.
#[derive(Debug)]
struct Breaks {
    at: usize,
    arrives: bool,
    sends: AtomicUsize,
    whole: Arc<dyn Exchange>,
}

#[async_trait]
impl Exchange for Breaks {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        let send = self.sends.fetch_add(1, Ordering::Relaxed);
        if send < self.at || (send == self.at && self.arrives) {
            let answer = self.whole.send(request).await;
            if send < self.at {
                return answer;
            }
        }
        Err(SendError::new(SendErrorKind::Interrupted, Delivery::MaybeSent))
    }
}

/// A process may die before and after every request. What it leaves is what the next one finds.
#[tokio::test(start_paused = true)]
async fn a_registration_that_breaks_off_anywhere_is_finished_by_the_next() {
    let mut broken_off = 0;
    // Three with our address are there: a list, three deletions, a creation.
    for (at, arrives) in (0..6).flat_map(|at| [(at, false), (at, true)]) {
        let stripe = Stripe::in_process();
        for _ in 0..3 {
            stripe.account.add_endpoint(Mode::Live, ADDRESS);
        }
        let other = stripe.account.add_endpoint(Mode::Live, "https://emr.example/another");
        let breaks = Breaks { at, arrives, sends: AtomicUsize::new(0), whole: stripe.fake.exchange() };
        let notices = StripeConnector::new(Arc::new(breaks), StripeConfig::default()).notices().unwrap();
        broken_off += usize::from(notices.register(&stripe.live(), &ours(None)).await.is_err());

        let made = stripe.register(None).await.unwrap();
        assert!(made.secret.is_some(), "{at} {arrives}");
        assert!(stripe.fake.delete_endpoint(&other), "another address is left alone");
        stripe.is_in_place(&made);
    }
    assert_eq!(broken_off, 10, "at each of five requests, before and after it");
}

#[tokio::test]
async fn the_known_one_is_kept_and_every_other_with_our_address_is_deleted() {
    let stripe = Stripe::in_process();
    let made = stripe.register(None).await.unwrap();
    stripe.account.add_endpoint(Mode::Live, ADDRESS);
    let of_test_mode = stripe.account.add_endpoint(Mode::Test, ADDRESS);
    let kept = stripe.register(Some(&made.endpoint)).await.unwrap();
    assert!(kept.secret.is_none());
    assert!(stripe.fake.delete_endpoint(&of_test_mode), "a live key sees live endpoints only");
    stripe.is_in_place(&kept);
}

#[tokio::test]
async fn a_known_endpoint_that_was_disabled_or_asks_for_other_events_is_mended() {
    let stripe = Stripe::in_process();
    let made = stripe.register(None).await.unwrap();
    stripe.fake.disable_endpoint(&made.endpoint);
    let kept = stripe.register(Some(&made.endpoint)).await.unwrap();
    assert!(kept.secret.is_none());
    stripe.is_in_place(&kept);

    let elsewhere = stripe.account.add_endpoint(Mode::Live, ADDRESS);
    stripe.fake.set_endpoint_version(&elsewhere, API_VERSION);
    let kept = stripe.register(Some(&elsewhere)).await.unwrap();
    assert_eq!((kept.endpoint.as_str(), kept.secret.is_none()), (elsewhere.as_str(), true));
    stripe.is_in_place(&kept);
}

#[tokio::test]
async fn a_known_endpoint_of_another_version_or_address_or_none_at_all_is_made_anew() {
    let stripe = Stripe::in_process();
    let made = stripe.register(None).await.unwrap();
    stripe.fake.set_endpoint_version(&made.endpoint, "2020-08-27");
    let anew = stripe.register(Some(&made.endpoint)).await.unwrap();
    assert!(anew.secret.is_some());
    stripe.is_in_place(&anew);

    stripe.fake.delete_endpoint(&anew.endpoint);
    let anew = stripe.register(Some(&anew.endpoint)).await.unwrap();
    assert!(anew.secret.is_some());
    stripe.is_in_place(&anew);

    let moved = stripe.account.add_endpoint(Mode::Live, "https://old.example/billing/notices/7/2");
    stripe.fake.delete_endpoint(&anew.endpoint);
    let anew = stripe.register(Some(&moved)).await.unwrap();
    stripe.is_in_place(&anew);
}

#[tokio::test]
async fn endpoints_beyond_one_page_are_found() {
    let stripe = Stripe::in_process();
    stripe.account.add_endpoint(Mode::Live, ADDRESS);
    for number in 0..120 {
        stripe.account.add_endpoint(Mode::Live, &format!("https://emr.example/{number}"));
    }
    stripe.remove(None).await.unwrap();
    assert_eq!(stripe.seen().iter().filter(|one| one.url == ADDRESS).count(), 0);
    assert_eq!((stripe.seen().len(), stripe.fake.count(LIST)), (120, 2));
}

#[tokio::test(start_paused = true)]
async fn removing_leaves_none_with_our_address_and_may_be_repeated_and_interrupted() {
    let stripe = Stripe::in_process();
    let made = stripe.register(None).await.unwrap();
    stripe.account.add_endpoint(Mode::Live, ADDRESS);
    let other = stripe.account.add_endpoint(Mode::Live, "https://emr.example/another");
    stripe.fake.faults().every(1, DELETE, Fault::DropAfterEffect);
    stripe.remove(Some(&made.endpoint)).await.unwrap_err();
    stripe.fake.faults().clear();
    stripe.fake.faults().next(DELETE, Fault::DropAfterEffect);
    // What was deleted without an answer is not found when it is deleted again.
    stripe.remove(Some(&made.endpoint)).await.unwrap();
    stripe.remove(None).await.unwrap();
    assert_eq!(stripe.seen().iter().map(|one| &one.id).collect::<Vec<_>>(), [&other]);
    assert!(stripe.fake.delete_endpoint(&other));
    stripe.remove(None).await.unwrap();
}

#[tokio::test]
async fn a_key_without_the_permission_is_a_refusal_that_names_it() {
    let stripe = Stripe::in_process();
    for permissions in [&[][..], &[Permission::WebhookRead]] {
        let key = stripe.account.restricted_key(Mode::Live, permissions);
        let refused = stripe.notices().register(&stripe.opened(&key), &ours(None)).await.unwrap_err();
        let (
            Some(SubscriptionRefusal::PermissionMissing),
            ProcessorErrorKind::PermissionMissing(Some(named)),
        ) = kind(&refused)
        else {
            panic!("{refused:?}")
        };
        assert!(named.starts_with("rak_webhook_"), "{named}");
    }
    assert!(stripe.seen().is_empty());
    let key = stripe.account.restricted_key(Mode::Live, &[Permission::WebhookWrite]);
    let made = stripe.notices().register(&stripe.opened(&key), &ours(None)).await.unwrap();
    stripe.is_in_place(&made);
}

#[tokio::test]
async fn an_account_that_is_full_is_told_apart_from_a_refused_address() {
    let stripe = Stripe::in_process();
    for number in 0..16 {
        stripe.account.add_endpoint(Mode::Live, &format!("https://emr.example/{number}"));
    }
    let full = stripe.register(None).await.unwrap_err();
    assert_eq!(kind(&full).0, Some(SubscriptionRefusal::TooMany), "{full:?}");
    stripe.fake.delete_endpoint(&stripe.seen()[0].id);
    let made = stripe.register(None).await.unwrap();
    // A full account in which one is ours has room for ours.
    assert!(stripe.register(None).await.is_ok_and(|anew| anew.endpoint != made.endpoint));

    for address in ["http://emr.example/n", "https://localhost/n", "https://127.0.0.1/n", "nowhere"] {
        let endpoint = Endpoint { address: address.to_owned(), known: None };
        let refused = Stripe::in_process();
        let refused = refused.notices().register(&refused.live(), &endpoint).await.unwrap_err();
        assert_eq!(kind(&refused).0, Some(SubscriptionRefusal::Rejected), "{address}: {refused:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_says_nothing_of_the_endpoint_is_no_refusal() {
    let stripe = Stripe::in_process();
    let opened = stripe.live();
    let missing = || refused(403, "invalid_request_error", None);
    let cases = [
        (Said::NotSent, ProcessorErrorKind::Unavailable),
        (Said::Lost, ProcessorErrorKind::Unavailable),
        (refused(401, "invalid_request_error", None), ProcessorErrorKind::CredentialsRejected),
        (refused(429, "invalid_request_error", Some("rate_limit")), ProcessorErrorKind::RateLimited),
        (refused(500, "api_error", None), ProcessorErrorKind::Unavailable),
        (refused(409, "invalid_request_error", None), ProcessorErrorKind::Unavailable),
        (said(403, &json!("a proxy")), ProcessorErrorKind::Malformed),
        (said(200, &json!({ "data": [{ "no": "id" }] })), ProcessorErrorKind::Malformed),
        (said(200, &json!({ "data": [{ "id": "we_1" }], "has_more": true })), ProcessorErrorKind::Malformed),
    ];
    for (says, expected) in cases {
        let notices = connector(vec![says.clone()]).notices().unwrap();
        let unavailable = notices.register(&opened, &ours(None)).await.unwrap_err();
        assert_eq!(kind(&unavailable), (None, &expected), "{says:?}");
        let unavailable = notices.remove(&opened, &ours(None)).await.unwrap_err();
        assert_eq!(kind(&unavailable), (None, &expected), "{says:?}");
        assert!(!format!("{unavailable:?} {unavailable}").contains("_secret_"));
    }
    let notices = connector(vec![missing()]).notices().unwrap();
    let refusal = notices.register(&opened, &ours(None)).await.unwrap_err();
    assert_eq!(kind(&refusal).0, Some(SubscriptionRefusal::PermissionMissing));
    let unreadable = stripe.notices().register(&stripe.opened("not a key"), &ours(None)).await.unwrap_err();
    assert_eq!(kind(&unreadable), (None, &ProcessorErrorKind::CredentialsRejected));
}

#[tokio::test]
async fn a_delivery_to_a_registered_endpoint_is_verified_with_its_secret_and_names_the_charge() {
    let stripe = Stripe::in_process();
    let made = stripe.register(None).await.unwrap();
    let secret = made.secret.unwrap();
    assert!(!format!("{secret:?}").contains("whsec"));
    let order = stripe.tried(1, Card::VISA).await;
    let deliveries = stripe.fake.take_deliveries(stripe.account.id());
    let [paid] = deliveries.as_slice() else { panic!("{deliveries:?}") };
    assert_eq!((paid.kind.as_str(), paid.url.as_str()), ("payment_intent.succeeded", ADDRESS));
    let notices = stripe.notices();
    notices.verify(&paid.received(), std::slice::from_ref(&secret), stripe.fake.now()).unwrap();
    let owner =
        NoticeOwner { public: stripe.live().public, external_id: Some(stripe.account.id().to_owned()) };
    let Heard::About { reference, .. } = notices.parse(&paid.body, &owner).unwrap() else {
        panic!("it is ours")
    };
    assert_eq!(Some(reference), order.reference);
    for wrong in
        [paid.clone().with_secret("whsec_wrong"), paid.clone().at(stripe.fake.now() - Duration::from_mins(6))]
    {
        assert!(notices.verify(&wrong.received(), std::slice::from_ref(&secret), stripe.fake.now()).is_err());
    }
    let rolled = paid.clone().also_with("whsec_new");
    notices.verify(&rolled.received(), std::slice::from_ref(&secret), stripe.fake.now()).unwrap();
    assert!(
        notices
            .parse(&paid.clone().of_other_mode().body, &owner)
            .is_ok_and(|heard| matches!(heard, Heard::Ignored("another mode")))
    );
    assert_eq!(notices.parse(&paid.clone().thin().body, &owner), Err(NoticeRefused::Thin));
}
