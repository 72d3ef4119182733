//! What an account itself needs when its time has come: the end of its draining.

use billing_domain::{AccountRef, AccountState, ActorId};

use crate::BillingError;
use crate::billing::Parts;

impl Parts {
    /// Does what the account's `due_at` asks for.
    pub(crate) async fn upkeep(&self, account: &AccountRef) -> Result<(), BillingError> {
        let record = self.record_at(account).await?;
        let is_over =
            matches!(record.state, AccountState::Draining { until, .. } if until <= self.clock.now());
        if is_over {
            self.erase(&ActorId::system(), &record, "at the end of its draining").await?;
        }
        Ok(())
    }
}
