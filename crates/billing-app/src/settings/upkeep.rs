//! An account's upkeep: what it needs done that no payment of it asks for. Its endpoint at the processor, and the end of its draining.

use std::sync::Arc;
use std::time::Duration;

use billing_credentials::{Endpoint, NoticeEndpoint, OpenedAccount, Registered, SubscribeError};
use billing_domain::{
    AccountRecord, AccountRef, AccountState, Action, ActorId, Conflict, ProcessorErrorKind, StoreError,
    Subject, Subscription, SubscriptionState, Write, later,
};
use secrecy::SecretString;

use crate::BillingError;
use crate::billing::Parts;
use crate::settings::account_schedule::account_due;
use crate::settings::subscription::wanted;
use crate::steps::StepExt;

/// The longest one try with an endpoint takes.
const TRY_WITHIN: Duration = Duration::from_secs(20);

/// When upkeep that was just begun, or that may have met another's, is looked at again: later than any try lasts.
pub(super) const LOOK_AFTER: Duration = Duration::from_mins(2);

/// The longest note kept, in characters: what a processor says has no bound of its own.
const NOTE_MAX: usize = 800;

/// The processor's endpoints, and the keys of the account they are for. The keys are those of the try, whatever is stored since.
struct Access {
    notices: Arc<dyn NoticeEndpoint>,
    opened: OpenedAccount,
}

/// What a try with an endpoint came to.
struct Outcome {
    subscription: Option<Subscription>,
    done: Done,
    note: String,
    /// What staff must do by hand.
    remark: Option<String>,
    /// When it is looked at, if it has to be, at the earliest.
    not_before: Duration,
}

/// What a try changed at the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    /// An endpoint was made.
    Made,
    /// Nothing that another process does not find as it was.
    Nothing,
    /// No endpoint is there any more.
    Removed,
}

impl Parts {
    /// [`upkeep`](Self::upkeep) that nothing depends on: what fails here is done later.
    pub(super) async fn upkeep_at_once(&self, record: &AccountRecord) {
        if record.subscription.is_none() {
            return;
        }
        if let Err(error) = self.upkeep(&record.account).await {
            tracing::warn!(%error, account = %record.account.account, "an endpoint is looked after later");
        }
    }

    /// Does what the account's own `due_at` asks for, as far as the processor can be reached; what cannot be done now is put off.
    ///
    /// It may be repeated at any time, by several processes at once, and after a crash at any moment.
    pub(crate) async fn upkeep(&self, account: &AccountRef) -> Result<(), BillingError> {
        // An endpoint at an older address is removed first, and then one at the new address is registered.
        for _ in 0..2 {
            let record = self.record_at(account).await?;
            if let AccountState::Draining { until, .. } = record.state
                && until <= self.clock.now()
            {
                self.erase(&ActorId::system(), &record, "at the end of its draining").await?;
                return Ok(());
            }
            let Some(before) = record.subscription.clone() else { return self.tidy(record).await };
            let Some(access) = self.access_to(&record) else {
                let outcome = if record.sealed.is_some() && self.notices_of(&record).is_some() {
                    // Whoever runs this system may put the sealing key back.
                    Outcome::put_off(&before, "its keys cannot be opened")
                } else {
                    // Without keys nothing can be done at the processor, now or later.
                    Outcome::of(self.notice_address_of(&record).map(wanted), "no keys")
                };
                return self.keep_outcome(account, &before, outcome, None).await;
            };
            let outcome = match before.state {
                SubscriptionState::Wanted => self.register(&access, &before).await,
                SubscriptionState::Unwanted => self.unregister(&access, &record, &before).await,
                _ => return self.tidy(record).await,
            };
            let moves = outcome.subscription.as_ref().is_some_and(|after| after.address != before.address);
            self.keep_outcome(account, &before, outcome, Some(&access)).await?;
            if !moves {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Where the account's notices are to be delivered, if they are wanted.
    pub(super) fn notice_address_of(&self, record: &AccountRecord) -> Option<String> {
        let base = self.config.notice_address.as_ref()?;
        let is_wanted = record.state.is_active() && self.notices_of(record).is_some();
        is_wanted.then(|| base.of(&record.account))
    }

    fn access_to(&self, record: &AccountRecord) -> Option<Access> {
        let notices = self.notices_of(record)?;
        match self.open(record) {
            Ok(opened) => Some(Access { notices, opened }),
            Err(error) => {
                tracing::warn!(%error, account = %record.account.account, "an endpoint cannot be looked after");
                None
            }
        }
    }

    /// Asks the processor to deliver.
    ///
    /// An endpoint that was just made is looked at once more before it counts as in place: another process may have made one at the
    /// same time, and taken this one for a leftover.
    async fn register(&self, access: &Access, before: &Subscription) -> Outcome {
        let known = before.endpoint.clone().filter(|_| before.sealed.is_some());
        let endpoint = Endpoint { address: before.address.clone(), known };
        let asked = access.notices.register(&access.opened, &endpoint);
        match tokio::time::timeout(TRY_WITHIN, asked).await {
            Ok(Ok(Registered { endpoint, secret: None })) => {
                let state = SubscriptionState::Active;
                let after = Subscription { state, endpoint: Some(endpoint), failures: 0, ..before.clone() };
                Outcome::of(Some(after), "the endpoint is in place")
            }
            Ok(Ok(Registered { endpoint, secret: Some(secret) })) => {
                self.registered(&access.opened.account, before, endpoint, secret)
            }
            Ok(Err(SubscribeError::Refused { refusal, cause })) => {
                let state = SubscriptionState::Refused(refusal);
                let after = Subscription { state, failures: 0, ..before.clone() };
                Outcome::of(Some(after), format!("the endpoint was refused: {cause}"))
            }
            Ok(Err(error)) => Outcome::put_off(before, &error.to_string()),
            Err(_) => Outcome::put_off(before, "no answer in time"),
        }
    }

    /// An endpoint was made, and its secret is told this once.
    fn registered(
        &self,
        account: &AccountRef,
        before: &Subscription,
        endpoint: String,
        secret: SecretString,
    ) -> Outcome {
        let mut outcome = match self.seal_signing_secret(account, secret, before.sealed.as_ref()) {
            Ok(sealed) => {
                // One that was not found although it is known is looked for ever more rarely: a processor that lists it otherwise than
                // it was asked for must not be asked to make one after the other.
                let failures = before.sealed.as_ref().map_or(0, |_| before.failures.saturating_add(1));
                let (endpoint, sealed) = (Some(endpoint), Some(sealed));
                let after = Subscription { endpoint, sealed, failures, ..before.clone() };
                Outcome::of(Some(after), "an endpoint was registered")
            }
            Err(error) => {
                tracing::error!(%error, "the signing secret of an endpoint could not be sealed");
                Outcome::put_off(before, "its secret could not be sealed")
            }
        };
        outcome.done = Done::Made;
        outcome.not_before = LOOK_AFTER;
        outcome
    }

    /// Asks the processor to deliver no more. Where it refuses even that, nothing is left to do here.
    ///
    /// One that was never heard of is looked for twice: its registration may still be under way.
    async fn unregister(&self, access: &Access, record: &AccountRecord, before: &Subscription) -> Outcome {
        let next = self.notice_address_of(record).map(wanted);
        let endpoint = Endpoint { address: before.address.clone(), known: before.endpoint.clone() };
        let asked = access.notices.remove(&access.opened, &endpoint);
        let mut outcome = match tokio::time::timeout(TRY_WITHIN, asked).await {
            Ok(Ok(())) if before.endpoint.is_none() && before.failures == 0 => {
                let mut outcome =
                    Outcome::put_off(before, "no endpoint is there; it is looked for once more");
                outcome.not_before = LOOK_AFTER;
                outcome
            }
            Ok(Ok(())) => Outcome::of(next, "the endpoint was removed"),
            Ok(Err(error)) if self.is_hopeless(&record.account, &error).await => {
                let (address, processor) = (&before.address, &record.account.processor);
                let told = format!("the endpoint {address} could not be removed at {processor}");
                let mut outcome = Outcome::of(next, format!("{told}: {error}"));
                outcome.remark = Some(format!("{told}: remove it there by hand"));
                return outcome;
            }
            Ok(Err(error)) => return Outcome::put_off(before, &error.to_string()),
            Err(_) => return Outcome::put_off(before, "no answer in time"),
        };
        outcome.done = Done::Removed;
        outcome
    }

    /// Whether trying again is of no use: the processor refuses, or does not know the keys any more. As long as something is open on
    /// the account, other keys of it may be supplied.
    async fn is_hopeless(&self, account: &AccountRef, error: &SubscribeError) -> bool {
        match error {
            SubscribeError::Refused { .. } => true,
            SubscribeError::Unavailable(cause) if cause.kind == ProcessorErrorKind::CredentialsRejected => {
                let open = self.store.open_payments(account, None, 1).await;
                open.is_ok_and(|open| open.is_empty())
            }
            _ => false,
        }
    }

    /// Stores what a try came to on the newest record, if the subscription there is still the one it was made for.
    async fn keep_outcome(
        &self,
        account: &AccountRef,
        before: &Subscription,
        outcome: Outcome,
        access: Option<&Access>,
    ) -> Result<(), BillingError> {
        for _ in 0..self.config.conflict_retries {
            let mut record = self.record_at(account).await?;
            let mut note = outcome.note.as_str();
            if record.subscription.as_ref() == Some(before) {
                record.subscription = if outcome.ends(before) {
                    // What follows is for the account as it is now: it may have been removed, or saved, during the try.
                    self.notice_address_of(&record).map(wanted)
                } else {
                    outcome.subscription.clone()
                };
                record.remarks.extend(outcome.remark.clone());
            } else if !self.is_contradicted(&record, before, &outcome, access).await {
                return Ok(());
            } else if let Some(subscription) = &mut record.subscription {
                subscription.state = SubscriptionState::Wanted;
                note = "two were at it at once: looked at anew";
            }
            if self.commit_upkeep(record, note, outcome.not_before).await? {
                return Ok(());
            }
        }
        Err(BillingError::Busy)
    }

    /// Whether what somebody else stored during a try is not true any more because of it, so that the endpoint must be looked at anew.
    ///
    /// What is wanted no more, and was made all the same, is removed here, while its keys are at hand: nobody else may have them.
    async fn is_contradicted(
        &self,
        record: &AccountRecord,
        before: &Subscription,
        outcome: &Outcome,
        access: Option<&Access>,
    ) -> bool {
        use SubscriptionState as S;
        let there = record.subscription.as_ref().filter(|after| after.address == before.address);
        match (there.map(|after| after.state), outcome.done) {
            (_, Done::Nothing) | (Some(S::Wanted), _) => false,
            (Some(S::Active), _) => true,
            (_, Done::Made) => {
                let Some(access) = access else { return false };
                let endpoint = Endpoint { address: before.address.clone(), known: None };
                let asked = access.notices.remove(&access.opened, &endpoint);
                match tokio::time::timeout(TRY_WITHIN, asked).await {
                    Ok(Ok(())) => {}
                    failed => tracing::warn!(
                        ?failed,
                        address = before.address,
                        "an endpoint that is not wanted any more may have stayed: remove it by hand"
                    ),
                }
                false
            }
            (_, Done::Removed) => false,
        }
    }

    /// With nothing to do, the account is not due any more.
    async fn tidy(&self, record: AccountRecord) -> Result<(), BillingError> {
        let now = self.clock.now();
        if record.due_at.is_some_and(|due_at| due_at <= now) {
            self.commit_upkeep(record, "nothing is to be done", Duration::ZERO).await?;
        }
        Ok(())
    }

    /// One step on the account; false if it was changed meanwhile.
    async fn commit_upkeep(
        &self,
        mut record: AccountRecord,
        note: &str,
        not_before: Duration,
    ) -> Result<bool, BillingError> {
        let account = record.account.clone();
        record.due_at = account_due(&record, later(self.clock.now(), not_before), &self.config);
        record.revision = record.revision.saturating_add(1);
        let subject = Subject::Account(account.account);
        let step = self
            .step(account.dispensary, &ActorId::system(), Action::AccountSubscribed, subject)
            .noting(note.chars().take(NOTE_MAX).collect::<String>())
            .writing(Write::Account(Box::new(record)))
            .erasing_if_drained(account.account);
        match self.commit(step).await {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict(Conflict::Revision(_))) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

impl Outcome {
    fn of(subscription: Option<Subscription>, note: impl Into<String>) -> Self {
        let note = note.into();
        Self { subscription, done: Done::Nothing, note, remark: None, not_before: Duration::ZERO }
    }

    /// Whether nothing is to be done about `before` any more.
    fn ends(&self, before: &Subscription) -> bool {
        let is_unwanted = before.state == SubscriptionState::Unwanted;
        self.subscription.as_ref().is_none_or(|after| is_unwanted && after.state == SubscriptionState::Wanted)
    }

    /// It is tried again later, and later each time.
    fn put_off(before: &Subscription, why: &str) -> Self {
        let after = Subscription { failures: before.failures.saturating_add(1), ..before.clone() };
        Self::of(Some(after), format!("tried again later: {why}"))
    }
}
