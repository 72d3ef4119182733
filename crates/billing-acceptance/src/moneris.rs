//! A stand-in for Moneris until its adapter exists: the real key types, and a processor that only takes notes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use billing_credentials::{
    AccountProfile, Candidate, Field, FieldErrors, KeyPolicy, OpenedAccount, ProcessorConnector, Submitted,
    VerifyError, fields, moneris,
};
use billing_domain::payment::{Capture, Reference};
use billing_domain::{
    AccountRef, Begun, CancelMode, Capabilities, CardGrant, Certainty, ChargeFact, ChargeOrder, ChargePlace,
    EvidenceMode, Flow, Handover, Money, PaymentProcessor, ProcessorError, ProcessorErrorKind, ProcessorId,
    Proof, PublicFields, QueryError, RefundCare, RefundFact, RefundOrder, RefundPlan, Scan, ScanPage,
    SubmitError,
};
use jiff::Timestamp;

/// Accepts what Moneris's fields accept, calls nobody, and writes down what it was asked.
#[derive(Clone, Debug, Default)]
pub struct PaperMoneris {
    asked: Arc<Mutex<Vec<String>>>,
}

impl PaperMoneris {
    /// What its processor was asked, oldest first.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl ProcessorConnector for PaperMoneris {
    fn processor(&self) -> ProcessorId {
        ProcessorId::MONERIS
    }

    fn fields(&self) -> Vec<Field> {
        moneris::fields()
    }

    fn parse(&self, pasted: &Submitted, policy: KeyPolicy) -> Result<Candidate, FieldErrors> {
        moneris::parse_candidate(pasted, policy)
    }

    async fn verify(&self, candidate: &Candidate) -> Result<AccountProfile, VerifyError> {
        let store_id = candidate.public.field(fields::STORE_ID).unwrap_or_default();
        Ok(AccountProfile { external_id: store_id.to_owned(), business_name: None, remarks: Vec::new() })
    }

    fn connect(&self, account: &OpenedAccount) -> Arc<dyn PaymentProcessor> {
        Arc::new(PaperProcessor {
            account: account.account.clone(),
            public: account.public.clone(),
            asked: Arc::clone(&self.asked),
        })
    }
}

#[derive(Debug)]
struct PaperProcessor {
    account: AccountRef,
    public: PublicFields,
    asked: Arc<Mutex<Vec<String>>>,
}

impl PaperProcessor {
    fn note(&self, what: &str, order: &ChargeOrder) {
        let line = format!("{what} {} {}", order.payment, order.amount);
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    fn hand_over(&self, order: &ChargeOrder) -> Begun {
        let handover = Handover {
            processor: ProcessorId::MONERIS,
            flow: self.flow(),
            public: self.public.clone(),
            secret: None,
            expires_at: None,
        };
        Begun::HandOver { reference: Reference(order.key.0.clone()), keep: None, handover }
    }
}

#[async_trait]
impl PaymentProcessor for PaperProcessor {
    fn account(&self) -> &AccountRef {
        &self.account
    }

    fn flow(&self) -> Flow {
        Flow::new("paper")
    }

    fn capabilities(&self, _: &Flow) -> Capabilities {
        Capabilities {
            charge: ChargePlace::InBrowser,
            evidence: EvidenceMode::ByReference,
            cancel: CancelMode::AtProcessor,
            encoding: 1,
            replay_within: Duration::ZERO,
            refunds: RefundCare::SentOnce,
        }
    }

    fn accepts(&self, _: Money) -> Result<(), ProcessorErrorKind> {
        Ok(())
    }

    fn accepts_grant(&self, _: &CardGrant) -> Result<(), ProcessorErrorKind> {
        Err(ProcessorErrorKind::Unsupported)
    }

    fn window_fields(&self, _: &Flow, public: &PublicFields) -> PublicFields {
        public.clone()
    }

    async fn begin(&self, order: &ChargeOrder) -> Result<Begun, SubmitError> {
        self.note("begin", order);
        Ok(self.hand_over(order))
    }

    async fn resume(&self, order: &ChargeOrder) -> Result<Begun, QueryError> {
        self.note("resume", order);
        Ok(self.hand_over(order))
    }

    async fn charge(&self, _: &ChargeOrder) -> Result<ChargeFact, SubmitError> {
        Err(SubmitError { certainty: Certainty::NotSent, stored: false, cause: unsupported() })
    }

    async fn observe(&self, order: &ChargeOrder) -> Result<ChargeFact, QueryError> {
        self.note("observe", order);
        Ok(ChargeFact::Live { last: None })
    }

    async fn cancel(&self, order: &ChargeOrder, _: u32) -> Result<ChargeFact, SubmitError> {
        self.note("cancel", order);
        Ok(ChargeFact::Dead(Proof::Canceled))
    }

    fn plan_refund(
        &self,
        _: &Capture,
        _: Money,
        _: Money,
        _: Timestamp,
    ) -> Result<RefundPlan, ProcessorErrorKind> {
        Err(ProcessorErrorKind::Unsupported)
    }

    async fn refund(&self, _: &RefundOrder) -> Result<RefundFact, SubmitError> {
        Err(SubmitError { certainty: Certainty::NotSent, stored: false, cause: unsupported() })
    }

    async fn observe_refund(&self, _: &RefundOrder) -> Result<RefundFact, QueryError> {
        Err(QueryError { sent: false, cause: unsupported() })
    }

    async fn scan(&self, _: &Scan) -> Result<ScanPage, QueryError> {
        Ok(ScanPage { seen: Vec::new(), next: None })
    }
}

fn unsupported() -> ProcessorError {
    let (processor, kind) = (ProcessorId::MONERIS, ProcessorErrorKind::Unsupported);
    ProcessorError { processor, kind, request_id: None, retry_after: None, source: None }
}
