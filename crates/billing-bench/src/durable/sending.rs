//! A whole Send Request, beside its two commits and its one call made by hand, one after the other.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use billing_app::{Actor, Billing, PayableSource, Permission, SaveKeys, SendRequest, Sent};
use billing_credentials::{SealKey, SealKeyId, StaticKeyRing, Submitted, fields};
use billing_domain::{ActorId, Dispensary, DispensaryId, DispensaryKind, OfficeId, ProcessorId};
use billing_stripe::{StripeConfig, StripeConnector};
use billing_testkit::store::rows;
use billing_testkit::stripe::{AccountSpec, FakeAccount, FakeStripe, Mode};
use billing_transport::{Exchange, Request, Response, SendError};

use super::callers::{shares, time};
use super::database::Database;
use super::floor::{self, Floor};
use super::report::{Pair, Report};
use super::{Failure, Plan};

/// Measures Send Request with many in flight.
pub(super) async fn measure(plan: &Plan, folder: &Path, report: &mut Report) -> Result<(), Failure> {
    let setting = Setting { folder, callers: plan.callers, count: plan.callers * plan.sends_each };
    // Not timed: it warms up, and tells which requests the floor is to make.
    let (_, requests) = setting.ours(report).await?;
    let (mut whole, mut calls) = (Vec::new(), Vec::new());
    for _ in 0..plan.rounds {
        let (ours, _) = setting.ours(report).await?;
        let floor = setting.floor(requests.clone()).await?;
        let call = setting.call(requests.clone()).await?;
        whole.push(Pair { ours, floor });
        calls.push(Pair { ours: call, floor });
    }
    let name = format!("send-request/{}-in-flight", plan.callers);
    report.speed(format!("{name}/two-bare-commits-and-the-call"), ">=0.700", &whole);
    report.cost(format!("{name}/share-of-the-floor-that-is-the-fake"), "-", &calls);
    Ok(())
}

struct Setting<'p> {
    folder: &'p Path,
    callers: usize,
    count: usize,
}

impl Setting<'_> {
    async fn ours(&self, report: &mut Report) -> Result<(Duration, Vec<Request>), Failure> {
        let database = Database::new(self.folder)?;
        let (stripe, account) = fake();
        let exchange = Arc::new(Recording { inner: stripe.exchange(), requests: Mutex::default() });
        let carrier: Arc<dyn Exchange> = exchange.clone();
        let (billing, desk) = clinic(&database, carrier, &account).await?;
        let presses = self.presses(&billing, &desk).await?;
        let before = database.steps()?;
        exchange.take();

        let facade = billing.clone();
        let work = move |request| {
            let (billing, desk) = (facade.clone(), desk.clone());
            async move {
                match billing.send_request(&desk, request).await? {
                    Sent::HandOver(_) => Ok(()),
                    Sent::Known(_) => Err("a payment was known before it was sent".into()),
                }
            }
        };
        let took = time(shares(presses, self.callers), work).await?;

        report.steps_asked += u64::try_from(2 * self.count)?;
        report.steps_found += database.steps()?.saturating_sub(before);
        let requests = exchange.take();
        drop(billing);
        Ok((took, requests))
    }

    /// What the window sends back, for as many invoices of the host.
    async fn presses(&self, billing: &Billing, desk: &Actor) -> Result<Vec<SendRequest>, Failure> {
        let mut presses = Vec::with_capacity(self.count);
        for number in 0..self.count {
            let payable = PayableSource::Host(rows::payable(&format!("INV-{number:07}"), 12_345));
            let window = billing.open_window(desk, payable.clone()).await?;
            presses.push(SendRequest {
                payment: window.payment,
                payable,
                expected_total: window.total,
                expected_account: window.account,
            });
        }
        Ok(presses)
    }

    async fn floor(&self, requests: Vec<Request>) -> Result<Duration, Failure> {
        let database = Database::new(self.folder)?;
        let exchange = fake().0.exchange();
        let (floor, thread) = Floor::start(&database, floor::one_insert)?;
        let work = move |request| {
            let (floor, exchange) = (floor.clone(), Arc::clone(&exchange));
            async move {
                floor.commit(()).await?;
                accepted(&exchange.send(request).await?)?;
                floor.commit(()).await
            }
        };
        let took = time(shares(requests, self.callers), work).await?;
        tokio::task::spawn_blocking(|| thread.join()).await?.map_err(|_| "the floor's thread panicked")??;
        Ok(took)
    }

    async fn call(&self, requests: Vec<Request>) -> Result<Duration, Failure> {
        let exchange = fake().0.exchange();
        let work = move |request| {
            let exchange = Arc::clone(&exchange);
            async move { accepted(&exchange.send(request).await?) }
        };
        time(shares(requests, self.callers), work).await
    }
}

fn accepted(answer: &Response) -> Result<(), Failure> {
    if answer.status.is_success() {
        Ok(())
    } else {
        Err(format!("the fake answered {}", answer.status).into())
    }
}

/// The same Stripe each time: its keys are those in the requests of another round.
fn fake() -> (FakeStripe, FakeAccount) {
    let stripe = FakeStripe::new();
    let account = stripe.account(AccountSpec::new("acct_1PgafTB7WZ01zgkW"));
    (stripe, account)
}

/// A clinic with keys saved, and its front desk.
async fn clinic(
    database: &Database,
    exchange: Arc<dyn Exchange>,
    account: &FakeAccount,
) -> Result<(Billing, Actor), Failure> {
    let key_ring = StaticKeyRing::new(SealKeyId::parse("2026")?, SealKey::from_bytes([7; 32]));
    let billing = Billing::builder(Arc::new(database.store()?), Arc::new(key_ring))
        .connector(Arc::new(StripeConnector::new(exchange, StripeConfig::default())))
        .build();

    let here = DispensaryId::new(rows::uuid(1));
    let actor = |permissions: &[Permission]| {
        ActorId::parse("desk").map(|id| Actor::new(id, here, permissions.iter().copied()))
    };
    let owner = actor(&[Permission::ManageBillingSettings, Permission::UnlockProcessor])?;
    let office = DispensaryKind::Office(OfficeId::new(rows::uuid(2)));
    billing.add_dispensary(&owner, Dispensary::new(here, office, "Main Street")).await?;
    billing.unlock_processor(&owner, ProcessorId::STRIPE).await?;
    let keys = [
        (fields::PUBLISHABLE_KEY, account.publishable_key(Mode::Live)),
        (fields::SECRET_KEY, account.secret_key(Mode::Live)),
    ];
    billing.save_keys(&owner, SaveKeys::checked(ProcessorId::STRIPE, Submitted::from_iter(keys))).await?;
    Ok((billing, actor(&[Permission::TakePayment])?))
}

/// An exchange that keeps what was sent.
#[derive(Debug)]
struct Recording {
    inner: Arc<dyn Exchange>,
    requests: Mutex<Vec<Request>>,
}

impl Recording {
    fn take(&self) -> Vec<Request> {
        std::mem::take(&mut *self.requests.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Exchange for Recording {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        self.inner.send(request).await
    }
}
