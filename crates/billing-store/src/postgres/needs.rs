//! Which rows a step is judged by: named by the step itself, so that one question fetches them all. No decision.

use billing_domain::invoice::InvoiceNumber;
use billing_domain::{AccountId, PayableId, PaymentId, Requirement, Step, Write};
use uuid::Uuid;

use super::run::{Answer, Ask, Value};
use super::statements as sql;

/// The keys of a step's rows, as parameters.
#[derive(Debug, Default)]
pub(super) struct Needs {
    here: Uuid,
    dispensary: bool,
    accounts: Vec<Uuid>,
    /// The accounts of which it matters whether anything is open on them, and how many ids tell.
    drained: Vec<Uuid>,
    open_ids: i64,
    invoices: Vec<Uuid>,
    number_sequences: Vec<i64>,
    number_prefixes: Vec<String>,
    payables: Vec<String>,
    payments: Vec<Uuid>,
    refunds: Vec<Uuid>,
    strays: Vec<Uuid>,
    notice_accounts: Vec<Uuid>,
    notices: Vec<String>,
}

/// What a statement of [`Needs::asks`] is about.
#[derive(Clone, Copy, Debug)]
pub(super) enum About {
    Accounts,
    Attempts,
    Dispensary,
    Invoices,
    Notices,
    Numbers,
    OpenOn(Uuid),
    Payables,
    Payments,
    RefundIds,
    Refunds,
    StrayIds,
    Strays,
    Tries,
}

/// What was found, one answer for each statement.
pub(super) type Found = Vec<(About, Answer)>;

impl Needs {
    /// What the step asks for. Something this store does not know is missing here; then the step is refused, not misjudged.
    pub(super) fn of(step: &Step) -> Self {
        let mut needs = Self { here: step.dispensary.uuid(), ..Self::default() };
        step.requires.iter().for_each(|requirement| needs.judge(requirement));
        step.writes.iter().for_each(|write| needs.write(write));
        // One more than the step itself changes: among so many is one that it does not.
        needs.open_ids = i64::try_from(needs.payments.len()).unwrap_or(i64::MAX - 1) + 1;
        needs
    }

    fn judge(&mut self, requirement: &Requirement) {
        match requirement {
            Requirement::AccountActive(account) | Requirement::AccountKept(account) => {
                self.accounts.push(account.uuid());
            }
            Requirement::FitsCapture { payment, .. } => self.payments.push(payment.uuid()),
            Requirement::FitsPayable { payable, .. } | Requirement::NoOpenAttempt(payable) => {
                self.payables.push(payable.as_str().to_owned());
            }
            _ => {}
        }
    }

    fn write(&mut self, write: &Write) {
        match write {
            Write::Account(record) => self.accounts.push(record.account.account.uuid()),
            Write::Attempt { payment, .. } => self.payments.push(payment.uuid()),
            Write::Dispensary(_) => self.dispensary = true,
            Write::EraseIfDrained(account) => {
                self.accounts.push(account.uuid());
                self.drained.push(account.uuid());
            }
            Write::Invoice { invoice, .. } => {
                self.invoices.push(invoice.id().uuid());
                self.number_sequences.extend(invoice.number().map(sequence));
                self.number_prefixes.extend(invoice.number().map(|number| number.prefix().to_owned()));
            }
            Write::Notice(notice) => {
                self.payments.push(notice.payment.uuid());
                self.notice_accounts.push(notice.account.account.uuid());
                self.notices.push(notice.id.as_str().to_owned());
            }
            Write::Payable(payable) => self.payables.push(payable.id.as_str().to_owned()),
            Write::Payment(payment) => {
                self.payments.push(payment.id.uuid());
                self.payables.push(payment.payable.as_str().to_owned());
                self.accounts.push(payment.account.account.uuid());
            }
            Write::Refund { payment, refund } => {
                self.payments.push(payment.uuid());
                self.refunds.push(refund.id.uuid());
            }
            Write::StrayCharge { payment, stray } => {
                self.payments.push(payment.uuid());
                self.strays.push(stray.id.uuid());
            }
            _ => {}
        }
    }

    /// The statements that find it all.
    pub(super) fn asks(&self) -> Vec<(About, Ask<'_>)> {
        let mut asks = Vec::new();
        if self.dispensary {
            asks.push((About::Dispensary, Ask::new(&sql::DISPENSARY, vec![&self.here])));
        }
        if !self.accounts.is_empty() {
            asks.push((About::Accounts, Ask::new(&sql::ACCOUNTS_NAMED, vec![&self.here, &self.accounts])));
        }
        for account in &self.drained {
            let values: Vec<Value<'_>> = vec![&self.here, account, &self.open_ids];
            asks.push((About::OpenOn(*account), Ask::new(&sql::OPEN_ON_ACCOUNT, values)));
        }
        if !self.invoices.is_empty() {
            asks.push((About::Invoices, Ask::new(&sql::INVOICES_NAMED, vec![&self.here, &self.invoices])));
        }
        if !self.number_sequences.is_empty() {
            let values: Vec<Value<'_>> = vec![&self.here, &self.number_sequences, &self.number_prefixes];
            asks.push((About::Numbers, Ask::new(&sql::NUMBERS_TAKEN, values)));
        }
        if !self.payables.is_empty() {
            asks.push((About::Payables, Ask::new(&sql::PAYABLES_NAMED, vec![&self.here, &self.payables])));
        }
        if !self.payables.is_empty() || !self.payments.is_empty() {
            let whole = &sql::PAYMENTS_OF_STEP;
            for (about, statement) in [
                (About::Payments, whole.payments),
                (About::Attempts, whole.attempts),
                (About::Tries, whole.tries),
                (About::Strays, whole.strays),
                (About::Refunds, whole.refunds),
            ] {
                asks.push((about, Ask::new(statement, vec![&self.here, &self.payments, &self.payables])));
            }
        }
        if !self.refunds.is_empty() {
            asks.push((About::RefundIds, Ask::new(&sql::REFUNDS_NAMED, vec![&self.here, &self.refunds])));
        }
        if !self.strays.is_empty() {
            asks.push((About::StrayIds, Ask::new(&sql::STRAYS_NAMED, vec![&self.here, &self.strays])));
        }
        if !self.notices.is_empty() {
            let values: Vec<Value<'_>> = vec![&self.here, &self.notice_accounts, &self.notices];
            asks.push((About::Notices, Ask::new(&sql::NOTICES_NAMED, values)));
        }
        asks
    }

    pub(super) fn has_account(&self, account: AccountId) -> bool {
        self.accounts.contains(&account.uuid())
    }

    pub(super) fn has_payable(&self, payable: &PayableId) -> bool {
        self.payables.iter().any(|named| named == payable.as_str())
    }

    pub(super) fn has_payment(&self, payment: PaymentId) -> bool {
        self.payments.contains(&payment.uuid())
    }
}

/// A number's place in the column; beyond the last possible one none is taken.
fn sequence(number: &InvoiceNumber) -> i64 {
    i64::try_from(number.sequence()).unwrap_or(i64::MAX)
}
