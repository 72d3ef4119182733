//! Bugs to be seeded into hosts, so that the test can be seen to fail. No library may have one of them.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use billing_domain::{Action, Step, StoreError};
use billing_transport::{Exchange, Request, Response, SendError};
use http::{HeaderName, HeaderValue};
use tokio::sync::RwLock;
use uuid::Uuid;

use crate::{Hook, Later};

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

/// A store's lie: what must be written before something leaves is written a moment later. Whoever reads or writes next in this process
/// waits for it, so nobody can tell; unless the process is killed.
#[derive(Debug, Default)]
pub(crate) struct EarlyAnswers {
    /// Held for reading while something is not written yet.
    unwritten: Arc<RwLock<()>>,
}

#[async_trait]
impl Hook for EarlyAnswers {
    async fn before_commit(&self, _: &Step) -> Result<(), StoreError> {
        self.before_read().await
    }

    async fn before_read(&self) -> Result<(), StoreError> {
        drop(self.unwritten.write().await);
        Ok(())
    }

    async fn written_later(&self, step: &Step) -> Option<Later> {
        let before_sending = [Action::PaymentCharging, Action::PaymentHandedOver, Action::PaymentSending];
        if !before_sending.contains(&step.action) {
            return None;
        }
        let until_then = Arc::clone(&self.unwritten).read_owned().await;
        Some(Later { after: Duration::from_millis(25), until_then })
    }
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
