//! The browser side: the tokenization frame, a stand-in for Checkout's script, Checkout's form, and what they call. Never a
//! store's credentials, and no payment logic.

mod cards_page;
mod checkout;
mod pages;
mod tokenization;

use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::routing::{get, post};

use super::FakeMoneris;
use crate::carriage::FakeServer;

impl FakeMoneris {
    /// What browsers need of this Moneris, on an origin of its own, on loopback until the server is dropped. A page embeds
    /// `{base_url}/HPPtoken/index.php?id=…`, or loads `{base_url}/chktv2/js/chkt_v2.00.js`; `{base_url}/` lists the test
    /// cards. Port 0 is any free one.
    ///
    /// The page may be of any loopback origin. Under a strict policy it allows this origin in `frame-src` (and for
    /// Checkout in `script-src`), and nothing inline. What a cardholder types is recorded nowhere.
    ///
    /// # Errors
    ///
    /// The address is not a loopback one (`InvalidInput`), or cannot be listened on.
    pub async fn serve_browser(&self, addr: SocketAddr) -> io::Result<FakeServer> {
        FakeServer::start_for_browsers(router().with_state(self.clone()), addr).await
    }
}

/// What browsers load and call.
pub(super) fn router() -> Router<FakeMoneris> {
    Router::new()
        .route("/", get(cards_page::page))
        .route("/HPPtoken/index.php", get(pages::frame))
        .route("/HPPtoken/token", post(tokenization::token))
        .route("/HPPtoken/{name}", get(pages::frame_file))
        .route("/chktv2/display/index.php", get(pages::checkout))
        .route("/chktv2/display/pay", post(checkout::pay))
        .route("/chktv2/display/ticket", post(checkout::ticket))
        .route("/chktv2/display/{name}", get(pages::checkout_file))
        .route("/chktv2/js/{name}", get(pages::script))
}
