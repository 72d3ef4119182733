//! What an attempt asks of the processor, from its stored rows. The one place where an attempt's kept secret is opened.

use billing_domain::ChargeOrder;
use billing_domain::payment::Payment;

use crate::BillingError;
use crate::billing::Parts;

impl Parts {
    /// What the attempt asks of the processor.
    pub(crate) fn order_of(&self, payment: &Payment, attempt_no: u32) -> Result<ChargeOrder, BillingError> {
        let attempt = payment.attempt(attempt_no).ok_or(BillingError::NotFound("attempt"))?;
        let sealed = attempt.sealed.as_ref();
        let opened =
            sealed.map(|sealed| self.seal.open_attempt(&payment.account, payment.id, attempt_no, sealed));
        Ok(ChargeOrder {
            account: payment.account.clone(),
            flow: attempt.flow.clone(),
            public: attempt.public.clone(),
            payment: payment.id,
            attempt_no,
            payable: payment.payable.clone(),
            amount: payment.amount,
            key: attempt.key.clone(),
            reference: attempt.reference.clone(),
            secret: opened.transpose()?,
            first_sent_at: attempt.first_sent_at,
        })
    }
}
