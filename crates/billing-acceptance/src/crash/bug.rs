//! Bugs to be seeded into hosts, so that the test can be seen to fail. No library may have one of them.

use std::mem;
use std::process;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use billing_domain::{
    Action, BillingStore, Committed, Conflict, Dispensary, DispensaryId, DispensaryKind, OfficeId, Step,
    StoreError, Write,
};
use billing_transport::{Exchange, Request, Response, SendError};
use http::{HeaderName, HeaderValue};
use tokio::sync::RwLock;
use tokio::time::sleep;
use uuid::Uuid;

use crate::Hook;

/// What is wrong with the hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    /// The store answers before it has written.
    EarlyAnswer,
    /// Every send to Stripe goes under a key of its own.
    NewKey,
}

impl Bug {
    pub(crate) const ALL: [Self; 2] = [Self::EarlyAnswer, Self::NewKey];

    /// Its word on the command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::EarlyAnswer => "early-answer",
            Self::NewKey => "new-key",
        }
    }

    pub(crate) fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|bug| bug.word() == word)
    }
}

/// A store's lie: what must be written before something leaves is written a moment later. It would have been accepted, and whoever reads
/// or writes next in this process waits for it, so nobody can tell; unless the process is killed.
#[derive(Clone, Debug, Default)]
pub(crate) struct EarlyAnswers {
    /// Held for writing by the one whose step is being written, and until a step that was answered is written.
    turn: Arc<RwLock<()>>,
}

impl EarlyAnswers {
    /// How long after its answer a step is written.
    const LATER: Duration = Duration::from_millis(25);

    /// How often a store is asked that cannot just then.
    const TRIES: usize = 200;

    /// Waits until everything that was answered is written, and lets nobody write or answer after that.
    pub(crate) async fn end(self) {
        mem::forget(self.turn.write_owned().await);
    }
}

#[async_trait]
impl Hook for EarlyAnswers {
    async fn before_read(&self) -> Result<(), StoreError> {
        drop(self.turn.read().await);
        Ok(())
    }

    async fn write(&self, store: &Arc<dyn BillingStore>, step: Step) -> Result<Committed, StoreError> {
        let turn = Arc::clone(&self.turn).write_owned().await;
        let before_sending = [Action::PaymentCharging, Action::PaymentHandedOver, Action::PaymentSending];
        if !before_sending.contains(&step.action) {
            return store.commit(step).await;
        }
        match store.commit(refused_at_the_end(step.clone())).await {
            Err(StoreError::Conflict(Conflict::Unknown("dispensary"))) => {}
            answer => return answer,
        }
        let store = Arc::clone(store);
        tokio::spawn(async move {
            sleep(Self::LATER).await;
            for _ in 0..Self::TRIES {
                match store.commit(step.clone()).await {
                    Err(StoreError::InDoubt(_) | StoreError::Unavailable(_)) => sleep(Self::LATER).await,
                    _ => return drop(turn),
                }
            }
            eprintln!("what was answered early could never be written");
            process::abort();
        });
        Ok(Committed { seq: 0, repeated: false })
    }
}

/// The step with a last write that no store accepts: it is refused for that one alone if all the others are acceptable.
fn refused_at_the_end(mut step: Step) -> Step {
    let elsewhere = DispensaryId::new(Uuid::max());
    let kind = DispensaryKind::Office(OfficeId::new(Uuid::max()));
    step.writes.push(Write::Dispensary(Dispensary::new(elsewhere, kind, "elsewhere")));
    step
}

/// An exchange that forgets which key it was given.
#[derive(Debug)]
pub(crate) struct NewKeys<E>(pub(crate) E);

#[async_trait]
impl<E: Exchange> Exchange for NewKeys<E> {
    async fn send(&self, mut request: Request) -> Result<Response, SendError> {
        let key = HeaderName::from_static("idempotency-key");
        for (_, value) in request.headers.iter_mut().filter(|(name, _)| *name == key) {
            *value = HeaderValue::from_str(&Uuid::now_v7().to_string()).unwrap();
        }
        self.0.send(request).await
    }
}
