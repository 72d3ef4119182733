//! Which Moneris the clinic speaks to: the real one, or a stand-in in this process. Only this file knows the difference.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use billing_domain::DispensaryId;
use billing_moneris::{MonerisConfig, MonerisConnector};
use billing_testkit::moneris::{FakeMoneris, FakeServer, FakeStore, StoreSpec};
use billing_transport::Exchange;
use jiff::Timestamp;
use tokio::task::JoinHandle;

use crate::app::{StartError, Which};
use crate::args;
use crate::places::{OFFICE, PERSONAL};

/// One Moneris: its connector, and the stand-in behind it unless it is the real one.
#[derive(Debug)]
pub(crate) struct Side {
    pub(crate) connector: MonerisConnector,
    pub(crate) stand_in: Option<StandIn>,
}

impl Side {
    /// The real one is reached through `exchange`.
    pub(crate) async fn start(
        which: Which,
        exchange: Arc<dyn Exchange>,
        data: &Path,
        browser_address: SocketAddr,
    ) -> Result<Self, StartError> {
        match which {
            Which::Live => Ok(Self {
                connector: MonerisConnector::new(exchange, MonerisConfig::default()),
                stand_in: None,
            }),
            Which::StandIn => {
                let stand_in = StandIn::start(data, browser_address).await?;
                // The server's calls stay in this process; what the browser loads is at an origin of its own.
                let config = MonerisConfig::default().at(stand_in.browser_url());
                let connector = MonerisConnector::new(stand_in.moneris.exchange(), config);
                Ok(Self { connector, stand_in: Some(stand_in) })
            }
        }
    }
}

/// What the owner of a store copies from Moneris's pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreKeys {
    /// The store id.
    pub store_id: String,
    /// The API token.
    pub api_token: String,
    /// The hosted-tokenization profile.
    pub profile_id: String,
    /// The Checkout configuration.
    pub checkout_id: String,
}

/// The testkit's Moneris with a store for each dispensary. Its state is kept beside the data, and its clock is the wall's.
#[derive(Debug)]
pub struct StandIn {
    /// The fake itself: to arm faults, and to look at what it really did.
    pub moneris: FakeMoneris,
    stores: [(DispensaryId, FakeStore); 2],
    browser: FakeServer,
    clock: JoinHandle<()>,
}

impl StandIn {
    async fn start(data: &Path, browser_address: SocketAddr) -> Result<Self, StartError> {
        let kept = data.join("stand-in-moneris.json");
        let moneris = FakeMoneris::kept_in(&kept).map_err(|source| match source.kind() {
            // It names the file itself.
            ErrorKind::InvalidData => StartError::StandIn { of: "Moneris", source },
            _ => StartError::Data { path: kept, source },
        })?;
        moneris.set_now(moneris.now().max(Timestamp::now()));
        let browser = moneris.serve_browser(browser_address).await.map_err(|source| StartError::Listen {
            variable: args::MONERIS_STAND_IN_ADDRESS,
            addr: browser_address,
            source,
        })?;
        let store = |id: &str, token: &str| moneris.store(StoreSpec::new(id, token));
        let stores = [
            (OFFICE, store("monca04321", "KJ7l2AsX0n93Qd5w")),
            (PERSONAL, store("monca08765", "Zt4v9RbY1m60Hf8c")),
        ];
        let clock = tokio::spawn(tell_the_time(moneris.clone()));
        Ok(Self { moneris, stores, browser, clock })
    }

    /// The keys of a dispensary's store, as its owner would copy them from Moneris's pages. They are made up and open
    /// nothing, so the settings may show them.
    pub fn keys(&self, dispensary: DispensaryId) -> Option<StoreKeys> {
        let (_, store) = self.stores.iter().find(|(of, _)| *of == dispensary)?;
        Some(StoreKeys {
            store_id: store.id().to_owned(),
            api_token: store.api_token(),
            profile_id: store.profile_id(),
            checkout_id: store.checkout_id(),
        })
    }

    /// Where the browser finds its frame, its script and its cards.
    pub fn browser_url(&self) -> &str {
        &self.browser.base_url
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.clock.abort();
    }
}

/// The fake's clock stands still by itself, for tests; here it goes.
async fn tell_the_time(moneris: FakeMoneris) {
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    loop {
        tick.tick().await;
        // A test may have moved it ahead; time does not go back.
        moneris.set_now(moneris.now().max(Timestamp::now()));
    }
}

#[cfg(test)]
mod tests {
    use billing_transport::{HttpConfig, HttpExchange};

    use super::*;

    fn any_port() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 0))
    }

    async fn side(which: Which, data: &Path) -> Result<Side, StartError> {
        let exchange = Arc::new(HttpExchange::new(HttpConfig::default()).unwrap());
        Side::start(which, exchange, data, any_port()).await
    }

    #[tokio::test]
    async fn a_damaged_file_is_named_once() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("stand-in-moneris.json"), "{").unwrap();
        let why = side(Which::StandIn, folder.path()).await.unwrap_err().to_string();
        assert_eq!(why.matches("stand-in-moneris.json").count(), 1, "{why}");
    }

    #[tokio::test]
    async fn each_dispensary_has_a_store_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let side = side(Which::StandIn, folder.path()).await.unwrap();
        let stand_in = side.stand_in.as_ref().unwrap();
        let (office, personal) = (stand_in.keys(OFFICE).unwrap(), stand_in.keys(PERSONAL).unwrap());
        assert!(office.store_id != personal.store_id && office.api_token != personal.api_token);
        assert!(office.profile_id != personal.profile_id && office.checkout_id != personal.checkout_id);
    }

    #[tokio::test]
    async fn the_real_one_leaves_no_file_behind() {
        let folder = tempfile::tempdir().unwrap();
        assert!(side(Which::Live, folder.path()).await.unwrap().stand_in.is_none());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
