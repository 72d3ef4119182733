//! Looking into what a payment's notices hint at.

use billing_domain::ActorId;
use billing_domain::payment::Payment;

use crate::BillingError;
use crate::billing::Parts;

impl Parts {
    /// Looks again at what the payment's unhandled notices hint at, and marks them handled.
    #[expect(clippy::unused_async, reason = "no processor sends notices yet")]
    pub(crate) async fn handle_notices(
        &self,
        _: &ActorId,
        payment: Payment,
    ) -> Result<Payment, BillingError> {
        Ok(payment)
    }
}
