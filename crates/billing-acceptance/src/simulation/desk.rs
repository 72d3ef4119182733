//! People at the desk: they open the window, press Send Request, do it again when nothing happens, settle, cancel, and give back. They
//! never know what became of a call that did not answer.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use billing_app::{
    Actor, Billing, BillingError, PayableSource, PaymentView, RefundRequest, SendRequest, Sent,
};
use billing_domain::payment::Payment;
use billing_domain::{BillingName, Currency, DispensaryId, Money, Payable, PayableId, PaymentId};

use super::Fault;
use super::cardholder::Browser;
use super::chance::Luck;
use super::names::{payment_id, readable, refund_id};
use super::process::Process;
use super::world::World;
use crate::{colleague, front_desk, manager};

/// Somebody at a desk, busy with one invoice.
#[derive(Debug)]
pub(super) struct Desk {
    world: Arc<World>,
    pub(super) who: Actor,
    invoice: u64,
    /// Which of the desks that ever were busy with the invoice.
    session: u64,
    luck: Luck,
    made: u64,
}

/// What a cardholder at the desk was given.
pub(super) struct Given {
    pub(super) payment: PaymentId,
    pub(super) browser: Browser,
}

impl World {
    /// What an invoice asks for, in cents.
    pub(super) fn total_of(&self, invoice: u64) -> i64 {
        let cents = 500 + self.chance.stream("total", invoice).below(50_000);
        i64::try_from(cents).unwrap_or(500)
    }

    /// Whose invoice it is.
    pub(super) fn dispensary_of(&self, invoice: u64) -> DispensaryId {
        self.chance.stream("dispensary", invoice).one_of(&self.dispensaries)
    }

    /// The host's invoice.
    pub(super) fn payable_of(&self, invoice: u64) -> Payable {
        let cad = |minor| Money::new(minor, Currency::CAD);
        let id = PayableId::parse(&format!("invoice-{invoice}")).unwrap();
        Payable::new(id, 1, cad(self.total_of(invoice)), cad(0), BillingName::parse("Zoé O’Brien").unwrap())
            .unwrap()
    }
}

impl Desk {
    pub(super) fn new(world: &Arc<World>, invoice: u64, session: u64) -> Self {
        let dispensary = world.dispensary_of(invoice);
        let mut luck = world.chance.stream("desk", invoice * 1_000 + session);
        let who = luck.one_of(&[front_desk, front_desk, colleague, manager])(dispensary);
        Self { world: Arc::clone(world), who, invoice, session, luck, made: 0 }
    }

    fn source(&self) -> PayableSource {
        PayableSource::Host(self.world.payable_of(self.invoice))
    }

    async fn process(&mut self) -> Arc<Process> {
        self.world.wait_for_a_process(&mut self.luck).await
    }

    async fn pause(&mut self, most: Duration) {
        tokio::time::sleep(self.luck.patience(most)).await;
    }

    /// Makes a call, unless its caller goes away meanwhile.
    async fn call<T>(&self, what: &str, call: impl Future<Output = Result<T, BillingError>>) -> Option<T> {
        let invoice = self.invoice;
        self.world.note(|| format!("{} on {invoice}: {what}", self.who.id));
        let answer = match self.world.strikes("call", invoice, &[Fault::FutureDropped]) {
            Some((_, mut luck)) => polled(call, 1 + luck.below(6)).await?,
            None => call.await,
        };
        match answer {
            Ok(answer) => Some(answer),
            Err(error) => {
                self.world.note(|| format!("{} on {invoice}: {what}: {}", self.who.id, error.code()));
                None
            }
        }
    }

    /// Opens the window and presses Send Request until the cardholder can pay, or this desk gives up.
    pub(super) async fn hand_over(&mut self) -> Option<Given> {
        let mut kept: Option<SendRequest> = None;
        for _ in 0..=self.luck.below(4) {
            let request = match kept.take().filter(|_| self.luck.per_mille(600)) {
                Some(request) => request,
                None => match self.window().await {
                    Some(request) => request,
                    None => {
                        self.pause(Duration::from_mins(3)).await;
                        continue;
                    }
                },
            };
            let payment = request.payment;
            match self.send(request.clone()).await {
                Some(Sent::HandOver(handover)) => {
                    return Some(Given { payment, browser: Browser::open(&self.world, &handover) });
                }
                Some(Sent::Known(view)) => {
                    let state = view.state.as_str();
                    self.world.note(|| format!("payment {} is {state} already", readable(payment.uuid())));
                    self.settle(payment).await;
                }
                None => {}
            }
            kept = Some(request);
            self.pause(Duration::from_mins(4)).await;
        }
        None
    }

    async fn window(&mut self) -> Option<SendRequest> {
        let process = self.process().await;
        let window = process.billing.open_window(&self.who, self.source());
        let Some(window) = self.call("open the window", window).await else {
            self.look_at_what_is_open(&process.billing).await;
            return None;
        };
        let payment = if window.resumes || self.luck.per_mille(300) {
            window.payment
        } else {
            self.made += 1;
            payment_id(self.world.time, self.invoice, self.session * 16 + self.made)
        };
        Some(SendRequest {
            payment,
            payable: self.source(),
            expected_total: window.total,
            expected_account: window.account,
        })
    }

    /// Somebody else's payment is in the way: one can wait, settle it or cancel it.
    async fn look_at_what_is_open(&mut self, billing: &Billing) {
        let payable = self.world.payable_of(self.invoice).id;
        let state = billing.payable(&self.who, &payable).await.ok().flatten();
        let Some(open) = state.and_then(|state| state.open_payment) else { return };
        match self.luck.below(4) {
            0 => drop(self.cancel(open).await),
            1 | 2 => drop(self.settle(open).await),
            _ => {}
        }
    }

    async fn send(&mut self, request: SendRequest) -> Option<Sent> {
        let (one, who) = (self.process().await, self.who.clone());
        let send = one.billing.send_request(&who, request.clone());
        if self.world.strikes("two clicks", self.invoice, &[Fault::DoneTwice]).is_none() {
            return self.call("send", send).await;
        }
        let other = self.process().await;
        let again = other.billing.send_request(&who, request);
        let (first, second) = tokio::join!(self.call("send", send), self.call("send again", again));
        match first {
            Some(Sent::HandOver(handover)) => Some(Sent::HandOver(handover)),
            other => second.or(other),
        }
    }

    pub(super) async fn settle(&mut self, payment: PaymentId) -> Option<PaymentView> {
        let process = self.process().await;
        self.call("settle", process.billing.settle(&self.who, payment)).await
    }

    pub(super) async fn cancel(&mut self, payment: PaymentId) -> Option<PaymentView> {
        let process = self.process().await;
        self.call("cancel", process.billing.cancel_payment(&self.who, payment)).await
    }

    /// What the desk does once the cardholder has gone.
    pub(super) async fn see_to(&mut self, payment: PaymentId) -> Option<Payment> {
        for _ in 0..self.luck.below(4) {
            self.pause(Duration::from_mins(2)).await;
            let view = if self.luck.per_mille(120) {
                self.cancel(payment).await
            } else {
                self.settle(payment).await
            };
            if let Some(view) = view.filter(|view| !view.payment.is_open()) {
                return Some(view.payment);
            }
        }
        None
    }

    /// Gives some of the payment back, or all of it.
    pub(super) async fn give_back(&mut self, payment: &Payment, no: u64) {
        let Some((capture, taken)) = payment.captures().map(|(id, taken)| (id, taken.amount)).next() else {
            return;
        };
        let manager = manager(payment.dispensary());
        let share = self.luck.one_of(&[1, 1, 1, 2, 3]);
        let minor = (taken.minor() / share).max(1);
        let request = |no: u64| RefundRequest {
            refund: refund_id(self.world.time, self.invoice, no),
            payment: payment.id,
            capture,
            amount: Money::new(minor, taken.currency()),
        };
        let asked = request(no);
        for _ in 0..=self.luck.below(3) {
            let process = self.process().await;
            let refund = process.billing.refund(&manager, asked.clone());
            let done = if let Some((_, mut luck)) =
                self.world.strikes("two refunds", self.invoice, &[Fault::DoneTwice])
            {
                let other = self.process().await;
                let twin = if luck.per_mille(500) {
                    asked.clone()
                } else {
                    RefundRequest {
                        refund: refund_id(self.world.time, self.invoice, no + 500),
                        ..asked.clone()
                    }
                };
                let again = other.billing.refund(&manager, twin);
                let (one, again) =
                    tokio::join!(self.call("refund", refund), self.call("refund again", again));
                one.or(again)
            } else {
                self.call("refund", refund).await
            };
            if done.is_some_and(|view| view.refund.state.is_resolved()) {
                break;
            }
            self.pause(Duration::from_mins(3)).await;
        }
    }
}

/// Lets `call` go on so many times, then drops it where it waits.
pub(super) async fn polled<T>(call: impl Future<Output = T>, mut times: u64) -> Option<T> {
    let mut call = pin!(call);
    poll_fn(|context| {
        if times == 0 {
            return Poll::Ready(None);
        }
        times -= 1;
        call.as_mut().poll(context).map(Some)
    })
    .await
}
