//! The browser side: a stand-in for Stripe.js, its frames and the API they call, on one loopback origin of their own.
//! Never a secret key, and no payment logic: a confirmation runs through the same pipeline as any other request.

mod bank;
mod cards_page;
mod pages;

use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::{Request, State as Shared};
use axum::response::Response;
use axum::routing::{any, get, post};

use super::FakeStripe;
use super::error::ApiError;
use super::pipeline;
use super::reply::Reply;
use crate::carriage::FakeServer;

impl FakeStripe {
    /// What browsers need of this Stripe, on loopback until the server is dropped. A page loads
    /// `{base_url}/endive/stripe.js`; `{base_url}/` lists the test cards. Port 0 is any free one.
    ///
    /// The page may be of any loopback origin. Under a strict policy it allows this origin in `script-src` and
    /// `frame-src`, and nothing inline. Confirmations are recorded as a [`Cardholder`](super::Cardholder)'s are.
    ///
    /// # Errors
    ///
    /// The address is not a loopback one (`InvalidInput`), or cannot be listened on.
    pub async fn serve_browser(&self, addr: SocketAddr) -> io::Result<FakeServer> {
        FakeServer::start_for_browsers(router(self.clone()), addr).await
    }
}

fn router(fake: FakeStripe) -> Router {
    Router::new()
        .route("/", get(cards_page::page))
        .route("/bank/challenge", post(bank::challenge))
        .route("/endive/stripe.js", get(pages::script))
        .route("/frame/{name}", get(pages::frame))
        .route("/v1/{*path}", any(api))
        .with_state(fake)
}

/// Stripe's API for a browser: with a publishable key, or not at all.
async fn api(fake: Shared<FakeStripe>, request: Request) -> Response {
    match publishable_key(&request) {
        Ok(_) => pipeline::answer(fake, request).await,
        Err(error) => Reply::error(&error, "").into_response(),
    }
}

/// The Authorization value, if it is a publishable key's.
fn publishable_key(request: &Request) -> Result<String, ApiError> {
    let given = request.headers().get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match given {
        Some(key) if key.starts_with("Bearer pk_") => Ok(key.to_owned()),
        Some(_) => Err(ApiError::publishable_key_required()),
        None => Err(ApiError::key_missing()),
    }
}
