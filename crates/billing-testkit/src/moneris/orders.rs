//! Orders and the transactions made on them: what the gateway and Checkout both write, and the ledger reads. No wire words.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::batch::Batch;
use super::cards::{Act, KnownCard};
use super::host::HostAnswer;
use super::ids::IdMaker;
use super::penny;
use super::stores::Store;

/// Everything on one order id. It is there once something on it went to the bank, and its id is used up for ever.
#[derive(Deserialize, Serialize)]
pub(super) struct Order {
    /// In cents; zero verifies a card.
    pub(super) amount: i64,
    pub(super) card: KnownCard,
    pub(super) correction: Option<Slip>,
    /// The token it was charged with; None for Checkout.
    pub(super) data_key: Option<String>,
    pub(super) refunds: Vec<Slip>,
    /// The newest try to charge it.
    pub(super) sale: Slip,
    pub(super) successful_charges: usize,
    /// The Checkout ticket it was paid with; None for the gateway.
    pub(super) ticket: Option<String>,
    pub(super) tries: usize,
}

impl Order {
    /// What was taken, in cents.
    pub(super) fn captured(&self) -> i64 {
        if self.sale.is_approved() { self.amount } else { 0 }
    }

    /// What was given back by refunds, in cents.
    pub(super) fn refunded(&self) -> i64 {
        self.refunds.iter().filter(|refund| refund.is_approved()).map(|refund| refund.amount).sum()
    }
}

/// One transaction as the bank knows it.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Slip {
    /// In cents.
    pub(super) amount: i64,
    /// What the bank said; None if nobody knows.
    pub(super) answer: Option<HostAnswer>,
    pub(super) at: Timestamp,
    /// Six characters; zeros if declined.
    pub(super) auth_code: String,
    pub(super) batch: Batch,
    /// Its number among the store's transactions.
    pub(super) number: u32,
    /// The terminal's eight digits.
    pub(super) terminal: String,
    /// Opaque to callers.
    pub(super) trans_id: String,
}

impl Slip {
    pub(super) fn is_approved(&self) -> bool {
        self.answer.is_some_and(HostAnswer::is_approval)
    }

    /// Terminal, shift, batch, sequence and a zero.
    pub(super) fn reference_number(&self) -> String {
        format!("{}001{:03}{:03}0", self.terminal, self.batch.number(), self.sequence())
    }

    pub(super) fn sequence(&self) -> u32 {
        self.number % 1000
    }
}

/// A transaction id shows which it is: a zero in the middle, or a one.
#[derive(Clone, Copy)]
enum Kind {
    FollowUp,
    Sale,
}

/// A charge about to be made.
pub(super) struct Sale {
    pub(super) amount: i64,
    pub(super) card: KnownCard,
    pub(super) data_key: Option<String>,
    pub(super) order_id: String,
    pub(super) ticket: Option<String>,
}

/// What is needed to make a transaction.
pub(super) struct Maker<'a> {
    /// What the bank is made to say.
    pub(super) host: Option<HostAnswer>,
    pub(super) ids: &'a mut IdMaker,
    pub(super) now: Timestamp,
}

impl Maker<'_> {
    /// Charges the card and writes the order down. True if the answer should be lost: the caller hears of a time-out.
    pub(super) fn charge(&mut self, store: &mut Store, sale: Sale) -> bool {
        let Sale { amount, card, data_key, order_id, ticket } = sale;
        let (answer, lost) = match (self.host, card.act) {
            (Some(told), _) => (Some(told), false),
            _ if store.penny_simulator => (Some(penny::answer(amount, card.brand)), false),
            (None, Act::Answer(answer)) => (Some(answer), false),
            (None, Act::CvdMismatch | Act::RefuseRefund) => (Some(HostAnswer::APPROVED), false),
            (None, Act::TimeOut { paid }) => (paid.then_some(HostAnswer::APPROVED), true),
        };
        let slip = self.slip(store, amount, answer, Kind::Sale);
        let approved = usize::from(slip.is_approved());
        match store.orders.get_mut(&order_id) {
            None => {
                let order = Order {
                    amount,
                    card,
                    correction: None,
                    data_key,
                    refunds: Vec::new(),
                    sale: slip,
                    successful_charges: approved,
                    ticket,
                    tries: 1,
                };
                store.orders.insert(order_id, order);
            }
            Some(order) => {
                order.card = card;
                order.sale = slip;
                order.successful_charges += approved;
                order.tries += 1;
            }
        }
        lost
    }

    /// A refund or a correction of `amount`, as the bank answers it. Not written down yet.
    pub(super) fn follow_up(&mut self, store: &mut Store, amount: i64, otherwise: HostAnswer) -> Slip {
        let answer = self.host.unwrap_or(otherwise);
        self.slip(store, amount, Some(answer), Kind::FollowUp)
    }

    fn slip(&mut self, store: &mut Store, amount: i64, answer: Option<HostAnswer>, kind: Kind) -> Slip {
        store.transactions = store.transactions.wrapping_add(1);
        let approved = answer.is_some_and(HostAnswer::is_approval);
        let mark = match kind {
            Kind::FollowUp => 1,
            Kind::Sale => 0,
        };
        Slip {
            amount,
            answer,
            at: self.now,
            auth_code: if approved { self.ids.auth_code() } else { "000000".to_owned() },
            batch: store.batch(self.now),
            number: store.transactions,
            terminal: format!("6601{:04}", store.terminal),
            trans_id: format!("{}-{mark}_{}", store.transactions, store.terminal % 1000),
        }
    }
}
