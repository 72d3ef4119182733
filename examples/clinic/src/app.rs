//! How a host puts the library together: store, key ring, connector, facade, sweep; then it listens. No pages here.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use billing_app::{Billing, BillingConfig, BillingError, NoticeAddress};
use billing_credentials::KeyRingError;
use billing_store::{MigrateError, OpenError, SqliteOptions, SqliteStore};
use billing_stripe::StripeConnector;
use billing_testkit::stripe::Deliverer;
use billing_transport::{HttpConfig, HttpExchange};
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::people::Person;
use crate::session::Sessions;
use crate::{args, moneris, places, routes, seal_key, seed, stripe};

/// How often the sweep runs at least: new payments open at any time, and a charge at Moneris can be asked about for 70 s only.
const SWEEP_AT_LEAST_EVERY: Duration = Duration::from_secs(15);
/// And at most, so that a payment that is due again at once does not keep a core busy.
const SWEEP_AT_MOST_EVERY: Duration = Duration::from_secs(1);
/// Payments looked at in one sweep.
const SWEEP_LIMIT: u32 = 100;

/// How a clinic is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder that keeps everything.
    pub data: PathBuf,
    /// Where the clinic listens; port 0 takes a free one.
    pub addr: SocketAddr,
    /// Where Stripe's stand-in listens for the browser; port 0 takes a free one.
    pub stand_in_addr: SocketAddr,
    /// Where Moneris's stand-in listens for the browser; port 0 takes a free one.
    pub moneris_stand_in_addr: SocketAddr,
    /// Which Stripe it speaks to.
    pub stripe: Which,
    /// Which Moneris it speaks to.
    pub moneris: Which,
    /// Who tells it at once when something changed.
    pub notices: Notices,
}

impl Options {
    /// A clinic that keeps its data in `data`, on free loopback ports, with the stand-ins and without notices.
    pub fn in_folder(data: impl Into<PathBuf>) -> Self {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            data: data.into(),
            addr: any_port,
            stand_in_addr: any_port,
            moneris_stand_in_addr: any_port,
            stripe: Which::StandIn,
            moneris: Which::StandIn,
            notices: Notices::Off,
        }
    }
}

/// Which of a processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one on the internet: real keys, real cards, real money.
    Live,
    /// A fake in this process: made-up keys and cards.
    StandIn,
}

/// Who tells the clinic at once when something changed. Without anybody the sweep finds it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notices {
    /// Processors, which reach the clinic at this address of the internet's.
    At(NoticeAddress),
    /// Nobody.
    Off,
    /// The stand-in, on this machine.
    StandIn,
}

/// An open clinic. Dropping it ends it at once, as a crash would.
#[derive(Debug)]
pub struct Clinic {
    address: SocketAddr,
    app: Arc<App>,
    close: Option<oneshot::Sender<()>>,
    /// Carries the stand-in's notices as long as the clinic is open.
    _deliverer: Option<Deliverer>,
    server: JoinHandle<()>,
    sweep: JoinHandle<()>,
}

/// What every handler works with.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) billing: Billing,
    pub(crate) sessions: Sessions,
    pub(crate) stripe: stripe::Side,
    pub(crate) moneris: moneris::Side,
}

impl Clinic {
    /// Opens a clinic: everything is there, seeded and listening when this returns.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let Options { data, addr, stand_in_addr, moneris_stand_in_addr, stripe, moneris, notices } = options;
        fs::create_dir_all(&data).map_err(|source| StartError::Data { path: data.clone(), source })?;
        let listen = |source| StartError::Listen { variable: args::ADDRESS, addr, source };
        let listener = TcpListener::bind(addr).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        // One exchange, and so one pool of connections, for every dispensary and processor.
        let exchange = Arc::new(HttpExchange::new(HttpConfig::default()).map_err(|_| StartError::Tls)?);
        let stripe = stripe::Side::start(stripe, &data, stand_in_addr).await?;
        let moneris = moneris::Side::start(moneris, exchange.clone(), &data, moneris_stand_in_addr).await?;

        let (notice_address, deliverer) = delivered(notices, address, &stripe)?;

        let database = data.join("billing.sqlite");
        SqliteStore::migrate(&database)?;
        let store = SqliteStore::open(&database, SqliteOptions::default())?;
        let key_ring = seal_key::ring(&data)?;
        let billing = Billing::builder(Arc::new(store), Arc::new(key_ring))
            .connector(Arc::new(StripeConnector::new(exchange, stripe.api.clone())))
            .connector(Arc::new(moneris.connector.clone()))
            .config(BillingConfig { notice_address, ..BillingConfig::default() })
            .build();
        seed::plant(&billing).await?;

        let app = Arc::new(App { billing, sessions: Sessions::kept_in(&data)?, stripe, moneris });
        let (close, closed) = oneshot::channel::<()>();
        let pages = routes::router(Arc::clone(&app));
        let server = tokio::spawn(async move {
            let until = async move { drop(closed.await) };
            // It ends with an error only if it cannot listen any more; browsers then see refused connections.
            drop(axum::serve(listener, pages).with_graceful_shutdown(until).await);
        });
        let sweep = tokio::spawn(sweep(app.billing.clone()));
        Ok(Self { address, app, close: Some(close), _deliverer: deliverer, server, sweep })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The library, as this clinic uses it.
    pub fn billing(&self) -> &Billing {
        &self.app.billing
    }

    /// The stand-in for Stripe, unless it speaks to the real one.
    pub fn stand_in(&self) -> Option<&stripe::StandIn> {
        self.app.stripe.stand_in.as_ref()
    }

    /// The stand-in for Moneris, unless it speaks to the real one.
    pub fn moneris_stand_in(&self) -> Option<&moneris::StandIn> {
        self.app.moneris.stand_in.as_ref()
    }

    /// Takes no more requests, and finishes those under way and their payments; false if `deadline` passed first.
    pub async fn close(mut self, deadline: Duration) -> bool {
        drop(self.close.take());
        let answered = tokio::time::timeout(deadline, &mut self.server).await.is_ok();
        self.sweep.abort();
        self.app.billing.shutdown(deadline).await && answered
    }
}

impl Drop for Clinic {
    fn drop(&mut self) {
        self.server.abort();
        self.sweep.abort();
        self.app.billing.abort();
    }
}

/// Where notices are delivered, and who carries the stand-in's there.
fn delivered(
    notices: Notices,
    address: SocketAddr,
    stripe: &stripe::Side,
) -> Result<(Option<NoticeAddress>, Option<Deliverer>), StartError> {
    match (notices, &stripe.stand_in) {
        (Notices::At(address), _) => Ok((Some(address), None)),
        (Notices::StandIn, Some(stand_in)) => {
            let here = format!("http://127.0.0.1:{}{}", address.port(), routes::NOTICES);
            let here = NoticeAddress::parse(&here).map_err(|wrong| StartError::Seed(wrong.to_string()))?;
            let deliverer =
                stand_in.deliver().map_err(|source| StartError::StandIn { of: "Stripe", source })?;
            Ok((Some(here), Some(deliverer)))
        }
        (Notices::Off | Notices::StandIn, _) => Ok((None, None)),
    }
}

/// The second pair of hands, for as long as the clinic is open: what no browser came back for is found out here.
async fn sweep(billing: Billing) {
    renew_subscriptions(&billing).await;
    loop {
        let wait = match billing.sweep(SWEEP_LIMIT).await {
            Ok(report) => report.next_due.map_or(SWEEP_AT_LEAST_EVERY, until),
            Err(error) => {
                tracing::error!(%error, "the sweep read nothing");
                SWEEP_AT_LEAST_EVERY
            }
        };
        tokio::time::sleep(wait).await;
    }
}

/// The clinic may be reached elsewhere than before, or by nobody any more.
async fn renew_subscriptions(billing: &Billing) {
    for dispensary in places::all() {
        let owner = Person::PracticeOwner.actor_in(dispensary.id).ok().flatten();
        let Some(owner) = owner else { continue };
        if let Err(error) = billing.renew_subscriptions(&owner).await {
            tracing::error!(%error, "what is asked of processors may go to an older address");
        }
    }
}

fn until(due: Timestamp) -> Duration {
    let wait = Duration::try_from(due.duration_since(Timestamp::now())).unwrap_or_default();
    wait.clamp(SWEEP_AT_MOST_EVERY, SWEEP_AT_LEAST_EVERY)
}

/// Why a clinic did not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The library refused the demo's own data.
    #[error(transparent)]
    Billing(#[from] BillingError),
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Data {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The address is taken or not ours.
    #[error("cannot listen on {addr}: {source}. Set {variable} to another address")]
    Listen {
        /// The variable that names it.
        variable: &'static str,
        /// The address.
        addr: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// There is no usable sealing key.
    #[error("{place} holds no sealing key: {why}")]
    SealKeys {
        /// Where it was looked for.
        place: String,
        /// Why.
        why: KeyRingError,
    },
    /// The demo's own data are not well-formed.
    #[error("the demo's data: {0}")]
    Seed(String),
    /// The system does not tell us when to end.
    #[error("the system does not tell us when to end: {0}")]
    Signals(#[source] io::Error),
    /// A stand-in did not start.
    #[error("the stand-in for {of}: {source}")]
    StandIn {
        /// Whose.
        of: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The database cannot be brought to this version.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls,
}
