//! The Moneris pane: reading pasted credentials, asking Moneris whether it knows them, connecting saved ones. Nothing moves at Moneris.

use std::sync::Arc;

use async_trait::async_trait;
use billing_credentials::fields::{API_TOKEN, CHECKOUT_ID, PROFILE_ID, STORE_ID};
use billing_credentials::{
    AccountProfile, Candidate, Field, FieldErrors, KeyPolicy, OpenedAccount, ProcessorConnector, Submitted,
    VerifyError, moneris,
};
use billing_domain::{PaymentProcessor, ProcessorErrorKind, ProcessorId, PublicFields};
use billing_transport::Exchange;

use crate::api::Api;
use crate::config::MonerisConfig;
use crate::encode::{Store, Transaction};
use crate::error::processor_error;
use crate::processor::MonerisProcessor;
use crate::receipt::Receipt;
use crate::refusal::{self, Reason, Sentence};

/// The Moneris adapter. Make one with the one exchange of the process and share it.
#[derive(Clone, Debug)]
pub struct MonerisConnector {
    api: Api,
}

impl MonerisConnector {
    /// Moneris through `exchange`.
    pub fn new(exchange: Arc<dyn Exchange>, config: MonerisConfig) -> Self {
        Self { api: Api::new(exchange, config) }
    }
}

#[async_trait]
impl ProcessorConnector for MonerisConnector {
    fn processor(&self) -> ProcessorId {
        ProcessorId::MONERIS
    }

    fn fields(&self) -> Vec<Field> {
        moneris::fields()
    }

    fn parse(&self, pasted: &Submitted, policy: KeyPolicy) -> Result<Candidate, FieldErrors> {
        moneris::parse_candidate(pasted, policy)
    }

    /// Moneris has nothing to ask for an account by. Looking up a stored card that cannot exist needs the store id and the API token
    /// and moves nothing; what it answers to right ones, no document says.
    async fn verify(&self, candidate: &Candidate) -> Result<AccountProfile, VerifyError> {
        let token = candidate.secrets.secret(API_TOKEN).ok_or(VerifyError::Rejected)?;
        let id = candidate.public.field(STORE_ID).ok_or(VerifyError::Rejected)?;
        let answer = self.api.transact(&Store { id, token }, &Transaction::LookUp).await;
        let receipt = answer.map_err(|none| VerifyError::Unavailable(none.cause))?;
        match accepted(&receipt) {
            Some(true) => Ok(AccountProfile {
                external_id: id.to_owned(),
                business_name: None,
                remarks: remarks(&candidate.public),
            }),
            Some(false) => Err(VerifyError::Rejected),
            None => Err(VerifyError::Unavailable(processor_error(ProcessorErrorKind::Malformed, None))),
        }
    }

    fn connect(&self, account: &OpenedAccount) -> Arc<dyn PaymentProcessor> {
        Arc::new(MonerisProcessor::new(self.api.clone(), account))
    }
}

/// Whether Moneris knows the credentials; `None` if its answer does not show it.
fn accepted(receipt: &Receipt) -> Option<bool> {
    let sentence = receipt.message_words().map(|sentence| refusal::read(&sentence));
    match sentence {
        Some(Sentence::No(Reason::Credentials)) => Some(false),
        // It looked for the card, or for what belongs to it.
        Some(Sentence::No(Reason::Request("data_key" | "not_found"))) => Some(true),
        Some(Sentence::Duplicate) => None,
        // A code is given after the credentials were read.
        _ if receipt.response_code.is_some() => Some(true),
        _ => None,
    }
}

/// What was not checked, for staff.
fn remarks(public: &PublicFields) -> Vec<String> {
    let saved = |name| public.field(name).is_some();
    let notes = [
        (
            saved(PROFILE_ID),
            "Not checked with Moneris: the profile id. A wrong one shows when the card fields are opened.",
        ),
        (
            saved(CHECKOUT_ID),
            "Not checked with Moneris: the Checkout id. A wrong one shows when a payment is begun.",
        ),
        (
            !saved(PROFILE_ID) && !saved(CHECKOUT_ID),
            "No payment can be taken yet: save a profile id or a Checkout id.",
        ),
        (true, "Not checked with Moneris: whether the store may give money back."),
    ];
    notes.into_iter().filter(|(applies, _)| *applies).map(|(_, note)| note.to_owned()).collect()
}
