//! A card service that does not exist: it charges tokens under order numbers, once each. It loses answers on purpose.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use billing_testkit::conformance::processor::{Call, Card, Disturbance, Truth};

/// What a request says: named values.
pub(crate) type Asked = BTreeMap<&'static str, String>;

/// What came back.
#[derive(Clone, Debug)]
pub(crate) enum Said {
    Answer(BTreeMap<&'static str, String>),
    Hangs,
    Nothing,
    Unreadable,
}

#[derive(Debug, Default)]
pub(crate) struct Service(Mutex<Books>);

#[derive(Debug, Default)]
pub(crate) struct Books {
    pub(crate) always: Vec<(Call, Disturbance)>,
    pub(crate) once: VecDeque<(Call, Disturbance)>,
    pub(crate) received: Vec<(Call, Asked)>,
    tokens: BTreeMap<String, Card>,
    orders: BTreeMap<String, Order>,
}

#[derive(Clone, Debug)]
struct Order {
    amount: i64,
    approved: bool,
    refunds: Vec<i64>,
}

pub(crate) const KEY: &str = "till-key-made-up-0001";

impl Service {
    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The browser gives a card and gets a token for it.
    pub(crate) fn token(&self, card: Card) -> String {
        let mut books = self.books();
        let token = format!("tok-{:020}", books.tokens.len() + 1);
        books.tokens.insert(token.clone(), card);
        token
    }

    pub(crate) fn truth(&self) -> Truth {
        let books = self.books();
        let taken = books.orders.values().filter(|order| order.approved);
        let refunds = || books.orders.values().flat_map(|order| &order.refunds);
        Truth {
            objects: books.orders.len(),
            captures: taken.count(),
            refunds: refunds().count(),
            given_back: refunds().sum(),
            details: format!("{:?}", books.orders),
        }
    }

    pub(crate) fn receive(&self, call: Call, asked: &Asked) -> Said {
        let mut books = self.books();
        books.received.push((call, asked.clone()));
        let met = books.meet(call);
        match met {
            Some(Disturbance::Refused) => return answer(&[("code", "busy")]),
            Some(Disturbance::Unheard) => return Said::Nothing,
            _ => {}
        }
        let mut said = books.act(call, asked);
        match met {
            None => Said::Answer(said),
            Some(Disturbance::AnswerLost) => Said::Nothing,
            Some(Disturbance::Hangs) => Said::Hangs,
            Some(Disturbance::CutShort | Disturbance::Empty | Disturbance::Html) => Said::Unreadable,
            Some(Disturbance::FailsAfterEffect) => answer(&[("code", "broken")]),
            Some(Disturbance::TimesOut) => answer(&[("code", "timeout")]),
            Some(Disturbance::UnknownStatus) => {
                said.insert("code", "4711".to_owned());
                Said::Answer(said)
            }
            Some(Disturbance::Differs(difference)) => {
                let name = format!("{difference:?}").to_lowercase();
                let name = if name == "amount" { "amount" } else { "order" };
                said.insert(name, "999999".to_owned());
                Said::Answer(said)
            }
            other => panic!("{other:?}"),
        }
    }
}

impl Books {
    fn meet(&mut self, call: Call) -> Option<Disturbance> {
        let next = self.once.iter().position(|(of, _)| *of == call);
        let once = next.and_then(|next| self.once.remove(next));
        let always = self.always.iter().rev().find(|(of, _)| *of == call).copied();
        once.or(always).map(|(_, disturbance)| disturbance)
    }

    fn act(&mut self, call: Call, asked: &Asked) -> BTreeMap<&'static str, String> {
        if asked["key"] != KEY {
            return fields(&[("code", "bad-key")]);
        }
        let (id, amount) = (asked["order"].clone(), asked["amount"].parse::<i64>().unwrap());
        let known = self.orders.get(&id).cloned();
        match (call, known) {
            (Call::Charge, Some(_)) => return fields(&[("code", "duplicate")]),
            (Call::Charge, None) => {
                let Some(card) = self.tokens.get(&asked["token"]) else {
                    return fields(&[("code", "bad-token")]);
                };
                let order = Order { amount, approved: *card == Card::Approved, refunds: Vec::new() };
                self.orders.insert(id.clone(), order);
            }
            (_, None) => return fields(&[("code", "not-found")]),
            (Call::Refund, Some(order)) => {
                let back = if asked["way"] == "reversal" { order.amount } else { amount };
                if order.refunds.iter().sum::<i64>() + back > order.amount || !order.approved {
                    return fields(&[("code", "too-much")]);
                }
                if let Some(order) = self.orders.get_mut(&id) {
                    order.refunds.push(back);
                }
                return fields(&[("code", "ok"), ("order", &id), ("amount", &back.to_string())]);
            }
            _ => {}
        }
        let order = &self.orders[&id];
        let code = if order.approved { "ok" } else { "declined" };
        fields(&[("code", code), ("order", &id), ("amount", &order.amount.to_string())])
    }
}

fn fields(pairs: &[(&'static str, &str)]) -> BTreeMap<&'static str, String> {
    pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

fn answer(pairs: &[(&'static str, &str)]) -> Said {
    Said::Answer(fields(pairs))
}
