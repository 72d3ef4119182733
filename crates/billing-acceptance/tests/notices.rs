//! Stories 28, 42, 50 and 67: what a processor tells by itself is believed only when it is signed, kept once, and looked into.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;
use std::time::Duration;

use billing_acceptance::{
    Ending, Meanwhile, Moments, TOTAL, Till, World, front_desk, help_centre, manager, noticing, owner, quiet,
};
use billing_app::{Billing, NoticeAnswer, NoticeError, PaymentView, SaveKeys};
use billing_credentials::{Delivery as Received, Submitted, fields};
use billing_domain::payment::{Finding, Payment, PaymentState};
use billing_domain::refund::{RefundFailure, RefundState};
use billing_domain::{
    AccountId, Action, Alarming, Dispensary, DispensaryId, DispensaryKind, Notice, NoticeId, OfficeId,
    PayableId, PayableState, PayableStatus, ProcessorId, StoreError, Subject, Write,
};
use billing_stripe::{StripeConfig, StripeConnector};
use billing_testkit::stripe::{Card, Delivery, Fault, Mode, RefundOutcome};
use uuid::Uuid;

fn process(world: &World) -> Billing {
    world.process_with(Arc::new(Moments::counting()), noticing())
}

async fn how_it_stands(world: &World, billing: &Billing) -> (PaymentView, PayableState) {
    let desk = front_desk(world.dispensary);
    let invoice = PayableId::parse("invoice-1").unwrap();
    let payment = billing.payment(&desk, world.payment).await.unwrap();
    (payment, billing.payable(&desk, &invoice).await.unwrap().unwrap())
}

/// Handed over, a card refused, then paid: what Stripe tells of it, oldest first.
async fn paid_at_the_second_try(world: &World, billing: &Billing) -> Vec<Delivery> {
    let sent = world.send(billing).await.unwrap();
    let browser = world.browser(sent);
    browser.pay(Card::GENERIC_DECLINE).await.unwrap();
    browser.pay(Card::VISA).await.unwrap();
    world.deliveries()
}

async fn unhandled(world: &World) -> Vec<Notice> {
    world.store.notices(world.dispensary, world.payment).await.unwrap()
}

async fn actions(world: &World) -> Vec<Action> {
    let audit = world.store.audit(world.dispensary, 0, 1_000).await.unwrap();
    audit.iter().map(|entry| entry.action).collect()
}

#[tokio::test(start_paused = true)]
async fn story_28_a_notice_alone_marks_the_invoice_paid_once() {
    let world = World::noticed().await;
    let billing = process(&world);
    let sent = world.send(&billing).await.unwrap();
    world.pay(sent, Card::VISA).await;
    world.stripe.forget_requests();

    for delivery in world.deliveries() {
        assert_eq!(world.deliver(&billing, &delivery).await.unwrap(), NoticeAnswer::Accepted);
    }
    quiet().await;

    let (payment, payable) = how_it_stands(&world, &billing).await;
    assert_eq!(payment.state, PaymentState::Succeeded);
    assert_eq!(payable.status().unwrap(), PayableStatus::Paid);
    assert_eq!(payable.captured.minor(), TOTAL);
    assert_eq!(world.stripe.count("GET /v1/payment_intents/{id}"), 1, "what it says is read, not believed");
    assert_eq!(unhandled(&world).await, []);
    let told = actions(&world).await;
    assert_eq!(told.iter().filter(|action| **action == Action::NoticeHandled).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn story_42_notices_repeated_out_of_order_and_an_older_one_last_come_to_what_the_first_came_to() {
    // Where the older notice stands among three deliveries of the newer one.
    for older_at in 0..4 {
        let world = World::noticed().await;
        let billing = process(&world);
        let told = paid_at_the_second_try(&world, &billing).await;
        let [older, newer] = told.as_slice() else { panic!("{told:?}") };
        let mut deliveries = vec![newer; 3];
        deliveries.insert(older_at, older);

        let mut after_the_first = None;
        for (place, delivery) in deliveries.into_iter().enumerate() {
            let is_new = place == 0 || place == older_at || (older_at == 0 && place == 1);
            let expected = if is_new { NoticeAnswer::Accepted } else { NoticeAnswer::Duplicate };
            let answer = world.deliver(&billing, delivery).await.unwrap();
            assert_eq!((answer, answer.status()), (expected, 200), "{older_at}, {place}");
            quiet().await;
            let stands = how_it_stands(&world, &billing).await;
            assert_eq!(*after_the_first.get_or_insert_with(|| stands.clone()), stands, "{older_at}, {place}");
        }

        let (payment, payable) = after_the_first.unwrap();
        assert_eq!(payment.state, PaymentState::Succeeded);
        assert_eq!((payable.captured.minor(), payable.refunded.minor()), (TOTAL, 0));
        assert_eq!(unhandled(&world).await, []);
    }
}

#[tokio::test(start_paused = true)]
async fn story_42_what_is_not_signed_right_is_answered_400_all_alike_and_nothing_is_kept_or_asked() {
    let world = World::noticed().await;
    let billing = process(&world);
    let told = paid_at_the_second_try(&world, &billing).await;
    let delivery = told[1].clone();
    let (before, account) = (actions(&world).await, world.record().await.account.account);
    world.stripe.forget_requests();
    let now = delivery.signed_at();
    let with = |change: &dyn Fn(&mut Received)| {
        let mut received = delivery.received();
        change(&mut received);
        received
    };
    let wrong = [
        delivery.clone().with_secret("whsec_somebodyElsesSecret").received(),
        delivery.clone().with_secret("").received(),
        delivery.clone().at(now - Duration::from_secs(301)).received(),
        delivery.clone().thin().received(),
        with(&|received| received.headers.clear()),
        with(&|received| received.body.push(b' ')),
        with(&|received| received.body = vec![b' '; 1024 * 1024 + 1]),
    ];
    let nobody = (DispensaryId::new(Uuid::from_u128(0xdd)), AccountId::new(Uuid::from_u128(0xaa)));
    let right = || delivery.received();
    let mut refused: Vec<_> = wrong.map(|wrong| (world.dispensary, account, wrong)).into();
    refused.push((world.dispensary, nobody.1, right()));
    refused.push((nobody.0, account, right()));
    let moneris = world.save_keys(&billing, Till::Checkout).await.unwrap().account.account;
    let saved = actions(&world).await.len() - before.len();
    refused.push((world.dispensary, moneris, right()));

    for (dispensary, account, received) in refused {
        let error = billing.receive_notice(dispensary, account, received).await.unwrap_err();
        assert_eq!((error.status(), error.to_string().as_str()), (400, "the delivery is not believed"));
    }

    quiet().await;
    assert_eq!(actions(&world).await.len(), before.len() + saved);
    assert_eq!(unhandled(&world).await, []);
    assert_eq!(world.stripe.requests().len(), 0);
    // It was the deliveries that were wrong.
    assert_eq!(world.deliver(&billing, &delivery).await.unwrap(), NoticeAnswer::Accepted);
}

#[tokio::test(start_paused = true)]
async fn story_42_what_is_signed_right_and_not_ours_is_acknowledged_and_not_kept() {
    let world = World::noticed().await;
    let billing = process(&world);
    let told = paid_at_the_second_try(&world, &billing).await;
    let delivery = &told[1];
    let before = actions(&world).await;
    world.stripe.forget_requests();

    for not_ours in [
        delivery.clone().of_other_mode(),
        delivery.clone().saying("/data/object/id", "pi_3NobodyKnowsThisOne00000".into()),
        delivery.clone().saying("/type", "charge.dispute.created".into()),
        delivery.clone().saying("/data/object/object", "invoice".into()),
    ] {
        let answer = world.deliver(&billing, &not_ours).await.unwrap();
        assert_eq!((answer, answer.status()), (NoticeAnswer::NotOurs, 200));
    }

    quiet().await;
    assert_eq!(actions(&world).await, before);
    assert_eq!(world.stripe.requests().len(), 0);
    assert_eq!(how_it_stands(&world, &billing).await.0.state, PaymentState::Open);
}

#[tokio::test(start_paused = true)]
async fn a_notice_that_could_not_be_kept_is_answered_503_and_kept_when_it_comes_again() {
    #[derive(Debug)]
    struct Full;
    #[async_trait::async_trait]
    impl billing_acceptance::Hook for Full {
        async fn before_commit(&self, _: &billing_domain::Step) -> Result<(), StoreError> {
            Err(StoreError::Unavailable("the disk is full".into()))
        }
    }
    let world = World::noticed().await;
    let billing = process(&world);
    let told = paid_at_the_second_try(&world, &billing).await;
    let full = world.process_with(Arc::new(Full), noticing());

    let error = world.deliver(&full, &told[1]).await.unwrap_err();
    assert!(matches!(error, NoticeError::Unavailable(_)), "{error:?}");
    assert_eq!(error.status(), 503);
    assert!(billing.shutdown(Duration::from_secs(1)).await);
    let closed = world.deliver(&billing, &told[1]).await.unwrap_err();
    assert_eq!(closed.status(), 503);

    let next = process(&world);
    assert_eq!(world.deliver(&next, &told[1]).await.unwrap(), NoticeAnswer::Accepted);
    quiet().await;
    assert_eq!(how_it_stands(&world, &next).await.0.state, PaymentState::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_notice_whose_look_failed_is_put_off_ever_longer_and_looked_into_in_the_end() {
    let world = World::noticed().await;
    let billing = process(&world);
    let told = paid_at_the_second_try(&world, &billing).await;
    world.stripe.faults().every(1, "GET /v1/payment_intents/{id}", Fault::FailBeforeEffect(503));

    world.deliver(&billing, &told[1]).await.unwrap();
    quiet().await;
    let first = unhandled(&world).await;
    assert!(first[0].due_at.unwrap() > first[0].received_at, "{first:?}");
    let mut waits = Vec::new();
    for _ in 0..8 {
        let due_at = unhandled(&world).await[0].due_at.unwrap();
        let now = billing_domain::Clock::now(&*world.clock);
        waits.push(billing_domain::elapsed(now, due_at));
        world.advance(billing_domain::elapsed(now, due_at));
        billing.sweep(100).await.unwrap();
    }
    assert!(waits.is_sorted() && waits[7] > waits[0], "{waits:?}");
    assert_eq!(how_it_stands(&world, &billing).await.0.state, PaymentState::Open);

    world.stripe.faults().clear();
    world.advance(Duration::from_mins(15));
    billing.sweep(100).await.unwrap();

    assert_eq!(how_it_stands(&world, &billing).await.0.state, PaymentState::Succeeded);
    assert_eq!(unhandled(&world).await, []);
}

#[tokio::test(start_paused = true)]
async fn a_notice_that_comes_during_a_look_is_not_taken_for_one_that_was_looked_into() {
    let world = Arc::new(World::noticed().await);
    let late = Arc::clone(&world);
    // Another process keeps it, and dies before it looks.
    let meanwhile = Meanwhile::before(Action::NoticeHandled, move || {
        let world = Arc::clone(&late);
        Box::pin(async move {
            let by = billing_domain::ActorId::system();
            let at = billing_domain::Clock::now(&*world.clock);
            let notice = Notice {
                account: world.record().await.account,
                id: NoticeId::parse("evt_late").unwrap(),
                kind: "refund.created".to_owned(),
                payment: world.payment,
                received_at: at,
                due_at: Some(at),
                handled_at: None,
                revision: 1,
            };
            let step = billing_domain::Step {
                id: billing_domain::StepId::new(Uuid::from_u128(0x1a7e)),
                dispensary: world.dispensary,
                at,
                by,
                action: Action::NoticeReceived,
                subject: Subject::Payment(world.payment),
                note: String::new(),
                requires: Vec::new(),
                writes: vec![Write::Notice(Box::new(notice))],
            };
            world.store.commit(step).await.unwrap();
        })
    });
    let billing = world.process_with(meanwhile, noticing());
    let told = paid_at_the_second_try(&world, &billing).await;

    world.deliver(&billing, &told[1]).await.unwrap();
    quiet().await;

    let left: Vec<_> = unhandled(&world).await.into_iter().map(|notice| notice.id.to_string()).collect();
    assert_eq!(left, ["evt_late"]);
    billing.sweep(100).await.unwrap();
    assert_eq!(unhandled(&world).await, []);
}

#[tokio::test(start_paused = true)]
async fn money_on_a_payment_that_a_person_found_unpaid_becomes_a_stray_charge_by_its_notice() {
    let world = World::noticed().await;
    let billing = process(&world);
    let browser = world.browser(world.send(&billing).await.unwrap());
    // Nobody can tell for three days, and then a person says that nothing moved; Stripe cannot be asked to cancel it first.
    world.stripe.faults().every(1, "GET /v1/payment_intents/{id}", Fault::FailBeforeEffect(503));
    world.stripe.faults().every(1, "POST /v1/payment_intents/{id}/cancel", Fault::FailBeforeEffect(503));
    for _ in 0..80 {
        world.advance(Duration::from_hours(1));
        billing.sweep(100).await.unwrap();
    }
    assert_eq!(how_it_stands(&world, &billing).await.0.state, PaymentState::Unknown);
    let nothing = Finding::NothingMoved;
    billing
        .record_finding(&owner(world.dispensary), world.payment, nothing, "not in the list")
        .await
        .unwrap();
    world.stripe.faults().clear();
    browser.pay(Card::VISA).await.unwrap();

    for delivery in world.deliveries() {
        world.deliver(&billing, &delivery).await.unwrap();
    }
    quiet().await;

    let (payment, _) = how_it_stands(&world, &billing).await;
    assert_eq!(payment.payment.strays.len(), 1);
    assert_eq!(payment.payment.strays[0].capture.amount.minor(), TOTAL);
    assert!(world.alarms.raised().iter().any(|alarm| matches!(alarm, Alarming::StrayCharge { .. })));
}

/// The refund as it stands.
fn refund_of(payment: &Payment) -> RefundState {
    payment.refunds[0].state.clone()
}

#[tokio::test(start_paused = true)]
async fn story_50_a_refund_that_fails_days_after_it_was_made_is_owed_again_and_the_invoice_is_not() {
    let world = World::noticed().await;
    let billing = process(&world);
    let sent = world.send(&billing).await.unwrap();
    world.pay(sent, Card::VISA).await;
    billing.settle(&front_desk(world.dispensary), world.payment).await.unwrap();
    world.stripe.run_short_of_balance(true);
    let pending = world.give_back(&billing, TOTAL).await.unwrap();
    assert_eq!(pending.refund.state, RefundState::Pending);
    let reference = pending.refund.reference.unwrap().0;
    let hear = async || {
        for delivery in world.deliveries() {
            world.deliver(&billing, &delivery).await.unwrap();
        }
        quiet().await;
        how_it_stands(&world, &billing).await
    };

    assert!(world.stripe.finish_refund(&reference, RefundOutcome::Succeeded));
    let (payment, payable) = hear().await;
    assert_eq!(refund_of(&payment.payment), RefundState::Succeeded);
    assert_eq!(payable.outstanding().unwrap().minor(), TOTAL, "it can be paid again");

    world.advance(Duration::from_hours(24 * 6));
    assert!(world.stripe.finish_refund(&reference, RefundOutcome::Failed("expired_or_canceled_card")));
    let (payment, payable) = hear().await;
    assert_eq!(refund_of(&payment.payment), RefundState::Failed(RefundFailure::CardUnusable));
    assert_eq!(
        payable.status().unwrap(),
        PayableStatus::Paid,
        "the clinic owes the patient, not the patient the clinic"
    );
    assert_eq!(payable.refunded.minor(), 0);
    let failed = |alarm: &Alarming| matches!(alarm, Alarming::RefundFailed { .. });
    assert_eq!(world.alarms.raised().iter().filter(|alarm| failed(alarm)).count(), 1);
    // What failed may be given back once more.
    assert!(
        payment
            .payment
            .refundable(payment.payment.refunds[0].capture)
            .is_some_and(|left| left.minor() == TOTAL)
    );
    assert_eq!(billing.sweep(100).await.unwrap().next_due, None);
    let manager = manager(world.dispensary);
    let again = billing.settle_refund(&manager, world.payment, world.refund).await.unwrap();
    assert_eq!(again.refund.state, RefundState::Failed(RefundFailure::CardUnusable));
}

/// A refund that succeeded has failed since, and nothing looks at it but what Stripe tells of it. False if there is no such moment.
async fn the_hint_survives(moment: usize, ending: Ending) -> bool {
    let world = World::noticed().await;
    let first = process(&world);
    let sent = world.send(&first).await.unwrap();
    world.pay(sent, Card::VISA).await;
    first.settle(&front_desk(world.dispensary), world.payment).await.unwrap();
    let refund = world.give_back(&first, TOTAL).await.unwrap().refund;
    assert_eq!(refund.state, RefundState::Succeeded);
    world.sweep_accounts(&first).await;
    drop(world.deliveries());
    world
        .stripe
        .finish_refund(&refund.reference.unwrap().0, RefundOutcome::Failed("expired_or_canceled_card"));
    let told = world.deliveries();
    let delivery = told.iter().find(|delivery| delivery.kind == "refund.failed").unwrap();

    let moments = Arc::new(Moments::ending_at(moment, ending));
    let billing = world.process_with(moments.clone(), noticing());
    let acknowledged = tokio::select! {
        biased;
        () = moments.reached() => false,
        acknowledged = async {
            let answer = world.deliver(&billing, delivery).await;
            quiet().await;
            answer.is_ok()
        } => acknowledged,
    };
    let was_there = moments.counted() > moment;
    if ending == Ending::ProcessDies {
        billing.abort();
    }
    quiet().await;
    let next = process(&world);
    if !acknowledged {
        // Stripe saw no 2xx.
        world.advance(Duration::from_mins(5));
        let again = delivery.clone().at(world.stripe.now());
        world.deliver(&next, &again).await.unwrap();
    }
    for _ in 0..4 {
        world.advance(Duration::from_mins(2));
        next.sweep(100).await.unwrap();
        quiet().await;
    }
    let (payment, payable) = how_it_stands(&world, &next).await;
    let told = format!("{ending:?} at moment {moment}");
    assert_eq!(refund_of(&payment.payment), RefundState::Failed(RefundFailure::CardUnusable), "{told}");
    assert_eq!((payable.captured.minor(), payable.refunded.minor()), (TOTAL, 0), "{told}");
    assert_eq!(unhandled(&world).await, [], "{told}");
    was_there
}

#[tokio::test(start_paused = true)]
async fn story_40_wherever_receiving_a_notice_ends_what_it_hints_at_is_looked_into() {
    for ending in [Ending::ProcessDies, Ending::HandlerIsDropped, Ending::AnswerIsLost] {
        let mut moment = 0;
        while the_hint_survives(moment, ending).await {
            moment += 1;
        }
        assert!(moment >= 6, "only {moment} moments: the hooks are not in place");
        println!("{ending:?} at {moment} moments: no hint was lost");
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_handler_of_a_delivery_drops_no_notice() {
    let world = World::noticed().await;
    let billing = process(&world);
    let told = paid_at_the_second_try(&world, &billing).await;
    {
        let delivered = std::pin::pin!(world.deliver(&billing, &told[1]));
        // Polled once, and dropped: the server's client hung up.
        assert!(futures_now(delivered).await.is_none());
    }
    quiet().await;
    assert_eq!(how_it_stands(&world, &billing).await.0.state, PaymentState::Succeeded);
    assert_eq!(unhandled(&world).await, []);
}

/// What a future has to say at its first poll.
async fn futures_now<T>(mut future: std::pin::Pin<&mut impl Future<Output = T>>) -> Option<T> {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(match future.as_mut().poll(context) {
            std::task::Poll::Ready(value) => Some(value),
            std::task::Poll::Pending => None,
        })
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn story_67_of_two_dispensaries_on_one_account_each_hears_of_its_own_and_keeps_no_other() {
    let world = World::noticed().await;
    let billing = process(&world);
    let other = DispensaryId::new(Uuid::from_u128(0xd2));
    let kind = DispensaryKind::Office(OfficeId::new(Uuid::from_u128(0x0e)));
    billing.add_dispensary(&owner(other), Dispensary::new(other, kind, "Other Street")).await.unwrap();
    billing.unlock_processor(&help_centre(other), ProcessorId::STRIPE).await.unwrap();
    let pasted: Submitted = [
        (fields::PUBLISHABLE_KEY, world.account.publishable_key(Mode::Live)),
        (fields::SECRET_KEY, world.account.secret_key(Mode::Live)),
    ]
    .into_iter()
    .collect();
    billing.save_keys(&owner(other), SaveKeys::checked(ProcessorId::STRIPE, pasted)).await.unwrap();
    let addresses: std::collections::BTreeSet<_> =
        world.endpoints().into_iter().map(|endpoint| endpoint.url).collect();
    assert_eq!(addresses.len(), 2, "each has an endpoint of its own");
    let sent = world.send(&billing).await.unwrap();
    world.pay(sent, Card::VISA).await;

    let told = world.deliveries();
    assert_eq!(told.len(), 2, "Stripe tells both");
    for delivery in &told {
        let is_own = delivery.url.contains(&world.dispensary.to_string());
        let expected = if is_own { NoticeAnswer::Accepted } else { NoticeAnswer::NotOurs };
        assert_eq!(world.deliver(&billing, delivery).await.unwrap(), expected);
    }
    // And what was signed for one is not believed by the other.
    let own = told.iter().find(|delivery| delivery.url.contains(&world.dispensary.to_string())).unwrap();
    let others = world.store.accounts(other).await.unwrap()[0].account.account;
    let crossed = billing.receive_notice(other, others, own.received()).await;
    assert_eq!(crossed.unwrap_err().status(), 400);

    quiet().await;
    assert_eq!(how_it_stands(&world, &billing).await.0.state, PaymentState::Succeeded);
    let kept = world.store.audit(other, 0, 1_000).await.unwrap();
    assert!(kept.iter().all(|entry| entry.action != Action::NoticeReceived), "{kept:?}");
}

#[tokio::test(start_paused = true)]
async fn a_removed_account_that_still_drains_hears_of_what_it_finishes_until_its_endpoint_is_gone() {
    let world = World::noticed().await;
    let billing = process(&world);
    let browser = world.browser(world.send(&billing).await.unwrap());
    world.stripe.faults().every(1, "DELETE /v1/webhook_endpoints/{id}", Fault::FailBeforeEffect(503));
    world.stripe.faults().every(1, "POST /v1/payment_intents/{id}/cancel", Fault::FailBeforeEffect(503));
    billing.remove_account(&owner(world.dispensary), ProcessorId::STRIPE).await.unwrap();
    browser.pay(Card::VISA).await.unwrap();

    for delivery in world.deliveries() {
        assert_eq!(world.deliver(&billing, &delivery).await.unwrap(), NoticeAnswer::Accepted);
    }
    quiet().await;

    assert_eq!(how_it_stands(&world, &billing).await.0.state, PaymentState::Succeeded);
    assert!(world.record().await.sealed.is_some(), "only these keys can remove the endpoint");
    world.stripe.faults().clear();
    world.sweep_accounts(&billing).await;
    world.judge_no_endpoint("removed").await;
    assert!(world.record().await.sealed.is_none());
}

#[tokio::test(start_paused = true)]
async fn without_the_sealing_key_a_notice_is_answered_503_so_that_it_comes_again() {
    let world = World::noticed().await;
    let billing = process(&world);
    let told = paid_at_the_second_try(&world, &billing).await;
    let ring = billing_credentials::StaticKeyRing::new(
        billing_credentials::SealKeyId::parse("2027").unwrap(),
        billing_credentials::SealKey::from_bytes([8; 32]),
    );
    let other = Billing::builder(Arc::clone(&world.store), Arc::new(ring))
        .connector(Arc::new(StripeConnector::new(world.stripe.exchange(), StripeConfig::default())))
        .clock(world.clock.clone())
        .config(noticing())
        .build();

    assert_eq!(world.deliver(&other, &told[1]).await.unwrap_err().status(), 503);
}
