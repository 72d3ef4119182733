//! Stripe's notices on their way: delayed, lost and sent again, twice, in any order, and now and then by somebody who is not Stripe.

use std::sync::Arc;
use std::time::Duration;

use billing_app::{NoticeAddress, NoticeAnswer};
use billing_testkit::stripe::Delivery;

use super::chance::word;
use super::outcome::Rule;
use super::world::World;
use super::{Fault, lock};

/// How often a delivery is tried that was not taken.
const TRIES_MAX: u32 = 5;

/// What may happen to one delivery.
const ON_THE_WAY: [Fault; 4] =
    [Fault::NoticeLost, Fault::NoticeLate, Fault::NoticeTwice, Fault::NoticeForged];

/// Carries what Stripe has to tell, all day.
pub(super) async fn carries(world: Arc<World>) {
    loop {
        tokio::time::sleep(Duration::from_secs(3)).await;
        if world.stripe.deliveries_waiting() == 0 {
            continue;
        }
        world.set_processors_clocks();
        for account in &world.accounts {
            for delivery in world.stripe.take_deliveries(account.id()) {
                tokio::spawn(carry(Arc::clone(&world), delivery));
            }
        }
    }
}

/// Nothing more is on its way.
pub(super) fn drop_the_rest(world: &World) {
    for account in &world.accounts {
        drop(world.stripe.take_deliveries(account.id()));
    }
}

/// One delivery, until it is taken or Stripe gives up.
async fn carry(world: Arc<World>, delivery: Delivery) {
    let about = word(&delivery.event_id);
    for _ in 0..TRIES_MAX {
        if world.is_calm() {
            return;
        }
        let (mut luck, _) = world.chance.at("post", about);
        let mut wait = luck.between(Duration::from_millis(50), Duration::from_secs(2));
        let mut twice = false;
        match world.strikes("notice", about, &ON_THE_WAY) {
            Some((Fault::NoticeLost, mut luck)) => {
                tokio::time::sleep(luck.between(Duration::from_secs(30), Duration::from_mins(30))).await;
                continue;
            }
            Some((Fault::NoticeLate, mut luck)) => {
                wait = luck.between(Duration::ZERO, Duration::from_hours(2));
            }
            Some((Fault::NoticeForged, _)) => forge(&world, &delivery).await,
            Some(_) => twice = true,
            None => {}
        }
        tokio::time::sleep(wait).await;
        // Each try is signed when it is made.
        let delivery = delivery.clone().at(world.time.now());
        let taken = if twice {
            let (one, two) = tokio::join!(deliver(&world, &delivery), deliver(&world, &delivery));
            if one == Some(NoticeAnswer::Accepted) && two == one {
                world.broken(Rule::NoticeTakenTwice, None, &format!("{} was kept twice", delivery.event_id));
            }
            one.or(two)
        } else {
            deliver(&world, &delivery).await
        };
        if taken.is_some() {
            return;
        }
        tokio::time::sleep(luck.between(Duration::from_secs(5), Duration::from_mins(10))).await;
    }
}

async fn deliver(world: &World, delivery: &Delivery) -> Option<NoticeAnswer> {
    let (mut luck, _) = world.chance.at("door", word(&delivery.event_id));
    let process = world.some_process(&mut luck)?;
    let path = delivery.url.split_once("://").map_or("", |(_, rest)| rest);
    let (dispensary, account) = NoticeAddress::account_at(path)?;
    let answer = process.billing.receive_notice(dispensary, account, delivery.received()).await;
    lock(&world.record).tally.notices += 1;
    world.note(|| {
        let answered =
            answer.as_ref().map_or_else(|error| format!("{}", error.status()), |kept| format!("{kept:?}"));
        format!("notice {} {}: {answered}", delivery.kind, delivery.event_id)
    });
    answer.ok()
}

/// Somebody who does not know the secret tells the same.
async fn forge(world: &World, delivery: &Delivery) {
    let forged = delivery.clone().with_secret("whsec_0000000000000000000000000000000");
    if deliver(world, &forged).await.is_some() {
        world.broken(Rule::NoticeForged, None, &format!("{} was believed unsigned", delivery.event_id));
    }
}
