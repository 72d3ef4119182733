//! The made-up service in the suite's hands.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use billing_domain::payment::Reference;
use billing_domain::{
    AccountId, AccountRef, CardGrant, ChargePlace, Difference, DispensaryId, Handover, Money,
    PaymentProcessor, PublicFields,
};
use billing_testkit::conformance::processor::{Call, Card, Disturbance, Harness, Truth};
use jiff::Timestamp;
use secrecy::SecretString;
use uuid::Uuid;

use crate::mutants::How;
use crate::service::{KEY, Service};
use crate::till::{DEADLINE, TILL, Till};

#[derive(Debug)]
pub(crate) struct Counterfoil {
    service: Arc<Service>,
    how: How,
}

impl Counterfoil {
    pub(crate) fn good() -> Self {
        Self::broken(How::NotAtAll)
    }

    pub(crate) fn broken(how: How) -> Self {
        Self { service: Arc::default(), how }
    }

    fn port(&self, key: &str, service: Option<Arc<Service>>) -> Arc<dyn PaymentProcessor> {
        let account = AccountRef {
            dispensary: DispensaryId::new(Uuid::from_u128(1)),
            processor: TILL,
            account: AccountId::new(Uuid::from_u128(2)),
        };
        Arc::new(Till { account, key: SecretString::from(key), service, how: self.how })
    }
}

#[async_trait]
impl Harness for Counterfoil {
    fn charged(&self) -> ChargePlace {
        ChargePlace::OnReturn
    }

    fn processor(&self) -> Arc<dyn PaymentProcessor> {
        self.port(KEY, Some(Arc::clone(&self.service)))
    }

    fn with_unknown_keys(&self) -> Arc<dyn PaymentProcessor> {
        self.port("till-key-never-issued", Some(Arc::clone(&self.service)))
    }

    fn unreachable(&self) -> Arc<dyn PaymentProcessor> {
        self.port(KEY, None)
    }

    fn public(&self) -> PublicFields {
        PublicFields::default()
    }

    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn unknown_reference(&self) -> Reference {
        Reference("never-given-1".to_owned())
    }

    fn unknown_refund(&self) -> Option<Reference> {
        None
    }

    fn echoes(&self, _: Call) -> Vec<Difference> {
        vec![Difference::Amount, Difference::Reference]
    }

    fn disturb(&self, call: Call, disturbance: Disturbance) {
        self.service.books().always.push((call, disturbance));
    }

    fn disturb_once(&self, call: Call, disturbance: Disturbance) {
        self.service.books().once.push_back((call, disturbance));
    }

    fn calm(&self) {
        let mut books = self.service.books();
        books.always.clear();
        books.once.clear();
    }

    async fn grant(&self, handover: &Handover, card: Card) -> CardGrant {
        let order = handover.public.field("order").unwrap_or_default();
        CardGrant {
            reference: Reference(order.to_owned()),
            token: SecretString::from(self.service.token(card)),
        }
    }

    fn truth(&self) -> Truth {
        self.service.truth()
    }

    fn requests(&self) -> usize {
        self.service.books().received.len()
    }

    fn sent(&self, call: Call) -> Vec<String> {
        let books = self.service.books();
        let newest = books.received.iter().rev().find(|(of, _)| *of == call);
        newest.map(|(_, asked)| asked.values().cloned().collect()).unwrap_or_default()
    }

    fn constants(&self) -> Vec<String> {
        ["refund", "reversal", KEY].map(str::to_owned).into()
    }

    fn written(&self, amount: Money) -> String {
        amount.minor().to_string()
    }

    fn secrets(&self) -> Vec<String> {
        vec![KEY.to_owned(), "till-key-never-issued".to_owned()]
    }

    fn deadline(&self) -> Duration {
        DEADLINE
    }
}
