//! Counter's settings pane: its two fields, whose keys they are, and the way to a port. Nothing is changed at Counter.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use billing_credentials::{
    AccountProfile, Candidate, Field, FieldError, FieldErrors, KeyError, KeyPolicy, Mode, OpenedAccount,
    ProcessorConnector, Submitted, VerifyError,
};
use billing_domain::{PaymentProcessor, ProcessorErrorKind, ProcessorId};
use secrecy::{ExposeSecret, SecretString};

use crate::answer::{Failure, mode};
use crate::processor::CounterProcessor;
use crate::wire::{Line, Message};

/// Counter's name in settings, in a ranking and on every payment.
pub const COUNTER: ProcessorId = ProcessorId::new("counter");
/// The public field: the merchant's number, eight digits.
pub const MERCHANT: &str = "merchant_number";
/// The secret field: `live_…` or `test_…`.
pub const SIGNING_KEY: &str = "signing_key";

/// The fewest and most characters of a signing key.
const KEY_LENGTH: std::ops::RangeInclusive<usize> = 20..=100;

/// The Counter adapter. Make one for the process and share it.
#[derive(Clone, Debug)]
pub struct CounterConnector {
    line: Line,
}

impl CounterConnector {
    /// Counter at `address`; no call takes longer than `deadline`.
    pub fn new(address: SocketAddr, deadline: Duration) -> Self {
        Self { line: Line { address, deadline } }
    }
}

/// What authenticates a call: which merchant, with which key. Debug shows no key.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    pub(crate) merchant: String,
    key: SecretString,
}

impl Keys {
    /// `None` if either is missing, which no saved account is.
    pub(crate) fn new(merchant: Option<&str>, key: Option<&SecretString>) -> Option<Self> {
        Some(Self { merchant: merchant?.to_owned(), key: key?.clone() })
    }

    /// A live key takes real money.
    pub(crate) fn is_live(&self) -> bool {
        exposed(&self.key).starts_with("live_")
    }

    pub(crate) fn sign(&self, question: Message) -> Message {
        question.with("merchant", &self.merchant).with("key", exposed(&self.key))
    }

    /// Asks, and tells an answer from an error.
    pub(crate) async fn ask(&self, line: Line, question: Message) -> Result<Message, Failure> {
        let answer = line.ask(&self.sign(question)).await.map_err(Failure::NoAnswer)?;
        match answer.value("error") {
            Some(word) => Err(Failure::Said(word.to_owned())),
            None => Ok(answer),
        }
    }
}

#[async_trait]
impl ProcessorConnector for CounterConnector {
    fn processor(&self) -> ProcessorId {
        COUNTER
    }

    fn fields(&self) -> Vec<Field> {
        vec![
            Field { name: MERCHANT, secret: false, required: true },
            Field { name: SIGNING_KEY, secret: true, required: true },
        ]
    }

    /// Every wrong field at once, and never its value.
    fn parse(&self, pasted: &Submitted, policy: KeyPolicy) -> Result<Candidate, FieldErrors> {
        let text = |name| pasted.field(name).map_or("", |value| exposed(value).trim());
        let (merchant, key) = (text(MERCHANT), text(SIGNING_KEY));
        let checked = [(MERCHANT, check_merchant(merchant)), (SIGNING_KEY, check_key(key, policy))];
        let wrong = checked.into_iter().filter_map(|(field, checked)| {
            let error = checked.err()?;
            Some(FieldError { field, error })
        });
        if let Some(errors) = FieldErrors::new(wrong.collect()) {
            return Err(errors);
        }
        let shown: String = key.chars().skip(key.len().saturating_sub(4)).collect();
        Ok(Candidate {
            public: [(MERCHANT, merchant)].into_iter().collect(),
            masked: [(SIGNING_KEY, format!("{}_…{shown}", mode(key.starts_with("live_"))))]
                .into_iter()
                .collect(),
            secrets: [(SIGNING_KEY, key)].into_iter().collect(),
            remarks: Vec::new(),
        })
    }

    async fn verify(&self, candidate: &Candidate) -> Result<AccountProfile, VerifyError> {
        let merchant = candidate.public.field(MERCHANT);
        let keys = Keys::new(merchant, candidate.secrets.secret(SIGNING_KEY)).ok_or(VerifyError::Rejected)?;
        let answer = keys.ask(self.line, Message::asking("whoami")).await.map_err(|failure| match failure
            .into_cause()
        {
            cause if cause.kind == ProcessorErrorKind::CredentialsRejected => VerifyError::Rejected,
            cause => VerifyError::Unavailable(cause),
        })?;
        if answer.value("mode") != Some(mode(keys.is_live())) {
            return Err(VerifyError::WrongMode);
        }
        if answer.value("charges") != Some("yes") {
            return Err(VerifyError::CannotCharge);
        }
        // The id by which a roll of keys is told from another account: the merchant's number, which never changes.
        Ok(AccountProfile {
            external_id: keys.merchant.clone(),
            business_name: answer.value("name").map(str::to_owned),
            remarks: Vec::new(),
        })
    }

    fn connect(&self, account: &OpenedAccount) -> Arc<dyn PaymentProcessor> {
        Arc::new(CounterProcessor::new(self.line, account))
    }
}

fn check_merchant(number: &str) -> Result<(), KeyError> {
    match number.len() {
        0 => Err(KeyError::Empty),
        _ if !number.chars().all(|c| c.is_ascii_digit()) => Err(KeyError::ForbiddenCharacter),
        1..8 => Err(KeyError::TooShort { min: 8 }),
        8 => Ok(()),
        _ => Err(KeyError::TooLong { max: 8 }),
    }
}

/// A key of the other mode begins wrongly: a deployment never mixes live and test keys.
fn check_key(key: &str, policy: KeyPolicy) -> Result<(), KeyError> {
    let expected = match policy.mode() {
        Mode::Live => "live_",
        Mode::Test => "test_",
    };
    if key.is_empty() {
        Err(KeyError::Empty)
    } else if !key.starts_with(expected) {
        Err(KeyError::UnknownPrefix { expected })
    } else if !key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        Err(KeyError::ForbiddenCharacter)
    } else if key.len() < *KEY_LENGTH.start() {
        Err(KeyError::TooShort { min: *KEY_LENGTH.start() })
    } else if key.len() > *KEY_LENGTH.end() {
        Err(KeyError::TooLong { max: *KEY_LENGTH.end() })
    } else {
        Ok(())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where a key is read: to check it and to send it"
)]
fn exposed(key: &SecretString) -> &str {
    key.expose_secret()
}
