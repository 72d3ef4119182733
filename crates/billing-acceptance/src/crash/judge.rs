//! Our ledger and the processors', compared payment by payment; and what people were told, with what is stored.

use std::collections::{BTreeMap, BTreeSet};

use billing_app::{Billing, PaymentView};
use billing_domain::BillingStore;
use billing_domain::payment::{Capture, Payment};
use billing_domain::refund::RefundState;
use billing_testkit::{moneris, stripe};

use super::clinics::{Clinics, TILLS};
use super::ids;
use super::load::Heard;
use super::rest::payments;
use crate::{Till, owner};

/// What the comparison came to. Each list names what is wrong, one sentence each.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) payments: usize,
    /// Of these, paid.
    pub(crate) paid: usize,
    pub(crate) refunds: usize,
    /// Money taken or given back twice, or an object made twice.
    pub(crate) duplicates: Vec<String>,
    /// What one ledger has and the other has not, and what was told and is not stored.
    pub(crate) losses: Vec<String>,
    /// What stayed open.
    pub(crate) open: Vec<String>,
}

/// One payment as the processor has it.
#[derive(Debug, Default)]
struct Theirs {
    /// How often money was taken.
    charges: usize,
    /// What was taken, and by which names the processor's ledger has it: Stripe's, by the intent; Moneris's, by order and transaction.
    captures: Vec<(i64, BTreeSet<String>)>,
    /// Objects made for it, as Stripe makes them.
    intents: usize,
    given_back: i64,
    /// How many refunds gave something back.
    refunds: usize,
}

/// Compares everything.
pub(crate) async fn judge(billing: &Billing, clinics: &Clinics, heard: &BTreeMap<u64, Heard>) -> Verdict {
    let mut verdict = Verdict::default();
    for till in TILLS {
        let mut theirs = theirs(clinics, till);
        let mut stored = BTreeMap::new();
        for view in payments(billing, ids::dispensary(till)).await {
            let known = theirs.remove(&view.payment.id.to_string()).unwrap_or_default();
            compare(&mut verdict, &view.payment, &known);
            compare_payable(&mut verdict, billing, till, &view.payment).await;
            stored.insert(view.payment.id, view);
        }
        compare_journals(&mut verdict, billing, till).await;
        for unknown in theirs.keys() {
            verdict.losses.push(format!("{till:?} knows payment {unknown}, and we do not"));
        }
        for (number, told) in heard.iter().filter(|(_, told)| told.till == till) {
            compare_told(&mut verdict, *number, told, stored.get(&ids::payment(*number)));
        }
    }
    verdict
}

fn compare(verdict: &mut Verdict, payment: &Payment, theirs: &Theirs) {
    let id = payment.id;
    verdict.payments += 1;
    if theirs.charges > 1 {
        verdict.duplicates.push(format!("payment {id} was charged {} times", theirs.charges));
    }
    if theirs.intents > payment.attempts.len() {
        let (made, known) = (theirs.intents, payment.attempts.len());
        verdict.duplicates.push(format!("{made} objects were made for {known} attempts of payment {id}"));
    }
    let ours: Vec<_> = payment.captures().map(|(_, capture)| capture).collect();
    verdict.paid += usize::from(!ours.is_empty());
    if ours.len() != theirs.captures.len() || !ours.iter().all(|capture| theirs.took(capture)) {
        verdict.losses.push(format!("payment {id}: we have {ours:?}, they have {:?}", theirs.captures));
    }
    let made = payment.refunds.iter().filter(|refund| refund.state == RefundState::Succeeded).count();
    verdict.refunds += made;
    if theirs.refunds > made {
        verdict.duplicates.push(format!("payment {id} has {made} refunds, and {} were made", theirs.refunds));
    }
    let (ours, truly) = (payment.refunded().minor(), theirs.given_back);
    if theirs.refunds < made || ours != truly {
        verdict.losses.push(format!("payment {id}: {ours} given back, truly {truly}"));
    }
    let taken: i64 = theirs.captures.iter().map(|(cents, _)| cents).sum();
    if truly > taken {
        verdict.duplicates.push(format!("payment {id}: {truly} of {taken} given back"));
    }
    if payment.is_open() {
        verdict.open.push(format!("payment {id} is open: {:?}", payment.newest().map(|it| &it.state)));
    }
}

async fn compare_payable(verdict: &mut Verdict, billing: &Billing, till: Till, payment: &Payment) {
    let owner = owner(ids::dispensary(till));
    let id = payment.id;
    let Some(state) = billing.payable(&owner, &payment.payable).await.unwrap() else {
        verdict.losses.push(format!("payment {id} has no payable"));
        return;
    };
    let captured: i64 = payment.captures().map(|(_, capture)| capture.amount.minor()).sum();
    if (state.captured.minor(), state.refunded.minor()) != (captured, payment.refunded().minor()) {
        verdict.losses.push(format!("the payable of payment {id} has other sums: {state:?}"));
    }
    if state.open_payment.is_some() && !payment.is_open() {
        verdict.open.push(format!("the payable of payment {id} is still held"));
    }
}

/// No step is missing from the audit or from what the host's programs are told, and none is there twice.
async fn compare_journals(verdict: &mut Verdict, billing: &Billing, till: Till) {
    let owner = owner(ids::dispensary(till));
    let (mut audited, mut told) = (0, 0);
    loop {
        let audit = billing.audit(&owner, audited, 1_000).await.unwrap();
        let changes = billing.changes(owner.dispensary, told, 1_000).await.unwrap();
        if audit.is_empty() && changes.is_empty() {
            break;
        }
        for entry in audit {
            if entry.seq != audited + 1 {
                verdict.losses.push(format!("the audit of {till:?} goes from {audited} to {}", entry.seq));
            }
            audited = entry.seq;
        }
        for change in changes {
            if change.seq != told + 1 {
                verdict.losses.push(format!("the changes of {till:?} go from {told} to {}", change.seq));
            }
            told = change.seq;
        }
    }
    if audited != told {
        verdict.losses.push(format!("{till:?} has {audited} steps in the audit and {told} changes"));
    }
}

/// What was told is stored: it was on the disk before anybody heard of it.
fn compare_told(verdict: &mut Verdict, number: u64, told: &Heard, stored: Option<&PaymentView>) {
    let id = ids::payment(number);
    let stored = stored.map(|view| &view.payment);
    if told.handed_over && stored.is_none_or(|payment| payment.attempts.is_empty()) {
        verdict.losses.push(format!("payment {id} was handed over and is not stored"));
    }
    if told.succeeded && stored.is_none_or(|payment| payment.captures().next().is_none()) {
        verdict.losses.push(format!("payment {id} was told to be paid and is not stored so"));
    }
    for refund in &told.refunded {
        let refund = ids::refund(number, *refund);
        let stored = stored.and_then(|payment| payment.refund(refund));
        if stored.is_none_or(|stored| stored.state != RefundState::Succeeded) {
            verdict
                .losses
                .push(format!("refund {refund} of payment {id} was told to be made and is not stored so"));
        }
    }
}

/// An account that is in use listens at one endpoint of its own, and no other is left; one that was removed and has nothing left to do
/// has neither endpoint nor keys.
pub(crate) async fn compare_accounts(verdict: &mut Verdict, store: &dyn BillingStore, clinics: &Clinics) {
    let mut listening = BTreeSet::new();
    for till in TILLS {
        for account in store.accounts(ids::dispensary(till)).await.unwrap() {
            let subscription = account.subscription.as_ref();
            listening.extend(subscription.and_then(|subscription| subscription.endpoint.clone()));
            if !account.state.is_active() && (subscription.is_some() || account.sealed.is_some()) {
                verdict.open.push(format!("a removed account of {till:?} is not done with"));
            }
        }
    }
    let there: BTreeSet<_> =
        clinics.stripe.endpoints(clinics.account.id()).into_iter().map(|endpoint| endpoint.id).collect();
    if there != listening {
        verdict.losses.push(format!("Stripe has the endpoints {there:?}, and we listen at {listening:?}"));
    }
}

fn theirs(clinics: &Clinics, till: Till) -> BTreeMap<String, Theirs> {
    let mut all: BTreeMap<String, Theirs> = BTreeMap::new();
    match clinics.store_of(till) {
        Some(store) => {
            for entry in clinics.moneris.ledger(store.id()).entries {
                all.entry(entry.payment().to_owned()).or_default().add_order(&entry);
            }
        }
        None => {
            for entry in clinics.stripe.ledger(clinics.account.id()).entries {
                let payment = entry.metadata.get("payment_id").cloned().unwrap_or_default();
                all.entry(payment).or_default().add_intent(&entry);
            }
        }
    }
    all
}

impl Theirs {
    /// Whether this money is in the processor's ledger, by the same name.
    fn took(&self, ours: &Capture) -> bool {
        let is_it = |(cents, names): &(i64, BTreeSet<String>)| {
            *cents == ours.amount.minor() && names.contains(&ours.reference.0)
        };
        self.captures.iter().any(is_it)
    }

    fn add_intent(&mut self, entry: &stripe::LedgerEntry) {
        self.intents += 1;
        self.given_back += entry.refunded();
        self.refunds += entry.refunds.iter().filter(|refund| refund.stands()).count();
        if entry.captured > 0 {
            self.charges += entry.successful_charges;
            self.captures.push((entry.captured, BTreeSet::from([entry.id.clone()])));
        }
    }

    fn add_order(&mut self, entry: &moneris::LedgerEntry) {
        self.given_back += entry.refunded + entry.corrected;
        let refunds = entry.refunds.iter().filter(|refund| refund.succeeded).count();
        self.refunds += refunds + usize::from(entry.corrected > 0);
        if entry.captured > 0 {
            self.charges += entry.successful_charges;
            let names = BTreeSet::from([entry.order_id.clone(), entry.trans_id.clone()]);
            self.captures.push((entry.captured, names));
        }
    }
}
