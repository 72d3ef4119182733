//! What banks do behind Stripe: payments in processing end, refunds that wait end, and one that was done may still fail.

use std::sync::Arc;
use std::time::Duration;

use billing_testkit::stripe::RefundOutcome;

use super::chance::word;
use super::truth::seen_at_stripe;
use super::world::World;

/// Banks work all day.
pub(super) async fn works(world: Arc<World>) {
    loop {
        tokio::time::sleep(Duration::from_mins(4)).await;
        finish(&world, 400);
    }
}

/// Ends what waits for a bank, so many times in a thousand.
pub(super) fn finish(world: &World, per_mille: u64) {
    world.set_processors_clocks();
    for account in &world.accounts {
        for entry in world.stripe.ledger(account.id()).entries {
            let (mut luck, _) = world.chance.at("bank", word(&entry.id));
            if entry.status == "processing" && luck.per_mille(per_mille) {
                let paid = luck.per_mille(700);
                world.stripe.finish_processing(&entry.id, paid);
                world.note(|| format!("bank: {} ends, paid: {paid}", entry.id));
                seen_at_stripe(world, &entry.id);
            }
            for refund in entry.refunds.iter().filter(|refund| refund.status == "pending") {
                if luck.per_mille(per_mille) {
                    let outcomes = [
                        RefundOutcome::Succeeded,
                        RefundOutcome::Succeeded,
                        RefundOutcome::Failed("lost_or_stolen_card"),
                        RefundOutcome::Canceled,
                    ];
                    let outcome = luck.one_of(&outcomes);
                    world.stripe.finish_refund(&refund.id, outcome);
                    world.note(|| format!("bank: {} ends, {outcome:?}", refund.id));
                    seen_at_stripe(world, &entry.id);
                }
            }
        }
    }
}
