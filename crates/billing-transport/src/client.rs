//! Sends a request as often as its plan allows and folds what is known over all sends. It reads no body.

use std::sync::Arc;

use tokio::time::Instant;

use crate::observe::{self, Observed};
use crate::{Delivery, Exchange, Request, Response, RetryPlan, RetryPolicy, SendError, SendErrorKind};

/// An [`Exchange`] with retries. It needs a tokio runtime with time enabled, and nothing else: no clock, no randomness.
#[derive(Clone, Debug)]
pub struct Client {
    exchange: Arc<dyn Exchange>,
    policy: RetryPolicy,
}

impl Client {
    /// A client that sends through `exchange`.
    pub fn new(exchange: Arc<dyn Exchange>, policy: RetryPolicy) -> Self {
        Self { exchange, policy }
    }

    /// Sends `request` until an answer stands or the plan allows no more.
    ///
    /// When a further send is wanted but its gate is closed or its time is up, the newest outcome stands: an answer
    /// is never thrown away for want of a better one. Dropping the future stops sending; a send under way is then in
    /// doubt.
    pub async fn execute(&self, request: Request, plan: RetryPlan) -> Result<Answer, ClientError> {
        let started = Instant::now();
        let deadline = plan.deadline.unwrap_or(self.policy.deadline);
        if !plan.may_dispatch() {
            let last = SendError::new(SendErrorKind::GateClosed, Delivery::NotSent);
            return Err(ClientError { delivery: Delivery::NotSent, last, sends: 0 });
        }
        let mut doubt = Delivery::NotSent;
        let mut sends = 1;
        loop {
            let remaining = deadline.saturating_sub(started.elapsed());
            let sending = tokio::time::timeout(remaining, self.exchange.send(request.clone()));
            let sent_at = Instant::now();
            let outcome = sending
                .await
                .unwrap_or_else(|_| Err(SendError::new(SendErrorKind::Timeout, Delivery::MaybeSent)));
            let path = plan.path_template.unwrap_or_else(|| observe::path(&request.url));
            Observed { method: &request.method, path, send: sends }.outcome(&outcome, sent_at.elapsed());

            let remaining = deadline.saturating_sub(started.elapsed());
            let wait = plan.wait_after(&outcome, sends, self.policy).filter(|wait| *wait < remaining);
            let Some(wait) = wait else { return conclude(outcome, sends, doubt) };
            tokio::time::sleep(wait).await;
            if !plan.may_dispatch() {
                return conclude(outcome, sends, doubt);
            }
            doubt = doubt.and(outcome.as_ref().map_or_else(|error| error.delivery, |_| Delivery::MaybeSent));
            sends += 1;
        }
    }
}

/// An answer, and what was known before it came.
#[derive(Clone, Debug)]
#[must_use]
pub struct Answer {
    /// [`Delivery::MaybeSent`] when an earlier send of this request may have arrived, answered or not: then this
    /// answer, a refusal say, tells nothing of what that one did.
    pub doubt: Delivery,
    /// The answer that stands.
    pub response: Response,
    /// How many sends were made.
    pub sends: u32,
}

/// No answer, after all sends the plan allowed.
#[derive(Debug, thiserror::Error)]
#[error("no answer from the processor: {delivery:?} after {sends} sends")]
pub struct ClientError {
    /// Whether any of the sends can have arrived.
    pub delivery: Delivery,
    /// What went wrong last.
    #[source]
    pub last: SendError,
    /// How many sends were made; 0 when the gate was closed from the start.
    pub sends: u32,
}

fn conclude(
    outcome: Result<Response, SendError>,
    sends: u32,
    doubt: Delivery,
) -> Result<Answer, ClientError> {
    match outcome {
        Ok(response) => Ok(Answer { doubt, response, sends }),
        Err(last) => Err(ClientError { delivery: doubt.and(last.delivery), last, sends }),
    }
}
