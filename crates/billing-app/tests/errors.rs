//! What a host tells of an error: a word for its program, a text for its staff.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;

use billing_app::{BillingError, NoProcessor, Permission};
use billing_credentials::{FieldError, FieldErrors, KeyError, SealError, VerifyError};
use billing_domain::invoice::InvoiceError;
use billing_domain::{
    ActorId, AmountBound, Certainty, Conflict, InvalidId, MoneyError, PayableError, ProcessorError,
    ProcessorErrorKind, ProcessorId, RefundId, StoreError,
};
use billing_testkit::store::rows;

/// One error of every variant.
fn one_of_each() -> Vec<BillingError> {
    use BillingError as E;
    let processor = ProcessorId::STRIPE;
    let payment = rows::payment_id(1);
    let by = ActorId::parse("desk").unwrap();
    let refund = RefundId::new(rows::uuid(9));
    let empty = FieldError { field: "secret_key", error: KeyError::Empty };
    let kind = ProcessorErrorKind::AmountRefused { amount: rows::cad(1), bound: AmountBound::TooSmall };
    vec![
        E::AccountChanged,
        E::AccountMixUp,
        E::AlreadyExists("dispensary"),
        E::AmountChanged { outstanding: rows::cad(1) },
        E::Busy,
        E::CredentialsMissing { processor: processor.clone() },
        E::Denied(Permission::TakePayment),
        E::FiguresConflict { version: 2 },
        E::GrantOutdated,
        E::GrantRefused { processor: processor.clone(), kind: ProcessorErrorKind::GrantMalformed },
        E::InvalidId(InvalidId("PayableId")),
        E::Invoice(InvoiceError::NoLines),
        E::InvoiceLocked { payment: None },
        E::Keys(FieldErrors::new(vec![empty]).unwrap()),
        E::Late,
        E::Locked(processor.clone()),
        E::Money(MoneyError::Overflow),
        E::NoProcessorConfigured(NoProcessor),
        E::NotFound("invoice"),
        E::NoteHoldsCardNumber,
        E::NoteMissing,
        E::NotCancellable { processor: processor.clone() },
        E::NotDraining,
        E::NotUnderReview,
        E::NothingOutstanding,
        E::OpenPaymentOutdated { payment },
        E::OtherAccount { processor: processor.clone() },
        E::Panicked,
        E::Payable(PayableError::NotFinalised),
        E::PaymentInProgress { payment, by, since: rows::at(0) },
        E::PaymentWithdrawn,
        unanswered(Certainty::Unknown),
        E::ProcessorRefusesAmount { processor: processor.clone(), kind },
        E::ProcessorRefusesRefund { processor: processor.clone(), kind: ProcessorErrorKind::Unsupported },
        E::RefundInProgress { refund },
        refund_not_made(),
        E::RefundNotTold { cause: unavailable() },
        E::RefundTooLarge { refundable: rows::cad(1) },
        E::Seal(SealError::Malformed),
        E::ShuttingDown,
        E::Store(StoreError::Conflict(Conflict::Revision("invoice"))),
        E::UnknownProcessor(processor),
        E::Verify(VerifyError::Rejected),
        E::UnknownDispensary,
        E::UnknownAccount(rows::account_ref(rows::dispensary_id(1), 7)),
    ]
}

fn unanswered(certainty: Certainty) -> BillingError {
    BillingError::Processor { certainty, cause: unavailable() }
}

fn refund_not_made() -> BillingError {
    BillingError::RefundNotMade { cause: unavailable() }
}

fn unavailable() -> ProcessorError {
    ProcessorError {
        processor: ProcessorId::STRIPE,
        kind: ProcessorErrorKind::Unavailable,
        request_id: None,
        retry_after: None,
        source: None,
    }
}

/// The store fails in four ways under one code; each has a text of its own.
fn of_the_store() -> [BillingError; 3] {
    let disk = || "disk I/O error at step 7".into();
    [StoreError::Corrupt("attempt"), StoreError::InDoubt(disk()), StoreError::Unavailable(disk())]
        .map(BillingError::Store)
}

#[test]
fn every_variant_has_a_code_of_its_own() {
    let codes: Vec<_> = one_of_each().iter().map(BillingError::code).collect();
    assert_eq!(codes, BillingError::CODES);
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
    let snake_case = |code: &&str| code.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    assert!(codes.iter().all(snake_case), "{codes:?}");
}

#[test]
fn no_text_for_staff_speaks_of_the_program() {
    for error in one_of_each().into_iter().chain(of_the_store()) {
        let text = error.to_string();
        for jargon in ["{", "::", "(\"", "Some(", "adapter", "panic", "step", "row", "store "] {
            assert!(!text.contains(jargon), "{error:?}: {text}");
        }
    }
}

#[test]
fn the_cause_of_a_store_that_failed_is_kept_for_the_log() {
    for error in of_the_store() {
        assert!(std::error::Error::source(&error).is_some(), "{error:?}");
    }
}

#[test]
fn staff_read_whether_money_may_have_moved() {
    for (certainty, told) in [
        (Certainty::NotSent, "nothing was charged"),
        (Certainty::Refused, "nothing was charged"),
        (Certainty::Unknown, "do not take the payment another way"),
    ] {
        assert!(unanswered(certainty).to_string().contains(told), "{certainty:?}");
    }
}
