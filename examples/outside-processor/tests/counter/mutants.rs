//! The suite can fail: a good adapter, broken in one way at a time, and the line of the contract that must notice.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use billing_domain::payment::{Capture, Reference, SubmitKey};
use billing_domain::refund::RefundFailure;
use billing_domain::{
    AccountRef, Begun, Capabilities, CardGrant, Certainty, ChargeFact, ChargeOrder, Flow, ManyFact, Money,
    PayableId, PaymentProcessor, ProcessorErrorKind, Proof, PublicFields, QueryError, RefundFact,
    RefundOrder, RefundPlan, Scan, ScanPage, SubmitError, Why,
};
use billing_testkit::conformance::processor as contract;
use jiff::Timestamp;
use outside_processor::fake::FakeCounter;

use crate::harness::Counter;

/// Each test: the number of the contract's line, what is broken, and the function of the suite that must panic.
macro_rules! mutants {
    ($($(#[doc = $line:literal])+ $test:ident: $how:ident => $function:ident;)+) => {$(
        $(#[doc = $line])+
        #[tokio::test]
        async fn $test() {
            let suite = tokio::spawn(async {
                let broken = Counter::wrapped(|good| Arc::new(Broken::new(good, How::$how))).await;
                contract::$function(&broken).await;
            });
            let ended = suite.await;
            assert!(ended.is_err_and(|end| end.is_panic()), "the suite let it through");
        }
    )+};
}

mutants! {
    /// Line 1
    a_second_object_for_one_key: AnotherKeyEachTime => begin_makes_one_object_per_key;
    /// Line 2
    a_name_beside_the_ids: NameInTheId => only_the_amount_and_our_ids_leave;
    /// Line 3
    not_sent_told_of_a_lost_answer: LostIsNotSent => an_unanswered_send_is_unknown;
    /// Line 3
    a_refusal_believed_after_doubt: LastAnswerCounts => a_refusal_after_a_send_in_doubt_stays_in_doubt;
    /// Line 4
    a_look_that_ends_the_charge: LookCloses => looking_changes_nothing;
    /// Line 5
    any_money_taken_for_ours: AnyMoneyIsOurs => a_success_that_differs_is_a_mismatch;
    /// Line 6
    a_new_status_taken_for_an_end: UnknownIsDead => what_is_not_known_proves_nothing;
    /// Line 7
    not_found_taken_for_an_end: NotFoundIsDead => not_found_proves_nothing;
    /// Line 8
    paid_told_as_cancelled: CancelledIsDead => cancelling_what_was_paid_takes_nothing_back;
    /// Line 9
    a_key_in_debug: KeyInDebug => nothing_shown_holds_a_secret;
    /// Line 10
    an_answer_after_the_deadline: Late => every_call_ends_within_its_deadline;
    /// Line 3
    not_sent_told_of_a_lost_refund: LostIsNotSent => an_unanswered_refund_is_unknown_and_gives_back_once;
    /// Line 5
    any_refund_taken_for_ours: AnyMoneyIsOurs => a_refund_that_differs_is_a_mismatch;
    /// Line 7
    a_refund_not_found_taken_for_one_that_failed: NotFoundIsDead => a_refund_that_was_never_heard_stays_in_doubt;
    /// Line 12
    a_second_refund_for_one_key: AnotherKeyEachTime => a_refund_is_repeated_and_asked_about_only_where_that_is_safe;
    /// Line 13
    another_way_than_planned: AnyPlanIsARefund => a_refund_never_goes_another_way_than_planned;
    /// Line 14
    an_empty_list_where_there_is_none: EmptyList => many_charges_are_seen_with_a_few_calls;
    /// Line 14
    a_call_for_each_charge: ListOneByOne => many_charges_are_seen_with_a_few_calls;
    /// Line 14
    any_money_in_a_list_taken_for_ours: ListAnyMoney => a_charge_that_differs_in_a_list_is_a_mismatch;
    /// Line 14
    a_new_status_in_a_list_taken_for_an_end: ListUnknownIsDead => what_is_not_known_of_a_list_proves_nothing;
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    AnotherKeyEachTime,
    AnyMoneyIsOurs,
    AnyPlanIsARefund,
    CancelledIsDead,
    EmptyList,
    KeyInDebug,
    LastAnswerCounts,
    Late,
    ListAnyMoney,
    ListOneByOne,
    ListUnknownIsDead,
    LookCloses,
    LostIsNotSent,
    NameInTheId,
    NotFoundIsDead,
    UnknownIsDead,
}

struct Broken {
    good: Arc<dyn PaymentProcessor>,
    how: How,
    begun: AtomicU32,
}

impl Broken {
    fn new(good: Arc<dyn PaymentProcessor>, how: How) -> Self {
        Self { good, how, begun: AtomicU32::new(0) }
    }

    fn told(&self, fact: ChargeFact) -> ChargeFact {
        match (self.how, fact) {
            (How::AnyMoneyIsOurs | How::ListAnyMoney, ChargeFact::Mismatch(seen)) => match seen.captured {
                Some(capture) => ChargeFact::Succeeded(*capture),
                None => ChargeFact::Mismatch(seen),
            },
            (How::NotFoundIsDead, ChargeFact::NoEvidence(Why::NotFound))
            | (How::ListUnknownIsDead | How::UnknownIsDead, ChargeFact::NoEvidence(Why::Unrecognised)) => {
                ChargeFact::Dead(Proof::NeverSent)
            }
            (_, fact) => fact,
        }
    }
}

impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = if self.how == How::KeyInDebug { FakeCounter::LIVE_KEY } else { ".." };
        f.debug_tuple("Broken").field(&shown).finish()
    }
}

#[async_trait]
impl PaymentProcessor for Broken {
    fn account(&self) -> &AccountRef {
        self.good.account()
    }

    fn flow(&self) -> Flow {
        self.good.flow()
    }

    fn capabilities(&self, flow: &Flow) -> Capabilities {
        let lists = matches!(self.how, How::ListAnyMoney | How::ListOneByOne | How::ListUnknownIsDead);
        Capabilities { lists, ..self.good.capabilities(flow) }
    }

    fn accepts(&self, amount: Money) -> Result<(), ProcessorErrorKind> {
        self.good.accepts(amount)
    }

    fn accepts_grant(&self, grant: &CardGrant) -> Result<(), ProcessorErrorKind> {
        self.good.accepts_grant(grant)
    }

    fn window_fields(&self, flow: &Flow, public: &PublicFields) -> PublicFields {
        self.good.window_fields(flow, public)
    }

    async fn begin(&self, order: &ChargeOrder) -> Result<Begun, SubmitError> {
        let mut order = order.clone();
        match self.how {
            How::AnotherKeyEachTime => order.key = another(&order.key),
            How::NameInTheId => order.payable = PayableId::parse("inv-of-Tremblay").unwrap(),
            _ => {}
        }
        let answer = self.good.begin(&order).await;
        if self.how == How::Late && answer.is_err() {
            tokio::time::sleep(Duration::from_secs(6)).await;
        }
        match answer {
            Err(error) if self.how == How::LostIsNotSent => {
                Err(SubmitError { certainty: Certainty::NotSent, ..error })
            }
            Err(_)
                if self.how == How::LastAnswerCounts && self.begun.fetch_add(1, Ordering::Relaxed) == 0 =>
            {
                self.good.begin(&order).await
            }
            answer => answer,
        }
    }

    async fn resume(&self, order: &ChargeOrder) -> Result<Begun, QueryError> {
        Ok(match self.good.resume(order).await? {
            Begun::Known(fact) => Begun::Known(self.told(fact)),
            handed_over @ Begun::HandOver { .. } => handed_over,
        })
    }

    async fn observe(&self, order: &ChargeOrder) -> Result<ChargeFact, QueryError> {
        let fact = self.good.observe(order).await?;
        if self.how == How::LookCloses {
            let _ = self.good.cancel(order, 1).await;
        }
        Ok(self.told(fact))
    }

    async fn cancel(&self, order: &ChargeOrder, try_no: u32) -> Result<ChargeFact, SubmitError> {
        match (self.how, self.good.cancel(order, try_no).await?) {
            (How::CancelledIsDead, ChargeFact::Succeeded(_)) => Ok(ChargeFact::Dead(Proof::Canceled)),
            (_, fact) => Ok(self.told(fact)),
        }
    }

    async fn charge(&self, order: &ChargeOrder) -> Result<ChargeFact, SubmitError> {
        self.good.charge(order).await
    }

    fn plan_refund(
        &self,
        capture: &Capture,
        given_back: Money,
        amount: Money,
        at: Timestamp,
    ) -> Result<RefundPlan, ProcessorErrorKind> {
        self.good.plan_refund(capture, given_back, amount, at)
    }

    async fn refund(&self, order: &RefundOrder) -> Result<RefundFact, SubmitError> {
        let mut order = order.clone();
        match self.how {
            How::AnotherKeyEachTime => order.key = another(&order.key),
            How::AnyPlanIsARefund => order.plan = RefundPlan::Refund,
            _ => {}
        }
        match self.good.refund(&order).await {
            Err(error) if self.how == How::LostIsNotSent => {
                Err(SubmitError { certainty: Certainty::NotSent, ..error })
            }
            Ok(RefundFact::Mismatch(_)) if self.how == How::AnyMoneyIsOurs => {
                Ok(RefundFact::Succeeded(Reference("rt-000000".to_owned())))
            }
            told => told,
        }
    }

    async fn observe_refund(&self, order: &RefundOrder) -> Result<RefundFact, QueryError> {
        match self.good.observe_refund(order).await? {
            RefundFact::NoEvidence(Why::NotFound) if self.how == How::NotFoundIsDead => {
                Ok(RefundFact::Failed { reference: None, reason: RefundFailure::Unspecified })
            }
            fact => Ok(fact),
        }
    }

    async fn observe_many(&self, orders: &[ChargeOrder]) -> Result<Vec<ManyFact>, QueryError> {
        if self.how == How::EmptyList {
            return Ok(Vec::new());
        }
        if !self.capabilities(&self.flow()).lists {
            return self.good.observe_many(orders).await;
        }
        let mut seen = Vec::new();
        for order in orders {
            let fact = self.observe(order).await?;
            if !matches!(fact, ChargeFact::NoEvidence(_)) {
                seen.push(ManyFact { payment: order.payment, attempt_no: order.attempt_no, fact });
            }
        }
        Ok(seen)
    }

    async fn scan(&self, scan: &Scan) -> Result<ScanPage, QueryError> {
        self.good.scan(scan).await
    }
}

/// Counted over the whole process, because the suite asks for a fresh port each time.
fn another(key: &SubmitKey) -> SubmitKey {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    SubmitKey(format!("{}-{}", key.0, NEXT.fetch_add(1, Ordering::Relaxed)))
}
