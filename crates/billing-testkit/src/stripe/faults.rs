//! Faults on demand: which request meets which, and what it does to the answer. Never touches an intent.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use serde_json::Value;

use super::FakeStripe;
use super::error::ApiError;
use super::pattern::Pattern;
use super::reply::Reply;
use crate::carriage::Carriage;

/// What goes wrong with one request. "The effect" is what the endpoint would have done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// 409 `idempotency_key_in_use`; no effect.
    Conflict,
    /// The effect at once, the answer late. It happens even if the caller has gone.
    DelayAfterEffect(Duration),
    /// The effect and the answer late; the idempotency key is in use meanwhile.
    DelayBeforeEffect(Duration),
    /// The effect and its stored result, then the connection breaks.
    DropAfterEffect,
    /// The request arrives, the connection breaks, nothing happens.
    DropBeforeEffect,
    /// The effect, but the answer is a 500, and that 500 is what the key keeps.
    FailAfterEffect,
    /// This status (5xx) from Stripe; no effect, nothing stored.
    FailBeforeEffect(u16),
    /// A 500 without effect that the idempotency key keeps.
    FailStored,
    /// The effect, but a proxy answers 502 in HTML.
    HtmlAfterEffect,
    /// A proxy answers 502 in HTML; no effect.
    HtmlBeforeEffect,
    /// 429 `lock_timeout`, without a reason header; no effect.
    LockTimeout,
    /// The effect, but the answer says something else at this JSON pointer. What is stored stays true.
    Overwrite(&'static str, Value),
    /// The effect; the answer is padded to this many bytes.
    OversizedBody(usize),
    /// 429 `rate_limit` with this `Stripe-Rate-Limited-Reason`; no effect.
    RateLimited(&'static str),
    /// In process: no connection, not sent. Over HTTP: closed unread and unlogged, which no caller can tell from a
    /// drop; for a refused connection over HTTP stop the server.
    RefuseConnection,
    /// The effect; the answer trickles, with this pause every 256 bytes.
    SlowBody(Duration),
    /// The effect; half of the answer's body arrives, then the connection breaks.
    TruncatedBody,
}

impl Fault {
    /// An amount that nobody asked for.
    pub fn wrong_amount() -> Self {
        Self::Overwrite("/amount", 1_234_567.into())
    }

    /// A currency that nobody asked for.
    pub fn wrong_currency() -> Self {
        Self::Overwrite("/currency", "usd".into())
    }

    /// Another object's id.
    pub fn wrong_id() -> Self {
        Self::Overwrite("/id", "pi_3NotTheOneYouAskedFor0000".into())
    }

    /// A payment intent's metadata without our ids.
    pub fn wrong_metadata() -> Self {
        Self::Overwrite("/metadata", serde_json::json!({ "payment_id": "somebody else's" }))
    }

    /// Test mode where live was asked, as seen by a live key.
    pub fn wrong_mode() -> Self {
        Self::Overwrite("/livemode", false.into())
    }

    /// A refund of a payment intent that nobody asked to refund.
    pub fn wrong_payment_intent() -> Self {
        Self::Overwrite("/payment_intent", "pi_3NotTheOneYouAskedFor0000".into())
    }

    /// A refund's metadata without our ids.
    pub fn wrong_refund_metadata() -> Self {
        Self::Overwrite("/metadata", serde_json::json!({ "refund_id": "somebody else's" }))
    }

    /// A status that no documentation knows.
    pub fn unknown_status() -> Self {
        Self::Overwrite("/status", "requires_a_miracle".into())
    }

    /// The same fault; the answer also carries `Stripe-Should-Retry`.
    #[must_use]
    pub fn with_should_retry(self, retry: bool) -> Injection {
        Injection { fault: Some(self), should_retry: Some(retry) }
    }
}

/// A fault with what else the answer says.
#[derive(Clone, Debug, Default)]
pub struct Injection {
    fault: Option<Fault>,
    should_retry: Option<bool>,
}

impl From<Fault> for Injection {
    fn from(fault: Fault) -> Self {
        Self { fault: Some(fault), should_retry: None }
    }
}

impl Injection {
    /// No fault; the answer carries `Stripe-Should-Retry`.
    pub fn should_retry(retry: bool) -> Self {
        Self { fault: None, should_retry: Some(retry) }
    }

    pub(super) fn refuses_connection(&self) -> bool {
        matches!(self.fault, Some(Fault::RefuseConnection))
    }

    pub(super) fn delay_before(&self) -> Option<Duration> {
        if let Some(Fault::DelayBeforeEffect(delay)) = self.fault { Some(delay) } else { None }
    }

    pub(super) fn delay_after(&self) -> Option<Duration> {
        if let Some(Fault::DelayAfterEffect(delay)) = self.fault { Some(delay) } else { None }
    }

    /// The answer of a fault that keeps the request from Stripe's own code.
    pub(super) fn instead(&self, request_id: &str) -> Option<Reply> {
        let error = |error: &ApiError| Some(Reply::error(error, request_id));
        match self.fault.as_ref()? {
            Fault::Conflict => error(&ApiError::idempotency_in_use()),
            Fault::DropBeforeEffect => Some(Reply::carried(Carriage::Cut)),
            Fault::FailBeforeEffect(status) => error(&ApiError::server(*status)),
            Fault::HtmlBeforeEffect => Some(Reply::html()),
            Fault::LockTimeout => error(&ApiError::lock_timeout()),
            Fault::RateLimited(reason) => error(&ApiError::rate_limited())
                .map(|reply| reply.with_header("stripe-rate-limited-reason", reason)),
            Fault::RefuseConnection => Some(Reply::carried(Carriage::Refused)),
            _ => None,
        }
    }

    /// Stripe fails while executing.
    pub(super) fn fails_inside(&self) -> Option<Inside> {
        match self.fault {
            Some(Fault::FailAfterEffect) => Some(Inside::AfterEffect),
            Some(Fault::FailStored) => Some(Inside::BeforeEffect),
            _ => None,
        }
    }

    /// What happens to the true answer on its way back.
    pub(super) fn spoil(&self, mut reply: Reply) -> Reply {
        match &self.fault {
            Some(Fault::DropAfterEffect) => reply.carriage = Carriage::Cut,
            Some(Fault::HtmlAfterEffect) => reply = Reply::html(),
            Some(Fault::Overwrite(pointer, value)) => reply.overwrite(pointer, value.clone()),
            Some(Fault::OversizedBody(len)) => reply.pad_to(*len),
            Some(Fault::SlowBody(pause)) => reply.carriage = Carriage::Slow(*pause),
            Some(Fault::TruncatedBody) => reply.carriage = Carriage::Truncated,
            _ => {}
        }
        reply
    }

    pub(super) fn add_retry_header(&self, reply: Reply) -> Reply {
        match self.should_retry {
            None => reply,
            Some(retry) => reply.with_header("stripe-should-retry", if retry { "true" } else { "false" }),
        }
    }
}

/// Where inside an execution a 500 arises.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Inside {
    AfterEffect,
    BeforeEffect,
}

/// Arms faults. A pattern is `POST /v1/payment_intents/{id}/cancel` (braces match any segment) or `*`.
#[derive(Clone)]
pub struct Faults {
    fake: FakeStripe,
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults").field("armed", &self.armed()).finish_non_exhaustive()
    }
}

impl Faults {
    pub(super) fn of(fake: FakeStripe) -> Self {
        Self { fake }
    }

    /// The next request that matches meets `fault`. Several armed for one pattern are met in order, one each.
    pub fn next(&self, pattern: &str, fault: impl Into<Injection>) {
        let armed = Armed { pattern: Pattern::new(pattern), injection: fault.into() };
        self.fake.state().faults.once.push_back(armed);
    }

    /// Every `nth` request that matches meets `fault`, until [`Faults::clear`]. Zero counts as one.
    pub fn every(&self, nth: u64, pattern: &str, fault: impl Into<Injection>) {
        let armed = Armed { pattern: Pattern::new(pattern), injection: fault.into() };
        self.fake.state().faults.recurring.push(Recurring { armed, nth: nth.max(1), seen: 0 });
    }

    /// How many faults armed with [`Faults::next`] have not been met.
    pub fn armed(&self) -> usize {
        self.fake.state().faults.once.len()
    }

    /// Disarms everything.
    pub fn clear(&self) {
        self.fake.state().faults = FaultPlan::default();
    }
}

/// What is armed.
#[derive(Default)]
pub(super) struct FaultPlan {
    once: VecDeque<Armed>,
    recurring: Vec<Recurring>,
}

struct Armed {
    pattern: Pattern,
    injection: Injection,
}

struct Recurring {
    armed: Armed,
    nth: u64,
    seen: u64,
}

impl FaultPlan {
    /// What this request meets.
    pub(super) fn take(&mut self, method: &str, path: &str) -> Injection {
        let queued = self.once.iter().position(|armed| armed.pattern.matches(method, path));
        if let Some(armed) = queued.and_then(|place| self.once.remove(place)) {
            return armed.injection;
        }
        let mut met = Injection::default();
        for recurring in self.recurring.iter_mut().filter(|one| one.armed.pattern.matches(method, path)) {
            recurring.seen = recurring.seen.wrapping_add(1);
            if recurring.seen.is_multiple_of(recurring.nth) {
                met = recurring.armed.injection.clone();
            }
        }
        met
    }
}
