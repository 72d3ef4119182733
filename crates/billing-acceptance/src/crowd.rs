//! Many invoices of a world's clinic, and another dispensary beside it.

use std::sync::Arc;

use billing_app::{Billing, PayableSource, SaveKeys, SendRequest, Sent};
use billing_credentials::{Submitted, fields};
use billing_domain::{
    BillingName, Currency, Dispensary, DispensaryId, DispensaryKind, Money, OfficeId, Payable, PayableId,
    PaymentId, ProcessorId,
};
use billing_testkit::stripe::{FakeAccount, Mode};
use uuid::Uuid;

use crate::{Moments, TOTAL, World, front_desk, help_centre, owner};

impl World {
    /// A process with nothing in its way.
    pub fn plain(&self) -> Billing {
        self.process(Arc::new(Moments::counting()))
    }

    /// Another dispensary of the same host, with this account's keys saved.
    pub async fn neighbour(&self, billing: &Billing, account: &FakeAccount) -> DispensaryId {
        let id = DispensaryId::new(Uuid::from_u128(0xd2));
        let kind = DispensaryKind::Office(OfficeId::new(Uuid::from_u128(0x10)));
        billing.add_dispensary(&owner(id), Dispensary::new(id, kind, "neighbour")).await.unwrap();
        billing.unlock_processor(&help_centre(id), ProcessorId::STRIPE).await.unwrap();
        self.save_stripe_of(billing, id, account).await;
        id
    }

    /// The owner of a dispensary saves this account's live keys.
    pub async fn save_stripe_of(&self, billing: &Billing, dispensary: DispensaryId, account: &FakeAccount) {
        let keys = SaveKeys::checked(ProcessorId::STRIPE, stripe_keys(account));
        billing.save_keys(&owner(dispensary), keys).await.unwrap();
    }

    /// The front desk of a dispensary sends its invoice of this number.
    pub async fn send_invoice(
        &self,
        billing: &Billing,
        dispensary: DispensaryId,
        number: u128,
    ) -> (PaymentId, Sent) {
        let desk = front_desk(dispensary);
        let payable = PayableSource::Host(invoice(number));
        let window = billing.open_window(&desk, payable.clone()).await.unwrap();
        let request = SendRequest {
            payment: window.payment,
            payable,
            expected_total: window.total,
            expected_account: window.account,
        };
        let sent = billing.send_request(&desk, request).await.unwrap();
        (window.payment, sent)
    }

    /// The same for as many invoices, back to back.
    pub async fn send_invoices(&self, billing: &Billing, count: u128) -> Vec<(PaymentId, Sent)> {
        let mut sent = Vec::new();
        for number in 0..count {
            sent.push(self.send_invoice(billing, self.dispensary, number).await);
        }
        sent
    }

    /// How many calls our servers made to Stripe.
    pub fn calls_to_stripe(&self) -> usize {
        self.stripe.requests().iter().filter(|request| !request.is_from_browser()).count()
    }
}

/// An account's live keys, as they are pasted.
pub fn stripe_keys(account: &FakeAccount) -> Submitted {
    Submitted::from_iter([
        (fields::PUBLISHABLE_KEY, account.publishable_key(Mode::Live)),
        (fields::SECRET_KEY, account.secret_key(Mode::Live)),
    ])
}

/// A host's invoice of this number.
pub fn invoice(number: u128) -> Payable {
    let cad = |minor| Money::new(minor, Currency::CAD);
    let id = PayableId::parse(&format!("invoice-{number}-of-many")).unwrap();
    Payable::new(id, 1, cad(TOTAL), cad(0), BillingName::parse("Zoé O’Brien").unwrap()).unwrap()
}
