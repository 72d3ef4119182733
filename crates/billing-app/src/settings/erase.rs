//! Stand-in until the account branch is merged.

use billing_domain::{AccountRecord, AccountState, Action, ActorId, Subject, Write};

use crate::BillingError;
use crate::billing::Parts;
use crate::steps::StepExt;

impl Parts {
    pub(crate) async fn erase(
        &self,
        by: &ActorId,
        record: &AccountRecord,
        note: &str,
    ) -> Result<Vec<billing_domain::PaymentId>, BillingError> {
        let mut record = record.clone();
        record.state = AccountState::Erased { since: self.clock.now() };
        (record.sealed, record.subscription, record.due_at) = (None, None, None);
        record.revision = record.revision.saturating_add(1);
        let account = record.account.clone();
        let step = self
            .step(account.dispensary, by, Action::AccountErased, Subject::Account(account.account))
            .noting(note)
            .writing(Write::Account(Box::new(record)));
        self.commit(step).await?;
        Ok(Vec::new())
    }
}
