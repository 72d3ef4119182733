//! The second pair of hands: everything left open is looked at in time, account by account, a bounded amount per call.

mod account;
mod leave;
mod list;
mod look;
mod pace;

use std::sync::Arc;
use std::time::Duration;

use billing_domain::{AccountRef, Lease, LeaseId, ProcessorErrorKind, later};
use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::billing::Parts;
use crate::{Billing, BillingError};

use account::{AccountSweep, CameTo};
pub(crate) use pace::{Pace, Paces};

/// What one sweep did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// Payments looked at.
    pub looked_at: u32,
    /// Of these, with nothing open after this look: paid, cancelled or withdrawn, or only asked about a refund that is done.
    pub ended: u32,
    /// Of these, not reachable; they are due again later.
    pub failed: u32,
    /// When something is due next: now if there is more to do at once, absent if nothing is. New payments open at any
    /// time, so sweep at least once a minute whatever this says; every 15 s where charges are made on return.
    pub next_due: Option<Timestamp>,
}

impl Billing {
    /// Looks at open payments and refunds that are due, at most `limit` (1 to 1,000) beside the status checks whose time passes;
    /// fewer if a processor is slow, so that it is soon called again.
    ///
    /// It goes by account: every account with something due gets its share of `limit`, the longest due first, and no more calls a
    /// second than [`sweep_calls_per_second`](crate::BillingConfig::sweep_calls_per_second). It withdraws submissions whose answer never came, settles what was
    /// paid or given back, where the processor has a list many for a few calls, asks the one status check of a charge without an
    /// answer, ends what was handed over and abandoned, and does what an account itself needs: the endpoint for its notices, the
    /// end of its draining. Call it again at [`SweepReport::next_due`]. Any number of processes may sweep at once, each on other
    /// accounts; dropping the call loses nothing.
    ///
    /// # Errors
    ///
    /// [`BillingError::Store`] if nothing could be read. A payment that cannot be settled is counted, not an error.
    pub async fn sweep(&self, limit: u32) -> Result<SweepReport, BillingError> {
        let parts = Arc::clone(&self.parts);
        self.tasks.run(async move { parts.sweep(limit.clamp(1, 1_000)).await }).await
    }
}

/// The most accounts of one sweep.
const ACCOUNTS_MAX: u32 = 100;

/// How many accounts' ordinary looks go on at the same time.
const WORKING_MAX: usize = 16;

/// How many status checks one sweep asks at the same time.
const ASKING_MAX: u32 = 64;

/// For how long an account is held without a word of its holder's. A status check may be asked for little more than a minute: a
/// process that died must not keep the others from it for longer than this.
const HELD_FOR: Duration = Duration::from_secs(30);

/// How often a hold is extended while its account is worked on.
const EXTENDED_EVERY: Duration = Duration::from_secs(10);

/// After this no other look is begun: the next sweep goes on, and first asks the status checks whose time has come meanwhile. That
/// time is little more than a minute, and one look at a slow processor may take as long.
pub(crate) const LOOKING_FOR: Duration = Duration::from_secs(10);

/// When to sweep again while what is due is in another process's hands.
const OTHERS_WORK_FOR: Duration = Duration::from_secs(5);

/// What all accounts of one sweep have in common.
#[derive(Debug)]
struct Sweep {
    now: Timestamp,
    began: Duration,
    holder: LeaseId,
    working: Semaphore,
    asking: Semaphore,
}

impl Sweep {
    /// A hold on accounts from `at` on.
    fn lease(&self, at: Timestamp) -> Lease {
        Lease { holder: self.holder, at, until: later(at, HELD_FOR) }
    }
}

impl Parts {
    async fn sweep(self: &Arc<Self>, limit: u32) -> Result<SweepReport, BillingError> {
        let sweep = Arc::new(Sweep {
            now: self.clock.now(),
            began: self.clock.monotonic(),
            holder: LeaseId::new(self.ids.next()),
            working: Semaphore::new(WORKING_MAX),
            asking: Semaphore::new(usize::try_from(ASKING_MAX).unwrap_or(usize::MAX)),
        });
        let accounts_max = limit.min(ACCOUNTS_MAX);
        let accounts = self.store.lease_due(sweep.lease(sweep.now), accounts_max).await?;
        let leased = u32::try_from(accounts.len()).unwrap_or(u32::MAX);
        let came_to = self.sweep_each(&sweep, accounts, limit / leased.max(1)).await;
        let CameTo { mut report, has_more, is_stuck } = came_to;
        report.next_due = match self.store.next_due().await? {
            Some(due) if due > sweep.now => Some(due),
            Some(_) if has_more || leased == accounts_max => Some(sweep.now),
            Some(_) if is_stuck => Some(later(sweep.now, self.config.first_look_after)),
            Some(_) => Some(later(sweep.now, OTHERS_WORK_FOR)),
            None => None,
        };
        Ok(report)
    }

    /// All accounts at once, each on a task of its own: a panic at one leaves the others their turn.
    async fn sweep_each(
        self: &Arc<Self>,
        sweep: &Arc<Sweep>,
        accounts: Vec<AccountRef>,
        share: u32,
    ) -> CameTo {
        let mut working = JoinSet::new();
        for account in accounts {
            let account = AccountSweep::new(Arc::clone(self), Arc::clone(sweep), account);
            working.spawn(Arc::new(account).run(share));
        }
        let mut all = CameTo::default();
        while let Some(ended) = working.join_next().await {
            all.add(ended.unwrap_or_else(|failure| CameTo::panicked(&failure)));
        }
        all
    }
}

/// Whether the account's other payments would meet the same error.
pub(crate) fn silences(error: &BillingError) -> bool {
    use ProcessorErrorKind as Kind;
    let (cause, is_of_refunds) = match error {
        BillingError::Processor { cause, .. } => (cause, false),
        BillingError::RefundNotTold { cause } => (cause, true),
        _ => return false,
    };
    match cause.kind {
        Kind::CredentialsRejected | Kind::RateLimited | Kind::Unavailable => true,
        // Payments may be asked about without the permission for refunds.
        Kind::PermissionMissing(_) => !is_of_refunds,
        _ => false,
    }
}
