//! Carries deliveries to the hosts of this machine, over HTTP, again and again until they are taken. Never to another machine.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use billing_transport::{Exchange, HttpConfig, HttpExchange, Limits, Request};
use http::{HeaderName, HeaderValue, Method, Uri};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, timeout};

use super::super::FakeStripe;
use super::super::state::State;
use super::{Delivery, Queued, Webhooks};

/// How many are under way at once.
const AT_ONCE: usize = 16;

/// A host that has not answered by then has not taken it.
const LIMITS: Limits = Limits { total: Duration::from_secs(10), body_bytes: 64 << 10 };

/// Stripe tries for three days; this is minutes, long enough for a host that starts again.
const TRIES_MAX: u32 = 30;

/// The wait after a failed try: it doubles, and ends here.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Carries deliveries until it is dropped.
pub struct Deliverer {
    task: JoinHandle<()>,
}

impl fmt::Debug for Deliverer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deliverer").finish_non_exhaustive()
    }
}

impl Drop for Deliverer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Where on this machine an endpoint's address is; `None` where there is none.
type Resolve = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

impl FakeStripe {
    /// Delivers what waits, and what comes, to hosts on this machine until the deliverer is dropped. `resolve` says where an endpoint's
    /// address, `https://…`, really is: `http://127.0.0.1:…` with the path to call. What it does not know, and what is not on this
    /// machine, is tried again, as is every answer but a 2xx, thirty times in all and with growing waits.
    ///
    /// # Errors
    ///
    /// The HTTP client cannot be made.
    pub fn deliver(
        &self,
        resolve: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> io::Result<Deliverer> {
        let exchange = HttpExchange::new(HttpConfig::default()).map_err(io::Error::other)?;
        let task = tokio::spawn(carry(self.clone(), Arc::new(exchange), Arc::new(resolve)));
        Ok(Deliverer { task })
    }
}

async fn carry(fake: FakeStripe, exchange: Arc<dyn Exchange>, resolve: Resolve) {
    let bell = Arc::clone(&fake.state().webhooks.bell);
    loop {
        let (due, next) = fake.state().due();
        if due.is_empty() {
            let wait = next.map_or(LONGEST_WAIT, |next| next.saturating_duration_since(Instant::now()));
            // It rings, or it is time: either way there may be something.
            drop(timeout(wait, bell.notified()).await);
            continue;
        }
        let mut under_way = JoinSet::new();
        for delivery in due {
            let (exchange, resolve) = (Arc::clone(&exchange), Arc::clone(&resolve));
            under_way.spawn(async move {
                let taken = hand_over(&*exchange, &resolve, &delivery).await;
                (delivery, taken)
            });
        }
        while let Some(ended) = under_way.join_next().await {
            let Ok((delivery, taken)) = ended else { continue };
            fake.change(|state| state.webhooks.tried(&delivery, taken));
        }
    }
}

/// Whether the host took it. A redirect is no answer, as at Stripe.
async fn hand_over(exchange: &dyn Exchange, resolve: &Resolve, delivery: &Delivery) -> bool {
    let Some(url) = resolve(&delivery.url).filter(|url| is_of_this_machine(url)) else { return false };
    let header = |(name, value): &(String, String)| {
        Some((HeaderName::try_from(name.as_str()).ok()?, HeaderValue::try_from(value.as_str()).ok()?))
    };
    let headers = delivery.headers.iter().filter_map(header).collect();
    let body = delivery.body.clone().into();
    let request = Request { method: Method::POST, url, headers, body, limits: LIMITS };
    exchange.send(request).await.is_ok_and(|answer| answer.status.is_success())
}

fn is_of_this_machine(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

impl State {
    /// What may be tried now; when there is nothing, when there will be.
    fn due(&self) -> (Vec<Delivery>, Option<Instant>) {
        let now = Instant::now();
        let is_due = |queued: &Queued| queued.not_before.is_none_or(|at| at <= now);
        let due = self.webhooks.waiting(self.now, is_due).take(AT_ONCE).collect();
        let next = self.webhooks.queue.iter().filter_map(|queued| queued.not_before).min();
        (due, next)
    }
}

impl Webhooks {
    fn tried(&mut self, delivery: &Delivery, taken: bool) {
        let same =
            |queued: &&mut Queued| queued.event == delivery.event_id && queued.endpoint == delivery.endpoint;
        let Some(queued) = self.queue.iter_mut().find(same) else { return };
        queued.tries += 1;
        if taken || queued.tries >= TRIES_MAX {
            return self.settle(delivery);
        }
        let wait = Duration::from_millis(50).saturating_mul(1 << queued.tries.min(7));
        queued.not_before = Some(Instant::now() + wait.min(LONGEST_WAIT));
    }
}
