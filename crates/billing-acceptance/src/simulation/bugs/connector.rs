//! A mistake in front of the adapters: a time-out is taken for a failure.

use std::sync::Arc;

use async_trait::async_trait;
use billing_credentials::{
    AccountProfile, Candidate, Field, FieldErrors, KeyPolicy, NoticeEndpoint, OpenedAccount,
    ProcessorConnector, Submitted, VerifyError,
};
use billing_domain::payment::Capture;
use billing_domain::refund::RefundFact;
use billing_domain::{
    AccountRef, Begun, Capabilities, CardGrant, Certainty, ChargeFact, ChargeOrder, Flow, ManyFact, Money,
    PaymentProcessor, ProcessorErrorKind, ProcessorId, PublicFields, QueryError, RefundOrder, RefundPlan,
    Scan, ScanPage, SubmitError,
};
use jiff::Timestamp;

/// A connector whose processors take a time-out for a failure.
#[derive(Debug)]
pub(in crate::simulation) struct BuggyConnector(pub(in crate::simulation) Arc<dyn ProcessorConnector>);

#[async_trait]
impl ProcessorConnector for BuggyConnector {
    fn processor(&self) -> ProcessorId {
        self.0.processor()
    }

    fn fields(&self) -> Vec<Field> {
        self.0.fields()
    }

    fn parse(&self, pasted: &Submitted, policy: KeyPolicy) -> Result<Candidate, FieldErrors> {
        self.0.parse(pasted, policy)
    }

    async fn verify(&self, candidate: &Candidate) -> Result<AccountProfile, VerifyError> {
        self.0.verify(candidate).await
    }

    fn notices(&self) -> Option<Arc<dyn NoticeEndpoint>> {
        self.0.notices()
    }

    fn connect(&self, account: &OpenedAccount) -> Arc<dyn PaymentProcessor> {
        Arc::new(BuggyProcessor(self.0.connect(account)))
    }
}

#[derive(Debug)]
struct BuggyProcessor(Arc<dyn PaymentProcessor>);

fn failed(error: SubmitError) -> SubmitError {
    SubmitError { certainty: error.certainty.min(Certainty::Refused), ..error }
}

#[async_trait]
impl PaymentProcessor for BuggyProcessor {
    fn account(&self) -> &AccountRef {
        self.0.account()
    }

    fn flow(&self) -> Flow {
        self.0.flow()
    }

    fn capabilities(&self, flow: &Flow) -> Capabilities {
        self.0.capabilities(flow)
    }

    fn accepts(&self, amount: Money) -> Result<(), ProcessorErrorKind> {
        self.0.accepts(amount)
    }

    fn accepts_grant(&self, grant: &CardGrant) -> Result<(), ProcessorErrorKind> {
        self.0.accepts_grant(grant)
    }

    fn window_fields(&self, flow: &Flow, public: &PublicFields) -> PublicFields {
        self.0.window_fields(flow, public)
    }

    async fn begin(&self, order: &ChargeOrder) -> Result<Begun, SubmitError> {
        self.0.begin(order).await.map_err(failed)
    }

    async fn resume(&self, order: &ChargeOrder) -> Result<Begun, QueryError> {
        self.0.resume(order).await
    }

    async fn charge(&self, order: &ChargeOrder) -> Result<ChargeFact, SubmitError> {
        self.0.charge(order).await.map_err(failed)
    }

    async fn observe(&self, order: &ChargeOrder) -> Result<ChargeFact, QueryError> {
        self.0.observe(order).await
    }

    async fn cancel(&self, order: &ChargeOrder, try_no: u32) -> Result<ChargeFact, SubmitError> {
        self.0.cancel(order, try_no).await.map_err(failed)
    }

    fn plan_refund(
        &self,
        capture: &Capture,
        given_back: Money,
        amount: Money,
        at: Timestamp,
    ) -> Result<RefundPlan, ProcessorErrorKind> {
        self.0.plan_refund(capture, given_back, amount, at)
    }

    async fn refund(&self, order: &RefundOrder) -> Result<RefundFact, SubmitError> {
        self.0.refund(order).await.map_err(failed)
    }

    async fn observe_refund(&self, order: &RefundOrder) -> Result<RefundFact, QueryError> {
        self.0.observe_refund(order).await
    }

    async fn observe_many(&self, orders: &[ChargeOrder]) -> Result<Vec<ManyFact>, QueryError> {
        self.0.observe_many(orders).await
    }

    async fn scan(&self, scan: &Scan) -> Result<ScanPage, QueryError> {
        self.0.scan(scan).await
    }
}
