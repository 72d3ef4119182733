//! The suite can fail: a good store, broken in one way at a time, and the line of the contract that must notice.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use billing_domain::payment::{Payment, Reference};
use billing_domain::{
    AccountRecord, AccountRef, AccountState, AuditEntry, BillingStore, Change, Changed, Committed, Conflict,
    Dispensary, DispensaryId, Invoice, InvoiceId, Lease, LeaseId, Money, Notice, PayableId, PayableState,
    PaymentId, ProcessorId, Step, StepId, StoreError, Write, later,
};
use billing_testkit::conformance::store as contract;
use billing_testkit::store::MemoryStore;
use jiff::Timestamp;
use outside_store::RedbStore;
use uuid::Uuid;

/// Each test: the number of the contract's line, what is broken, and the function of the suite that must panic.
macro_rules! mutants {
    ($($(#[doc = $line:literal])+ $test:ident: $how:ident => $function:ident;)+) => {$(
        $(#[doc = $line])+
        #[tokio::test]
        async fn $test() {
            let folder = tempfile::tempdir().unwrap();
            let good = RedbStore::open(folder.path().join("clinic.redb")).unwrap();
            let broken = Arc::new(Broken::new(good, How::$how));
            let ended = tokio::spawn(contract::$function(broken)).await;
            assert!(ended.is_err_and(|end| end.is_panic()), "the suite let it through");
        }
    )+};
}

mutants! {
    /// Lines 1 and 7
    half_of_a_refused_step_is_kept: KeepsHalf => a_refused_step_changes_nothing;
    /// Line 2
    a_steps_id_is_forgotten: ForgetsIds => a_repeated_step_answers_as_the_first;
    /// Line 3
    an_older_revision_is_let_in: ForgivesRevisions => a_row_is_written_only_over_the_revision_it_follows;
    /// Line 4
    two_open_attempts_are_let_in_if_no_step_minds: OpenUnlessAsked => a_second_attempt_waits_for_the_first_to_end;
    /// Line 5
    what_a_step_requires_is_not_judged: RequiresNothing => a_payment_fits_its_payable_to_the_cent;
    /// Line 6
    a_step_is_remembered_twice: RemembersTwice => every_step_is_remembered_once_without_gaps;
    /// Line 8
    a_read_is_answered_from_before: ReadsLate => an_answered_step_is_seen_by_every_read_after_it;
    /// Line 9
    a_payment_is_found_from_anywhere: FindsFromAnywhere => dispensaries_do_not_see_each_other;
    /// Line 10
    dollars_are_added_to_dollars_of_another_country: AddsCurrencies => stray_money_in_another_currency_is_kept_and_not_added;
    /// Line 10
    what_went_back_is_still_paid: ForgetsRefundedSums => money_given_back_makes_room_on_its_payable;
    /// Line 11
    two_refunds_without_an_answer_are_let_in_if_no_step_minds: RefundsUnlessAsked => a_refund_waits_for_another_in_doubt_to_be_known;
    /// Line 11
    what_is_left_of_a_capture_is_not_judged: RequiresNothing => a_refund_fits_its_capture_to_the_cent;
    /// Line 11
    what_a_processor_gave_back_is_refused_for_the_sum: RefusesFacts => what_a_processor_gave_back_is_stored_whatever_it_adds_up_to;
    /// Line 12
    what_is_left_of_an_erased_account_is_kept: KeepsTheErased => an_erased_account_keeps_nothing;
    /// Line 12
    nanoseconds_are_rounded_away: RoundsTimes => a_payment_is_read_back_whole;
    /// Line 12
    what_is_sealed_is_left_out: ForgetsSealed => a_server_side_charge_is_read_back_whole;
    /// Line 12
    a_refund_loses_its_next_look: ForgetsLooks => a_refund_is_read_back_whole;
    /// The order of what is due
    a_payment_is_due_for_its_attempt_alone: SeesAttemptsDue => a_payment_is_due_on_its_account_once;
    /// What keeps an account's keys
    keys_are_erased_under_an_open_refund: ErasesUnderRefunds => a_draining_account_waits_for_its_open_refunds;
    /// What keeps an account's keys
    keys_are_erased_under_a_subscription: ErasesSubscribed => a_draining_account_waits_for_its_subscription;
    /// Line 13
    a_notice_is_taken_again_for_another: TakesNoticesAgain => a_notice_is_in_the_inbox_once;
    /// Line 13
    a_handled_notice_is_listed: ListsHandled => a_handled_notice_is_kept_and_no_longer_listed;
    /// Line 13
    a_reference_is_found_at_every_account: FindsReferencesAnywhere => a_payment_is_found_by_its_reference;
    /// Line 14
    an_account_is_leased_to_everybody: LeasesTwice => an_account_is_leased_to_one_holder_at_a_time;
    /// Line 14
    a_hold_of_hours_is_respected: RespectsEveryHold => a_hold_from_a_clock_that_ran_ahead_keeps_nobody_away;
    /// Line 14
    twenty_sweeps_work_on_one_account: LeasesTwice => of_many_sweeps_at_once_one_gets_an_account;
    /// What is due
    the_status_check_waits_its_turn: KnowsNoUrgency => an_awaited_answer_comes_first;
    /// What is due
    a_busy_account_is_leased_as_often_as_it_has_looks: CountsLooks => an_account_with_much_due_hides_no_other;
    /// What is due
    a_payment_is_listed_for_each_of_its_looks: CountsLooks => a_payment_is_due_on_its_account_once;
    /// What is due
    what_is_done_is_never_due: SeesOpenDue => a_refund_that_is_done_is_due_when_it_says_so;
    /// What is due
    what_is_leased_is_not_due: ForgetsLeased => the_next_look_is_the_earliest_of_all;
    /// The bounds of pages
    a_page_of_none_is_empty: EmptyPage => a_page_of_payments_is_bounded;
}

/// Line 1, over time: a store that answers all reads rightly and keeps nothing.
#[tokio::test]
async fn nothing_is_there_after_reopening() {
    let forgetful = async || {
        let store: Arc<dyn BillingStore> = Arc::new(MemoryStore::new());
        store
    };
    let suite = contract::what_was_answered_is_there_after_reopening(forgetful);
    assert!(tokio::spawn(suite).await.is_err_and(|end| end.is_panic()), "the suite let it through");
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    AddsCurrencies,
    CountsLooks,
    EmptyPage,
    ErasesSubscribed,
    ErasesUnderRefunds,
    FindsFromAnywhere,
    FindsReferencesAnywhere,
    ForgetsIds,
    ForgetsLeased,
    ForgetsLooks,
    ForgetsRefundedSums,
    ForgetsSealed,
    ForgivesRevisions,
    KeepsHalf,
    KeepsTheErased,
    KnowsNoUrgency,
    LeasesTwice,
    ListsHandled,
    OpenUnlessAsked,
    ReadsLate,
    RefundsUnlessAsked,
    RefusesFacts,
    RemembersTwice,
    RequiresNothing,
    RespectsEveryHold,
    RoundsTimes,
    SeesAttemptsDue,
    SeesOpenDue,
    TakesNoticesAgain,
}

struct Broken {
    good: RedbStore,
    how: How,
    /// Names for steps that nobody asked for.
    made_up: AtomicU64,
    /// The dispensaries that ever committed something.
    known: Mutex<BTreeSet<DispensaryId>>,
    /// The last answer about each payment.
    answered: Mutex<BTreeMap<PaymentId, Payment>>,
    /// The last notices there were of each payment.
    noticed: Mutex<BTreeMap<PaymentId, Vec<Notice>>>,
    /// Whether anything was leased.
    leased: AtomicBool,
}

impl Broken {
    fn new(good: RedbStore, how: How) -> Self {
        Self {
            good,
            how,
            made_up: AtomicU64::new(0),
            known: Mutex::default(),
            answered: Mutex::default(),
            noticed: Mutex::default(),
            leased: AtomicBool::new(false),
        }
    }

    fn new_id(&self) -> StepId {
        let n = self.made_up.fetch_add(1, Ordering::Relaxed);
        StepId::new(Uuid::from_u128((0xbad << 64) + u128::from(n)))
    }

    /// The first row of a step, under a name of its own.
    async fn commit_half(&self, step: &Step) {
        let first = step.writes.iter().take(1).cloned().collect();
        let half = Step { id: self.new_id(), requires: Vec::new(), writes: first, ..step.clone() };
        let _ = self.good.commit(half).await;
    }

    async fn forgive(&self, step: &mut Step) -> Result<(), StoreError> {
        let stored = self.good.dispensary(step.dispensary).await?;
        for write in &mut step.writes {
            if let Write::Dispensary(dispensary) = write {
                dispensary.revision = stored.as_ref().map_or(1, |stored| stored.revision + 1);
            }
        }
        Ok(())
    }

    /// Judges what a processor said of a refund as if somebody asked for it.
    async fn judge_refunds(&self, step: &Step) -> Result<(), StoreError> {
        for write in &step.writes {
            let Write::Refund { payment, refund } = write else { continue };
            let Some(mut stored) = self.good.payment(step.dispensary, *payment).await? else { continue };
            stored.refunds.retain(|known| known.id != refund.id);
            let Some(refundable) = stored.refundable(refund.capture) else { continue };
            let is_more = refund.amount.compare(refundable).is_ok_and(std::cmp::Ordering::is_gt);
            if is_more && !refund.state.is_failed() {
                return Err(StoreError::Conflict(Conflict::RefundDoesNotFit { refundable }));
            }
        }
        Ok(())
    }

    /// Erases the keys of what is draining, whatever is under way but an attempt, or whatever the account is subscribed to.
    async fn erase(&self, step: &Step) -> Result<(), StoreError> {
        for record in self.good.accounts(step.dispensary).await? {
            let is_asked = step.writes.contains(&Write::EraseIfDrained(record.account.account));
            let is_draining = matches!(record.state, AccountState::Draining { .. });
            let payments = self.good.payments(step.dispensary, None, 100).await?;
            let is_open = payments.iter().any(|payment| payment.open_attempt().is_some());
            let is_subscribed = self.how == How::ErasesUnderRefunds && record.subscription.is_some();
            if !is_asked || !is_draining || is_open || is_subscribed {
                continue;
            }
            let (state, revision) = (AccountState::Erased { since: step.at }, record.revision + 1);
            let erased =
                AccountRecord { state, sealed: None, subscription: None, due_at: None, revision, ..record };
            let writes = vec![Write::Account(Box::new(erased))];
            self.good.commit(Step { id: self.new_id(), requires: vec![], writes, ..step.clone() }).await?;
        }
        Ok(())
    }
}

impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Broken")
    }
}

#[async_trait]
impl BillingStore for Broken {
    async fn commit(&self, mut step: Step) -> Result<Committed, StoreError> {
        self.known.lock().unwrap().insert(step.dispensary);
        match self.how {
            How::ForgetsIds => step.id = self.new_id(),
            How::ForgivesRevisions => self.forgive(&mut step).await?,
            How::RefusesFacts => self.judge_refunds(&step).await?,
            How::RequiresNothing => step.requires.clear(),
            _ => {}
        }
        let answer = self.good.commit(step.clone()).await;
        match (self.how, &answer) {
            (How::ErasesSubscribed | How::ErasesUnderRefunds, Ok(_)) => self.erase(&step).await?,
            (How::KeepsHalf, Err(_)) => self.commit_half(&step).await,
            (How::RemembersTwice, Ok(_)) => {
                let again = Step { id: self.new_id(), requires: vec![], writes: vec![], ..step };
                self.good.commit(again).await?;
            }
            (How::KeepsTheErased, Err(StoreError::Corrupt("account")))
            | (How::TakesNoticesAgain, Err(StoreError::Conflict(Conflict::Revision("notice")))) => {
                return Ok(Committed { seq: 0, repeated: false });
            }
            (How::OpenUnlessAsked, Err(StoreError::Conflict(Conflict::OpenAttempt { .. })))
            | (How::RefundsUnlessAsked, Err(StoreError::Conflict(Conflict::RefundInDoubt { .. })))
                if step.requires.is_empty() =>
            {
                return Ok(Committed { seq: 0, repeated: false });
            }
            _ => {}
        }
        answer
    }

    async fn payable(
        &self,
        dispensary: DispensaryId,
        payable: &PayableId,
    ) -> Result<Option<PayableState>, StoreError> {
        let mut state = self.good.payable(dispensary, payable).await?;
        if self.how == How::ForgetsRefundedSums
            && let Some(state) = &mut state
        {
            state.refunded = Money::zero(state.refunded.currency());
        }
        if self.how == How::AddsCurrencies
            && let Some(state) = &mut state
        {
            let payments = self.good.payments(dispensary, None, 100).await?;
            let strays = payments.iter().flat_map(|payment| &payment.strays);
            let minor = strays.map(|stray| stray.capture.amount.minor()).sum();
            state.captured = Money::new(minor, state.captured.currency());
        }
        Ok(state)
    }

    async fn payment(
        &self,
        dispensary: DispensaryId,
        payment: PaymentId,
    ) -> Result<Option<Payment>, StoreError> {
        let found = self.good.payment(dispensary, payment).await?;
        match (self.how, found) {
            (How::ForgetsLooks, Some(mut found)) => {
                found.refunds.iter_mut().for_each(|refund| refund.due_at = None);
                Ok(Some(found))
            }
            (How::ForgetsSealed, Some(mut found)) => {
                found.attempts.iter_mut().for_each(|attempt| attempt.sealed = None);
                Ok(Some(found))
            }
            (How::FindsFromAnywhere, None) => {
                let known = self.known.lock().unwrap().clone();
                for elsewhere in known {
                    if let Some(found) = self.good.payment(elsewhere, payment).await? {
                        return Ok(Some(found));
                    }
                }
                Ok(None)
            }
            (How::ReadsLate, Some(now)) => {
                let before = self.answered.lock().unwrap().insert(payment, now.clone());
                Ok(Some(before.unwrap_or(now)))
            }
            (How::RoundsTimes, Some(exact)) => {
                let opened_at = Timestamp::from_microsecond(exact.opened_at.as_microsecond()).unwrap();
                Ok(Some(Payment { opened_at, ..exact }))
            }
            (_, found) => Ok(found),
        }
    }

    async fn payments(
        &self,
        dispensary: DispensaryId,
        before: Option<PaymentId>,
        limit: u32,
    ) -> Result<Vec<Payment>, StoreError> {
        if self.how == How::EmptyPage && limit == 0 {
            return Ok(Vec::new());
        }
        self.good.payments(dispensary, before, limit).await
    }

    async fn payments_on(
        &self,
        dispensary: DispensaryId,
        payable: &PayableId,
        limit: u32,
    ) -> Result<Vec<Payment>, StoreError> {
        self.good.payments_on(dispensary, payable, limit).await
    }

    async fn dispensary(&self, dispensary: DispensaryId) -> Result<Option<Dispensary>, StoreError> {
        self.good.dispensary(dispensary).await
    }

    async fn accounts(&self, dispensary: DispensaryId) -> Result<Vec<AccountRecord>, StoreError> {
        self.good.accounts(dispensary).await
    }

    async fn accounts_at(
        &self,
        processor: &ProcessorId,
        external_id: &str,
    ) -> Result<Vec<AccountRef>, StoreError> {
        self.good.accounts_at(processor, external_id).await
    }

    async fn invoice(
        &self,
        dispensary: DispensaryId,
        invoice: InvoiceId,
    ) -> Result<Option<Invoice>, StoreError> {
        self.good.invoice(dispensary, invoice).await
    }

    async fn invoices(
        &self,
        dispensary: DispensaryId,
        before: Option<InvoiceId>,
        limit: u32,
    ) -> Result<Vec<Invoice>, StoreError> {
        self.good.invoices(dispensary, before, limit).await
    }

    async fn next_invoice_number(&self, dispensary: DispensaryId) -> Result<u64, StoreError> {
        self.good.next_invoice_number(dispensary).await
    }

    async fn open_payments(
        &self,
        account: &AccountRef,
        after: Option<PaymentId>,
        limit: u32,
    ) -> Result<Vec<PaymentId>, StoreError> {
        self.good.open_payments(account, after, limit).await
    }

    async fn payment_with(
        &self,
        account: &AccountRef,
        reference: &Reference,
    ) -> Result<Option<PaymentId>, StoreError> {
        let found = self.good.payment_with(account, reference).await?;
        if self.how == How::FindsReferencesAnywhere {
            for record in self.good.accounts(account.dispensary).await? {
                if let Some(found) = self.good.payment_with(&record.account, reference).await? {
                    return Ok(Some(found));
                }
            }
        }
        Ok(found)
    }

    async fn notices(&self, dispensary: DispensaryId, payment: PaymentId) -> Result<Vec<Notice>, StoreError> {
        let listed = self.good.notices(dispensary, payment).await?;
        let mut noticed = self.noticed.lock().unwrap();
        if self.how == How::ListsHandled && listed.is_empty() {
            return Ok(noticed.get(&payment).cloned().unwrap_or_default());
        }
        noticed.insert(payment, listed.clone());
        Ok(listed)
    }

    async fn lease_due(&self, mut lease: Lease, limit: u32) -> Result<Vec<AccountRef>, StoreError> {
        if self.how == How::LeasesTwice {
            // To it, everybody is the same.
            lease.holder = LeaseId::new(Uuid::from_u128(1));
        }
        if self.how == How::RespectsEveryHold {
            lease.until = later(lease.until, Duration::from_hours(24));
        }
        let mut leased = self.good.lease_due(lease, limit).await?;
        self.leased.fetch_or(!leased.is_empty(), Ordering::Relaxed);
        if self.how == How::CountsLooks
            && let [first, rest @ ..] = leased.as_mut_slice()
        {
            rest.fill(first.clone());
        }
        Ok(leased)
    }

    async fn renew_lease(&self, account: &AccountRef, lease: Lease) -> Result<bool, StoreError> {
        self.good.renew_lease(account, lease).await
    }

    async fn end_lease(&self, account: &AccountRef, holder: LeaseId) -> Result<(), StoreError> {
        self.good.end_lease(account, holder).await
    }

    async fn due_on(
        &self,
        account: &AccountRef,
        at: Timestamp,
        limit: u32,
    ) -> Result<Vec<PaymentId>, StoreError> {
        let mut due = self.good.due_on(account, at, limit).await?;
        match self.how {
            How::CountsLooks => due = due.into_iter().flat_map(|payment| [payment; 2]).collect(),
            How::KnowsNoUrgency => due.sort(),
            How::SeesAttemptsDue | How::SeesOpenDue => {
                let mut seen = Vec::new();
                for payment in due {
                    let found = self.good.payment(account.dispensary, payment).await?.unwrap();
                    let is_open =
                        found.open_attempt().is_some() || (self.how == How::SeesOpenDue && found.is_open());
                    seen.extend(is_open.then_some(payment));
                }
                due = seen;
            }
            _ => {}
        }
        Ok(due)
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        if self.how == How::ForgetsLeased && self.leased.load(Ordering::Relaxed) {
            return Ok(None);
        }
        self.good.next_due().await
    }

    async fn audit(
        &self,
        dispensary: DispensaryId,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        self.good.audit(dispensary, after_seq, limit).await
    }

    async fn changes(
        &self,
        dispensary: DispensaryId,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        self.good.changes(dispensary, after_seq, limit).await
    }

    async fn changed_since(&self, cursor: u64, limit: u32) -> Result<Changed, StoreError> {
        self.good.changed_since(cursor, limit).await
    }
}
