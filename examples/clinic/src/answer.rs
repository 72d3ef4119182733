//! What becomes of a request that is not done: the one place where the library's errors become statuses and words.

use std::sync::Arc;

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use billing_app::BillingError;
use billing_domain::{Conflict, StoreError};
use maud::Markup;
use serde_json::{Value, json};

use crate::guard::set;
use crate::lang::Lang;
use crate::visitor::Visitor;
use crate::{pages, words};

/// Why a request is not done. A handler returns it; who reads it, and how, is found out on the way out.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The library said no.
    Billing(BillingError),
    /// Not this person.
    Forbidden,
    /// It does not come from a page of this session.
    Forged,
    /// A field that our own pages fill is not well-formed.
    Malformed,
    /// The path takes other methods.
    MethodNotAllowed,
    /// It was sent to another name than ours.
    Misdirected,
    /// The system gives no random numbers.
    NoRandomness,
    /// There is no such thing here, or it is somebody else's.
    NotFound,
    /// Nobody is signed in.
    SignedOut,
    /// The body is too long.
    TooLarge,
}

impl From<BillingError> for Refusal {
    fn from(error: BillingError) -> Self {
        Self::Billing(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Billing(why) => status(why),
            Self::Forbidden | Self::Forged => StatusCode::FORBIDDEN,
            Self::Malformed => StatusCode::UNPROCESSABLE_ENTITY,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::NoRandomness => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }
}

/// The status of what the library refused. What a client sends is never answered with a 5xx.
pub(crate) fn status(why: &BillingError) -> StatusCode {
    use BillingError as E;
    match why {
        E::Denied(_) => StatusCode::FORBIDDEN,
        E::NotFound(_) | E::UnknownDispensary | E::UnknownProcessor(_) => StatusCode::NOT_FOUND,
        E::GrantRefused { .. }
        | E::InvalidId(_)
        | E::Keys(_)
        | E::Money(_)
        | E::NoteHoldsCardNumber
        | E::NoteMissing
        | E::ProcessorRefusesAmount { .. }
        | E::Verify(_) => StatusCode::UNPROCESSABLE_ENTITY,
        E::AccountMixUp | E::Panicked | E::Seal(_) | E::Store(StoreError::Corrupt(_)) => {
            tracing::error!(error = %why, "billing needs a look");
            StatusCode::INTERNAL_SERVER_ERROR
        }
        E::Busy | E::ShuttingDown | E::Store(StoreError::InDoubt(_) | StoreError::Unavailable(_)) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        // All others say that things are not as the page showed them, or that the processor did not do it.
        _ => StatusCode::CONFLICT,
    }
}

/// The answer to `visitor`: a page, or JSON where the payment window asks.
pub(crate) fn show(visitor: &Visitor, refusal: &Refusal) -> Response {
    let asks_to_send = visitor.path.ends_with("/send-request");
    // After these the card may have been sent, by the browser or by us.
    let asks_how_it_ended = ["/charge", "/settle", "/state"].iter().any(|end| visitor.path.ends_with(end));
    if asks_to_send || asks_how_it_ended {
        return in_json(visitor.lang, refusal, asks_how_it_ended);
    }
    let frame = visitor.frame("/");
    match refusal {
        Refusal::SignedOut => Redirect::to("/sign-in").into_response(),
        Refusal::Billing(why) if shows_its_own_text(why) => page(status(why), &pages::refused(&frame, why)),
        _ => page(refusal.status(), &pages::problem(&frame, refusal.status().as_u16())),
    }
}

/// A missing thing and a missing permission have pages that say no more than that.
fn shows_its_own_text(why: &BillingError) -> bool {
    !matches!(status(why), StatusCode::FORBIDDEN | StatusCode::NOT_FOUND)
}

fn in_json(lang: Lang, refusal: &Refusal, was_sent: bool) -> Response {
    let (code, told, reload) = match refusal {
        Refusal::Billing(why) => (why.code(), words::refusal(lang, why), is_out_of_date(why)),
        other => {
            let code = match other {
                Refusal::Forged => "forged",
                Refusal::Malformed => "malformed",
                Refusal::SignedOut => "signed_out",
                Refusal::TooLarge => "too_large",
                _ => "not_found",
            };
            (code, words::problem(lang, other.status().as_u16()).to_owned(), true)
        }
    };
    // "Nothing was changed" is said of the request; whoever reads it after a card was sent takes it for the money.
    let message = match refusal {
        Refusal::Billing(why) if knows_of_the_money(why) => told,
        _ if was_sent => words::not_told(lang).to_owned(),
        _ => told,
    };
    let body = json!({ "error": { "code": code, "message": message, "reload": reload } });
    (refusal.status(), as_json(&body)).into_response()
}

/// Whether the text of it says what is known of the money, also after a card was sent.
fn knows_of_the_money(why: &BillingError) -> bool {
    use BillingError as E;
    matches!(
        why,
        E::GrantOutdated | E::GrantRefused { .. } | E::Late | E::PaymentWithdrawn | E::Processor { .. }
    )
}

/// Whether the payment window shows what is not so any more: then the way on is to open it again.
fn is_out_of_date(why: &BillingError) -> bool {
    use BillingError as E;
    matches!(
        why,
        E::AccountChanged
            | E::AmountChanged { .. }
            | E::FiguresConflict { .. }
            | E::Invoice(_)
            | E::InvoiceLocked { .. }
            | E::NoProcessorConfigured(_)
            | E::NotFound(_)
            | E::NothingOutstanding
            | E::OpenPaymentOutdated { .. }
            | E::Payable(_)
            | E::PaymentInProgress { .. }
            | E::Store(StoreError::Conflict(Conflict::PayableVersion))
    )
}

/// A page.
pub(crate) fn page(status: StatusCode, page: &Markup) -> Response {
    (status, Html(page.clone().into_string())).into_response()
}

/// An answer to the payment window's script. It may hold what only this browser may see, so nobody keeps it.
pub(crate) fn as_json(body: &Value) -> Response {
    let mut response = body.to_string().into_response();
    set(&mut response, header::CONTENT_TYPE, "application/json");
    set(&mut response, header::CACHE_CONTROL, "no-store");
    response
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    #[tokio::test]
    async fn a_refusal_after_the_card_was_sent_does_not_say_that_nothing_happened() {
        for lang in Lang::ALL {
            for refusal in
                [Refusal::Billing(BillingError::Busy), Refusal::Forged, Refusal::NotFound, Refusal::SignedOut]
            {
                let told = in_json(lang, &refusal, true);
                let body = to_bytes(told.into_body(), usize::MAX).await.unwrap();
                let body: Value = serde_json::from_slice(&body).unwrap();
                assert_eq!(body["error"]["message"], words::not_told(lang), "{refusal:?}");
            }
        }
    }
}
