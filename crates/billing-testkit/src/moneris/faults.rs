//! Faults on demand: which request meets which, and what it does to the answer. Never touches an order.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use super::FakeMoneris;
use super::gateway::receipt::Shape;
use super::gateway::{duplicate, timed_out};
use super::host::HostAnswer;
use super::reply::{Answer, Reply};
use crate::carriage::Carriage;

/// What goes wrong with one request. "The effect" is what Moneris would have done.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// The effect at once, the answer late. It happens even if the caller has gone.
    DelayAfterEffect(Duration),
    /// The effect and the answer late; until then a purchase is in flight.
    DelayBeforeEffect(Duration),
    /// The effect, then the connection breaks.
    DropAfterEffect,
    /// The request arrives, the connection breaks, nothing happens.
    DropBeforeEffect,
    /// A gateway request answers that its order id was used before; no effect.
    DuplicateOrderId,
    /// The effect, but the answer is an empty 200.
    EmptyAfterEffect,
    /// An empty 200; no effect.
    EmptyBeforeEffect,
    /// The effect; a whole answer whose document ends in the middle.
    HalfDocument,
    /// The effect, with this response code from the bank: under 50 is approved.
    HostSays(u16),
    /// The effect, but a proxy answers 502 in HTML.
    HtmlAfterEffect,
    /// A proxy answers 502 in HTML; no effect.
    HtmlBeforeEffect,
    /// The effect; the answer is padded to this many bytes.
    OversizedBody(usize),
    /// The effect, but the answer says something else: an element's name in a receipt, or a JSON pointer in an answer of
    /// Checkout, then what it says. Places that an answer does not have are passed over. What is kept stays true.
    Overwrite(&'static [(&'static str, &'static str)]),
    /// In process: no connection, not sent. Over HTTP: closed unlogged, which no caller can tell from a drop; for a
    /// refused connection over HTTP stop the server.
    RefuseConnection,
    /// The effect; the answer trickles, with this pause every 256 bytes.
    SlowBody(Duration),
    /// The effect, but a gateway receipt says only that it timed out.
    TimedOutAfterEffect,
    /// A gateway receipt that says only that it timed out; no effect.
    TimedOutBeforeEffect,
    /// The tokenization frame answers these codes, such as 941.
    TokenRefused(&'static [&'static str]),
    /// The effect; half of the answer's body arrives, then the connection breaks.
    TruncatedBody,
    /// 503 from Moneris; no effect.
    Unavailable,
    /// The effect; the answer has elements that no documentation knows.
    UnknownElements,
}

impl Fault {
    /// The response code `000`, which is an approval.
    pub const CODE_000: Self =
        Self::Overwrite(&[("ResponseCode", "000"), ("/response/receipt/cc/response_code", "000")]);
    /// A response code that is no number.
    pub const CODE_NOT_A_NUMBER: Self =
        Self::Overwrite(&[("ResponseCode", "0A7"), ("/response/receipt/cc/response_code", "0A7")]);
    /// No response code, although the transaction is complete.
    pub const NULL_CODE_BUT_COMPLETE: Self = Self::Overwrite(&[
        ("ResponseCode", "null"),
        ("Complete", "true"),
        ("/response/receipt/cc/response_code", "null"),
    ]);
    /// An amount that nobody asked for.
    pub const WRONG_AMOUNT: Self = Self::Overwrite(&[
        ("TransAmount", "12345.67"),
        ("/response/receipt/cc/amount", "12345.67"),
        ("/response/request/txn_total", "12345.67"),
    ]);
    /// Another order's id.
    pub const WRONG_ORDER: Self = Self::Overwrite(&[
        ("ReceiptId", "not-the-order-you-asked-for"),
        ("/response/receipt/cc/order_no", "not-the-order-you-asked-for"),
        ("/response/request/order_no", "not-the-order-you-asked-for"),
    ]);

    pub(super) fn refuses_connection(self) -> bool {
        matches!(self, Self::RefuseConnection)
    }

    pub(super) fn delay_before(self) -> Option<Duration> {
        if let Self::DelayBeforeEffect(delay) = self { Some(delay) } else { None }
    }

    pub(super) fn delay_after(self) -> Option<Duration> {
        if let Self::DelayAfterEffect(delay) = self { Some(delay) } else { None }
    }

    pub(super) fn host(self) -> Option<HostAnswer> {
        if let Self::HostSays(code) = self { Some(HostAnswer::coded(code)) } else { None }
    }

    pub(super) fn token_refused(self) -> Option<&'static [&'static str]> {
        if let Self::TokenRefused(codes) = self { Some(codes) } else { None }
    }

    /// The answer of a fault that keeps the request from Moneris's own code. Only the gateway has receipts of a shape.
    fn instead(self, shape: Option<Shape>) -> Option<Reply> {
        match (self, shape) {
            (Self::DropBeforeEffect, _) => Some(Reply::carried(Carriage::Cut)),
            (Self::DuplicateOrderId, Some(_)) => Some(Reply::of(&Answer::Gateway(duplicate()))),
            (Self::EmptyBeforeEffect, _) => Some(Reply::empty()),
            (Self::HtmlBeforeEffect, _) => Some(Reply::html(502)),
            (Self::RefuseConnection, _) => Some(Reply::carried(Carriage::Refused)),
            (Self::TimedOutBeforeEffect, Some(shape)) => Some(Reply::of(&Answer::Gateway(timed_out(shape)))),
            (Self::Unavailable, _) => Some(Reply::html(503)),
            _ => None,
        }
    }

    /// What happens to the true answer on its way back.
    fn spoil(self, answer: Answer) -> Reply {
        match self {
            Self::DropAfterEffect => Reply::carried(Carriage::Cut),
            Self::EmptyAfterEffect => Reply::empty(),
            Self::HalfDocument => Reply::of(&answer).cut_in_half(),
            Self::HtmlAfterEffect => Reply::html(502),
            Self::OversizedBody(len) => Reply::of(&answer).padded_to(len),
            Self::Overwrite(changes) => Reply::of(&answer.overwritten(changes)),
            Self::SlowBody(pause) => Reply::of(&answer).by(Carriage::Slow(pause)),
            Self::TimedOutAfterEffect => Reply::of(&answer.timed_out()),
            Self::TruncatedBody => Reply::of(&answer).by(Carriage::Truncated),
            Self::UnknownElements => Reply::of(&answer.with_unknown_elements()),
            _ => Reply::of(&answer),
        }
    }
}

/// The fault that one request meets, if it meets one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Injection(Option<Fault>);

impl Injection {
    pub(super) fn refuses_connection(self) -> bool {
        self.0.is_some_and(Fault::refuses_connection)
    }

    pub(super) fn delay_before(self) -> Option<Duration> {
        self.0.and_then(Fault::delay_before)
    }

    pub(super) fn delay_after(self) -> Option<Duration> {
        self.0.and_then(Fault::delay_after)
    }

    /// What the bank is made to say.
    pub(super) fn host(self) -> Option<HostAnswer> {
        self.0.and_then(Fault::host)
    }

    pub(super) fn token_refused(self) -> Option<&'static [&'static str]> {
        self.0.and_then(Fault::token_refused)
    }

    pub(super) fn instead(self, shape: Option<Shape>) -> Option<Reply> {
        self.0.and_then(|fault| fault.instead(shape))
    }

    pub(super) fn spoil(self, answer: Answer) -> Reply {
        match self.0 {
            None => Reply::of(&answer),
            Some(fault) => fault.spoil(answer),
        }
    }
}

/// Arms faults. An operation is a gateway transaction (`res_purchase_cc`, `refund`, `purchasecorrection`,
/// `res_lookup_masked`), `status_check` for any of them with that flag, Checkout's `preload` and `receipt`, or what a
/// cardholder does: `tokenize` (which meets [`Fault::TokenRefused`] only) and `pay` (which meets [`Fault::HostSays`]
/// only). `*` is every request of a server: all but the last two.
#[derive(Clone)]
pub struct Faults {
    fake: FakeMoneris,
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults").field("armed", &self.armed()).finish_non_exhaustive()
    }
}

impl Faults {
    pub(super) fn of(fake: FakeMoneris) -> Self {
        Self { fake }
    }

    /// The next request of this operation meets `fault`. Several armed for one operation are met in order, one each.
    pub fn next(&self, operation: &str, fault: Fault) {
        let armed = Armed { operation: operation.to_owned(), fault };
        self.fake.state().faults.once.push_back(armed);
    }

    /// Every request of this operation meets `fault`, until [`Faults::clear`].
    pub fn always(&self, operation: &str, fault: Fault) {
        self.every(1, operation, fault);
    }

    /// Every `nth` request of this operation meets `fault`, until [`Faults::clear`]. Zero counts as one.
    pub fn every(&self, nth: u64, operation: &str, fault: Fault) {
        let armed = Armed { operation: operation.to_owned(), fault };
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
    fault: Fault,
    operation: String,
}

impl Armed {
    fn is_for(&self, operation: &str) -> bool {
        let of_a_server = !matches!(operation, "pay" | "tokenize");
        self.operation == operation || (self.operation == "*" && of_a_server)
    }
}

struct Recurring {
    armed: Armed,
    nth: u64,
    seen: u64,
}

impl FaultPlan {
    /// What this request meets.
    pub(super) fn take(&mut self, operation: &str) -> Injection {
        let queued = self.once.iter().position(|armed| armed.is_for(operation));
        if let Some(armed) = queued.and_then(|place| self.once.remove(place)) {
            return Injection(Some(armed.fault));
        }
        let mut met = Injection::default();
        for recurring in self.recurring.iter_mut().filter(|one| one.armed.is_for(operation)) {
            recurring.seen = recurring.seen.wrapping_add(1);
            if recurring.seen.is_multiple_of(recurring.nth) {
                met = Injection(Some(recurring.armed.fault));
            }
        }
        met
    }
}
