//! Which Stripe the clinic speaks to: the real one, or a stand-in in this process. Only this file knows the difference.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use billing_domain::DispensaryId;
use billing_stripe::StripeConfig;
use billing_testkit::stripe::{AccountSpec, Deliverer, FakeAccount, FakeServer, FakeStripe, Mode};
use jiff::Timestamp;
use tokio::task::JoinHandle;

use crate::app::{StartError, Which};
use crate::args;
use crate::guard::Sources;
use crate::places::{OFFICE, PERSONAL};

/// The API, the script and the frames of one Stripe.
#[derive(Debug)]
pub(crate) struct Side {
    pub(crate) api: StripeConfig,
    /// Where the payment window loads Stripe.js from.
    pub(crate) script: String,
    /// What the payment window may load, and from where.
    pub(crate) sources: Sources,
    pub(crate) stand_in: Option<StandIn>,
}

impl Side {
    pub(crate) async fn start(
        which: Which,
        data: &Path,
        browser_address: SocketAddr,
    ) -> Result<Self, StartError> {
        match which {
            Which::Live => Ok(Self {
                api: StripeConfig::default(),
                script: "https://js.stripe.com/endive/stripe.js".to_owned(),
                sources: live(),
                stand_in: None,
            }),
            Which::StandIn => {
                let stand_in = StandIn::start(data, browser_address).await?;
                let origin = stand_in.browser.base_url.clone();
                Ok(Self {
                    api: StripeConfig::new(&stand_in.api.base_url),
                    script: format!("{origin}/endive/stripe.js"),
                    sources: Sources { scripts: origin.clone(), frames: origin.clone(), calls: origin },
                    stand_in: Some(stand_in),
                })
            }
        }
    }
}

/// What Stripe's page on content security policies names for Stripe.js
/// (<https://docs.stripe.com/security/guide#content-security-policy>).
fn live() -> Sources {
    Sources {
        scripts: "https://js.stripe.com https://*.js.stripe.com".to_owned(),
        frames: "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com".to_owned(),
        calls: "https://api.stripe.com".to_owned(),
    }
}

/// The testkit's Stripe with an account for each dispensary. Its state is kept beside the data, and its clock is the
/// wall's.
#[derive(Debug)]
pub struct StandIn {
    /// The fake itself: to arm faults, and to look at what it really did.
    pub stripe: FakeStripe,
    accounts: [(DispensaryId, FakeAccount); 2],
    api: FakeServer,
    browser: FakeServer,
    clock: JoinHandle<()>,
}

impl StandIn {
    async fn start(data: &Path, browser_address: SocketAddr) -> Result<Self, StartError> {
        let kept = data.join("stand-in-stripe.json");
        let stripe = FakeStripe::kept_in(&kept).map_err(|source| match source.kind() {
            // It names the file itself.
            ErrorKind::InvalidData => StartError::StandIn { of: "Stripe", source },
            _ => StartError::Data { path: kept, source },
        })?;
        stripe.set_now(stripe.now().max(Timestamp::now()));
        let api = stripe.serve().await.map_err(|source| StartError::StandIn { of: "Stripe", source })?;
        let browser = stripe.serve_browser(browser_address).await.map_err(|source| StartError::Listen {
            variable: args::STAND_IN_ADDRESS,
            addr: browser_address,
            source,
        })?;
        let account = |id: &str, name: &str| {
            stripe.account(AccountSpec { business_name: name.to_owned(), ..AccountSpec::new(id) })
        };
        let accounts = [
            (OFFICE, account("acct_1PgafTB7WZ01zgkW", "Main Street Clinic Inc.")),
            (PERSONAL, account("acct_1QhbgUC8XA12ahlX", "Practitioner’s own practice")),
        ];
        let clock = tokio::spawn(tell_the_time(stripe.clone()));
        Ok(Self { stripe, accounts, api, browser, clock })
    }

    /// The keys of a dispensary's account, publishable and secret, as its owner would copy them from Stripe's pages.
    /// They are made up and open nothing, so the settings may show them.
    pub fn keys(&self, dispensary: DispensaryId) -> Option<(String, String)> {
        let (_, account) = self.accounts.iter().find(|(of, _)| *of == dispensary)?;
        Some((account.publishable_key(Mode::Live), account.secret_key(Mode::Live)))
    }

    /// From now on it tells endpoints on this machine of what changes, until the deliverer is dropped.
    pub(crate) fn deliver(&self) -> std::io::Result<Deliverer> {
        self.stripe.allow_any_endpoint_address(true);
        self.stripe.deliver(|address| Some(address.to_owned()))
    }

    /// Where the browser finds its script and frames.
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
async fn tell_the_time(stripe: FakeStripe) {
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    loop {
        tick.tick().await;
        // A test may have moved it ahead; time does not go back.
        stripe.set_now(stripe.now().max(Timestamp::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_real_ones_policy_is_the_one_stripe_documents() {
        assert_eq!(
            live().policy(),
            "default-src 'none'; script-src 'self' https://js.stripe.com https://*.js.stripe.com; \
             style-src 'self'; img-src 'self' data:; font-src 'self'; \
             connect-src 'self' https://api.stripe.com; \
             frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com; \
             form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
    }

    #[tokio::test]
    async fn a_damaged_file_is_named_once() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("stand-in-stripe.json"), "{").unwrap();
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let why = Side::start(Which::StandIn, folder.path(), any_port).await.unwrap_err().to_string();
        assert_eq!(why.matches("stand-in-stripe.json").count(), 1, "{why}");
    }

    #[tokio::test]
    async fn the_stand_ins_policy_names_its_own_origin_only() {
        let folder = tempfile::tempdir().unwrap();
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let side = Side::start(Which::StandIn, folder.path(), any_port).await.unwrap();
        let origin = side.stand_in.as_ref().unwrap().browser_url().to_owned();
        let policy = side.sources.policy();
        assert!(policy.contains(&format!("script-src 'self' {origin};")), "{policy}");
        assert!(policy.contains(&format!("frame-src {origin};")), "{policy}");
        assert!(!policy.contains("stripe.com"), "{policy}");
        assert_eq!(side.script, format!("{origin}/endive/stripe.js"));
    }
}
