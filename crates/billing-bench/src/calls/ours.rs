//! Our own library as a contender: the Stripe adapter behind its port, over the one HTTP exchange, as a host has them.

use std::fmt;
use std::sync::Arc;

use billing_credentials::{OpenedAccount, ProcessorConnector as _, fields};
use billing_domain::payment::SubmitKey;
use billing_domain::{
    AccountId, AccountRef, Begun, ChargeOrder, Currency, DispensaryId, Money, PayableId, PaymentProcessor,
    ProcessorId, PublicFields,
};
use billing_stripe::{FLOW, StripeConfig, StripeConnector};
use billing_transport::{HttpConfig, HttpExchange};
use jiff::Timestamp;
use uuid::Uuid;

use super::driver::{Contender, Failure, Order, secret_key};

const ACCOUNT: AccountRef = AccountRef {
    dispensary: DispensaryId::new(Uuid::from_u128(1)),
    processor: ProcessorId::STRIPE,
    account: AccountId::new(Uuid::from_u128(2)),
};

/// The port of one connected account.
pub struct Ours {
    port: Arc<dyn PaymentProcessor>,
    public: PublicFields,
}

impl fmt::Debug for Ours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ours").finish_non_exhaustive()
    }
}

impl Contender for Ours {
    async fn connect(url: &str) -> Result<Self, Failure> {
        let publishable = secret_key().replacen("sk", "pk", 1);
        let public: PublicFields = [(fields::PUBLISHABLE_KEY, publishable.as_str())].into_iter().collect();
        let exchange = HttpExchange::new(HttpConfig::default())?;
        let connector = StripeConnector::new(Arc::new(exchange), StripeConfig::new(url));
        let port = connector.connect(&OpenedAccount {
            account: ACCOUNT,
            version: 1,
            public: public.clone(),
            secrets: [(fields::SECRET_KEY, secret_key().as_str())].into_iter().collect(),
        });
        Ok(Self { port, public })
    }

    /// Id, amount, currency, mode and metadata have been checked by the adapter when it hands over.
    async fn create(&self, order: Order) -> Result<(), Failure> {
        let order = ChargeOrder {
            account: ACCOUNT,
            flow: FLOW,
            public: self.public.clone(),
            payment: order.payment_id.parse()?,
            attempt_no: 1,
            payable: PayableId::parse(&order.invoice_id)?,
            amount: Money::new(order.amount, Currency::CAD),
            key: SubmitKey(order.key),
            reference: None,
            secret: None,
            first_sent_at: Timestamp::UNIX_EPOCH,
        };
        match self.port.begin(&order).await? {
            Begun::HandOver { handover, .. } if handover.secret.is_some() => Ok(()),
            Begun::HandOver { .. } => Err("nothing for the browser".into()),
            Begun::Known(fact) => Err(format!("nothing handed over: {fact:?}").into()),
        }
    }
}
