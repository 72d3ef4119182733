//! One answer and how it is carried: whole, slowly, in part or not at all. Never knows which endpoint made it.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

use super::error::ApiError;
use super::idempotency::Kept;
use crate::carriage::Carriage;

/// The version this fake speaks.
pub const API_VERSION: &str = "2026-10-28.endive";

pub(super) struct Reply {
    pub(super) body: Bytes,
    pub(super) carriage: Carriage,
    pub(super) status: u16,
    content_type: &'static str,
    headers: Vec<(&'static str, String)>,
}

impl Reply {
    pub(super) fn json(status: u16, body: String, request_id: &str) -> Self {
        let reply = Self {
            body: Bytes::from(body),
            carriage: Carriage::Whole,
            status,
            content_type: "application/json",
            headers: Vec::new(),
        };
        reply.with_header("request-id", request_id).with_header("stripe-version", API_VERSION)
    }

    pub(super) fn error(error: &ApiError, request_id: &str) -> Self {
        Self::json(error.status, pretty(&error.body(request_id)), request_id)
    }

    /// The stored answer again: same status and body, its own request id.
    pub(super) fn replayed(kept: Kept, request_id: &str) -> Self {
        Self::json(kept.status, kept.body, request_id)
            .with_header("idempotent-replayed", "true")
            .with_header("original-request", &kept.request_id)
    }

    /// What a proxy in front of Stripe says.
    pub(super) fn html() -> Self {
        let page = "<html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>";
        Self {
            body: Bytes::from_static(page.as_bytes()),
            content_type: "text/html",
            ..Self::json(502, String::new(), "").without_headers()
        }
    }

    /// No answer: the connection fares as `carriage` says.
    pub(super) fn carried(carriage: Carriage) -> Self {
        Self { carriage, ..Self::json(500, String::new(), "").without_headers() }
    }

    pub(super) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(super) fn overwrite(&mut self, pointer: &str, value: Value) {
        let Ok(mut body) = serde_json::from_slice::<Value>(&self.body) else { return };
        if let Some(place) = body.pointer_mut(pointer) {
            *place = value;
            self.body = Bytes::from(pretty(&body));
        }
    }

    /// JSON allows spaces at the end, so only its size is wrong.
    pub(super) fn pad_to(&mut self, len: usize) {
        let mut body = self.body.to_vec();
        body.resize(len.max(body.len()), b' ');
        self.body = Bytes::from(body);
    }

    /// The carriage goes along as an extension.
    pub(super) fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        response.extensions_mut().insert(self.carriage);
        response
    }

    fn without_headers(mut self) -> Self {
        self.headers.clear();
        self
    }
}

/// Stripe indents its answers.
pub(super) fn pretty(body: &Value) -> String {
    format!("{body:#}")
}
