//! Many charges by a few pages of Stripe's list, newest first. A list is a hint, but an intent that it shows is read exactly as one
//! that was asked for by its id.

use std::cmp::Reverse;
use std::collections::HashMap;

use billing_credentials::StripeSecretKey;
use billing_domain::payment::Reference;
use billing_domain::{ChargeFact, ChargeOrder, ManyFact, QueryError};

use super::StripeProcessor;
use crate::api::Endpoint;
use crate::convert::fact;
use crate::error::{NoReply, Refusal};
use crate::form::Form;
use crate::wire::{Intent, List};

/// How far an intent's time may lie from its order's, in seconds: clocks differ, and a first send may be repeated for a minute.
/// What was created later than that, by a much later repetition, is not seen here.
const SLACK: i64 = 300;

/// The orders not seen yet, by their reference.
type Wanted<'a> = HashMap<&'a str, &'a ChargeOrder>;

/// Orders that lie so close together in time that they are listed together.
struct Stretch<'a> {
    from: i64,
    until: i64,
    wanted: Wanted<'a>,
}

/// The stretches of time to list: those with the most orders first, then the newest, because the calls may not reach for all.
fn stretches(orders: &[ChargeOrder]) -> Vec<Stretch<'_>> {
    let named =
        orders.iter().filter_map(|order| order.reference.as_ref().map(|Reference(id)| (id.as_str(), order)));
    let mut named: Vec<_> = named.collect();
    named.sort_by_key(|(_, order)| Reverse(order.first_sent_at));
    let mut stretches: Vec<Stretch<'_>> = Vec::new();
    for (id, order) in named {
        let at = order.first_sent_at.as_second();
        match stretches.last_mut().filter(|newer| newer.from <= at.saturating_add(SLACK)) {
            Some(stretch) => {
                stretch.from = at.saturating_sub(SLACK);
                stretch.wanted.insert(id, order);
            }
            None => stretches.push(Stretch {
                from: at.saturating_sub(SLACK),
                // Stripe counts whole seconds.
                until: at.saturating_add(SLACK + 1),
                wanted: HashMap::from([(id, order)]),
            }),
        }
    }
    stretches.sort_by_key(|stretch| Reverse(stretch.wanted.len()));
    stretches
}

impl StripeProcessor {
    /// At most two pages and one more for every fifty orders. What is known when a page cannot be had is told all the same.
    pub(super) async fn look_at_many(&self, orders: &[ChargeOrder]) -> Result<Vec<ManyFact>, QueryError> {
        let mut key = self.key().map_err(NoReply::into_query)?;
        for order in orders {
            key = self.key_for(&order.account).map_err(NoReply::into_query)?;
        }
        let mut told = Vec::new();
        let mut calls_left = 2 + orders.len() / 50;
        for stretch in stretches(orders) {
            let listed = self.list_stretch(key, stretch, &mut calls_left, &mut told).await;
            match listed {
                Err(unread) if told.is_empty() => return Err(unread),
                Err(_) => break,
                Ok(()) => {}
            }
        }
        Ok(told)
    }

    /// Page after page of one stretch of time, until each of its orders was seen.
    async fn list_stretch(
        &self,
        key: &StripeSecretKey,
        Stretch { from, until, mut wanted }: Stretch<'_>,
        calls_left: &mut usize,
        told: &mut Vec<ManyFact>,
    ) -> Result<(), QueryError> {
        let mut after: Option<String> = None;
        while !wanted.is_empty() && *calls_left > 0 {
            *calls_left -= 1;
            let mut query = Form::new()
                .entry("created", "gte", from)
                .entry("created", "lte", until)
                .item("expand", "data.latest_charge")
                .field("limit", 100);
            if let Some(after) = &after {
                query = query.field("starting_after", after);
            }
            let endpoint = Endpoint::fixed("/v1/payment_intents");
            let reply = self.api.get_hint(key, endpoint, &query).await.map_err(NoReply::into_query)?;
            if !reply.status.is_success() {
                return Err(Refusal::of(&reply).into_query());
            }
            let page: List<Intent<'_>> = reply.read().map_err(|cause| QueryError { sent: true, cause })?;
            told.extend(page.data.iter().filter_map(|intent| {
                let order = wanted.remove(intent.id.as_str())?;
                said(order, fact(order, key.mode(), intent))
            }));
            let last = page.data.last().filter(|_| page.has_more);
            let Some(last) = last else { break };
            after = Some(last.id.as_str().to_owned());
        }
        Ok(())
    }
}

/// What is no evidence here may be some when the intent is asked for by itself.
fn said(order: &ChargeOrder, fact: ChargeFact) -> Option<ManyFact> {
    if matches!(fact, ChargeFact::NoEvidence(_)) {
        return None;
    }
    Some(ManyFact { payment: order.payment, attempt_no: order.attempt_no, fact })
}
