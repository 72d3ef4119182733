//! What truly happens to money, followed step by step. It believes the processors' ledgers, and nothing that the library says.

use std::collections::{BTreeMap, BTreeSet};

use billing_domain::payment::Payment;
use billing_domain::{AccountId, DispensaryId, PaymentId};

use super::lock;
use super::outcome::Rule;
use super::world::World;

/// What is known of every payment and every key.
#[derive(Debug, Default)]
pub(super) struct Truth {
    opened: BTreeMap<PaymentId, (DispensaryId, u64)>,
    /// Intents and refunds at Stripe.
    objects: BTreeMap<String, PaymentId>,
    tickets: BTreeMap<String, PaymentId>,
    /// The accounts whose keys were erased by hand, or at the end of their draining.
    erased: BTreeSet<AccountId>,
    /// Every key there ever was, and whose it is.
    keys: BTreeMap<String, String>,
    /// Per payment and object.
    money: BTreeMap<PaymentId, BTreeMap<String, Money>>,
}

/// What one object at a processor has seen of money.
#[derive(Clone, Copy, Debug, Default)]
struct Money {
    charges: usize,
    captured: i64,
    /// Of any outcome: what failed later had its time.
    given_back: i64,
}

impl Truth {
    /// A payment was written down.
    pub(super) fn opened(&mut self, payment: &Payment) {
        let invoice = payment.payable.as_str().rsplit('-').next().and_then(|no| no.parse().ok()).unwrap_or(0);
        self.opened.insert(payment.id, (payment.dispensary(), invoice));
    }

    pub(super) fn invoice_of(&self, payment: PaymentId) -> Option<u64> {
        self.opened.get(&payment).map(|(_, invoice)| *invoice)
    }

    pub(super) fn dispensary_of(&self, payment: PaymentId) -> Option<DispensaryId> {
        self.opened.get(&payment).map(|(dispensary, _)| *dispensary)
    }

    pub(super) fn payments(&self) -> usize {
        self.opened.len()
    }

    /// The account's keys were erased on purpose, whatever was open.
    pub(super) fn erased(&mut self, account: AccountId) {
        self.erased.insert(account);
    }

    pub(super) fn was_erased(&self, account: AccountId) -> bool {
        self.erased.contains(&account)
    }

    /// These keys are, or were, this account's.
    pub(super) fn key(&mut self, key: String, account: &str) {
        self.keys.insert(key, account.to_owned());
    }

    pub(super) fn owner_of(&self, key: &str) -> Option<String> {
        self.keys.get(key).cloned()
    }

    /// Another account's keys of the same shape.
    pub(super) fn keys_of_somebody_else(&self, key: &str) -> Option<String> {
        let owner = self.keys.get(key)?;
        let alike = |other: &str| other.contains('/') == key.contains('/');
        let others = self.keys.iter().filter(|(other, whose)| *whose != owner && alike(other));
        others.map(|(other, _)| other.clone()).next_back()
    }

    pub(super) fn object(&mut self, object: &str, payment: PaymentId) {
        self.objects.insert(object.to_owned(), payment);
    }

    pub(super) fn payment_of_object(&self, object: &str) -> Option<PaymentId> {
        self.objects.get(object).copied()
    }

    pub(super) fn ticket(&mut self, ticket: String, payment: PaymentId) {
        self.tickets.insert(ticket, payment);
    }

    pub(super) fn payment_of_ticket(&self, ticket: &str) -> Option<PaymentId> {
        self.tickets.get(ticket).copied()
    }

    /// How many payments money was taken for.
    pub(super) fn charged(&self) -> u64 {
        let charged = self.money.values().filter(|objects| objects.values().any(|money| money.charges > 0));
        u64::try_from(charged.count()).unwrap_or(0)
    }

    /// How many charges something was given back of.
    pub(super) fn given_back(&self) -> u64 {
        let objects = self.money.values().flat_map(BTreeMap::values);
        u64::try_from(objects.filter(|money| money.given_back > 0).count()).unwrap_or(0)
    }

    /// One object as its processor's ledger shows it now; what it proves wrong, if anything.
    fn seen(&mut self, payment: PaymentId, object: &str, money: Money) -> Option<(Rule, String)> {
        let objects = self.money.entry(payment).or_default();
        objects.insert(object.to_owned(), money);
        let charges: usize = objects.values().map(|money| money.charges).sum();
        if charges > 1 {
            let by: Vec<_> =
                objects.iter().filter(|(_, money)| money.charges > 0).map(|(id, _)| id).collect();
            return Some((Rule::ChargedTwice, format!("money was taken {charges} times, by {by:?}")));
        }
        (money.given_back > money.captured && money.captured > 0).then(|| {
            let Money { captured, given_back, .. } = money;
            (Rule::RefundedTwice, format!("{given_back} of {captured} cents were given back"))
        })
    }

    /// What was taken for an invoice and never given back, in cents.
    fn taken_for(&self, invoice: u64) -> i64 {
        let on_it = |payment: &PaymentId| self.invoice_of(*payment) == Some(invoice);
        let objects =
            self.money.iter().filter(|(payment, _)| on_it(payment)).flat_map(|(_, objects)| objects.values());
        objects.map(|money| money.captured - money.given_back).sum()
    }
}

/// Looks at one intent in Stripe's ledger.
pub(super) fn seen_at_stripe(world: &World, intent: &str) {
    let Some(entry) = world.stripe.ledger_entry(intent) else { return };
    let Some(payment) = entry.metadata.get("payment_id").and_then(|id| id.parse().ok()) else { return };
    let mut by_refund = BTreeMap::<&str, usize>::new();
    for refund in entry.refunds.iter().filter(|refund| refund.stands()) {
        let id = refund.metadata.get("refund_id").map_or("", String::as_str);
        *by_refund.entry(id).or_default() += 1;
    }
    if let Some((refund, times)) = by_refund.iter().find(|(_, times)| **times > 1) {
        let told = format!("refund {refund} was made {times} times");
        return world.broken(Rule::RefundedTwice, Some(payment), &told);
    }
    let standing =
        entry.refunds.iter().filter(|refund| refund.stands()).map(|refund| refund.amount).sum::<i64>();
    let ever = entry.refunds.iter().map(|refund| refund.amount).sum::<i64>();
    if standing > entry.captured {
        let told = format!("{standing} of {} cents were given back", entry.captured);
        return world.broken(Rule::RefundedTwice, Some(payment), &told);
    }
    let money = Money {
        charges: entry.successful_charges,
        captured: entry.captured,
        given_back: ever.min(entry.captured),
    };
    judge(world, payment, intent, money);
}

/// Looks at one order in Moneris's ledger.
pub(super) fn seen_at_moneris(world: &World, store: &str, order: &str) {
    let newest = world.moneris.newest_order(store);
    for entry in [world.moneris.ledger_entry(store, order), newest].into_iter().flatten() {
        let Some(payment) = payment_named(&entry.order_id) else { continue };
        let given_back = entry.refunded + entry.corrected;
        let money = Money { charges: entry.successful_charges, captured: entry.captured, given_back };
        judge(world, payment, &entry.order_id, money);
    }
}

fn judge(world: &World, payment: PaymentId, object: &str, money: Money) {
    let (wrong, over) = {
        let mut truth = lock(&world.truth);
        let wrong = truth.seen(payment, object, money);
        let over = truth.invoice_of(payment).map(|invoice| (invoice, truth.taken_for(invoice)));
        (wrong, over)
    };
    if let Some((rule, told)) = wrong {
        return world.broken(rule, Some(payment), &told);
    }
    if let Some((invoice, taken)) = over
        && taken > world.total_of(invoice)
    {
        let told = format!("{taken} cents were taken for an invoice of {}", world.total_of(invoice));
        world.broken(Rule::InvoiceOvercharged, Some(payment), &told);
    }
}

/// The payment that an order id begins with.
pub(super) fn payment_named(order: &str) -> Option<PaymentId> {
    order.get(..36)?.parse().ok()
}
