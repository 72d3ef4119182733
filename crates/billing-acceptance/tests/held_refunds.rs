//! A refund in doubt, and the call that wrote it: whatever that one learns of its own send speaks for nobody else's.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use billing_acceptance::{Clinic, Hook, Moments, World, frame_of, handover_of, manager};
use billing_app::{BillingError, RefundRequest};
use billing_domain::payment::CaptureId;
use billing_domain::refund::RefundState;
use billing_domain::{Money, RefundId};
use billing_testkit::moneris::Card as MonerisCard;
use billing_testkit::stripe::Card;
use billing_transport::{Delivery, Request, SendError, SendErrorKind};
use tokio::sync::Notify;
use uuid::Uuid;

fn is_refund(request: &Request) -> bool {
    request.method == http::Method::POST && request.url.ends_with("/v1/refunds")
}

/// Two processes and one refund: the first is held up before its send, the second repeats it meanwhile.
#[derive(Debug, Default)]
struct Meeting {
    /// The owner's send is held up.
    waits: Notify,
    goes_on: Notify,
    /// The owner has ended.
    has_ended: Notify,
}

/// The process that wrote the refund: its machine sleeps just before the send, and then there is no network.
#[derive(Debug)]
struct Owner(Arc<Meeting>);

#[async_trait]
impl Hook for Owner {
    async fn before_send(&self, request: &Request) -> Result<(), SendError> {
        if !is_refund(request) {
            return Ok(());
        }
        self.0.waits.notify_one();
        self.0.goes_on.notified().await;
        self.0.goes_on.notify_one();
        Err(SendError::new(SendErrorKind::Connect, Delivery::NotSent))
    }
}

/// The process that looks after it: its repetition is on its way while the owner ends, and its answer is lost.
#[derive(Debug)]
struct Twin(Arc<Meeting>);

#[async_trait]
impl Hook for Twin {
    async fn before_send(&self, request: &Request) -> Result<(), SendError> {
        if is_refund(request) {
            self.0.goes_on.notify_one();
            self.0.has_ended.notified().await;
            self.0.has_ended.notify_one();
        }
        Ok(())
    }

    async fn after_send(&self) -> Result<(), SendError> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_refund_repeated_by_another_process_is_in_doubt_whatever_its_own_call_learns() {
    let world = Arc::new(World::new().await);
    let plain = world.process(Arc::new(Moments::counting()));
    let sent = world.send(&plain).await.unwrap();
    world.pay(sent, Card::VISA).await;
    plain.settle(&manager(world.dispensary), world.payment).await.unwrap();
    let meeting = Arc::new(Meeting::default());
    let owner = world.process(Arc::new(Owner(Arc::clone(&meeting))));
    let twin = world.process(Arc::new(Twin(Arc::clone(&meeting))));
    world.stripe.faults().every(1, "POST /v1/refunds", billing_testkit::stripe::Fault::DropAfterEffect);

    let (w, m) = (Arc::clone(&world), Arc::clone(&meeting));
    let asked = tokio::spawn(async move {
        let asked = w.give_back(&owner, 2_500).await;
        m.has_ended.notify_one();
        asked
    });
    meeting.waits.notified().await;
    // The machine slept: to everybody the answer is overdue.
    world.clock.advance(Duration::from_secs(91));
    let manager = manager(world.dispensary);
    let looked = twin.settle_refund(&manager, world.payment, world.refund).await;
    let asked = asked.await.unwrap();

    assert_eq!(world.truly_given_back(), 2_500, "the repetition arrived");
    assert!(!matches!(asked, Err(BillingError::RefundNotMade { .. })), "{asked:?}");
    let stored = plain.payment(&manager, world.payment).await.unwrap().payment;
    let state = &stored.refund(world.refund).unwrap().state;
    assert!(!state.is_failed(), "{state:?}, {looked:?}");
    world.stripe.faults().clear();
    let told = plain.settle_refund(&manager, world.payment, world.refund).await.unwrap();
    assert_eq!(told.refund.state, RefundState::Succeeded);
}

#[tokio::test]
async fn what_the_second_attempt_took_goes_back_under_the_second_order_id() {
    let clinic = Clinic::with_moneris().await;
    let invoice = clinic.invoice("80.00").await;
    let window = clinic.window(invoice).await.unwrap();
    let first = frame_of(&handover_of(clinic.press_send(&window, invoice).await.unwrap()));
    clinic.charge(window.payment, clinic.grant(&first, MonerisCard::DECLINED)).await.unwrap();
    let second = frame_of(&handover_of(clinic.press_send(&window, invoice).await.unwrap()));
    let paid = clinic.charge(window.payment, clinic.grant(&second, MonerisCard::VISA)).await.unwrap();

    for cents in [3_000, 5_000] {
        let request = RefundRequest {
            refund: RefundId::new(Uuid::now_v7()),
            payment: window.payment,
            capture: CaptureId::Attempt(2),
            amount: Money::new(cents, paid.payment.amount.currency()),
        };
        let given_back = clinic.billing.refund(&manager(clinic.dispensary), request).await.unwrap();
        assert_eq!(given_back.refund.state, RefundState::Succeeded);
    }

    let sent = clinic.moneris.requests_to("refund");
    assert!(sent.len() == 2 && sent.iter().all(|sent| sent.order_id.as_ref() == Some(&second.order_id)));
}
