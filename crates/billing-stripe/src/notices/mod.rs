//! Stripe's webhooks behind the port for notices: whether Stripe signed a delivery, which intent it is about, and the endpoint it
//! goes to. What an event says of a charge is not read: the charge is.

mod endpoint;
mod event;
mod signature;

use std::fmt;

use async_trait::async_trait;
use billing_credentials::{
    Delivery, Endpoint, Heard, NoticeEndpoint, NoticeOwner, NoticeRefused, OpenedAccount, Registered,
    SubscribeError,
};
use jiff::Timestamp;
use secrecy::SecretString;

use crate::api::Api;

/// Stripe's webhooks (<https://docs.stripe.com/webhooks>). Made by
/// [`StripeConnector::notices`](billing_credentials::ProcessorConnector::notices).
#[derive(Clone)]
pub struct StripeNotices {
    api: Api,
}

impl StripeNotices {
    pub(crate) fn new(api: Api) -> Self {
        Self { api }
    }
}

impl fmt::Debug for StripeNotices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StripeNotices").finish_non_exhaustive()
    }
}

#[async_trait]
impl NoticeEndpoint for StripeNotices {
    fn verify(
        &self,
        delivery: &Delivery,
        secrets: &[SecretString],
        received_at: Timestamp,
    ) -> Result<(), NoticeRefused> {
        signature::verify(delivery, secrets, received_at)
    }

    fn parse(&self, body: &[u8], owner: &NoticeOwner) -> Result<Heard, NoticeRefused> {
        event::parse(body, owner)
    }

    async fn register(
        &self,
        account: &OpenedAccount,
        endpoint: &Endpoint,
    ) -> Result<Registered, SubscribeError> {
        self.put_in_place(account, endpoint).await
    }

    async fn remove(&self, account: &OpenedAccount, endpoint: &Endpoint) -> Result<(), SubscribeError> {
        self.clear_away(account, endpoint).await
    }
}
