//! One call to Moneris: where, with which headers, once. It knows no transaction and reads no meaning.

use std::sync::Arc;

use billing_domain::ProcessorErrorKind;
use billing_transport::{Client, Exchange, Request, Response, Retry, RetryPlan, RetryPolicy};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderValue, Method, StatusCode};
use zeroize::Zeroizing;

use crate::config::MonerisConfig;
use crate::encode::{Store, Transaction, encode};
use crate::error::{NoReply, in_doubt};
use crate::receipt::{Receipt, decode};

const OUR_NAME: &str = concat!("billing-moneris/", env!("CARGO_PKG_VERSION"));

/// Moneris, as anybody sees it.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    client: Client,
    pub(crate) config: Arc<MonerisConfig>,
}

impl Api {
    pub(crate) fn new(exchange: Arc<dyn Exchange>, config: MonerisConfig) -> Self {
        Self { client: Client::new(exchange, RetryPolicy::default()), config: Arc::new(config) }
    }

    /// One transaction, sent once. The type of its content is the one that Moneris's own clients name, although it is XML.
    pub(crate) async fn transact(
        &self,
        store: &Store<'_>,
        transaction: &Transaction<'_>,
    ) -> Result<Receipt, NoReply> {
        let body = Bytes::from_owner(encode(store, transaction));
        let body = self
            .post(self.config.gateway_url(), "application/x-www-form-urlencoded", body, "gateway")
            .await?;
        // An issuer's sentence may be in another encoding; everything that counts is ASCII.
        let receipt = decode(&String::from_utf8_lossy(&body));
        receipt.map_err(|error| in_doubt(ProcessorErrorKind::Malformed, Some(Box::new(error))))
    }

    /// One question to Checkout, asked once; the answer's JSON.
    pub(crate) async fn ask_checkout(&self, json: Zeroizing<Vec<u8>>) -> Result<Bytes, NoReply> {
        self.post(self.config.checkout_url(), "application/json", Bytes::from_owner(json), "checkout").await
    }

    /// Never sent twice: a repeated charge is refused as a duplicate at best, and a repeated question may be refused altogether.
    async fn post(
        &self,
        url: String,
        content_type: &'static str,
        body: Bytes,
        seed: &'static str,
    ) -> Result<Bytes, NoReply> {
        let headers = vec![
            (CONTENT_TYPE, HeaderValue::from_static(content_type)),
            (USER_AGENT, HeaderValue::from_static(OUR_NAME)),
        ];
        let request = Request { method: Method::POST, url, headers, body, limits: self.config.limits() };
        let plan = RetryPlan::new(seed, never).max_sends(1).within(self.config.send_deadline);
        let Response { status, body, .. } = self.client.execute(request, plan).await?.response;
        // Whatever another status comes with, it is not the gateway's own word.
        if status == StatusCode::OK { Ok(body) } else { Err(in_doubt(ProcessorErrorKind::Unavailable, None)) }
    }
}

fn never(_: &Response) -> Retry {
    Retry::No
}
