//! Stripe's notices, carried to any host until one takes them: some twice, some never, if the clinics close before.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use billing_testkit::stripe::Delivery;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::dice::Dice;
use super::load::Load;
use super::wire::{Answer, Delivered, Question};

/// How many are under way at once.
const AT_ONCE: usize = 6;

/// Until the clinics close.
pub(crate) async fn carry(load: Arc<Load>, mut dice: Dice) {
    let mut waiting = VecDeque::new();
    while !load.is_closing() {
        waiting.extend(load.clinics.stripe.take_deliveries(load.clinics.account.id()));
        let mut under_way = JoinSet::new();
        for delivery in waiting.drain(..waiting.len().min(AT_ONCE)) {
            let (load, place) = (Arc::clone(&load), dice.place(load.hosts.number()));
            under_way.spawn(async move { (hand_over(&load, place, &delivery).await, delivery) });
        }
        while let Some(ended) = under_way.join_next().await {
            let (status, delivery) = ended.unwrap();
            match status {
                Some(200) => {
                    load.notices.fetch_add(1, Ordering::Relaxed);
                    if dice.one_in(10) {
                        waiting.push_back(delivery);
                    }
                }
                // Nobody knows the secret of an endpoint whose host died as it made it; the next host makes another.
                Some(400) if !is_there(&load, &delivery) => {}
                _ => waiting.push_back(delivery),
            }
        }
        sleep(Duration::from_millis(10)).await;
    }
}

/// Signed anew for each try, as Stripe does.
async fn hand_over(load: &Load, place: usize, delivery: &Delivery) -> Option<u16> {
    let signed = delivery.clone().at(load.clinics.stripe.now());
    let delivered = Delivered { url: signed.url, headers: signed.headers, body: signed.body };
    match load.hosts.ask(place, Question::Notice(delivered)).await? {
        Answer::Status(status) => Some(status),
        other => panic!("{other:?} to a notice"),
    }
}

/// Whether its endpoint is still there.
fn is_there(load: &Load, delivery: &Delivery) -> bool {
    let endpoints = load.clinics.stripe.endpoints(load.clinics.account.id());
    endpoints.iter().any(|endpoint| endpoint.id == delivery.endpoint)
}
