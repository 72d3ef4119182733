//! One merchant's account at Counter behind the payment port. Nothing is remembered between calls.

use std::time::Duration;

use async_trait::async_trait;
use billing_credentials::OpenedAccount;
use billing_domain::payment::{Capture, Reference};
use billing_domain::{
    AccountRef, AmountBound, Begun, CancelMode, Capabilities, CardGrant, Certainty, ChargeFact, ChargeOrder,
    ChargePlace, Currency, EvidenceMode, Flow, Handover, ManyFact, Money, PaymentProcessor, ProcessorError,
    ProcessorErrorKind, PublicFields, QueryError, RefundCare, RefundFact, RefundOrder, RefundPlan, Scan,
    ScanPage, SubmitError, Why,
};
use jiff::Timestamp;
use secrecy::SecretString;

use crate::answer::{Failure, fact, refund_fact, written};
use crate::connector::{COUNTER, Keys, MERCHANT, SIGNING_KEY};
use crate::wire::{Line, Message};

/// The one flow: Counter's own page takes a ticket and the card.
const FLOW: Flow = Flow::new("counter_page");

/// A year is more than any payment or refund stays open.
const FOR_GOOD: Duration = Duration::from_hours(365 * 24);

/// One account. Debug shows no key, because [`Keys`] shows none.
#[derive(Debug)]
pub(crate) struct CounterProcessor {
    account: AccountRef,
    public: PublicFields,
    /// `None` if the saved keys are incomplete: every call then says that they are rejected.
    keys: Option<Keys>,
    line: Line,
}

impl CounterProcessor {
    pub(crate) fn new(line: Line, opened: &OpenedAccount) -> Self {
        Self {
            account: opened.account.clone(),
            public: opened.public.clone(),
            keys: Keys::new(opened.public.field(MERCHANT), opened.secrets.secret(SIGNING_KEY)),
            line,
        }
    }

    /// The keys, for an order of `account`, if that is this one.
    fn keys(&self, account: &AccountRef) -> Result<&Keys, Failure> {
        if *account != self.account {
            return Err(Failure::Unsendable(ProcessorErrorKind::Unsupported));
        }
        self.keys.as_ref().ok_or(Failure::Unsendable(ProcessorErrorKind::CredentialsRejected))
    }

    /// Asks about the order's checkout, or to end it. `None`: there is none to ask about, or Counter does not know it.
    async fn about(&self, verb: &str, order: &ChargeOrder) -> Result<Option<Message>, Failure> {
        let keys = self.keys(&order.account)?;
        let Some(Reference(checkout)) = &order.reference else { return Ok(None) };
        match keys.ask(self.line, Message::asking(verb).with("checkout", checkout)).await {
            Ok(answer) => Ok(Some(answer)),
            Err(failure) if failure.is_not_found() => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    fn is_live(&self) -> bool {
        self.keys.as_ref().is_some_and(Keys::is_live)
    }

    fn fact(&self, order: &ChargeOrder, answer: Option<&Message>) -> ChargeFact {
        // "Not found" is no end: a wrong account or mode looks the same.
        answer.map_or(ChargeFact::NoEvidence(Why::NotFound), |answer| fact(order, self.is_live(), answer))
    }

    /// The hand-over of a checkout that can be paid, or what is known of it; `None` if it lacks its ticket.
    fn begun(&self, order: &ChargeOrder, answer: Option<&Message>) -> Option<Begun> {
        let known = self.fact(order, answer);
        let (ChargeFact::Live { .. }, Some(answer)) = (&known, answer) else {
            return Some(Begun::Known(known));
        };
        let handover = Handover {
            processor: COUNTER,
            flow: FLOW,
            public: self.public.clone(),
            secret: Some(SecretString::from(answer.value("ticket")?)),
            expires_at: None,
        };
        let reference = Reference(answer.value("checkout")?.to_owned());
        // The number is all that later calls need: there is nothing to keep.
        Some(Begun::HandOver { reference, keep: None, handover })
    }
}

#[async_trait]
impl PaymentProcessor for CounterProcessor {
    fn account(&self) -> &AccountRef {
        &self.account
    }

    fn flow(&self) -> Flow {
        FLOW
    }

    fn capabilities(&self, _: &Flow) -> Capabilities {
        Capabilities {
            // Counter's page charges; nothing that comes back from the browser is charged by us.
            charge: ChargePlace::InBrowser,
            // A checkout can be looked at whenever one likes, as often as one likes.
            evidence: EvidenceMode::ByReference,
            // `close` ends it for good.
            cancel: CancelMode::AtProcessor,
            // Counts up when the bytes of the same order change: an order sent under another number is not sent again.
            encoding: 1,
            // An order number names one checkout for good.
            replay_within: FOR_GOOD,
            // The same for returns: our number for one names it for good, and it can be looked at.
            refunds: RefundCare::Observable { replay_within: FOR_GOOD },
            lists: false,
        }
    }

    fn accepts(&self, amount: Money) -> Result<(), ProcessorErrorKind> {
        let bound = match amount.minor() {
            _ if amount.currency() != Currency::CAD => return Err(ProcessorErrorKind::Unsupported),
            ..100 => AmountBound::TooSmall,
            100..=10_000_000 => return Ok(()),
            _ => AmountBound::TooLarge,
        };
        Err(ProcessorErrorKind::AmountRefused { amount, bound })
    }

    /// Counter's own page takes the card, so no browser brings anything back.
    fn accepts_grant(&self, _: &CardGrant) -> Result<(), ProcessorErrorKind> {
        Err(ProcessorErrorKind::Unsupported)
    }

    fn window_fields(&self, _: &Flow, public: &PublicFields) -> PublicFields {
        public.clone()
    }

    /// All that leaves: the figures, the two ids, and the order number, which is made of one of them.
    async fn begin(&self, order: &ChargeOrder) -> Result<Begun, SubmitError> {
        let keys = self.keys(&order.account).map_err(Failure::into_submit)?;
        let question = Message::asking("open")
            .with("order", &order.key.0)
            .with("amount", written(order.amount))
            .with("currency", order.amount.currency().code())
            .with("payment", order.payment.to_string())
            .with("invoice", order.payable.as_str());
        let answer = keys.ask(self.line, question).await.map_err(Failure::into_submit)?;
        // From here on the checkout may exist: an answer that cannot be used leaves that in doubt.
        self.begun(order, Some(&answer)).ok_or_else(|| SubmitError {
            certainty: Certainty::Unknown,
            stored: false,
            cause: malformed(),
        })
    }

    async fn resume(&self, order: &ChargeOrder) -> Result<Begun, QueryError> {
        let answer = self.about("look", order).await.map_err(Failure::into_query)?;
        self.begun(order, answer.as_ref()).ok_or_else(|| QueryError { sent: true, cause: malformed() })
    }

    async fn observe(&self, order: &ChargeOrder) -> Result<ChargeFact, QueryError> {
        let answer = self.about("look", order).await.map_err(Failure::into_query)?;
        Ok(self.fact(order, answer.as_ref()))
    }

    /// The try's number is not sent: closing is answered with the state that is, however often it is asked for.
    async fn cancel(&self, order: &ChargeOrder, _: u32) -> Result<ChargeFact, SubmitError> {
        let answer = self.about("close", order).await.map_err(Failure::into_submit)?;
        Ok(self.fact(order, answer.as_ref()))
    }

    async fn charge(&self, _: &ChargeOrder) -> Result<ChargeFact, SubmitError> {
        Err(Failure::Unsendable(ProcessorErrorKind::Unsupported).into_submit())
    }

    /// Counter gives back what was paid, or parts of it, and has no other way. How much is left only Counter can judge.
    fn plan_refund(
        &self,
        capture: &Capture,
        _: Money,
        amount: Money,
        _: Timestamp,
    ) -> Result<RefundPlan, ProcessorErrorKind> {
        let refused = |bound| Err(ProcessorErrorKind::AmountRefused { amount, bound });
        match amount.minor() {
            _ if amount.currency() != capture.amount.currency() => Err(ProcessorErrorKind::Unsupported),
            ..1 => refused(AmountBound::TooSmall),
            1..=10_000_000 => Ok(RefundPlan::Refund),
            _ => refused(AmountBound::TooLarge),
        }
    }

    async fn refund(&self, order: &RefundOrder) -> Result<RefundFact, SubmitError> {
        let keys = self.keys(&order.account).map_err(Failure::into_submit)?;
        if order.plan != RefundPlan::Refund {
            return Err(Failure::Unsendable(ProcessorErrorKind::Unsupported).into_submit());
        }
        let question = Message::asking("return")
            .with("order", &order.key.0)
            .with("checkout", &order.capture.reference.0)
            .with("amount", written(order.amount))
            .with("currency", order.amount.currency().code())
            .with("refund", order.refund.to_string());
        let answer = keys.ask(self.line, question).await.map_err(Failure::into_submit)?;
        Ok(refund_fact(order, self.is_live(), &answer))
    }

    /// By our own number, so that it is found whether its answer came or not.
    async fn observe_refund(&self, order: &RefundOrder) -> Result<RefundFact, QueryError> {
        let keys = self.keys(&order.account).map_err(Failure::into_query)?;
        let question = Message::asking("returned").with("order", &order.key.0);
        match keys.ask(self.line, question).await {
            Ok(answer) => Ok(refund_fact(order, self.is_live(), &answer)),
            Err(failure) if failure.is_not_found() => Ok(RefundFact::NoEvidence(Why::NotFound)),
            Err(failure) => Err(failure.into_query()),
        }
    }

    /// Counter has no list.
    async fn observe_many(&self, _: &[ChargeOrder]) -> Result<Vec<ManyFact>, QueryError> {
        Err(Failure::Unsendable(ProcessorErrorKind::Unsupported).into_query())
    }

    /// Counter has no list.
    async fn scan(&self, _: &Scan) -> Result<ScanPage, QueryError> {
        Err(Failure::Unsendable(ProcessorErrorKind::Unsupported).into_query())
    }
}

fn malformed() -> ProcessorError {
    let kind = ProcessorErrorKind::Malformed;
    ProcessorError { processor: COUNTER, kind, request_id: None, retry_after: None, source: None }
}
