//! Handing over: for hosted tokenization without a call, for Checkout with a ticket. Nothing here moves money.

use billing_credentials::fields::{CHECKOUT_ID, PROFILE_ID};
use billing_domain::payment::Reference;
use billing_domain::{
    Begun, ChargeOrder, Handover, ProcessorErrorKind, ProcessorId, PublicFields, SubmitError,
};
use secrecy::SecretString;

use super::{FLOW_CHECKOUT, FLOW_HOSTED_TOKENIZATION, MonerisProcessor, amount, cust_id, order_id};
use crate::checkout::{Preloaded, Shop, preload, read_preload};
use crate::error::{NoReply, in_doubt, not_sent, refused};
use crate::fields::ORDER_ID;
use crate::handover::{frame_fields, script_fields};

impl MonerisProcessor {
    pub(super) async fn start(&self, order: &ChargeOrder) -> Result<Begun, SubmitError> {
        if order.flow == FLOW_CHECKOUT {
            return self.ask_for_ticket(order).await;
        }
        self.hand_over_frame(order).map_err(NoReply::into_submit)
    }

    /// The order's own profile, which no roll of the keys changes; Moneris is not asked and learns of the order with its charge.
    pub(super) fn hand_over_frame(&self, order: &ChargeOrder) -> Result<Begun, NoReply> {
        self.store_for(&order.account)?;
        if order.flow != FLOW_HOSTED_TOKENIZATION {
            return Err(not_sent(ProcessorErrorKind::Unsupported));
        }
        let order_id = order_id(&order.key)?;
        amount(order.amount)?;
        let profile = order.public.field(PROFILE_ID);
        let profile = profile.ok_or_else(|| not_sent(ProcessorErrorKind::Incomplete(PROFILE_ID)))?;
        let mut public = frame_fields(&self.api.config, profile);
        public.0.insert(ORDER_ID.to_owned(), order_id.to_owned());
        public.0.insert(PROFILE_ID.to_owned(), profile.to_owned());
        Ok(handed_over(order, public, None))
    }

    async fn ask_for_ticket(&self, order: &ChargeOrder) -> Result<Begun, SubmitError> {
        let ask = || -> Result<_, NoReply> {
            Ok((self.shop(order)?, amount(order.amount)?, order_id(&order.key)?))
        };
        let (shop, amount, order_no) = ask().map_err(NoReply::into_submit)?;
        let question = preload(shop, &amount, order_no, cust_id(&order.payable));
        let body = self.api.ask_checkout(question).await.map_err(NoReply::into_submit)?;
        match read_preload(&body) {
            Preloaded::Ticket(ticket) => Ok(self.hand_over_ticket(order, ticket)),
            Preloaded::Refused(kind) => Err(refused(kind)),
            Preloaded::Unreadable => Err(in_doubt(ProcessorErrorKind::Malformed, None).into_submit()),
        }
    }

    pub(super) fn hand_over_ticket(&self, order: &ChargeOrder, ticket: SecretString) -> Begun {
        handed_over(order, script_fields(&self.api.config), Some(ticket))
    }

    /// The order's own Checkout configuration, which no roll of the keys changes.
    pub(super) fn shop<'a>(&'a self, order: &'a ChargeOrder) -> Result<Shop<'a>, NoReply> {
        let store = self.store_for(&order.account)?;
        let checkout_id = order.public.field(CHECKOUT_ID);
        Ok(Shop {
            store_id: store.id,
            token: store.token,
            checkout_id: checkout_id.ok_or_else(|| not_sent(ProcessorErrorKind::Incomplete(CHECKOUT_ID)))?,
            environment: self.api.config.environment.mode(),
        })
    }
}

/// The reference is the order id in both flows: it is what Moneris shows. A ticket is kept as well, to ask what became of it.
fn handed_over(order: &ChargeOrder, public: PublicFields, ticket: Option<SecretString>) -> Begun {
    Begun::HandOver {
        reference: Reference(order.key.0.clone()),
        keep: ticket.clone(),
        handover: Handover {
            processor: ProcessorId::MONERIS,
            flow: order.flow.clone(),
            public,
            secret: ticket,
            expires_at: None,
        },
    }
}
