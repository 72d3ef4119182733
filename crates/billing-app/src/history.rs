//! Reading what happened: the audit for people, the outbox for the host's own programs.

use billing_domain::{AuditEntry, Change, Changed, DispensaryId};

use crate::{Actor, Billing, BillingError, Permission};

/// The longest page of history.
const PAGE_MAX: u32 = 1_000;

impl Billing {
    /// A page of the dispensary's audit, oldest first: at most `limit` (1 to 1,000) rows after `after_seq`.
    pub async fn audit(
        &self,
        actor: &Actor,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, BillingError> {
        self.parts.authorise(actor, Permission::ViewAudit).await?;
        Ok(self.parts.store.audit(actor.dispensary, after_seq, limit.clamp(1, PAGE_MAX)).await?)
    }

    /// What changed in a dispensary after `after_seq`, oldest first: at most `limit` (1 to 1,000) rows.
    ///
    /// For the host's own programs, not for people: it names what changed and needs no permission. Keep the last
    /// `seq` you handled; reading from it again delivers everything at least once, in order.
    pub async fn changes(
        &self,
        dispensary: DispensaryId,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<Change>, BillingError> {
        Ok(self.parts.store.changes(dispensary, after_seq, limit.clamp(1, PAGE_MAX)).await?)
    }

    /// Which dispensaries changed since `cursor` (0 for the beginning), and the next cursor.
    pub async fn changed_since(&self, cursor: u64) -> Result<Changed, BillingError> {
        Ok(self.parts.store.changed_since(cursor, PAGE_MAX).await?)
    }
}
