//! Every id of a run, made from the payment's number: a restarted host is asked for the same payment again, as a front desk presses again.

use billing_app::PayableSource;
use billing_domain::{BillingName, Currency, DispensaryId, Money, Payable, PayableId, PaymentId, RefundId};
use uuid::Uuid;

use crate::Till;

/// The dispensary of each till.
pub(crate) fn dispensary(till: Till) -> DispensaryId {
    DispensaryId::new(Uuid::from_u128(match till {
        Till::Checkout => 0xd1,
        Till::HostedTokenization => 0xd2,
        Till::Stripe => 0xd3,
    }))
}

pub(crate) fn payment(number: u64) -> PaymentId {
    PaymentId::new(version_7(number, 0))
}

pub(crate) fn refund(payment: u64, number: u64) -> RefundId {
    RefundId::new(version_7(payment, number))
}

pub(crate) fn payable(number: u64) -> PayableId {
    PayableId::parse(&format!("invoice-{number}")).unwrap()
}

pub(crate) fn cad(cents: i64) -> Money {
    Money::new(cents, Currency::CAD)
}

/// The host's invoice that the payment pays.
pub(crate) fn invoice(number: u64, cents: i64) -> PayableSource {
    let name = BillingName::parse("Zoé O’Brien").unwrap();
    PayableSource::Host(Payable::new(payable(number), 1, cad(cents), cad(0), name).unwrap())
}

/// A UUID of version 7 that sorts by the payment's number.
fn version_7(payment: u64, part: u64) -> Uuid {
    const SINCE: u128 = 0x0193_0000_0000;
    const VERSION_AND_VARIANT: u128 = 0x7000_8000_0000_0000_0000;
    Uuid::from_u128(((SINCE + u128::from(payment)) << 80) | VERSION_AND_VARIANT | u128::from(part))
}
