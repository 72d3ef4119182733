//! When no host is killed any more: sweeps with time moved on, until nothing is open; and a person, who looks at Moneris's own list for
//! what no program can find out.

use std::time::Duration;

use billing_app::{Billing, BillingError, PaymentView};
use billing_domain::payment::{AttemptState, Finding, Payment, Reference};
use billing_domain::refund::{Refund, RefundState};
use billing_domain::{AccountRecord, BillingStore, Clock as _, DispensaryId, SubscriptionState};

use super::clinics::{Clinics, TILLS};
use super::clock::{Hands, SharedClock};
use super::ids;
use crate::{Till, owner};

/// By how much time is moved between two rounds of sweeps: first as a host sweeps, so that status checks are in time; then past every
/// wait there is.
fn moves() -> impl Iterator<Item = Duration> {
    let (quick, slow) = (Duration::from_secs(15), Duration::from_mins(20));
    let beginning = std::iter::repeat_n(quick, 16).chain(std::iter::repeat_n(slow, 4));
    beginning.chain([Duration::from_hours(24)]).chain(std::iter::repeat_n(slow, 40))
}

/// Time, as everybody has it.
#[derive(Debug)]
pub(crate) struct Time {
    pub(crate) clock: SharedClock,
    pub(crate) hands: Hands,
}

impl Time {
    /// Time goes by, here and at the processors.
    pub(crate) fn advance(&self, clinics: &Clinics, by: Duration) {
        self.hands.advance(by);
        clinics.set_now(self.clock.now());
    }
}

/// What is left when no host is killed any more: one more process, which nobody disturbs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resting<'a> {
    pub(crate) billing: &'a Billing,
    pub(crate) clinics: &'a Clinics,
    pub(crate) store: &'a dyn BillingStore,
    pub(crate) time: &'a Time,
}

impl Resting<'_> {
    /// Sweeps until nothing but what a person must look at is open. False if it never came to that.
    pub(crate) async fn come_to_rest(self) -> bool {
        for by in moves() {
            // Until nothing is due now.
            while self.billing.sweep(1_000).await.unwrap().looked_at > 0 {}
            if self.waits_for_people_only().await {
                return true;
            }
            self.time.advance(self.clinics, by);
        }
        false
    }

    async fn waits_for_people_only(self) -> bool {
        for till in TILLS {
            let dispensary = ids::dispensary(till);
            let accounts = self.store.accounts(dispensary).await.unwrap();
            if accounts.iter().any(needs_upkeep) {
                return false;
            }
            for PaymentView { payment, .. } in payments(self.billing, dispensary).await {
                let notices = self.store.notices(dispensary, payment.id).await.unwrap();
                if waits_for_programs(&payment) || !notices.is_empty() {
                    return false;
                }
            }
        }
        true
    }

    /// A person looks at the processor's own list for whatever needs review, and says what it shows.
    pub(crate) async fn review(self) -> Findings {
        let mut findings = Findings::default();
        for till in TILLS {
            for view in payments(self.billing, ids::dispensary(till)).await {
                review_payment(self.billing, self.clinics, till, &view.payment, &mut findings).await;
            }
        }
        findings
    }
}

/// Whether something is to be done about the endpoint for its notices.
fn needs_upkeep(account: &AccountRecord) -> bool {
    let state = account.subscription.as_ref().map(|subscription| &subscription.state);
    matches!(state, Some(SubscriptionState::Unwanted | SubscriptionState::Wanted))
}

/// Every payment of a dispensary.
pub(crate) async fn payments(billing: &Billing, dispensary: DispensaryId) -> Vec<PaymentView> {
    let owner = owner(dispensary);
    let mut all: Vec<PaymentView> = Vec::new();
    loop {
        let before = all.last().map(|view| view.payment.id);
        let page = billing.payments(&owner, before, 100).await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

fn waits_for_programs(payment: &Payment) -> bool {
    let attempt = payment.open_attempt();
    let attempt = attempt.is_some_and(|attempt| !matches!(attempt.state, AttemptState::NeedsReview(_)));
    let waits =
        |refund: &Refund| !refund.state.is_resolved() && !matches!(refund.state, RefundState::NeedsReview(_));
    attempt || payment.refunds.iter().any(waits)
}

/// How often a person had to look.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Findings {
    /// Whether Moneris took money.
    pub(crate) charges: usize,
    /// At Stripe, which can tell: nobody should have been asked.
    pub(crate) needless: usize,
    /// Whether Moneris gave money back.
    pub(crate) refunds: usize,
}

async fn review_payment(
    billing: &Billing,
    clinics: &Clinics,
    till: Till,
    payment: &Payment,
    findings: &mut Findings,
) {
    let doubtful: Vec<_> = payment.refunds.iter().filter(|refund| !refund.state.is_resolved()).collect();
    if payment.open_attempt().is_none() && doubtful.is_empty() {
        return;
    }
    let (owner, note) = (owner(payment.dispensary()), "seen in the processor's list");
    let Some(store) = clinics.store_of(till) else {
        findings.needless += 1;
        return;
    };
    let ledger = clinics.moneris.ledger(store.id());
    if let Some(attempt) = payment.open_attempt() {
        let taken = ledger.entry(&attempt.key.0).filter(|entry| entry.captured > 0);
        let finding = finding(taken.map(|entry| entry.trans_id.clone()));
        recorded(billing.record_finding(&owner, payment.id, finding, note).await);
        findings.charges += 1;
    }
    for refund in doubtful {
        let known = payment.capture(refund.capture).and_then(|capture| ledger.entry(&capture.reference.0));
        let truly = known.map_or(0, |entry| entry.refunded + entry.corrected);
        // Nothing else of the capture is in doubt, so what was given back beyond what is known was this one.
        let is_made = truly >= payment.refunded().minor() + refund.amount.minor();
        let finding = finding(is_made.then(|| format!("{}-seen", refund.id)));
        recorded(billing.record_refund_finding(&owner, payment.id, refund.id, finding, note).await);
        findings.refunds += 1;
    }
}

fn finding(seen: Option<String>) -> Finding {
    match seen {
        Some(reference) => Finding::MoneyMoved { reference: Reference(reference) },
        None => Finding::NothingMoved,
    }
}

/// The processor's word may have come first.
fn recorded<T>(found: Result<T, BillingError>) {
    assert!(matches!(found, Ok(_) | Err(BillingError::NotUnderReview)), "{:?}", found.err());
}
