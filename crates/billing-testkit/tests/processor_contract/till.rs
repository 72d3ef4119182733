//! The adapter for the made-up service, right or with one mistake.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use billing_domain::payment::{Capture, CaptureSource, Reference};
use billing_domain::refund::RefundFailure;
use billing_domain::{
    AccountRef, AmountBound, Begun, CancelMode, Capabilities, CardGrant, Certainty, ChargeFact, ChargeOrder,
    ChargePlace, Decline, DeclineCategory, Difference, EvidenceMode, Flow, Handover, ManyFact, Money,
    Observed, PaymentProcessor, ProcessorError, ProcessorErrorKind, ProcessorId, Proof, PublicFields,
    QueryError, RefundCare, RefundFact, RefundOrder, RefundPlan, Scan, ScanPage, SubmitError, Why,
};
use billing_testkit::conformance::processor::{Call, Card};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use crate::mutants::How;
use crate::service::{Asked, Said, Service};

pub(crate) const TILL: ProcessorId = ProcessorId::new("till");
pub(crate) const DEADLINE: Duration = Duration::from_secs(5);
const FLOW: Flow = Flow::new("token");

pub(crate) struct Till {
    pub(crate) account: AccountRef,
    pub(crate) key: SecretString,
    /// `None`: a network that reaches nobody.
    pub(crate) service: Option<Arc<Service>>,
    pub(crate) how: How,
}

impl fmt::Debug for Till {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Till").field("account", &self.account).finish_non_exhaustive()
    }
}

/// Why there is no answer to read.
struct NoAnswer(Certainty, ProcessorErrorKind);

type Answer = std::collections::BTreeMap<&'static str, String>;

impl Till {
    async fn ask(&self, call: Call, asked: &Asked) -> Result<Answer, NoAnswer> {
        let Some(service) = &self.service else {
            return Err(NoAnswer(Certainty::NotSent, ProcessorErrorKind::Unavailable));
        };
        let mut said = service.receive(call, asked);
        let repeats = match call {
            Call::Charge => self.how == How::RepeatsTheCharge,
            Call::Check => self.how == How::RepeatsTheCheck,
            Call::Refund => self.how == How::RepeatsTheRefund,
            _ => false,
        };
        if repeats && !matches!(said, Said::Answer(_)) {
            said = service.receive(call, asked);
        }
        let unavailable = || NoAnswer(Certainty::Unknown, ProcessorErrorKind::Unavailable);
        let answer = match said {
            Said::Answer(answer) => answer,
            Said::Hangs => {
                tokio::time::sleep(DEADLINE).await;
                return Err(unavailable());
            }
            Said::Nothing if self.how == How::LostIsNotSent => {
                return Err(NoAnswer(Certainty::NotSent, ProcessorErrorKind::Unavailable));
            }
            Said::Nothing => return Err(unavailable()),
            Said::Unreadable => return Err(NoAnswer(Certainty::Unknown, ProcessorErrorKind::Malformed)),
        };
        match answer["code"].as_str() {
            "bad-key" => Err(NoAnswer(Certainty::Refused, ProcessorErrorKind::CredentialsRejected)),
            "bad-token" | "too-much" => Err(NoAnswer(Certainty::Refused, ProcessorErrorKind::Rejected(None))),
            "broken" => Err(unavailable()),
            "duplicate" if self.how == How::DuplicateIsRefused => {
                Err(NoAnswer(Certainty::Refused, ProcessorErrorKind::Rejected(None)))
            }
            "busy" => Err(NoAnswer(Certainty::Refused, ProcessorErrorKind::RateLimited)),
            _ => Ok(answer),
        }
    }

    fn question(&self, id: &str, amount: Money) -> Asked {
        let key = exposed(&self.key);
        [("amount", amount.minor().to_string()), ("key", key), ("order", id.to_owned())].into_iter().collect()
    }

    async fn about(&self, call: Call, order: &ChargeOrder) -> Result<ChargeFact, NoAnswer> {
        let token = order.secret.as_ref().map(exposed).unwrap_or_default();
        if !is_token(&token) && self.how != How::SendsAnyGrant {
            return Err(NoAnswer(Certainty::NotSent, ProcessorErrorKind::GrantMalformed));
        }
        let mut asked = self.question(&order.key.0, order.amount);
        asked.insert("token", token);
        let answer = self.ask(call, &asked).await?;
        Ok(self.fact(order, &answer))
    }

    fn fact(&self, order: &ChargeOrder, answer: &Answer) -> ChargeFact {
        let differs = differences(&order.key.0, order.amount, answer);
        let capture = Capture {
            amount: order.amount,
            reference: Reference(order.key.0.clone()),
            charge: None,
            auth_code: None,
            receipt_number: None,
            brand: None,
            last4: None,
            captured_at: None,
            source: CaptureSource::Processor,
        };
        let decline = || ChargeFact::Declined(Decline::new(DeclineCategory::IssuerDeclined));
        match answer["code"].as_str() {
            "ok" if differs.is_empty() || self.how == How::AnyAnswerIsOurs => ChargeFact::Succeeded(capture),
            "declined" if differs.is_empty() || self.how == How::DeclineIsNotCompared => decline(),
            "ok" | "declined" => ChargeFact::Mismatch(Observed { differs, captured: None }),
            "duplicate" if self.how == How::DuplicateIsSuccess => ChargeFact::Succeeded(capture),
            "duplicate" => ChargeFact::NoEvidence(Why::DuplicateKey),
            "not-found" if self.how == How::NotFoundIsDead => ChargeFact::Dead(Proof::NeverCharged),
            "not-found" => ChargeFact::NoEvidence(Why::NotFound),
            "timeout" => ChargeFact::NoEvidence(Why::TimedOut),
            _ if self.how == How::UnknownIsDeclined => decline(),
            _ => ChargeFact::NoEvidence(Why::Unrecognised),
        }
    }
}

fn differences(id: &str, amount: Money, answer: &Answer) -> Vec<Difference> {
    let says = |name: &str, ours: &str| answer.get(name).is_some_and(|value| value == ours);
    let same = [
        (Difference::Amount, says("amount", &amount.minor().to_string())),
        (Difference::Reference, says("order", id)),
    ];
    same.into_iter().filter(|(_, same)| !same).map(|(difference, _)| difference).collect()
}

fn is_token(token: &str) -> bool {
    token.len() == 24 && token.starts_with("tok-")
}

fn into_cause(kind: ProcessorErrorKind) -> ProcessorError {
    ProcessorError { processor: TILL, kind, request_id: None, retry_after: None, source: None }
}

impl NoAnswer {
    fn into_submit(self) -> SubmitError {
        SubmitError { certainty: self.0, stored: false, cause: into_cause(self.1) }
    }

    fn into_query(self) -> QueryError {
        QueryError { sent: self.0 != Certainty::NotSent, cause: into_cause(self.1) }
    }
}

const UNSUPPORTED: NoAnswer = NoAnswer(Certainty::NotSent, ProcessorErrorKind::Unsupported);

#[expect(clippy::disallowed_methods, reason = "the made-up service is given it, as it must be")]
pub(crate) fn exposed(secret: &SecretString) -> String {
    secret.expose_secret().to_owned()
}

#[async_trait]
impl PaymentProcessor for Till {
    fn account(&self) -> &AccountRef {
        &self.account
    }

    fn flow(&self) -> Flow {
        FLOW
    }

    fn capabilities(&self, _: &Flow) -> Capabilities {
        Capabilities {
            charge: ChargePlace::OnReturn,
            evidence: EvidenceMode::Once { after: Duration::from_secs(40), before: Duration::from_secs(110) },
            cancel: CancelMode::BeforeCharge,
            encoding: 1,
            replay_within: Duration::from_hours(1),
            refunds: RefundCare::SentOnce,
            lists: false,
        }
    }

    fn accepts(&self, _: Money) -> Result<(), ProcessorErrorKind> {
        Ok(())
    }

    fn accepts_grant(&self, grant: &CardGrant) -> Result<(), ProcessorErrorKind> {
        if is_token(&exposed(&grant.token)) { Ok(()) } else { Err(ProcessorErrorKind::GrantMalformed) }
    }

    fn window_fields(&self, _: &Flow, public: &PublicFields) -> PublicFields {
        public.clone()
    }

    async fn begin(&self, order: &ChargeOrder) -> Result<Begun, SubmitError> {
        let reference = Reference(order.key.0.clone());
        if let (How::ChargesAtOnce, Some(service)) = (self.how, &self.service) {
            let token = service.token(Card::Approved);
            let asked = self.question(&order.key.0, order.amount);
            service.receive(Call::Charge, &asked.into_iter().chain([("token", token)]).collect());
        }
        let mut public = PublicFields::from_iter([("order", &order.key.0)]);
        if let (How::AnotherHandOver, Some(service)) = (self.how, &self.service) {
            public = [("order", order.key.0.clone()), ("nth", service.token(Card::Approved))]
                .into_iter()
                .collect();
        }
        let handover = Handover { processor: TILL, flow: FLOW, public, secret: None, expires_at: None };
        Ok(Begun::HandOver { reference, keep: None, handover })
    }

    async fn resume(&self, order: &ChargeOrder) -> Result<Begun, QueryError> {
        self.begin(order).await.map_err(|error| QueryError { sent: false, cause: error.cause })
    }

    async fn charge(&self, order: &ChargeOrder) -> Result<ChargeFact, SubmitError> {
        self.about(Call::Charge, order).await.map_err(NoAnswer::into_submit)
    }

    async fn observe(&self, order: &ChargeOrder) -> Result<ChargeFact, QueryError> {
        self.about(Call::Check, order).await.map_err(NoAnswer::into_query)
    }

    async fn cancel(&self, _: &ChargeOrder, _: u32) -> Result<ChargeFact, SubmitError> {
        Err(UNSUPPORTED.into_submit())
    }

    fn plan_refund(
        &self,
        capture: &Capture,
        given_back: Money,
        amount: Money,
        _: Timestamp,
    ) -> Result<RefundPlan, ProcessorErrorKind> {
        let refused = |bound| ProcessorErrorKind::AmountRefused { amount, bound };
        if amount.currency() != capture.amount.currency() {
            return Err(ProcessorErrorKind::Unsupported);
        }
        match amount.minor() {
            ..1 => Err(refused(AmountBound::TooSmall)),
            1_000_000.. => Err(refused(AmountBound::TooLarge)),
            _ if given_back.is_zero() && amount == capture.amount => Ok(RefundPlan::Reversal),
            _ => Ok(RefundPlan::Refund),
        }
    }

    async fn refund(&self, order: &RefundOrder) -> Result<RefundFact, SubmitError> {
        let is_reversal = order.plan == RefundPlan::Reversal;
        if is_reversal && order.amount != order.capture.amount && self.how != How::ReversesParts {
            return Err(UNSUPPORTED.into_submit());
        }
        let mut asked = self.question(&order.charge_key.0, order.amount);
        asked.insert("way", if is_reversal { "reversal" } else { "refund" }.to_owned());
        if self.how == How::TokenWithTheRefund {
            asked.insert("token", "tok-00000000000000000001".to_owned());
        }
        let answer = self.ask(Call::Refund, &asked).await.map_err(NoAnswer::into_submit)?;
        let differs = differences(&order.charge_key.0, order.amount, &answer);
        Ok(match answer["code"].as_str() {
            "ok" if !differs.is_empty() && self.how != How::AnyAnswerIsOurs => RefundFact::Mismatch(differs),
            "ok" => RefundFact::Succeeded(Reference(format!("{}-back", order.refund))),
            _ if self.how == How::UnknownIsDeclined => {
                RefundFact::Failed { reference: None, reason: RefundFailure::Declined }
            }
            _ => RefundFact::NoEvidence(Why::Unrecognised),
        })
    }

    async fn observe_refund(&self, order: &RefundOrder) -> Result<RefundFact, QueryError> {
        if self.how == How::AsksAboutRefunds {
            let asked = self.question(&order.charge_key.0, order.amount);
            let _ = self.ask(Call::Check, &asked).await;
        }
        Err(UNSUPPORTED.into_query())
    }

    async fn observe_many(&self, _: &[ChargeOrder]) -> Result<Vec<ManyFact>, QueryError> {
        Err(UNSUPPORTED.into_query())
    }

    async fn scan(&self, _: &Scan) -> Result<ScanPage, QueryError> {
        Err(UNSUPPORTED.into_query())
    }
}
