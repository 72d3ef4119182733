//! What the tokenization frame calls: a card in, a data key or codes out. Not a part of Moneris's API, so not in its log.

use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::response::Response;
use serde_json::{Value, json};

use super::super::FakeMoneris;
use super::super::tokens::Typed;
use super::pages;

/// `{"id","pan","exp","cvd","source"}`, of which the frame leaves out what it does not ask for.
pub(super) async fn token(Shared(fake): Shared<FakeMoneris>, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let typed = Typed {
        cvd: text("cvd"),
        expiry: text("exp"),
        number: text("pan").unwrap_or_default(),
        profile_id: text("id").unwrap_or_default(),
        source: text("source"),
    };
    pages::answer(&match fake.tokenize(&typed) {
        Err(codes) => json!({ "responseCode": codes }),
        Ok(data_key) => {
            let bin = typed.number.get(..6);
            json!({ "responseCode": ["001"], "dataKey": data_key, "bin": bin })
        }
    })
}
