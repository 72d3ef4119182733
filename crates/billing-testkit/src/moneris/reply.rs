//! What an endpoint says, and the reply it becomes: XML or JSON, whole, in part or not at all. Knows no order.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::gateway::receipt::Receipt;
use super::gateway::timed_out;
use crate::carriage::Carriage;

/// What an endpoint says.
pub(super) enum Answer {
    Checkout(Value),
    Gateway(Receipt),
}

impl Answer {
    /// Says something else in some places.
    pub(super) fn overwritten(self, changes: &[(&str, &str)]) -> Self {
        match self {
            Self::Checkout(mut body) => {
                for (pointer, text) in changes {
                    if let Some(place) = body.pointer_mut(pointer) {
                        *place = (*text).into();
                    }
                }
                Self::Checkout(body)
            }
            Self::Gateway(receipt) => {
                let change = |receipt: Receipt, (name, text): &(&str, &str)| receipt.with(name, text);
                Self::Gateway(changes.iter().fold(receipt, change))
            }
        }
    }

    /// A receipt that says only that it timed out. Checkout has no such answer.
    pub(super) fn timed_out(self) -> Self {
        match self {
            Self::Checkout(body) => Self::Checkout(body),
            Self::Gateway(receipt) => Self::Gateway(timed_out(receipt.shape())),
        }
    }

    pub(super) fn with_unknown_elements(self) -> Self {
        match self {
            Self::Checkout(mut body) => {
                if let Some(response) = body.pointer_mut("/response").and_then(Value::as_object_mut) {
                    response.insert("novelty".to_owned(), json!({ "answer": ["a", null, 7] }));
                }
                Self::Checkout(body)
            }
            Self::Gateway(receipt) => {
                Self::Gateway(receipt.and("NTNovelty", "1").and("SurchargeNovelty", "A & B"))
            }
        }
    }

    fn body(&self) -> (&'static str, String) {
        match self {
            Self::Checkout(body) => ("application/json", body.to_string()),
            Self::Gateway(receipt) => ("text/xml", receipt.to_xml()),
        }
    }
}

/// An answer on its way.
pub(super) struct Reply {
    body: Bytes,
    pub(super) carriage: Carriage,
    content_type: &'static str,
    pub(super) status: u16,
}

impl Reply {
    /// Moneris answers 200, whatever it says.
    pub(super) fn of(answer: &Answer) -> Self {
        let (content_type, body) = answer.body();
        Self { body: body.into(), carriage: Carriage::Whole, content_type, status: 200 }
    }

    pub(super) fn empty() -> Self {
        Self { body: Bytes::new(), carriage: Carriage::Whole, content_type: "text/xml", status: 200 }
    }

    /// What a proxy in front of Moneris says.
    pub(super) fn html(status: u16) -> Self {
        let page = format!("<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>");
        Self { body: page.into(), content_type: "text/html", status, ..Self::empty() }
    }

    /// No answer: the connection fares as `carriage` says.
    pub(super) fn carried(carriage: Carriage) -> Self {
        Self { carriage, status: 500, ..Self::empty() }
    }

    pub(super) fn by(self, carriage: Carriage) -> Self {
        Self { carriage, ..self }
    }

    /// Spaces at the end change neither XML nor JSON, so only the size is wrong.
    pub(super) fn padded_to(self, len: usize) -> Self {
        let mut body = self.body.to_vec();
        body.resize(len.max(body.len()), b' ');
        Self { body: body.into(), ..self }
    }

    pub(super) fn cut_in_half(self) -> Self {
        Self { body: self.body.slice(..self.body.len() / 2), ..self }
    }

    /// The carriage goes along as an extension.
    pub(super) fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response
            .headers_mut()
            .insert(http::header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        response.extensions_mut().insert(self.carriage);
        response
    }
}
