//! The second pair of hands: everything left open is looked at in time, a bounded amount per call.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use billing_domain::payment::{Attempt, AttemptState, Event, Payment, Review};
use billing_domain::refund::Refund;
use billing_domain::{
    AccountRef, ActorId, Alarming, CancelMode, ChargeFact, DispensaryId, PaymentId, ProcessorErrorKind, Why,
    later,
};
use jiff::Timestamp;
use tokio::task::JoinSet;

use crate::billing::Parts;
use crate::payments::{asks_once, wait};
use crate::{Billing, BillingError};

/// What one sweep did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// Payments looked at.
    pub looked_at: u32,
    /// Of these, ended by this look: paid, cancelled or withdrawn.
    pub ended: u32,
    /// Of these, not reachable; they are due again later.
    pub failed: u32,
    /// When something open is due next: now if there is more, absent if nothing is open. New payments open at any
    /// time, so sweep at least once a minute whatever this says; every 15 s where charges are made on return.
    pub next_due: Option<Timestamp>,
}

impl Billing {
    /// Looks at open payments and refunds that are due, at most `limit` (1 to 1,000), the longest due first; fewer if a processor is
    /// slow, so that it is soon called again.
    ///
    /// It withdraws submissions whose answer never came, settles what was paid or given back, asks the one status check of a charge
    /// without an answer, and ends what was handed over and abandoned. Call it again at [`SweepReport::next_due`]. Any number of processes may
    /// sweep at once; dropping the call loses nothing.
    ///
    /// # Errors
    ///
    /// [`BillingError::Store`] if nothing could be read. A payment that cannot be settled is counted, not an error.
    pub async fn sweep(&self, limit: u32) -> Result<SweepReport, BillingError> {
        let parts = Arc::clone(&self.parts);
        self.tasks.run(async move { parts.sweep(limit.clamp(1, 1_000)).await }).await
    }
}

/// How many status checks one sweep asks at the same time.
const ASKING_MAX: usize = 64;

/// After this no other look is begun: the next sweep goes on, and first asks the status checks whose time has come meanwhile. That
/// time is little more than a minute, and one look at a slow processor may take as long.
const LOOKING_FOR: Duration = Duration::from_secs(10);

/// A sweep under way.
struct Looks {
    now: Timestamp,
    report: SweepReport,
    stuck: bool,
}

impl Parts {
    async fn sweep(self: &Arc<Self>, limit: u32) -> Result<SweepReport, BillingError> {
        let now = self.clock.now();
        let due = self.store.due(now, limit).await?;
        let mut looks = Looks { now, report: SweepReport::default(), stuck: false };
        let mut asking = JoinSet::new();
        let mut others = Vec::new();
        let began = self.clock.monotonic();
        for (dispensary, payment) in due.payments {
            let found = self.payment_of(dispensary, payment).await;
            if asking.len() < ASKING_MAX && found.as_ref().is_ok_and(|found| asks_once(found, now)) {
                // The time for it passes: it must not wait until others were looked at.
                let parts = Arc::clone(self);
                asking.spawn(async move {
                    (dispensary, payment, parts.look_at(found, &mut BTreeSet::new()).await)
                });
            } else {
                others.push((dispensary, payment, found));
            }
        }
        let mut silent = BTreeSet::new();
        for (dispensary, payment, found) in others {
            let is_over = self.clock.monotonic().saturating_sub(began) > LOOKING_FOR;
            // What asks nobody anything is put off all the same.
            if is_over && found.as_ref().is_ok_and(|found| !silent.contains(&found.account)) {
                continue;
            }
            let looked_at = self.look_at(found, &mut silent).await;
            self.looked_at(dispensary, payment, looked_at, &mut looks).await;
        }
        while let Some(asked) = asking.join_next().await {
            match asked {
                Ok((dispensary, payment, asked)) => {
                    self.looked_at(dispensary, payment, asked, &mut looks).await;
                }
                Err(failure) => {
                    tracing::error!(%failure, "a part of billing panicked");
                    looks.report.looked_at = looks.report.looked_at.saturating_add(1);
                    looks.report.failed = looks.report.failed.saturating_add(1);
                    looks.stuck = true;
                }
            }
        }
        self.until_the_sweep_goes_by_accounts(now).await;
        let Looks { mut report, stuck, .. } = looks;
        let rest = self.store.due(now, 1).await?;
        report.next_due = if rest.payments.is_empty() {
            rest.next
        } else if stuck {
            Some(later(now, self.config.first_look_after))
        } else {
            Some(now)
        };
        Ok(report)
    }

    async fn until_the_sweep_goes_by_accounts(&self, now: Timestamp) {
        let lease = billing_domain::Lease {
            holder: billing_domain::LeaseId::new(self.ids.next()),
            at: now,
            until: later(now, Duration::from_secs(30)),
        };
        for account in self.store.lease_due(lease, 100).await.unwrap_or_default() {
            let record = self.record_at(&account).await;
            if record.is_ok_and(|record| record.due_at.is_some_and(|due_at| due_at <= now)) {
                drop(self.upkeep(&account).await);
            }
            for payment in self.store.due_on(&account, now, 100).await.unwrap_or_default() {
                if let Ok(payment) = self.payment_of(account.dispensary, payment).await {
                    drop(self.handle_notices(&ActorId::system(), payment).await);
                }
            }
            drop(self.store.end_lease(&account, lease.holder).await);
        }
    }

    /// What one look came to, counted; and what it left open is put off.
    async fn looked_at(
        &self,
        dispensary: DispensaryId,
        payment: PaymentId,
        looked_at: Result<Payment, BillingError>,
        looks: &mut Looks,
    ) {
        looks.report.looked_at = looks.report.looked_at.saturating_add(1);
        match looked_at {
            Ok(looked_at) if has_ended(&looked_at) => {
                looks.report.ended = looks.report.ended.saturating_add(1);
                return;
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, %payment, "an open payment could not be settled");
                looks.report.failed = looks.report.failed.saturating_add(1);
            }
        }
        // One that cannot even be put off must not keep the sweep from the others.
        if let Err(error) = self.leave_open(dispensary, payment, looks.now).await {
            tracing::error!(%error, %payment, "an open payment could not be put off");
            looks.stuck = true;
        }
    }

    /// One look at one payment, and the payment as it is afterwards. An account that did not answer is `silent` for the
    /// rest of the sweep: its other payments must not each wait for a deadline before anyone else's turn.
    async fn look_at(
        &self,
        found: Result<Payment, BillingError>,
        silent: &mut BTreeSet<AccountRef>,
    ) -> Result<Payment, BillingError> {
        let by = ActorId::system();
        let payment = found?;
        let Some(attempt) = payment.newest() else { return Ok(payment) };
        if attempt.state == AttemptState::Sending && self.clock.now() >= attempt.begin_deadline {
            return self.act(&by, &payment, attempt.no, Event::Superseded).await;
        }
        if silent.contains(&payment.account) {
            return Ok(payment);
        }
        let looked_at = self.look_at_attempt(&by, &payment, attempt).await;
        let looked_at = match looked_at {
            Ok(payment) => self.look_at_refunds(&by, payment).await,
            failed => failed,
        };
        if looked_at.as_ref().is_err_and(silences) {
            silent.insert(payment.account);
        }
        looked_at
    }

    async fn look_at_attempt(
        &self,
        by: &ActorId,
        payment: &Payment,
        attempt: &Attempt,
    ) -> Result<Payment, BillingError> {
        if attempt.state.is_resolved() {
            // It is the payment's refunds that are due.
            return Ok(payment.clone());
        }
        match self.settle(by, payment.clone()).await {
            Err(BillingError::CredentialsMissing { .. }) => {
                self.act(by, payment, attempt.no, Event::KeysErased).await
            }
            Ok(settled) => self.give_up_if_abandoned(by, settled).await,
            failed => failed,
        }
    }

    async fn look_at_refunds(&self, by: &ActorId, mut payment: Payment) -> Result<Payment, BillingError> {
        let now = self.clock.now();
        let is_due = |refund: &&Refund| refund.due_at.is_some_and(|due_at| due_at <= now);
        let due: Vec<_> = payment.refunds.iter().filter(is_due).map(|refund| refund.id).collect();
        for refund in due {
            payment = self.watch_refund(by, payment.dispensary(), payment.id, refund).await?;
        }
        Ok(payment)
    }

    /// Ends what was handed over long ago and still waits for a card: by never charging it, at the processor, or, where neither
    /// is possible, by calling a person.
    async fn give_up_if_abandoned(&self, by: &ActorId, payment: Payment) -> Result<Payment, BillingError> {
        let Some(attempt) = payment.open_attempt() else { return Ok(payment) };
        let waits = [AttemptState::AwaitingCardholder, AttemptState::NeedsReview(Review::Overdue)];
        if !waits.contains(&attempt.state) {
            return Ok(payment);
        }
        let handed_over = attempt.handed_over_at.unwrap_or(Timestamp::MAX);
        let is_over = |limit| later(handed_over, limit) <= self.clock.now();
        let is_abandoned = is_over(self.config.abandon_after);
        if attempt.charge.is_some() {
            return if is_abandoned { self.cancel(by, payment).await } else { Ok(payment) };
        }
        if !is_abandoned && !is_over(self.config.ticket_limit) {
            return Ok(payment);
        }
        let connected = self.pinned(&payment.account).await?;
        match connected.processor.capabilities(&attempt.flow).cancel {
            CancelMode::AtProcessor if is_abandoned => self.cancel(by, payment).await,
            CancelMode::Impossible if attempt.state == AttemptState::AwaitingCardholder => {
                self.act(by, &payment, attempt.no, Event::TicketLimit).await
            }
            _ => Ok(payment),
        }
    }

    /// What a look could not move: a person is called if it has been open too long, and it is looked at again later,
    /// so that it does not hold up the others.
    async fn leave_open(
        &self,
        dispensary: DispensaryId,
        payment: PaymentId,
        now: Timestamp,
    ) -> Result<(), BillingError> {
        let payment = self.payment_of(dispensary, payment).await?;
        self.leave_refunds_open(&payment, now).await?;
        let Some(attempt) = payment.newest().filter(|attempt| !attempt.state.is_resolved()) else {
            return Ok(());
        };
        self.remind(&payment, attempt);
        let event = if self.is_overdue(attempt) {
            Event::Overdue
        } else if attempt.due_at.is_some_and(|due| due <= now) {
            Event::Fact(ChargeFact::NoEvidence(Why::NotFinished))
        } else {
            return Ok(());
        };
        match self.act(&ActorId::system(), &payment, attempt.no, event).await {
            Ok(_) | Err(BillingError::Busy) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Calls a person again once the looks have become rare: the first call may have died with its process.
    fn remind(&self, payment: &Payment, attempt: &Attempt) {
        let rarely = self.config.review_look_at_least_every;
        let reviewed = matches!(attempt.state, AttemptState::NeedsReview(_));
        if reviewed && wait(self.config.first_look_after, rarely, attempt.idle_checks) >= rarely {
            let (dispensary, payment) = (payment.dispensary(), payment.id);
            self.alarm.raise(&Alarming::ReviewNeeded { dispensary, payment });
        }
    }

    /// Handed over, or charged without an answer, so long ago that a person should look.
    fn is_overdue(&self, attempt: &Attempt) -> bool {
        let since = match attempt.state {
            AttemptState::AwaitingCardholder | AttemptState::Processing => attempt.handed_over_at,
            AttemptState::Charging | AttemptState::Unknown => {
                attempt.charge.and_then(|charge| charge.sent_at)
            }
            _ => None,
        };
        since.is_some_and(|at| later(at, self.config.review_after) <= self.clock.now())
    }
}

fn has_ended(payment: &Payment) -> bool {
    payment.newest().is_some_and(|attempt| attempt.state.is_resolved()) && !payment.is_open()
}

/// Whether the account's other payments would meet the same error.
fn silences(error: &BillingError) -> bool {
    use ProcessorErrorKind as Kind;
    let (BillingError::Processor { cause, .. } | BillingError::RefundNotTold { cause }) = error else {
        return false;
    };
    matches!(
        cause.kind,
        Kind::CredentialsRejected | Kind::PermissionMissing(_) | Kind::RateLimited | Kind::Unavailable
    )
}
