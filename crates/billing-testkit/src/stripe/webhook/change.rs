//! What became of an intent between two looks at it, as Stripe's kinds of events (<https://docs.stripe.com/api/events/types>).

use super::super::intent::{Intent, Status};

/// An intent as it was.
pub(in crate::stripe) struct Glance {
    charges: usize,
    refunds: Vec<&'static str>,
    status: Status,
}

/// One event: its kind, and what it is about.
pub(super) struct Change {
    pub(super) kind: &'static str,
    pub(super) subject: Subject,
}

/// What an event is about.
#[derive(Clone, Copy)]
pub(super) enum Subject {
    /// The intent's newest.
    Charge,
    Intent,
    /// The intent's, by its place.
    Refund(usize),
}

impl Change {
    pub(super) const CREATED: Self = Self { kind: "payment_intent.created", subject: Subject::Intent };

    fn of_refund(place: usize, kind: &'static str) -> Self {
        Self { kind, subject: Subject::Refund(place) }
    }
}

impl Glance {
    pub(super) fn of(intent: &Intent) -> Self {
        Self {
            charges: intent.charges.len(),
            refunds: intent.refunds.iter().map(super::super::refund::Refund::status).collect(),
            status: intent.status,
        }
    }

    /// In the order in which Stripe would tell of them, which no reader may rely on.
    pub(super) fn changes(&self, intent: &Intent) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut add = |kind, subject| changes.push(Change { kind, subject });
        let was_tried = intent.charges.len() > self.charges;
        let moved = intent.status != self.status;
        match intent.status {
            Status::Canceled if moved => add("payment_intent.canceled", Subject::Intent),
            Status::Processing if moved => add("payment_intent.processing", Subject::Intent),
            Status::RequiresAction if moved => add("payment_intent.requires_action", Subject::Intent),
            Status::RequiresCapture if moved => {
                add("payment_intent.amount_capturable_updated", Subject::Intent);
            }
            Status::RequiresPaymentMethod if moved || was_tried => {
                if was_tried {
                    add("charge.failed", Subject::Charge);
                }
                add("payment_intent.payment_failed", Subject::Intent);
            }
            Status::Succeeded if moved => {
                add("charge.succeeded", Subject::Charge);
                add("payment_intent.succeeded", Subject::Intent);
            }
            _ => {}
        }
        for (place, refund) in intent.refunds.iter().enumerate() {
            match self.refunds.get(place) {
                None => {
                    changes.push(Change::of_refund(place, "refund.created"));
                    if refund.stands() {
                        changes.push(Change { kind: "charge.refunded", subject: Subject::Charge });
                    }
                }
                Some(before) if *before != refund.status() => {
                    changes.push(Change::of_refund(place, "refund.updated"));
                    changes.push(Change::of_refund(place, "charge.refund.updated"));
                    if refund.status() == "failed" {
                        changes.push(Change::of_refund(place, "refund.failed"));
                    }
                }
                Some(_) => {}
            }
        }
        changes
    }
}
