//! What happens to refunds behind the API, by the test's hand: banks, balances and disputes. Never a request.

use super::super::FakeStripe;
use super::super::intent::Intent;
use super::super::intent::charge::Maker;
use super::super::state::State;
use super::RefundOutcome;

impl FakeStripe {
    /// Ends a refund. One that is pending may end in any way, and waits for this call; one that succeeded may still
    /// fail. False if there is no such refund or it cannot end so.
    pub fn finish_refund(&self, refund_id: &str, outcome: RefundOutcome) -> bool {
        self.change(|State { intents, ids, now, webhooks, .. }| {
            let mut maker = Maker { ids, now: now.as_second() };
            let has_it = |intent: &&mut Intent| intent.refunds.iter().any(|refund| refund.id == refund_id);
            let Some(intent) = intents.iter_mut().find(has_it) else { return false };
            let before = webhooks.before(intent);
            let refund = intent.refunds.iter_mut().find(|refund| refund.id == refund_id);
            let finished = refund.is_some_and(|refund| refund.finish(outcome, &intent.account, &mut maker));
            webhooks.after(before, intent, &mut maker);
            finished
        })
    }

    /// Whether every account is short of balance: new refunds are then pending, whatever the card. At first none is.
    /// What waits already goes on waiting.
    pub fn run_short_of_balance(&self, short: bool) {
        self.change(|state| state.balance_short = short);
    }

    /// The cardholder disputes what was captured through an intent: it can then not be refunded. The ledger does not
    /// count a dispute. False if nothing was captured, or if it is disputed already.
    pub fn dispute(&self, intent_id: &str) -> bool {
        self.change(|State { intents, ids, now, .. }| {
            let mut maker = Maker { ids, now: now.as_second() };
            intents.any(intent_id).is_some_and(|intent| intent.dispute(&mut maker))
        })
    }
}
