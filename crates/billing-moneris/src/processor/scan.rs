//! Neither flow has a list of charges to read with the store's credentials.

use billing_domain::{ProcessorErrorKind, QueryError};

use super::MonerisProcessor;
use crate::error::not_sent;

impl MonerisProcessor {
    pub(super) fn list<T>() -> Result<T, QueryError> {
        Err(not_sent(ProcessorErrorKind::Unsupported).into_query())
    }
}
