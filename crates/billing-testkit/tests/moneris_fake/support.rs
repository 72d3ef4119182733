//! A clinic's store at a fake Moneris and a plain way to call it. Never asserts.

use std::sync::Arc;
use std::time::Duration;

use billing_testkit::moneris::{Card, FakeMoneris, FakeStore, LedgerEntry, StoreSpec};
use billing_transport::{Exchange, Limits, Request, SendError};
use http::Method;
use serde_json::{Map, Value};

pub(crate) const STORE: &str = "monca04321";
pub(crate) const TOKEN: &str = "KJ7l2AsX0n93";
pub(crate) const LIMITS: Limits = Limits { total: Duration::from_mins(1), body_bytes: 1 << 20 };

pub(crate) struct Clinic {
    pub(crate) fake: FakeMoneris,
    pub(crate) store: FakeStore,
    pub(crate) exchange: Arc<dyn Exchange>,
}

/// A receipt as text.
#[derive(Debug)]
pub(crate) struct Receipt(pub(crate) String);

impl Receipt {
    /// The text of an element; empty if it is not there.
    pub(crate) fn get(&self, name: &str) -> &str {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let after = self.0.split_once(&open).map_or("", |(_, after)| after);
        after.split_once(&close).map_or("", |(text, _)| text)
    }

    pub(crate) fn code(&self) -> &str {
        self.get("ResponseCode")
    }

    pub(crate) fn message(&self) -> &str {
        self.get("Message")
    }
}

impl Clinic {
    pub(crate) fn new() -> Self {
        Self::of(FakeMoneris::new())
    }

    pub(crate) fn of(fake: FakeMoneris) -> Self {
        Self::at(fake, StoreSpec::new(STORE, TOKEN))
    }

    pub(crate) fn at(fake: FakeMoneris, store: StoreSpec) -> Self {
        let store = fake.store(store);
        Self { exchange: fake.exchange(), store, fake }
    }

    pub(crate) fn token(&self, card: Card) -> String {
        self.fake.cardholder(&self.store.profile_id()).tokenize(card).unwrap()
    }

    pub(crate) fn entry(&self, order_id: &str) -> LedgerEntry {
        self.fake.ledger(self.store.id()).entry(order_id).unwrap().clone()
    }

    /// A purchase of 10.00 with a fresh token for `card`.
    pub(crate) async fn buy(&self, order_id: &str, card: Card) -> Receipt {
        self.purchase(order_id, "10.00", &self.token(card)).await
    }

    pub(crate) async fn purchase(&self, order_id: &str, amount: &str, data_key: &str) -> Receipt {
        self.gateway(&purchase(order_id, amount, data_key)).await
    }

    pub(crate) async fn refund(&self, order_id: &str, amount: &str, txn_number: &str) -> Receipt {
        self.gateway(&refund(order_id, amount, txn_number)).await
    }

    pub(crate) async fn correct(&self, order_id: &str, txn_number: &str) -> Receipt {
        self.gateway(&correction(order_id, txn_number)).await
    }

    pub(crate) async fn check(&self, order_id: &str) -> Receipt {
        self.gateway(&check(&purchase(order_id, "10.00", "ot-any"))).await
    }

    /// Sends a transaction in this store's envelope.
    pub(crate) async fn gateway(&self, transaction: &str) -> Receipt {
        self.raw(&envelope(self.store.id(), &self.store.api_token(), transaction)).await
    }

    pub(crate) async fn raw(&self, body: &str) -> Receipt {
        self.try_raw(body).await.unwrap()
    }

    pub(crate) async fn try_raw(&self, body: &str) -> Result<Receipt, SendError> {
        let response = self.exchange.send(to_gateway(body)).await?;
        Ok(Receipt(String::from_utf8(response.body.to_vec()).unwrap()))
    }

    /// A Checkout request with this store's credentials; gives what is inside `response`.
    pub(crate) async fn checkout(&self, action: &str, fields: &[(&str, &str)]) -> Value {
        let credentials = [
            ("store_id", self.store.id()),
            ("api_token", &self.store.api_token()),
            ("checkout_id", &self.store.checkout_id()),
            ("environment", "prod"),
            ("action", action),
        ];
        let all = credentials.iter().chain(fields);
        let body: Map<String, Value> = all.map(|(name, text)| ((*name).to_owned(), (*text).into())).collect();
        self.checkout_raw(&Value::Object(body).to_string()).await
    }

    pub(crate) async fn checkout_raw(&self, body: &str) -> Value {
        let url = "https://gateway.moneris.com/chktv2/request/request.php".to_owned();
        let response = self.exchange.send(Request { url, ..to_gateway(body) }).await.unwrap();
        let mut body: Value = serde_json::from_slice(&response.body).unwrap();
        body["response"].take()
    }

    pub(crate) async fn preload(&self, order_no: &str, total: &str) -> String {
        let made = self.checkout("preload", &[("order_no", order_no), ("txn_total", total)]).await;
        made["ticket"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn receipt(&self, ticket: &str) -> Value {
        self.checkout("receipt", &[("ticket", ticket)]).await
    }
}

pub(crate) fn envelope(store: &str, token: &str, transaction: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><request><store_id>{store}</store_id><api_token>{token}</api_token>{transaction}</request>"
    )
}

pub(crate) fn purchase(order_id: &str, amount: &str, data_key: &str) -> String {
    format!(
        "<res_purchase_cc><data_key>{data_key}</data_key><order_id>{order_id}</order_id><amount>{amount}</amount>\
         <crypt_type>7</crypt_type></res_purchase_cc>"
    )
}

pub(crate) fn refund(order_id: &str, amount: &str, txn_number: &str) -> String {
    format!(
        "<refund><order_id>{order_id}</order_id><amount>{amount}</amount><txn_number>{txn_number}</txn_number>\
         <crypt_type>7</crypt_type></refund>"
    )
}

pub(crate) fn correction(order_id: &str, txn_number: &str) -> String {
    format!(
        "<purchasecorrection><order_id>{order_id}</order_id><txn_number>{txn_number}</txn_number>\
         <crypt_type>7</crypt_type></purchasecorrection>"
    )
}

pub(crate) fn check(transaction: &str) -> String {
    format!("<status_check>true</status_check>{transaction}")
}

pub(crate) fn to_gateway(body: &str) -> Request {
    Request {
        method: Method::POST,
        url: "https://mpg1.moneris.io/gateway2/servlet/MpgRequest".to_owned(),
        headers: Vec::new(),
        body: body.to_owned().into(),
        limits: LIMITS,
    }
}
