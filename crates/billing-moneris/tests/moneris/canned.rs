//! A network that says what a test wrote for it, and remembers what it was sent.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use billing_credentials::fields::API_TOKEN;
use billing_credentials::{OpenedAccount, ProcessorConnector};
use billing_domain::{Flow, PaymentProcessor};
use billing_moneris::{MonerisConfig, MonerisConnector};
use billing_transport::{Delivery, Exchange, Request, Response, SendError, SendErrorKind};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::answers::{Answer, TOKEN, account, public};

/// One answer, or none.
#[derive(Clone, Debug)]
pub(crate) enum Said {
    Answer { status: u16, body: String },
    Hangs,
    Lost,
    NotSent,
    TooLarge,
}

impl From<Answer> for Said {
    fn from(answer: Answer) -> Self {
        Self::Answer { status: 200, body: answer.xml() }
    }
}

impl From<Value> for Said {
    fn from(answer: Value) -> Self {
        Self::Answer { status: 200, body: answer.to_string() }
    }
}

pub(crate) fn said(status: u16, body: &str) -> Said {
    Said::Answer { status, body: body.to_owned() }
}

/// The network, and what was sent over it.
#[derive(Clone)]
pub(crate) struct Canned {
    says: Arc<Mutex<VecDeque<Said>>>,
    sent: Arc<Mutex<Vec<Request>>>,
}

/// What it will say is not shown: it would look like a leak of the adapter's.
impl fmt::Debug for Canned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Canned").finish_non_exhaustive()
    }
}

impl Canned {
    pub(crate) fn new(says: impl IntoIterator<Item = impl Into<Said>>) -> Self {
        let says = says.into_iter().map(Into::into).collect();
        Self { says: Arc::new(Mutex::new(says)), sent: Arc::default() }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The bodies sent so far.
    pub(crate) fn sent(&self) -> Vec<String> {
        let text = |request: Request| String::from_utf8(request.body.to_vec()).unwrap();
        self.requests().into_iter().map(text).collect()
    }

    pub(crate) fn connector(&self, config: MonerisConfig) -> MonerisConnector {
        MonerisConnector::new(Arc::new(self.clone()), config)
    }

    /// The port of an account that uses `flow`.
    pub(crate) fn port_with(&self, flow: &Flow, config: MonerisConfig) -> Arc<dyn PaymentProcessor> {
        let opened = OpenedAccount {
            account: account(),
            version: 1,
            public: public(flow),
            secrets: [(API_TOKEN, TOKEN)].into_iter().collect(),
        };
        self.connector(config).connect(&opened)
    }

    pub(crate) fn port(&self, flow: &Flow) -> Arc<dyn PaymentProcessor> {
        self.port_with(flow, MonerisConfig::default())
    }
}

#[async_trait]
impl Exchange for Canned {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        let limit = request.limits;
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        let said = self.says.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        match said.expect("no more is sent than a test has answers for") {
            Said::Answer { status, body } => Ok(Response {
                status: StatusCode::from_u16(status).unwrap(),
                headers: HeaderMap::new(),
                body: Bytes::from(body),
            }),
            Said::Hangs => {
                tokio::time::sleep(limit.total).await;
                Err(SendError::new(SendErrorKind::Timeout, Delivery::MaybeSent))
            }
            Said::Lost => Err(SendError::new(SendErrorKind::Interrupted, Delivery::MaybeSent)),
            Said::NotSent => Err(SendError::new(SendErrorKind::Connect, Delivery::NotSent)),
            Said::TooLarge => Err(SendError::new(SendErrorKind::TooLarge, Delivery::MaybeSent)),
        }
    }
}
