//! The process that is killed: a host with the library in it, the store on its file or server, and the processors over HTTP. It answers
//! what a front desk asks, and sweeps.

use std::io::{self, BufRead as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use billing_app::{Billing, BillingConfig, BillingError, PaymentView, RefundRequest, SendRequest, Sent};
use billing_domain::payment::{PaymentState, Reference};
use billing_domain::refund::RefundState;
use billing_domain::{BillingStore, CardGrant, Handover, ProcessorId};
use billing_moneris::{CheckoutTicket, HostedTokenization, MonerisConfig, MonerisConnector};
use billing_stripe::{StripeConfig, StripeConnector, StripeElements};
use billing_transport::{Exchange, HttpConfig, HttpExchange};
use secrecy::ExposeSecret as _;
use tokio::time::sleep;

use super::bug::{Bug, EarlyAnswers, NewKeys};
use super::clock::SharedClock;
use super::database::Database;
use super::ids;
use super::wire::{Answer, Call, Given, Numbered, Standing, Wish};
use crate::{HookedStore, Till, front_desk, key_ring, manager};

/// Between two sweeps of a host. A real one waits for a minute; here, time is moved.
const SWEEP_EVERY: Duration = Duration::from_millis(25);

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
    pub(crate) async fn billing(&self) -> Billing {
        let mut store: Arc<dyn BillingStore> = self.database.open().await;
        let exchange = HttpExchange::new(HttpConfig::default()).unwrap();
        let exchange: Arc<dyn Exchange> = match self.bug {
            Some(Bug::NewKey) => Arc::new(NewKeys(exchange)),
            _ => Arc::new(exchange),
        };
        if self.bug == Some(Bug::EarlyAnswer) {
            store = Arc::new(HookedStore { inner: store, hook: Arc::new(EarlyAnswers::default()) });
        }
        let stripe = StripeConnector::new(Arc::clone(&exchange), StripeConfig::new(&self.stripe));
        let moneris = MonerisConnector::new(exchange, MonerisConfig::default().at(&self.moneris));
        Billing::builder(store, key_ring())
            .connector(Arc::new(stripe))
            .connector(Arc::new(moneris))
            .clock(Arc::new(SharedClock::new(self.clock.clone())))
            .config(BillingConfig::default())
            .build()
    }
}

/// Answers questions from the standard input on the standard output until the one who asks is gone.
pub(crate) fn run(setting: &Setting) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let billing = runtime.block_on(setting.billing());
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
        let Numbered { no, said } = serde_json::from_str::<Numbered<Call>>(&line).unwrap();
        let billing = billing.clone();
        runtime.spawn(async move {
            let said =
                answer(&billing, &said).await.unwrap_or_else(|error| Answer::Failed(error.code().to_owned()));
            say(&Numbered { no, said });
        });
    }
}

/// Only now does the driver, and so a cardholder, hear of it.
fn say(answer: &Numbered<Answer>) {
    let mut out = io::stdout().lock();
    // Nobody may be listening any more.
    drop(out.write_all(answer.line().as_bytes()).and_then(|()| out.flush()));
}

async fn answer(billing: &Billing, call: &Call) -> Result<Answer, BillingError> {
    let desk = front_desk(ids::dispensary(call.till));
    let payment = ids::payment(call.payment);
    match &call.wish {
        Wish::Cancel => billing.cancel_payment(&desk, payment).await.map(|view| stands(&view)),
        Wish::Charge { order_id, token } => {
            let grant = CardGrant { reference: Reference(order_id.clone()), token: token.clone().into() };
            billing.charge_card(&desk, payment, grant).await.map(|view| stands(&view))
        }
        Wish::Refund { refund, cents } => refund_of(billing, call, *refund, *cents).await,
        Wish::Send => send(billing, call).await,
        Wish::Settle => billing.settle(&desk, payment).await.map(|view| stands(&view)),
    }
}

/// The front desk opens the window and presses Send Request, always for the same payment.
async fn send(billing: &Billing, call: &Call) -> Result<Answer, BillingError> {
    let desk = front_desk(ids::dispensary(call.till));
    let payable = ids::invoice(call.payment, call.cents);
    let window = billing.open_window(&desk, payable.clone()).await?;
    let request = SendRequest {
        payment: ids::payment(call.payment),
        payable,
        expected_total: window.total,
        expected_account: window.account,
    };
    Ok(match billing.send_request(&desk, request).await? {
        Sent::HandOver(handover) => Answer::HandedOver(given(call.till, &handover)),
        Sent::Known(view) => stands(&view),
    })
}

/// The manager gives some of the payment's first capture back.
async fn refund_of(billing: &Billing, call: &Call, refund: u64, cents: i64) -> Result<Answer, BillingError> {
    let manager = manager(ids::dispensary(call.till));
    let payment = ids::payment(call.payment);
    let view = billing.payment(&manager, payment).await?;
    let Some((capture, _)) = view.payment.captures().next() else { return Ok(stands(&view)) };
    let request = RefundRequest {
        refund: ids::refund(call.payment, refund),
        payment,
        capture,
        amount: ids::cad(cents),
    };
    let view = billing.refund(&manager, request).await?;
    Ok(Answer::Refunded { succeeded: view.refund.state == RefundState::Succeeded })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the browser is given the client secret or the ticket, as it must be"
)]
fn given(till: Till, handover: &Handover) -> Given {
    assert_eq!(handover.processor == ProcessorId::STRIPE, till == Till::Stripe);
    match till {
        Till::Checkout => {
            Given::Ticket(CheckoutTicket::try_from(handover).unwrap().ticket.expose_secret().to_owned())
        }
        Till::HostedTokenization => {
            let HostedTokenization { order_id, profile_id, .. } =
                HostedTokenization::try_from(handover).unwrap();
            Given::Frame { order_id, profile_id }
        }
        Till::Stripe => {
            let elements = StripeElements::try_from(handover).unwrap();
            let client_secret = elements.client_secret.expose_secret().to_owned();
            Given::Elements { client_secret, publishable_key: elements.publishable_key }
        }
    }
}

fn stands(view: &PaymentView) -> Answer {
    Answer::Stands(match view.state {
        PaymentState::Cancelled | PaymentState::Declined => Standing::Ended,
        PaymentState::Open => Standing::Open,
        PaymentState::Succeeded => Standing::Succeeded,
        _ => Standing::Unknown,
    })
}
