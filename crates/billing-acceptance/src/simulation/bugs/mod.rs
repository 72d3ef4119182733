//! Mistakes that can be put in front of the library, each of a kind that has charged people twice somewhere. The simulator must find
//! every one: one that finds nothing might be looking at nothing.

mod connector;
mod exchange;

use std::sync::Arc;
use std::time::Duration;

use billing_domain::payment::AttemptState;
use billing_domain::{AccountState, Action, BillingStore as _, Step, Write};

use super::chance::mix;
use super::names::subject;
use super::process::Life;
use super::world::World;

pub(super) use connector::BuggyConnector;
pub(super) use exchange::BuggyExchange;

macro_rules! bugs {
    ($($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// A mistake.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Bug {
            $($(#[$doc])* $variant,)+
        }

        impl Bug {
            /// Every one, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name on the command line and in tables.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}

bugs! {
    /// The store says that a charge or a refund is written down, and writes it two seconds later, if its process still lives.
    AnswersBeforeItWrote = "answers-before-it-wrote",
    /// A refused card in Checkout is believed to end its ticket, under every reading.
    BelievesDeclines = "believes-declines",
    /// A status check that finds nothing is believed to prove that nothing was charged, under every reading.
    BelievesNotFound = "believes-not-found",
    /// The store forgets that some payments succeeded.
    DropsFacts = "drops-facts",
    /// Keys are erased when an account is removed, whatever is open.
    ErasesKeysEarly = "erases-keys-early",
    /// No idempotency key is sent to Stripe.
    ForgetsTheKey = "forgets-the-key",
    /// What is sent to Stripe again goes out under a new idempotency key.
    NewKeyOnResend = "new-key-on-resend",
    /// A Moneris purchase without an answer is sent again under a new order id.
    NewOrderIdOnResend = "new-order-id-on-resend",
    /// Whatever got no answer is sent again as it was.
    SendsTwice = "sends-twice",
    /// Some calls carry another account's keys.
    SendsWithOtherKeys = "sends-with-other-keys",
    /// The store does not look at an invoice's other payments when it opens one.
    SkipsTheLock = "skips-the-lock",
    /// A call that timed out is taken for one that failed.
    TakesTimeoutForFailure = "takes-timeout-for-failure",
}

impl Bug {
    /// The one with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|bug| bug.name() == name)
    }

    /// Whether it sits between an adapter and the network.
    pub(super) fn is_on_the_way(self) -> bool {
        matches!(
            self,
            Self::ForgetsTheKey
                | Self::NewKeyOnResend
                | Self::NewOrderIdOnResend
                | Self::SendsTwice
                | Self::SendsWithOtherKeys
        )
    }
}

/// What the store writes of a step.
pub(super) enum Written {
    As(Step),
    /// Nothing, at least not now; it says that it did.
    SaidOnly,
}

/// The store's mistakes.
pub(super) fn written(world: &Arc<World>, life: &Arc<Life>, mut step: Step) -> Written {
    match world.setting.bug {
        Some(Bug::AnswersBeforeItWrote)
            if matches!(step.action, Action::PaymentCharging | Action::RefundSending) =>
        {
            let (store, life) = (Arc::clone(&world.store), Arc::clone(life));
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(2)).await;
                if !life.is_over() {
                    drop(store.commit(step).await);
                }
            });
            Written::SaidOnly
        }
        Some(Bug::DropsFacts) if step.writes.iter().any(is_a_forgotten_success) => Written::SaidOnly,
        Some(Bug::ErasesKeysEarly) => {
            for write in &mut step.writes {
                if let Write::Account(record) = write
                    && let AccountState::Draining { since, .. } = record.state
                {
                    record.state = AccountState::Erased { since };
                    record.sealed = None;
                    record.subscription = None;
                    record.due_at = None;
                }
            }
            Written::As(step)
        }
        _ => Written::As(step),
    }
}

/// One payment in ten.
fn is_a_forgotten_success(write: &Write) -> bool {
    let Write::Attempt { payment, attempt } = write else { return false };
    matches!(attempt.state, AttemptState::Succeeded(_))
        && mix(0, &[subject(payment.uuid())]).is_multiple_of(10)
}
