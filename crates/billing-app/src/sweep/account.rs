//! One account's part of a sweep: held while it is worked on, status checks first, the rest one after the other.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use billing_domain::payment::Payment;
use billing_domain::{AccountRecord, AccountRef, PaymentId};
use tokio::task::{JoinError, JoinSet};

use super::list::Told;
use super::{ASKING_MAX, EXTENDED_EVERY, LOOKING_FOR, Pace, Sweep, SweepReport};
use crate::BillingError;
use crate::billing::Parts;
use crate::payments::asks_once;

/// A payment as it was read, or why it could not be.
pub(super) type Found = Result<Payment, BillingError>;

/// What a sweep, or a part of one, came to.
#[derive(Clone, Debug, Default)]
pub(super) struct CameTo {
    pub(super) report: SweepReport,
    /// Something due was left for the next sweep.
    pub(super) has_more: bool,
    /// Something due could not even be put off.
    pub(super) is_stuck: bool,
}

impl CameTo {
    pub(super) fn add(&mut self, other: Self) {
        let (all, part) = (&mut self.report, other.report);
        all.looked_at = all.looked_at.saturating_add(part.looked_at);
        all.ended = all.ended.saturating_add(part.ended);
        all.failed = all.failed.saturating_add(part.failed);
        self.has_more |= other.has_more;
        self.is_stuck |= other.is_stuck;
    }

    /// A part of the host's panicked in one look.
    pub(super) fn panicked(failure: &JoinError) -> Self {
        tracing::error!(%failure, "a part of billing panicked");
        let report = SweepReport { looked_at: 1, failed: 1, ..SweepReport::default() };
        Self { report, has_more: false, is_stuck: true }
    }
}

/// One account in a sweep.
#[derive(Debug)]
pub(super) struct AccountSweep {
    pub(super) parts: Arc<Parts>,
    pub(super) sweep: Arc<Sweep>,
    pub(super) account: AccountRef,
    pub(super) pace: Arc<Pace>,
    came_to: Mutex<CameTo>,
    /// It did not answer: its other payments must not each wait for a deadline before anyone else's turn.
    silent: AtomicBool,
    /// Another process holds it by now.
    lost: AtomicBool,
}

impl AccountSweep {
    pub(super) fn new(parts: Arc<Parts>, sweep: Arc<Sweep>, account: AccountRef) -> Self {
        let pace = parts.paces.of(&account, parts.config.sweep_calls_per_second);
        let (silent, lost) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { parts, sweep, account, pace, came_to: Mutex::default(), silent, lost }
    }

    /// Its share of the sweep. The account is held as long as that takes, and no longer.
    pub(super) async fn run(self: Arc<Self>, share: u32) -> CameTo {
        let mut holding = JoinSet::new();
        holding.spawn(Arc::clone(&self).hold());
        self.work(share).await;
        drop(holding);
        if let Err(error) = self.parts.store.end_lease(&self.account, self.sweep.holder).await {
            tracing::warn!(%error, "an account is not given back; it is free again in half a minute");
        }
        self.came_to.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn hold(self: Arc<Self>) {
        loop {
            tokio::time::sleep(EXTENDED_EVERY).await;
            let lease = self.sweep.lease(self.parts.clock.now());
            match self.parts.store.renew_lease(&self.account, lease).await {
                Ok(true) => {}
                Ok(false) => return self.lost.store(true, Ordering::Relaxed),
                Err(error) => tracing::warn!(%error, "a hold on an account could not be extended"),
            }
        }
    }

    async fn work(self: &Arc<Self>, share: u32) {
        let mut asking = JoinSet::new();
        let others = match self.due(share, &mut asking).await {
            Ok(others) => others,
            Err(error) => {
                tracing::error!(%error, "an account's open payments could not be read");
                return self.note(|came_to| came_to.is_stuck = true);
            }
        };
        // Nobody is kept waiting who would not be begun any more.
        match tokio::time::timeout(LOOKING_FOR, self.sweep.working.acquire()).await {
            Ok(_working) => {
                self.keep_up().await;
                self.look_at_others(others).await;
            }
            Err(_) => self.note(|came_to| came_to.has_more = true),
        }
        while let Some(asked) = asking.join_next().await {
            if let Err(failure) = asked {
                self.note(|came_to| came_to.add(CameTo::panicked(&failure)));
            }
        }
    }

    /// What is due, read: at most its share. Status checks are asked at once and beyond it, for their time passes.
    async fn due(
        self: &Arc<Self>,
        share: u32,
        asking: &mut JoinSet<()>,
    ) -> Result<Vec<(PaymentId, Found)>, BillingError> {
        let limit = share.max(ASKING_MAX);
        let due = self.parts.store.due_on(&self.account, self.sweep.now, limit).await?;
        let share = usize::try_from(share).unwrap_or(usize::MAX);
        let is_whole = due.len() < usize::try_from(limit).unwrap_or(usize::MAX);
        let mut others = Vec::new();
        let mut has_more = !is_whole;
        for id in due {
            let found = self.parts.payment_of(self.account.dispensary, id).await;
            if found.as_ref().is_ok_and(|found| asks_once(found, self.sweep.now)) {
                asking.spawn(Arc::clone(self).ask_once(id, found));
            } else if others.len() < share {
                others.push((id, found));
            } else {
                has_more = true;
            }
        }
        if has_more {
            self.note(|came_to| came_to.has_more = true);
        }
        Ok(others)
    }

    async fn ask_once(self: Arc<Self>, id: PaymentId, found: Found) {
        let Ok(_asking) = self.sweep.asking.acquire().await else { return };
        let looked_at = self.look_at(found, None).await;
        self.looked_at(id, looked_at).await;
    }

    /// What the account itself needs, if its time has come.
    async fn keep_up(&self) {
        if self.is_over() {
            return self.note(|came_to| came_to.has_more = true);
        }
        if let Err(error) = self.keep_up_if_due().await {
            tracing::warn!(%error, "what an account itself needs could not be done");
            self.note(|came_to| came_to.is_stuck = true);
        }
    }

    async fn keep_up_if_due(&self) -> Result<(), BillingError> {
        let records = self.parts.store.accounts(self.account.dispensary).await?;
        let is_due = |record: &&AccountRecord| {
            record.account == self.account && record.due_at.is_some_and(|due| due <= self.sweep.now)
        };
        match records.iter().find(is_due) {
            Some(_) => self.parts.upkeep(&self.account).await,
            None => Ok(()),
        }
    }

    async fn look_at_others(&self, others: Vec<(PaymentId, Found)>) {
        let mut told = self.ask_list(&others).await;
        for (id, found) in others {
            let told = told.remove(&id);
            // What asks nobody anything is done all the same.
            let asks = !self.is_silent() && !told.as_ref().is_some_and(Told::is_final);
            if self.is_lost() || (asks && self.is_over()) {
                self.note(|came_to| came_to.has_more = true);
                continue;
            }
            let looked_at = self.look_at(found, told).await;
            self.looked_at(id, looked_at).await;
        }
    }

    /// Counts what one look came to, and puts off what it left open.
    async fn looked_at(&self, id: PaymentId, looked_at: Found) {
        let ended = looked_at.as_ref().is_ok_and(has_ended);
        self.note(|came_to| {
            let report = &mut came_to.report;
            report.looked_at = report.looked_at.saturating_add(1);
            report.ended = report.ended.saturating_add(u32::from(ended));
            report.failed = report.failed.saturating_add(u32::from(looked_at.is_err()));
        });
        if let Err(error) = looked_at {
            tracing::warn!(%error, payment = %id, "an open payment could not be settled");
        }
        // Of one that has ended only a notice may be left, if nobody was asked any more.
        if ended && !self.is_silent() {
            return;
        }
        // One that cannot even be put off must not keep the sweep from the others.
        if let Err(error) = self.parts.leave_open(self.account.dispensary, id, self.sweep.now).await {
            tracing::error!(%error, payment = %id, "an open payment could not be put off");
            self.note(|came_to| came_to.is_stuck = true);
        }
    }

    pub(super) fn note(&self, what: impl FnOnce(&mut CameTo)) {
        what(&mut self.came_to.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Nothing more is begun.
    pub(super) fn is_over(&self) -> bool {
        self.parts.clock.monotonic().saturating_sub(self.sweep.began) > LOOKING_FOR
    }

    pub(super) fn is_silent(&self) -> bool {
        self.silent.load(Ordering::Relaxed)
    }

    /// Nobody asks the account anything more in this sweep.
    pub(super) fn fall_silent(&self) {
        self.silent.store(true, Ordering::Relaxed);
    }

    fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }
}

fn has_ended(payment: &Payment) -> bool {
    payment.newest().is_some_and(|attempt| attempt.state.is_resolved()) && !payment.is_open()
}
