//! What can go wrong, for the host's code to act on and its staff to read.

use billing_credentials::{FieldErrors, SealError, VerifyError};
use billing_domain::{
    AccountRef, ActorId, Certainty, Conflict, Money, MoneyError, PayableError, PaymentId, ProcessorError,
    ProcessorErrorKind, ProcessorId, RefundId, StoreError, SubmitError,
};
use jiff::Timestamp;

use crate::Permission;
use crate::precedence::NoProcessor;

/// Why a call did not do what it was asked.
///
/// Its text is English for staff: what happened and what to do. No text holds a key, a card or a patient's name. A host
/// with texts of its own has one for each of [`BillingError::CODES`] and a general one for codes of later releases. In
/// place of the text of [`Processor`](Self::Processor) it needs two: `certainty` tells whether money may have moved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BillingError {
    /// Another processor account is in use since the window opened: open the window again.
    #[error("the billing settings changed since the window opened: open it again")]
    AccountChanged,
    /// The payment was asked of the wrong account; nothing was sent. A defect of a connector.
    #[error(
        "the payment was about to go to another account than its own and was stopped: tell whoever runs this system"
    )]
    AccountMixUp,
    /// Another one with this id was recorded before.
    #[error("another {0} is recorded under this id: use a new id")]
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
    #[error("the keys of the {processor} account this payment used are not saved any more: save them again")]
    CredentialsMissing {
        /// Which processor.
        processor: ProcessorId,
    },
    /// The actor may not do this. The attempt is in the audit.
    #[error("you may not do this: ask whoever gives permissions for {}", .0.as_str())]
    Denied(Permission),
    /// The host's figures differ from those stored under the same version: raise the version with every edit.
    #[error(
        "version {version} of this invoice was recorded with other figures: load the invoice again (programs raise the version with every edit)"
    )]
    FiguresConflict {
        /// The version.
        version: u64,
    },
    /// The grant is for an earlier attempt of the payment: send the payment again, and charge with what the card fields give then.
    #[error("the card fields answered for an earlier attempt: send the payment again")]
    GrantOutdated,
    /// What the browser brought back is no grant of this processor's; nothing was sent.
    #[error("{processor} {kind}: enter the card again")]
    GrantRefused {
        /// Which processor.
        processor: ProcessorId,
        /// What is wrong.
        kind: ProcessorErrorKind,
    },
    /// A reference is not well-formed.
    #[error("{0}: check what was entered")]
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
    #[error("there was no time left to ask the processor, and it was not asked: try again")]
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
    /// The audit is kept for ever, and keeps no card.
    #[error(
        "the note or the reference looks like a card number: card numbers go into the payment window only"
    )]
    NoteHoldsCardNumber,
    /// A finding says how the person knows.
    #[error("a finding needs a note that says how you know: add one")]
    NoteMissing,
    /// Nothing takes a payment back that was handed over this way: it ends by itself, or a person is called.
    #[error("{processor} cannot take back what was handed over: let it be paid, or wait until it ends")]
    NotCancellable {
        /// Which processor.
        processor: ProcessorId,
    },
    /// The account is in use, and its keys are saved in its pane.
    #[error("this account is in use: save its keys in the billing settings")]
    NotDraining,
    /// Only what is under review takes a finding.
    #[error("this is not under review: look at how it stands now")]
    NotUnderReview,
    /// Nothing is outstanding.
    #[error("nothing is outstanding: there is nothing to pay by card")]
    NothingOutstanding,
    /// The host's newer figures no longer ask for what the open payment takes: cancel that payment first.
    #[error("the invoice changed while payment {payment} is open on it: cancel that payment first")]
    OpenPaymentOutdated {
        /// The open payment.
        payment: PaymentId,
    },
    /// The pasted keys are not provably of the account that is to be finished with; nothing was stored.
    #[error(
        "these keys are not of the {processor} account that is to be finished: copy them from that account"
    )]
    OtherAccount {
        /// Which processor.
        processor: ProcessorId,
    },
    /// A part given to the builder panicked during the call; what was committed stands, and the sweep goes on from it.
    #[error("billing failed halfway: look at how the payment stands, and tell whoever runs this system")]
    Panicked,
    /// The payable cannot be paid.
    #[error(transparent)]
    Payable(#[from] PayableError),
    /// Someone is taking a card payment on it already.
    #[error(
        "a card payment is in progress on this invoice since {since:.0}: finish or cancel that one first"
    )]
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
    /// The processor does not give this amount of this charge back; nothing was sent.
    #[error("{processor} {kind}")]
    ProcessorRefusesRefund {
        /// Which processor.
        processor: ProcessorId,
        /// Why.
        kind: ProcessorErrorKind,
    },
    /// Whether another refund of the same charge gave money back is not known yet: settle that one first.
    #[error("refund {refund} of this charge is under way: look at how it stands first")]
    RefundInProgress {
        /// That refund.
        refund: RefundId,
    },
    /// The refund was not made; another one may be asked for.
    #[error("{cause}; nothing was given back")]
    RefundNotMade {
        /// What went wrong.
        #[source]
        cause: ProcessorError,
    },
    /// What became of the refund could not be found out.
    #[error("{cause}; look at the refund again before giving anything back another way")]
    RefundNotTold {
        /// What went wrong.
        #[source]
        cause: ProcessorError,
    },
    /// More was asked for than can be given back.
    #[error("only {refundable} of this charge can still be given back")]
    RefundTooLarge {
        /// What can still be given back.
        refundable: Money,
    },
    /// Saved keys could not be sealed or opened.
    #[error("{0}: tell whoever runs this system")]
    Seal(#[from] SealError),
    /// The library is shutting down.
    #[error("billing is shutting down: try again in a minute")]
    ShuttingDown,
    /// The store failed; see [`StoreError`] for what is known.
    #[error("{}", of_the_store(.0))]
    Store(#[source] StoreError),
    /// No adapter for this processor was given to the builder.
    #[error("{0} is not part of this installation: tell whoever runs this system")]
    UnknownProcessor(ProcessorId),
    /// The processor did not accept the pasted keys; nothing was stored.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The actor's dispensary was never recorded: call `add_dispensary` first.
    #[error("this dispensary was never recorded: tell whoever runs this system")]
    UnknownDispensary,
    /// The account the payment began with is not stored.
    #[error("the {} account this payment began with is not recorded: tell whoever runs this system", .0.processor)]
    UnknownAccount(AccountRef),
}

macro_rules! codes {
    ($($variant:pat => $code:literal,)+) => {
        impl BillingError {
            /// Every code, each of one variant.
            pub const CODES: &[&str] = &[$($code),+];

            /// Its stable word, for programs to switch on and to keep; never prose for people.
            pub const fn code(&self) -> &'static str {
                match self {
                    $($variant => $code,)+
                }
            }
        }
    };
}

codes! {
    Self::AccountChanged => "account_changed",
    Self::AccountMixUp => "account_mix_up",
    Self::AlreadyExists(_) => "already_exists",
    Self::AmountChanged { .. } => "amount_changed",
    Self::Busy => "busy",
    Self::CredentialsMissing { .. } => "credentials_missing",
    Self::Denied(_) => "denied",
    Self::FiguresConflict { .. } => "figures_conflict",
    Self::GrantOutdated => "grant_outdated",
    Self::GrantRefused { .. } => "grant_refused",
    Self::InvalidId(_) => "invalid_id",
    Self::Invoice(_) => "invoice",
    Self::InvoiceLocked { .. } => "invoice_locked",
    Self::Keys(_) => "keys",
    Self::Late => "late",
    Self::Locked(_) => "locked",
    Self::Money(_) => "money",
    Self::NoProcessorConfigured(_) => "no_processor_configured",
    Self::NotFound(_) => "not_found",
    Self::NoteHoldsCardNumber => "note_holds_card_number",
    Self::NoteMissing => "note_missing",
    Self::NotCancellable { .. } => "not_cancellable",
    Self::NotDraining => "not_draining",
    Self::NotUnderReview => "not_under_review",
    Self::NothingOutstanding => "nothing_outstanding",
    Self::OpenPaymentOutdated { .. } => "open_payment_outdated",
    Self::OtherAccount { .. } => "other_account",
    Self::Panicked => "panicked",
    Self::Payable(_) => "payable",
    Self::PaymentInProgress { .. } => "payment_in_progress",
    Self::PaymentWithdrawn => "payment_withdrawn",
    Self::Processor { .. } => "processor",
    Self::ProcessorRefusesAmount { .. } => "processor_refuses_amount",
    Self::ProcessorRefusesRefund { .. } => "processor_refuses_refund",
    Self::RefundInProgress { .. } => "refund_in_progress",
    Self::RefundNotMade { .. } => "refund_not_made",
    Self::RefundNotTold { .. } => "refund_not_told",
    Self::RefundTooLarge { .. } => "refund_too_large",
    Self::Seal(_) => "seal",
    Self::ShuttingDown => "shutting_down",
    Self::Store(_) => "store",
    Self::UnknownProcessor(_) => "unknown_processor",
    Self::Verify(_) => "verify",
    Self::UnknownDispensary => "unknown_dispensary",
    Self::UnknownAccount(_) => "unknown_account",
}

/// A store speaks of steps, which staff do not know.
fn of_the_store(error: &StoreError) -> String {
    match error {
        StoreError::Conflict(conflict) => format!("{conflict}: look again, then try again"),
        StoreError::Corrupt(what) => format!("a stored {what} cannot be read: tell whoever runs this system"),
        StoreError::InDoubt(_) => {
            "it is not known whether this was recorded: look again before you repeat it".to_owned()
        }
        StoreError::Unavailable(_) => "the records cannot be reached: try again in a minute".to_owned(),
        other => format!("{other}: tell whoever runs this system"),
    }
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
