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
                .is_some_and(|other| other.holder != lease.holder && other.until > lease.at)
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
        let mut due: Vec<_> = pinned
            .filter_map(|payment| Some((urgency(books, payment)?, payment.id)))
            .filter(|((_, due_at), _)| *due_at <= at)
            .collect();
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
    let payments = payments.filter_map(|payment| Some((payment.account.clone(), urgency(books, payment)?)));
    let accounts = books.accounts.values();
    let accounts =
        accounts.filter_map(|record| Some((record.account.clone(), (Reverse(false), record.due_at?))));
    payments.chain(accounts)
}

/// When a payment, or a notice about it, is looked at next.
fn urgency(books: &Books, payment: &Payment) -> Option<Urgency> {
    let notices = books.notices.values().filter(|notice| notice.payment == payment.id);
    let noticed = notices.filter_map(|notice| notice.due_at).min();
    let due_at = payment.due_at().into_iter().chain(noticed).min()?;
    let asked_once = payment.open_attempt().is_some_and(|attempt| {
        matches!(attempt.state, AttemptState::Charging | AttemptState::Unknown)
            && attempt.due_at.is_some_and(|attempt_due| attempt_due <= due_at)
    });
    Some((Reverse(asked_once), due_at))
}
