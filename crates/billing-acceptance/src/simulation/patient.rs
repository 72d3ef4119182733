//! One invoice's way through the run: who comes to pay it, how often, and what is given back afterwards.

use std::sync::Arc;
use std::time::Duration;

use super::Fault;
use super::cardholder::Person;
use super::desk::Desk;
use super::world::World;

/// Everything that people do about one invoice.
pub(super) async fn pays(world: Arc<World>, invoice: u64) {
    let mut luck = world.chance.stream("invoice", invoice);
    tokio::time::sleep(luck.between(Duration::ZERO, world.plan.opening_hours)).await;
    for round in 1..=1 + luck.below(3) {
        let one = visit(&world, invoice, round * 10);
        if world.strikes("two desks", invoice, &[Fault::DoneTwice]).is_some() {
            tokio::join!(one, visit(&world, invoice, round * 10 + 1));
        } else {
            one.await;
        }
        tokio::time::sleep(luck.patience(Duration::from_mins(20))).await;
    }
}

/// One desk takes a payment, one cardholder pays it, and perhaps some of it goes back.
async fn visit(world: &Arc<World>, invoice: u64, session: u64) {
    let mut desk = Desk::new(world, invoice, session);
    let Some(given) = desk.hand_over().await else { return };
    let payment = given.payment;
    let person = Person::new(world, payment, invoice, session, desk.who.clone());
    let sits = person.sits_down(given.browser);
    let (mut goes_on, _) = world.chance.at("visit", invoice);
    let seen = if goes_on.per_mille(300) {
        // The desk does not wait for the cardholder.
        let (seen, ()) = tokio::join!(desk.see_to(payment), sits);
        seen
    } else {
        sits.await;
        desk.see_to(payment).await
    };
    if let Some(payment) = seen.filter(|payment| payment.captures().next().is_some())
        && goes_on.per_mille(450)
    {
        tokio::time::sleep(goes_on.patience(Duration::from_hours(3))).await;
        desk.give_back(&payment, session * 16).await;
        if goes_on.per_mille(400) {
            desk.give_back(&payment, session * 16 + 1).await;
        }
    }
}
