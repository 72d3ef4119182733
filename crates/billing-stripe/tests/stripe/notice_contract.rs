//! The contract of the port for notices, kept by Stripe in process and over HTTP; and broken ports, which the suite must notice.

use std::sync::Arc;

use async_trait::async_trait;
use billing_credentials::{
    Delivery, Endpoint, Heard, NoticeEndpoint, NoticeOwner, NoticeRefused, OpenedAccount, Registered,
    SubscribeError,
};
use billing_domain::payment::Reference;
use billing_testkit::conformance::notice::{self as contract, NoticeHarness};
use billing_testkit::stripe::{Card, Fault, Mode};
use jiff::Timestamp;
use secrecy::SecretString;

use crate::harness::Stripe;

const ADDRESS: &str = "https://emr.example/billing/notices/7/2";

/// The fake, and how the port on it is broken.
#[derive(Debug)]
struct Notified {
    how: How,
    stripe: Stripe,
}

impl Notified {
    fn in_process() -> Self {
        Self { how: How::Good, stripe: Stripe::in_process() }
    }

    async fn over_http() -> Self {
        Self { how: How::Good, stripe: Stripe::over_http().await }
    }
}

#[async_trait]
impl NoticeHarness for Notified {
    fn notices(&self) -> Arc<dyn NoticeEndpoint> {
        Arc::new(Broken { good: self.stripe.notices(), how: self.how })
    }

    fn account(&self) -> OpenedAccount {
        self.stripe.opened(&self.stripe.account.secret_key(Mode::Live))
    }

    fn with_unknown_keys(&self) -> OpenedAccount {
        self.stripe.opened("sk_live_51PgafTB7WZ01zgkWthisKeyWasNeverIssued")
    }

    fn owner(&self) -> NoticeOwner {
        NoticeOwner { public: self.account().public, external_id: Some(self.stripe.account.id().to_owned()) }
    }

    fn address(&self) -> String {
        ADDRESS.to_owned()
    }

    fn now(&self) -> Timestamp {
        self.stripe.fake.now()
    }

    fn registered(&self) -> Vec<String> {
        let all = self.stripe.fake.endpoints(self.stripe.account.id());
        all.into_iter().filter(|one| one.url == ADDRESS).map(|one| one.id).collect()
    }

    fn lose_the_next_creation(&self) {
        self.stripe.fake.faults().next("POST /v1/webhook_endpoints", Fault::DropAfterEffect);
    }

    async fn something_happens(&self) -> (Reference, Delivery) {
        let order = self.stripe.tried(1, Card::VISA).await;
        let delivery = self.stripe.fake.take_deliveries(self.stripe.account.id()).remove(0);
        (order.reference.unwrap(), delivery.received())
    }
}

macro_rules! lines {
    ($($line:ident)+) => {
        mod in_process {
            use super::{Notified, contract};
            $(#[tokio::test(start_paused = true)]
            async fn $line() {
                contract::$line(&Notified::in_process()).await;
            })+
        }

        mod over_http {
            use super::{Notified, contract};
            $(#[tokio::test]
            async fn $line() {
                contract::$line(&Notified::over_http().await).await;
            })+
        }
    };
}

billing_testkit::notice_contract!(lines);

/// What is wrong with a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    AnyBody,
    AnyTime,
    BlankIsASecret,
    Good,
    KeepsNothing,
    LeavesIt,
    NamesTheNotice,
    OnlyTheFirstSecret,
    ReadsHalves,
    SecretInDebug,
}

struct Broken {
    good: Arc<dyn NoticeEndpoint>,
    how: How,
}

impl std::fmt::Debug for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The fake's first signing secret: it draws none at random.
        let shown = if self.how == How::SecretInDebug { first_secret() } else { "..".to_owned() };
        f.debug_tuple("Broken").field(&self.good).field(&shown).finish()
    }
}

fn first_secret() -> String {
    let stripe = Stripe::in_process();
    stripe.account.add_endpoint(Mode::Live, ADDRESS);
    stripe.fake.endpoints(stripe.account.id())[0].secret.clone()
}

#[async_trait]
impl NoticeEndpoint for Broken {
    fn verify(
        &self,
        delivery: &Delivery,
        secrets: &[SecretString],
        received_at: Timestamp,
    ) -> Result<(), NoticeRefused> {
        let verdict = self.good.verify(delivery, secrets, received_at);
        match (self.how, verdict) {
            (How::AnyBody, Err(NoticeRefused::Signature)) if !delivery.headers.is_empty() => Ok(()),
            (How::AnyTime, Err(NoticeRefused::Stale)) => Ok(()),
            (How::BlankIsASecret, Err(NoticeRefused::NoSecret)) => Err(NoticeRefused::Signature),
            (How::OnlyTheFirstSecret, _) => {
                self.good.verify(delivery, secrets.get(..1).unwrap_or_default(), received_at)
            }
            (_, verdict) => verdict,
        }
    }

    fn parse(&self, body: &[u8], owner: &NoticeOwner) -> Result<Heard, NoticeRefused> {
        match (self.how, self.good.parse(body, owner)) {
            (How::NamesTheNotice, Ok(Heard::About { id, kind, .. })) => {
                let reference = Reference(id.as_str().to_owned());
                Ok(Heard::About { id, kind, reference })
            }
            (How::ReadsHalves, Err(NoticeRefused::Malformed)) => Ok(Heard::Ignored("unreadable")),
            (_, heard) => heard,
        }
    }

    async fn register(
        &self,
        account: &OpenedAccount,
        endpoint: &Endpoint,
    ) -> Result<Registered, SubscribeError> {
        let known = if self.how == How::KeepsNothing { None } else { endpoint.known.clone() };
        self.good.register(account, &Endpoint { known, ..endpoint.clone() }).await
    }

    async fn remove(&self, account: &OpenedAccount, endpoint: &Endpoint) -> Result<(), SubscribeError> {
        if self.how == How::LeavesIt {
            return Ok(());
        }
        self.good.remove(account, endpoint).await
    }
}

macro_rules! mutants {
    ($($test:ident: $how:ident => $line:ident;)+) => {$(
        #[tokio::test(start_paused = true)]
        async fn $test() {
            let suite = tokio::spawn(async {
                contract::$line(&Notified { how: How::$how, ..Notified::in_process() }).await;
            });
            assert!(suite.await.is_err_and(|end| end.is_panic()), "the suite let it through");
        }
    )+};
}

mutants! {
    a_body_that_is_not_checked: AnyBody => a_delivery_is_believed_only_as_it_was_signed;
    a_time_that_is_not_checked: AnyTime => a_delivery_is_believed_only_as_it_was_signed;
    a_blank_secret_that_is_used: BlankIsASecret => a_delivery_is_believed_only_as_it_was_signed;
    one_secret_of_several: OnlyTheFirstSecret => a_delivery_is_believed_only_as_it_was_signed;
    a_notice_taken_for_its_charge: NamesTheNotice => a_notice_names_its_charge;
    half_a_notice_taken_for_one: ReadsHalves => a_notice_names_its_charge;
    a_known_endpoint_made_anew: KeepsNothing => a_second_registration_keeps_the_known_endpoint;
    an_endpoint_left_behind: LeavesIt => removing_leaves_none_and_may_be_repeated;
    a_secret_in_debug: SecretInDebug => no_signing_secret_is_shown;
}
