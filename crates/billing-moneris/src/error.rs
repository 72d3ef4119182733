//! From no answer, or one that cannot be used, to the domain's errors. Moneris's own sentences end in `refusal`.

use billing_domain::{Certainty, ProcessorError, ProcessorErrorKind, ProcessorId, QueryError, SubmitError};
use billing_transport::{ClientError, Delivery, SendErrorKind};

/// No answer that can be used.
#[derive(Debug)]
pub(crate) struct NoReply {
    pub(crate) delivery: Delivery,
    pub(crate) cause: ProcessorError,
}

impl NoReply {
    pub(crate) fn into_submit(self) -> SubmitError {
        let certainty = match self.delivery {
            Delivery::NotSent => Certainty::NotSent,
            Delivery::MaybeSent => Certainty::Unknown,
        };
        SubmitError { certainty, stored: false, cause: self.cause }
    }

    pub(crate) fn into_query(self) -> QueryError {
        QueryError { sent: self.delivery == Delivery::MaybeSent, cause: self.cause }
    }
}

impl From<ClientError> for NoReply {
    fn from(error: ClientError) -> Self {
        let kind = match error.last.kind {
            SendErrorKind::GateClosed => ProcessorErrorKind::Late,
            SendErrorKind::TooLarge => ProcessorErrorKind::Malformed,
            _ => ProcessorErrorKind::Unavailable,
        };
        Self { delivery: error.delivery, cause: processor_error(kind, Some(Box::new(error))) }
    }
}

/// Nothing left this machine.
pub(crate) fn not_sent(kind: ProcessorErrorKind) -> NoReply {
    NoReply { delivery: Delivery::NotSent, cause: processor_error(kind, None) }
}

/// It left, and what came back, if anything did, is of no use.
pub(crate) fn in_doubt(
    kind: ProcessorErrorKind,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
) -> NoReply {
    NoReply { delivery: Delivery::MaybeSent, cause: processor_error(kind, source) }
}

/// A clear no to the only send: Moneris did nothing.
pub(crate) fn refused(kind: ProcessorErrorKind) -> SubmitError {
    SubmitError { certainty: Certainty::Refused, stored: false, cause: processor_error(kind, None) }
}

pub(crate) fn processor_error(
    kind: ProcessorErrorKind,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
) -> ProcessorError {
    ProcessorError { processor: ProcessorId::MONERIS, kind, request_id: None, retry_after: None, source }
}
