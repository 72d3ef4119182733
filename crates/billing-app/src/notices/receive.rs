//! Receiving a notice: checked, kept once, answered. Nothing is asked of the processor before the answer.

use std::sync::Arc;
use std::time::Duration;

use billing_credentials::{Delivery, Heard, NoticeEndpoint, NoticeOwner, NoticeRefused};
use billing_domain::{
    AccountId, AccountRecord, Action, ActorId, Conflict, DispensaryId, Notice, PaymentId, StoreError,
    Subject, Write, later,
};
use secrecy::SecretString;

use crate::billing::Parts;
use crate::steps::StepExt;
use crate::{Billing, BillingError};

/// The longest body that is looked at, in bytes.
const BODY_MAX: usize = 1024 * 1024;

/// When the sweep looks at a payment for a notice that nobody looked into: its receiver does so at once, unless it dies or is busy.
const SWEPT_AFTER: Duration = Duration::from_secs(30);

/// The longest name of a kind that is kept, in characters.
const KIND_MAX: usize = 100;

/// What became of a delivery that is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoticeAnswer {
    /// It is kept, and its payment is looked at.
    Accepted,
    /// It was kept before.
    Duplicate,
    /// It is about nothing of this account's in these books; nothing was kept.
    NotOurs,
}

impl NoticeAnswer {
    /// The HTTP status that ends the processor's tries.
    pub const fn status(self) -> u16 {
        200
    }
}

/// Why a delivery was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoticeError {
    /// It is not believed. Why is in the log only: who sent it learns nothing, not even whether there is such an account.
    #[error("the delivery is not believed")]
    Refused,
    /// It could not be kept; the processor sends it again.
    #[error("the delivery could not be kept: {0}")]
    Unavailable(#[source] BillingError),
}

impl NoticeError {
    /// The HTTP status to answer.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Refused => 400,
            Self::Unavailable(_) => 503,
        }
    }
}

impl From<StoreError> for NoticeError {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.into())
    }
}

/// What was heard, as far as the books know it.
enum Received {
    /// Kept now, about this payment.
    New(PaymentId),
    Known,
    NotOurs,
}

impl Billing {
    /// Takes what a processor delivered to the address of `account`, headers and body untouched.
    ///
    /// No actor: whoever has the account's signing secret may. A notice is only a hint that something changed; what changed is then read
    /// from the processor itself, after this was answered. Answer the processor with [`NoticeAnswer::status`] or
    /// [`NoticeError::status`]. A notice is kept once however often it is delivered; one that is not ours, as on an account that
    /// two dispensaries share, is acknowledged and not kept.
    ///
    /// # Errors
    ///
    /// [`NoticeError::Refused`] if it is not believed or more than a mebibyte, and [`NoticeError::Unavailable`] if it could not be kept.
    pub async fn receive_notice(
        &self,
        dispensary: DispensaryId,
        account: AccountId,
        delivery: Delivery,
    ) -> Result<NoticeAnswer, NoticeError> {
        let billing = self.clone();
        let received = self.tasks.run(async move {
            let received = billing.parts.receive(dispensary, account, &delivery).await;
            // Here and not where the answer is awaited: whoever drops that drops no hint.
            if let Ok(Received::New(payment)) = received {
                billing.handle_soon(dispensary, payment);
            }
            Ok(received)
        });
        match received.await.map_err(NoticeError::Unavailable)?? {
            Received::New(_) => Ok(NoticeAnswer::Accepted),
            Received::Known => Ok(NoticeAnswer::Duplicate),
            Received::NotOurs => Ok(NoticeAnswer::NotOurs),
        }
    }

    /// The first pair of hands, a bounded number at once: what a flood brings beyond that is left to the sweep, which goes at its own
    /// pace.
    fn handle_soon(&self, dispensary: DispensaryId, payment: PaymentId) {
        let parts = Arc::clone(&self.parts);
        self.tasks.later(Duration::ZERO, async move {
            let Ok(_place) = parts.handling.try_acquire() else { return Ok(()) };
            let payment = parts.payment_of(dispensary, payment).await?;
            parts.handle_notices(&ActorId::system(), payment).await.map(drop)
        });
    }
}

impl Parts {
    async fn receive(
        &self,
        dispensary: DispensaryId,
        account: AccountId,
        delivery: &Delivery,
    ) -> Result<Received, NoticeError> {
        let refused = |why: &dyn std::fmt::Display| {
            tracing::warn!(%dispensary, %account, %why, "a delivery is not believed");
            NoticeError::Refused
        };
        if delivery.body.len() > BODY_MAX {
            return Err(refused(&"it is too long"));
        }
        let records = self.store.accounts(dispensary).await?;
        let record = records.into_iter().find(|record| record.account.account == account);
        let record = record.ok_or_else(|| refused(&"there is no such account"))?;
        let endpoint = self.notices_of(&record).ok_or_else(|| refused(&"it sends no notices"))?;
        let secrets = self.known_secrets(&record)?;
        if secrets.is_empty() {
            return Err(refused(&NoticeRefused::NoSecret));
        }
        let heard = endpoint
            .verify(delivery, &secrets, self.clock.now())
            .and_then(|()| endpoint.parse(&delivery.body, &owner_of(&record)));
        match heard {
            Ok(heard) => self.keep(&record, heard).await,
            Err(why) => Err(refused(&why)),
        }
    }

    /// The processor's notices, if it sends any.
    pub(crate) fn notices_of(&self, record: &AccountRecord) -> Option<Arc<dyn NoticeEndpoint>> {
        self.connectors.get(&record.account.processor)?.notices()
    }

    fn known_secrets(&self, record: &AccountRecord) -> Result<Vec<SecretString>, NoticeError> {
        let sealed = record.subscription.as_ref().and_then(|subscription| subscription.sealed.as_ref());
        let Some(sealed) = sealed else { return Ok(Vec::new()) };
        // It may be a good one: whoever runs this system puts the sealing key back, and it is delivered again.
        self.signing_secrets(&record.account, sealed).map_err(|error| NoticeError::Unavailable(error.into()))
    }

    async fn keep(&self, record: &AccountRecord, heard: Heard) -> Result<Received, NoticeError> {
        let account = &record.account;
        let (id, kind, reference) = match heard {
            Heard::About { id, kind, reference } => (id, kind, reference),
            Heard::Ignored(why) => {
                tracing::info!(dispensary = %account.dispensary, account = %account.account, why, "a notice is of no use here");
                return Ok(Received::NotOurs);
            }
            _ => return Ok(Received::NotOurs),
        };
        // A charge whose reference is not committed yet is not found either, and that is harmless: what its cardholder needs is given out
        // only after that commit, so nobody can have paid it.
        let Some(payment) = self.store.payment_with(account, &reference).await? else {
            tracing::info!(
                dispensary = %account.dispensary, account = %account.account, %id, %reference,
                "a notice is about nothing in these books"
            );
            return Ok(Received::NotOurs);
        };
        let now = self.clock.now();
        let notice = Notice {
            account: account.clone(),
            id,
            kind: kind.chars().take(KIND_MAX).collect(),
            payment,
            received_at: now,
            due_at: Some(later(now, SWEPT_AFTER)),
            handled_at: None,
            revision: 1,
        };
        let step = self
            .step(account.dispensary, &ActorId::system(), Action::NoticeReceived, Subject::Payment(payment))
            .noting(format!("{} {}", notice.kind, notice.id))
            .writing(Write::Notice(Box::new(notice)));
        match self.commit(step).await {
            Ok(_) => Ok(Received::New(payment)),
            Err(StoreError::Conflict(Conflict::Revision(_))) => Ok(Received::Known),
            Err(error) => Err(error.into()),
        }
    }
}

fn owner_of(record: &AccountRecord) -> NoticeOwner {
    NoticeOwner { public: record.public.clone(), external_id: record.external_id.clone() }
}
