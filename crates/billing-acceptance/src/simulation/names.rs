//! The ids of a run: made in order, without randomness, and readable again in a trace.

use std::sync::atomic::{AtomicU64, Ordering};

use billing_domain::{Ids, PaymentId, RefundId};
use uuid::Uuid;

use super::time::TrueTime;

/// Marks an id that the library asked for, not a person of the run.
const BY_LIBRARY: u64 = 1 << 60;

/// Ids that grow with time, for every process of one run.
#[derive(Debug)]
pub(super) struct RunIds {
    time: TrueTime,
    made: AtomicU64,
}

impl RunIds {
    pub(super) fn new(time: TrueTime) -> Self {
        Self { time, made: AtomicU64::new(0) }
    }
}

impl Ids for RunIds {
    fn next(&self) -> Uuid {
        uuid(self.time, BY_LIBRARY | self.made.fetch_add(1, Ordering::SeqCst))
    }
}

/// The id of the `no`th payment that the desk asks for on invoice `invoice`.
pub(super) fn payment_id(time: TrueTime, invoice: u64, no: u64) -> PaymentId {
    PaymentId::new(uuid(time, invoice << 16 | no << 1))
}

/// The id of the `no`th refund of what was paid on invoice `invoice`.
pub(super) fn refund_id(time: TrueTime, invoice: u64, no: u64) -> RefundId {
    RefundId::new(uuid(time, invoice << 16 | no << 1 | 1))
}

/// What of an id does not depend on when it was made.
pub(super) fn subject(id: Uuid) -> u64 {
    id.as_u64_pair().1 & (u64::MAX >> 2)
}

/// An id as a trace shows it.
pub(super) fn readable(id: Uuid) -> String {
    let number = subject(id);
    if number & BY_LIBRARY == 0 {
        format!("{}.{}", number >> 16, (number & 0xffff) >> 1)
    } else {
        format!("#{}", number & !BY_LIBRARY)
    }
}

/// A UUID of version 7.
fn uuid(time: TrueTime, number: u64) -> Uuid {
    let millis = u64::try_from(time.now().as_millisecond()).unwrap_or(0);
    Uuid::from_u64_pair(millis << 16 | 0x7000, 0x8000_0000_0000_0000 | number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_id_tells_whose_it_is() {
        let time = TrueTime::begin();
        let payment = payment_id(time, 7, 2).uuid();
        assert_eq!((readable(payment).as_str(), payment.get_version_num()), ("7.2", 7));
        assert_ne!(subject(payment), subject(refund_id(time, 7, 2).uuid()));
        let ids = RunIds::new(time);
        assert_eq!([readable(ids.next()), readable(ids.next())], ["#0", "#1"]);
    }
}
