//! One visit to a clinic: a payment, from the window to its refunds, by people who try again when the software has died under them, or
//! who leave.

use std::sync::Arc;
use std::time::Duration;

use billing_testkit::{moneris, stripe};
use tokio::time::sleep;

use super::dice::Dice;
use super::load::Load;
use super::wire::{Answer, Call, Given, Question, Standing, Wish};
use crate::Till;

/// Errors after which people try again.
const PASSING: [&str; 10] = [
    "account_changed",
    "busy",
    "late",
    "no_processor_configured",
    "payment_in_progress",
    "payment_withdrawn",
    "processor",
    "refund_in_progress",
    "refund_not_told",
    "store",
];

/// How often people try again before they leave.
const TRIES: u32 = 25;

/// One visit.
#[derive(Debug)]
pub(crate) struct Visit {
    load: Arc<Load>,
    number: u64,
    till: Till,
    cents: i64,
    dice: Dice,
}

impl Visit {
    /// The next one.
    pub(crate) fn next(load: &Arc<Load>) -> Self {
        let (number, till, mut dice) = load.next_payment();
        let cents = i64::try_from(dice.between(500..=50_000)).unwrap();
        Self { load: Arc::clone(load), number, till, cents, dice }
    }

    /// From the window to the refunds.
    pub(crate) async fn take_place(mut self) {
        let Some(given) = self.send().await else { return };
        self.hesitate().await;
        match self.dice.below(14) {
            // The cardholder leaves, and the front desk forgets it.
            0 => return,
            1 => {
                self.insist(Wish::Cancel).await;
                return;
            }
            2 => {
                let (mut cancels, mut pays) = (self.another(), self.another());
                tokio::join!(cancels.insist(Wish::Cancel), pays.pay(given));
            }
            _ => self.pay(given).await,
        }
        self.hesitate().await;
        if self.dice.one_in(8) {
            return;
        }
        if self.insist(Wish::Settle).await == Some(Standing::Succeeded) && self.dice.one_in(2) {
            self.give_back().await;
        }
    }

    /// The same visit, for something that happens at the same time.
    fn another(&mut self) -> Self {
        let Self { number, till, cents, .. } = *self;
        Self { load: Arc::clone(&self.load), number, till, cents, dice: self.dice.others() }
    }

    /// Window and Send Request, now and then by two desks at once.
    async fn send(&mut self) -> Option<Given> {
        if self.dice.one_in(8) {
            let (mut one, mut other) = (self.another(), self.another());
            let (one, other) = tokio::join!(one.send_once(), other.send_once());
            return one.or(other);
        }
        self.send_once().await
    }

    async fn send_once(&mut self) -> Option<Given> {
        match self.ask(Wish::Send).await? {
            Answer::HandedOver(given) => Some(given),
            _ => None,
        }
    }

    /// The cardholder pays with what the browser was given, now and then with a bad card first.
    async fn pay(&mut self, given: Given) {
        let declined_first = self.dice.one_in(6);
        match given {
            Given::Elements { client_secret, publishable_key } => {
                let cardholder = self.load.clinics.stripe.cardholder(&client_secret, &publishable_key);
                if declined_first {
                    drop(cardholder.pay(stripe::Card::GENERIC_DECLINE).await);
                    self.hesitate().await;
                }
                drop(cardholder.pay(stripe::Card::VISA).await);
            }
            Given::Frame { order_id, profile_id } if declined_first => {
                self.charge(order_id, &profile_id, moneris::Card::DECLINED).await;
                if let Some(Given::Frame { order_id, profile_id }) = self.send_once().await {
                    self.charge(order_id, &profile_id, moneris::Card::VISA).await;
                }
            }
            Given::Frame { order_id, profile_id } => {
                let card = match self.dice.below(12) {
                    0 => moneris::Card::TIMES_OUT,
                    1 => moneris::Card::TIMES_OUT_PAID,
                    _ => moneris::Card::VISA,
                };
                self.charge(order_id, &profile_id, card).await;
            }
            Given::Ticket(ticket) => {
                let cardholder = self.load.clinics.moneris.checkout_cardholder(&ticket);
                if declined_first {
                    drop(cardholder.pay(moneris::Card::DECLINED));
                    self.hesitate().await;
                }
                drop(cardholder.pay(moneris::Card::VISA));
            }
        }
    }

    /// The page brings back what the frame gave it.
    async fn charge(&mut self, order_id: String, profile_id: &str, card: moneris::Card) {
        let token = self.load.clinics.moneris.cardholder(profile_id).tokenize(card).unwrap();
        self.insist(Wish::Charge { order_id, token }).await;
    }

    /// The manager gives all of it back, or two parts, one after the other or at once.
    async fn give_back(&mut self) {
        let (whole, part, rest) = (self.cents, self.cents / 3, self.cents / 2);
        match self.dice.below(4) {
            0 | 1 => self.refund(1, whole).await,
            2 => {
                self.refund(1, part).await;
                self.refund(2, rest).await;
            }
            _ => {
                let (mut one, mut other) = (self.another(), self.another());
                tokio::join!(one.refund(1, part), other.refund(2, rest));
            }
        }
    }

    async fn refund(&mut self, refund: u64, cents: i64) {
        if let Some(Answer::Refunded { succeeded: true }) = self.ask(Wish::Refund { refund, cents }).await {
            self.load.told(self.number, |heard| {
                heard.refunded.insert(refund);
            });
        }
    }

    async fn insist(&mut self, wish: Wish) -> Option<Standing> {
        match self.ask(wish).await? {
            Answer::Stands(standing) => Some(standing),
            _ => None,
        }
    }

    /// Asks any host until one answers, and again after what passes. People give up sooner or later.
    async fn ask(&mut self, wish: Wish) -> Option<Answer> {
        for _ in 0..TRIES {
            if self.load.is_closing() {
                return None;
            }
            let place = self.dice.place(self.load.hosts.number());
            let call = Call { till: self.till, payment: self.number, cents: self.cents, wish: wish.clone() };
            let answer = self.load.hosts.ask(place, Question::Desk(call)).await;
            match answer {
                Some(Answer::Failed(code)) => {
                    self.load.failed(&code);
                    if !PASSING.contains(&code.as_str()) {
                        return None;
                    }
                }
                Some(answer) => {
                    self.note(&answer);
                    return Some(answer);
                }
                None if self.dice.one_in(10) => return None,
                None => {}
            }
            self.hesitate().await;
        }
        None
    }

    fn note(&self, answer: &Answer) {
        self.load.told(self.number, |heard| match answer {
            Answer::HandedOver(_) => heard.handed_over = true,
            Answer::Stands(Standing::Succeeded) => heard.succeeded = true,
            _ => {}
        });
    }

    async fn hesitate(&mut self) {
        sleep(Duration::from_millis(self.dice.between(0..=40))).await;
    }
}
