//! Many payments of one account for a few calls: the processor's own list, where it has one.

use std::collections::{BTreeMap, HashMap};

use billing_domain::payment::{Attempt, Payment};
use billing_domain::{ChargeFact, ChargeOrder, Flow, ManyFact, PaymentId};

use super::account::{AccountSweep, Found};
use super::silences;
use crate::accounts::Connected;
use crate::payments::may_be_listed;

/// From how many payments on a list costs less than asking about each.
const LIST_FROM: usize = 5;

/// What a list told of a payment's attempt.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) attempt_no: u32,
    pub(super) fact: ChargeFact,
    /// The version of the keys that asked.
    pub(super) account_version: u32,
}

impl Told {
    /// Whether nothing more is to be asked after it.
    pub(super) fn is_final(&self) -> bool {
        matches!(
            self.fact,
            ChargeFact::Dead(_)
                | ChargeFact::Declined(_)
                | ChargeFact::Mismatch(_)
                | ChargeFact::Succeeded(_)
        )
    }
}

impl AccountSweep {
    /// What the processor's list tells of these payments; nothing of those it does not show, and nothing where they are few.
    pub(super) async fn ask_list(&self, others: &[(PaymentId, Found)]) -> HashMap<PaymentId, Told> {
        let mut told = HashMap::new();
        let asked: Vec<_> = others.iter().filter_map(|(_, found)| found.as_ref().ok()).collect();
        if asked.len() < LIST_FROM || self.is_over() || self.is_silent() {
            return told;
        }
        // Whatever stands in the way of the keys, the first look at one of them tells.
        let Ok(connected) = self.parts.pinned(&self.account).await else { return told };
        for (flow, orders) in self.orders(&asked, &connected) {
            if orders.len() < LIST_FROM || self.is_over() || self.is_silent() {
                continue;
            }
            tracing::debug!(
                flow = flow.as_str(),
                orders = orders.len(),
                "many payments are looked up in a list"
            );
            let facts = self.observe_many(&connected, &orders).await;
            let version = connected.record.version;
            told.extend(facts.into_iter().map(|ManyFact { payment, attempt_no, fact }| {
                (payment, Told { attempt_no, fact, account_version: version })
            }));
        }
        told
    }

    /// What can be asked of a list, each flow by itself.
    fn orders(&self, asked: &[&Payment], connected: &Connected) -> BTreeMap<Flow, Vec<ChargeOrder>> {
        let mut orders: BTreeMap<Flow, Vec<ChargeOrder>> = BTreeMap::new();
        for payment in asked {
            let now = self.sweep.now;
            let is_due = |attempt: &&Attempt| attempt.due_at.is_none_or(|due| due <= now);
            let Some(attempt) = payment.open_attempt().filter(is_due) else { continue };
            if !connected.processor.capabilities(&attempt.flow).lists || !may_be_listed(payment, now) {
                continue;
            }
            // What cannot be opened says so when it is looked at by itself.
            if let Ok(order) = self.parts.order_of(payment, attempt.no) {
                orders.entry(attempt.flow.clone()).or_default().push(order);
            }
        }
        orders
    }

    async fn observe_many(&self, connected: &Connected, orders: &[ChargeOrder]) -> Vec<ManyFact> {
        // As many calls as the port allows it.
        self.pace.turns(2 + orders.len() / 50).await;
        let error = match connected.processor.observe_many(orders).await {
            Ok(facts) => return facts,
            Err(error) => error,
        };
        let error = self.parts.query_failed(&connected.record, error).await;
        tracing::warn!(%error, "many payments could not be looked up in a list");
        if silences(&error) {
            self.fall_silent();
            self.note(|came_to| came_to.report.failed = came_to.report.failed.saturating_add(1));
        }
        Vec::new()
    }
}
