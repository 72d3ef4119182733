//! When a request is sent again and after how long. Decisions only: nothing here waits or sends.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::{Delivery, Response, SendError};

/// The bounds of a whole [`Client::execute`](crate::Client::execute), unless its plan sets its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// From the start until the last send has its answer, waits included. Default 1 min.
    pub deadline: Duration,
    /// How often one request may be sent, the first time included. Default 3.
    pub max_sends: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { deadline: Duration::from_mins(1), max_sends: 3 }
    }
}

/// What an answer says about sending the request again. Exhaustive: a decider can say no more than this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Again, after this time; it is kept between 0.5 s and 5 s.
    After(Duration),
    /// The answer stands.
    No,
    /// Again, after the usual wait.
    Yes,
}

/// How one request may be sent again.
///
/// Unless it is [`idempotent`](Self::idempotent), a request is sent again only while nothing of it can have arrived.
///
/// ```
/// use billing_transport::{Response, Retry, RetryPlan};
///
/// fn decide(answer: &Response) -> Retry {
///     if answer.status.is_server_error() { Retry::Yes } else { Retry::No }
/// }
///
/// let plan = RetryPlan::new("refund-7-1", decide).idempotent().max_sends(2);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct RetryPlan {
    pub(crate) deadline: Option<Duration>,
    pub(crate) gate: Option<DispatchGate>,
    pub(crate) path_template: Option<&'static str>,
    decide: fn(&Response) -> Retry,
    idempotent: bool,
    max_sends: Option<u32>,
    seed: u64,
}

impl RetryPlan {
    /// A plan for a request that must not have its effect twice.
    ///
    /// The waits follow from `key` alone, so that a run can be replayed exactly: use the idempotency key, or what
    /// else names the request. `decide` is asked about answers to an idempotent request only.
    pub fn new(key: &str, decide: fn(&Response) -> Retry) -> Self {
        Self {
            deadline: None,
            gate: None,
            path_template: None,
            decide,
            idempotent: false,
            max_sends: None,
            seed: fnv1a(key),
        }
    }

    /// Sending it again has no second effect: it may be sent again after doubt and after an answer.
    pub fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// At most this many sends; 0 counts as 1.
    pub fn max_sends(mut self, sends: u32) -> Self {
        self.max_sends = Some(sends);
        self
    }

    /// All sends and waits together end within this time.
    pub fn within(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Makes no send while `gate` is closed.
    pub fn dispatch_by(mut self, gate: DispatchGate) -> Self {
        self.gate = Some(gate);
        self
    }

    /// What operators see in place of the address's path, such as `/v1/refunds/{id}`.
    pub fn path_template(mut self, template: &'static str) -> Self {
        self.path_template = Some(template);
        self
    }

    pub(crate) fn may_dispatch(&self) -> bool {
        self.gate.as_ref().is_none_or(DispatchGate::is_open)
    }

    /// The wait before another send, or `None` when the outcome of the newest one stands.
    pub(crate) fn wait_after(
        &self,
        outcome: &Result<Response, SendError>,
        sends: u32,
        policy: RetryPolicy,
    ) -> Option<Duration> {
        if sends >= self.max_sends.unwrap_or(policy.max_sends) {
            return None;
        }
        let retry = match outcome {
            Ok(answer) if self.idempotent => (self.decide)(answer),
            Err(error)
                if error.is_worth_repeating() && (self.idempotent || error.delivery == Delivery::NotSent) =>
            {
                Retry::Yes
            }
            Ok(_) | Err(_) => Retry::No,
        };
        match retry {
            Retry::After(wait) => Some(wait.clamp(SHORTEST_WAIT, LONGEST_WAIT)),
            Retry::No => None,
            Retry::Yes => Some(backoff(self.seed, sends)),
        }
    }
}

/// Asked immediately before every send whether it may still be made, such as "is the record younger than 2 s?".
#[derive(Clone)]
pub struct DispatchGate(Arc<dyn Fn() -> bool + Send + Sync>);

impl DispatchGate {
    /// A gate that is open as long as `is_open` says so.
    pub fn new(is_open: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(is_open))
    }

    fn is_open(&self) -> bool {
        (self.0)()
    }
}

impl fmt::Debug for DispatchGate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DispatchGate").finish_non_exhaustive()
    }
}

const SHORTEST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// The wait after the `sends`-th send: 0.5 s doubled each time, at most 5 s, times 0.5 to 1, at least 0.5 s.
fn backoff(seed: u64, sends: u32) -> Duration {
    let doubled = SHORTEST_WAIT.saturating_mul(2_u32.saturating_pow(sends.saturating_sub(1)));
    // At most 1000, which every integer type here holds.
    let per_mille = 500 + u32::try_from(mix(seed.wrapping_add(u64::from(sends))) % 501).unwrap_or_default();
    (doubled.min(LONGEST_WAIT) * per_mille / 1000).max(SHORTEST_WAIT)
}

/// FNV-1a: the standard library's hashers may change between releases, and a replay must not.
fn fnv1a(key: &str) -> u64 {
    key.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The finishing step of splitmix64: neighbouring seeds give unrelated numbers.
fn mix(seed: u64) -> u64 {
    let a = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let b = (a ^ (a >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    b ^ (b >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_within_their_bounds() {
        for key in ["pay_1-1", "pay_1-2", "refund-9"] {
            let millis = [1, 2, 3, 4, 5, 40, u32::MAX].map(|sends| backoff(fnv1a(key), sends).as_millis());
            assert_eq!(millis[0], 500);
            assert!((500..=1000).contains(&millis[1]), "{millis:?}");
            assert!((1000..=2000).contains(&millis[2]), "{millis:?}");
            assert!((2000..=4000).contains(&millis[3]), "{millis:?}");
            assert!(millis[4..].iter().all(|wait| (2500..=5000).contains(wait)), "{millis:?}");
        }
    }

    #[test]
    fn waits_follow_from_the_key_and_stay_the_same_over_releases() {
        let waits = |key| [2, 3, 4].map(|sends| backoff(fnv1a(key), sends).as_millis());
        assert_eq!(waits("pay_1-1"), waits("pay_1-1"));
        assert_ne!(waits("pay_1-1"), waits("pay_1-2"));
    }
}
