//! What can go wrong, for the host's code to act on and its staff to read.

use billing_credentials::{FieldErrors, SealError, VerifyError};
use billing_domain::{
    AccountRef, ActorId, Certainty, Conflict, Money, MoneyError, PayableError, PaymentId, ProcessorError,
    ProcessorErrorKind, ProcessorId, StoreError, SubmitError,
};
use jiff::Timestamp;

use crate::Permission;
use crate::precedence::NoProcessor;

/// Why a call did not do what it was asked. No text holds a key, a card or a patient's name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BillingError {
    /// Another processor account is in use since the window opened: open the window again.
    #[error("the billing settings changed since the window opened: open it again")]
    AccountChanged,
    /// The payment was asked of the wrong account; nothing was sent. A defect of a connector.
    #[error("the processor adapter serves another account than the payment's")]
    AccountMixUp,
    /// Another one with this id was recorded before.
    #[error("another {0} is recorded under this id")]
    AlreadyExists(&'static str),
    /// The outstanding amount is not the one the window showed: open the window again.
    #[error("the amount changed to {outstanding} since the window opened: open it again")]
    AmountChanged {
        /// What is outstanding now.
        outstanding: Money,
    },
    /// Too many calls are under way, or too many others write to the same rows: try again.
    #[error("too much is going on: try again")]
    Busy,
    /// The keys of the payment's account are gone: save keys of the same account again.
    #[error("the keys of the {processor} account this payment used are not saved any more")]
    CredentialsMissing {
        /// Which processor.
        processor: ProcessorId,
    },
    /// The actor may not do this. The attempt is in the audit.
    #[error("not permitted: {}", .0.as_str())]
    Denied(Permission),
    /// The host's figures differ from those stored under the same version: raise the version with every edit.
    #[error(
        "other figures are stored under version {version} of this invoice: raise the version with every edit"
    )]
    FiguresConflict {
        /// The version.
        version: u64,
    },
    /// A reference is not well-formed.
    #[error(transparent)]
    InvalidId(#[from] billing_domain::InvalidId),
    /// The invoice cannot be changed this way.
    #[error(transparent)]
    Invoice(#[from] billing_domain::invoice::InvoiceError),
    /// An open payment, or money already taken, locks the invoice.
    #[error("the invoice has payments: finish, cancel or refund them first")]
    InvoiceLocked {
        /// The open payment, if there is one.
        payment: Option<PaymentId>,
    },
    /// Pasted keys are not well-formed or not of the right kind; nothing was stored or sent.
    #[error(transparent)]
    Keys(#[from] FieldErrors),
    /// The call came too late to be made safely, and was not made.
    #[error("the send was not made in time and was withdrawn: try again")]
    Late,
    /// Stripe must be unlocked first: contact the help centre.
    #[error("{0} is not available for this dispensary: contact the help centre to unlock it")]
    Locked(ProcessorId),
    /// Amounts do not go together.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// No card processor is connected; other tenders still work.
    #[error("no card processor is configured: save keys in Billing Settings")]
    NoProcessorConfigured(#[from] NoProcessor),
    /// There is no such thing in the actor's dispensary.
    #[error("there is no such {0} in this dispensary")]
    NotFound(&'static str),
    /// A finding says how the person knows.
    #[error("a finding needs a note that says how you know")]
    NoteMissing,
    /// Only a payment under review takes a finding.
    #[error("the payment is not under review")]
    NotUnderReview,
    /// Nothing is outstanding.
    #[error("nothing is outstanding")]
    NothingOutstanding,
    /// The host's newer figures no longer ask for what the open payment takes: cancel that payment first.
    #[error("the invoice changed while payment {payment} is open on it: cancel that payment first")]
    OpenPaymentOutdated {
        /// The open payment.
        payment: PaymentId,
    },
    /// A part given to the builder panicked during the call; what was committed stands, and the sweep goes on from it.
    #[error("a part of billing panicked: see the log")]
    Panicked,
    /// The payable cannot be paid.
    #[error(transparent)]
    Payable(#[from] PayableError),
    /// Someone is taking a card payment on it already.
    #[error("a card payment is in progress on it since {since}")]
    PaymentInProgress {
        /// The open payment.
        payment: PaymentId,
        /// Who sent it.
        by: ActorId,
        /// Since when.
        since: Timestamp,
    },
    /// The payment was withdrawn while it was being sent; nothing can be charged. Send it again.
    #[error("the payment was withdrawn while it was being sent: send it again")]
    PaymentWithdrawn,
    /// The processor was asked and gave no usable answer.
    #[error("{cause}{}", advice(*certainty))]
    Processor {
        /// What is known of the send.
        certainty: Certainty,
        /// What went wrong.
        #[source]
        cause: ProcessorError,
    },
    /// The processor never takes this amount; nothing was sent.
    #[error("{processor} {kind}")]
    ProcessorRefusesAmount {
        /// Which processor.
        processor: ProcessorId,
        /// Which bound it breaks.
        kind: ProcessorErrorKind,
    },
    /// Saved keys could not be sealed or opened.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The library is shutting down.
    #[error("billing is shutting down")]
    ShuttingDown,
    /// The store failed; see [`StoreError`] for what is known.
    #[error(transparent)]
    Store(StoreError),
    /// No adapter for this processor was given to the builder.
    #[error("{0} is not part of this installation")]
    UnknownProcessor(ProcessorId),
    /// The processor did not accept the pasted keys; nothing was stored.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The actor's dispensary was never recorded: call `add_dispensary` first.
    #[error("this dispensary was never recorded: add it first")]
    UnknownDispensary,
    /// Another account's payment: never sent.
    #[error("account {0:?} is unknown")]
    UnknownAccount(AccountRef),
}

fn advice(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::NotSent | Certainty::Refused => "; nothing was charged",
        Certainty::Unknown => "; do not take the payment another way until this one is settled",
    }
}

impl From<SubmitError> for BillingError {
    fn from(error: SubmitError) -> Self {
        Self::Processor { certainty: error.certainty, cause: error.cause }
    }
}

impl From<StoreError> for BillingError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Conflict> for BillingError {
    fn from(conflict: Conflict) -> Self {
        Self::Store(StoreError::Conflict(conflict))
    }
}
