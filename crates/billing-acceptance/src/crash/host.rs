//! The process that is killed: a host with the library in it, the store on its file or server, and the processors over HTTP. It answers
//! what a front desk asks, and sweeps.

use std::io::{self, BufRead as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use billing_app::{Billing, BillingConfig, NoticeAddress};
use billing_domain::BillingStore;
use billing_moneris::{MonerisConfig, MonerisConnector};
use billing_stripe::{StripeConfig, StripeConnector};
use billing_transport::{Exchange, HttpConfig, HttpExchange};
use tokio::time::sleep;

use super::answers::answer;
use super::bug::{Bug, EarlyAnswers, NewKeys};
use super::clock::SharedClock;
use super::wire::{Answer, Numbered, Question};
use crate::database::Database;
use crate::{HookedStore, key_ring};

/// Between two sweeps of a host. A real one waits for a minute; here, time is moved.
const SWEEP_EVERY: Duration = Duration::from_millis(25);

/// Where Stripe believes the hosts to be.
const NOTICES: &str = "https://clinic.example/notices";

/// What a host is started with.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) bug: Option<Bug>,
    /// The file with the time.
    pub(crate) clock: std::path::PathBuf,
    pub(crate) database: Database,
    /// Where Moneris is.
    pub(crate) moneris: String,
    /// Where Stripe is.
    pub(crate) stripe: String,
}

impl Setting {
    /// The library, as this setting puts it together.
    async fn billing(&self, early: &EarlyAnswers) -> Billing {
        let mut store = self.database.open().await;
        if self.bug == Some(Bug::EarlyAnswer) {
            store = Arc::new(HookedStore { inner: store, hook: Arc::new(early.clone()) });
        }
        self.on(store, BillingConfig::default())
    }

    /// The library without a bug and in no hurry to be polite to processors, on a store that is open already.
    pub(crate) fn cleaning_up(&self, store: Arc<dyn BillingStore>) -> Billing {
        let sound = Self { bug: None, ..self.clone() };
        sound.on(store, BillingConfig { sweep_calls_per_second: 10_000, ..BillingConfig::default() })
    }

    fn on(&self, store: Arc<dyn BillingStore>, config: BillingConfig) -> Billing {
        let notice_address = Some(NoticeAddress::parse(NOTICES).unwrap());
        let exchange = HttpExchange::new(HttpConfig::default()).unwrap();
        let exchange: Arc<dyn Exchange> = match self.bug {
            Some(Bug::NewKey) => Arc::new(NewKeys(exchange)),
            _ => Arc::new(exchange),
        };
        let stripe = StripeConnector::new(Arc::clone(&exchange), StripeConfig::new(&self.stripe));
        let moneris = MonerisConnector::new(exchange, MonerisConfig::default().at(&self.moneris));
        Billing::builder(store, key_ring())
            .connector(Arc::new(stripe))
            .connector(Arc::new(moneris))
            .clock(Arc::new(SharedClock::new(self.clock.clone())))
            .config(BillingConfig { notice_address, ..config })
            .build()
    }
}

/// Answers questions from the standard input on the standard output until the one who asks is gone.
pub(crate) fn run(setting: &Setting) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let early = EarlyAnswers::default();
    let billing = runtime.block_on(setting.billing(&early));
    let sweeping = billing.clone();
    runtime.spawn(async move {
        loop {
            // A sweep that could not read is followed by another.
            drop(sweeping.sweep(100).await);
            sleep(SWEEP_EVERY).await;
        }
    });
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        let Numbered { no, said } = serde_json::from_str::<Numbered<Question>>(&line).unwrap();
        let billing = billing.clone();
        runtime.spawn(async move {
            say(&Numbered { no, said: answer(&billing, said).await });
        });
    }
    runtime.block_on(early.end());
}

/// Only now does the driver, and so a cardholder, hear of it.
fn say(answer: &Numbered<Answer>) {
    let mut out = io::stdout().lock();
    // Nobody may be listening any more.
    drop(out.write_all(answer.line().as_bytes()).and_then(|()| out.flush()));
}
