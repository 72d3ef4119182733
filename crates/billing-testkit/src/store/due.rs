//! What is due when, and who holds which account: looks over everything in memory.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use billing_domain::payment::{AttemptState, Payment};
use billing_domain::{AccountRef, Lease, LeaseId, Notice, PaymentId};
use jiff::Timestamp;

use super::Inner;
use super::books::Books;

/// How soon something wants a look: a server-side charge without an answer before everything else, then the longest due.
type Urgency = (Reverse<bool>, Timestamp);

impl Inner {
    /// Leases accounts with something due that nobody else holds.
    pub(super) fn lease_due(&mut self, lease: Lease, limit: usize) -> Vec<AccountRef> {
        let held = |account: &AccountRef| {
            self.leases
                .get(account)
                .is_some_and(|other| other.holder != lease.holder && lease.respects(other.until))
        };
        let mut due: BTreeMap<AccountRef, Urgency> = BTreeMap::new();
        for (account, urgency) in self.books.values().flat_map(looks) {
            if urgency.1 <= lease.at && !held(&account) {
                let most = due.entry(account).or_insert(urgency);
                *most = urgency.min(*most);
            }
        }
        let mut due: Vec<_> = due.into_iter().map(|(account, urgency)| (urgency, account)).collect();
        due.sort();
        let leased: Vec<_> = due.into_iter().take(limit).map(|(_, account)| account).collect();
        self.leases.extend(leased.iter().map(|account| (account.clone(), lease)));
        leased
    }

    /// Extends a lease, unless it is another's by now.
    pub(super) fn renew_lease(&mut self, account: &AccountRef, lease: Lease) -> bool {
        match self.leases.get_mut(account) {
            Some(known) if known.holder == lease.holder => {
                *known = lease;
                true
            }
            _ => false,
        }
    }

    /// Ends a lease, if it is still the holder's.
    pub(super) fn end_lease(&mut self, account: &AccountRef, holder: LeaseId) {
        if self.leases.get(account).is_some_and(|known| known.holder == holder) {
            self.leases.remove(account);
        }
    }

    /// The account's payments that are due, the most urgent first.
    pub(super) fn due_on(&self, account: &AccountRef, at: Timestamp, limit: usize) -> Vec<PaymentId> {
        let Some(books) = self.books.get(&account.dispensary) else { return Vec::new() };
        let pinned = books.payments.values().filter(|payment| payment.account == *account);
        let looks = pinned.flat_map(|payment| urgencies(payment).map(|urgency| (payment.id, urgency)));
        let notices = waiting(books).filter(|notice| notice.account == *account);
        let notices = notices.filter_map(|notice| Some((notice.payment, (Reverse(false), notice.due_at?))));
        let looks = looks.chain(notices);
        let mut due: BTreeMap<PaymentId, Urgency> = BTreeMap::new();
        for (payment, urgency) in looks.filter(|(_, urgency)| urgency.1 <= at) {
            let most = due.entry(payment).or_insert(urgency);
            *most = urgency.min(*most);
        }
        let mut due: Vec<_> = due.into_iter().map(|(payment, urgency)| (urgency, payment)).collect();
        due.sort();
        due.into_iter().take(limit).map(|(_, payment)| payment).collect()
    }

    /// When the earliest of everything is due.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.books.values().flat_map(looks).map(|(_, (_, due_at))| due_at).min()
    }
}

impl Books {
    /// A payment's notices that are not handled, oldest first.
    pub(super) fn unhandled(&self, payment: PaymentId) -> Vec<Notice> {
        let unhandled = self.notices.values();
        let mut unhandled: Vec<_> = unhandled
            .filter(|notice| notice.payment == payment && notice.handled_at.is_none())
            .cloned()
            .collect();
        unhandled.sort_by_key(|notice| notice.received_at);
        unhandled
    }
}

/// Everything that is due at some time, by account.
fn looks(books: &Books) -> impl Iterator<Item = (AccountRef, Urgency)> {
    let payments = books.payments.values();
    let payments =
        payments.flat_map(|payment| urgencies(payment).map(|urgency| (payment.account.clone(), urgency)));
    let notices =
        waiting(books).filter_map(|notice| Some((notice.account.clone(), (Reverse(false), notice.due_at?))));
    let accounts = books.accounts.values();
    let accounts =
        accounts.filter_map(|record| Some((record.account.clone(), (Reverse(false), record.due_at?))));
    payments.chain(notices).chain(accounts)
}

/// The notices that are to be looked into. Each is of the account that its payment is pinned to.
fn waiting(books: &Books) -> impl Iterator<Item = &Notice> {
    books.notices.values().filter(|notice| notice.due_at.is_some())
}

/// When a payment is looked at: each look by itself, because one may be due before another.
fn urgencies(payment: &Payment) -> impl Iterator<Item = Urgency> + '_ {
    let attempt = payment.open_attempt().into_iter().filter_map(|attempt| {
        let asked_once = matches!(attempt.state, AttemptState::Charging | AttemptState::Unknown);
        Some((Reverse(asked_once), attempt.due_at?))
    });
    attempt.chain(payment.refunds.iter().filter_map(|refund| Some((Reverse(false), refund.due_at?))))
}
