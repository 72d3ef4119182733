//! The numbers and rules a host may change, with their units and defaults.

use std::collections::BTreeSet;
use std::time::Duration;

use billing_credentials::KeyPolicy;
use billing_domain::ProcessorId;

use crate::NoticeAddress;
use crate::precedence::Ranking;

/// How this deployment behaves. One deployment never mixes live and test keys.
#[derive(Clone, Debug)]
pub struct BillingConfig {
    /// Which keys may be saved. Default: live keys only.
    pub key_policy: KeyPolicy,
    /// Which processor comes first when several are connected. Default: Stripe, then Moneris.
    pub ranking: Ranking,
    /// The processors the help centre must unlock before keys can be saved. Default: Stripe.
    pub locked_until_unlocked: BTreeSet<ProcessorId>,
    /// Below which address processors deliver their notices to this host, which hands them to
    /// [`receive_notice`](crate::Billing::receive_notice). Default: none, and the sweep must do.
    pub notice_address: Option<NoticeAddress>,
    /// The longest time from before a send is committed until it leaves; later it is not sent. Default 2 s.
    pub dispatch_within: Duration,
    /// How long a submission without an answer holds its invoice: no call lasts longer. Default 90 s.
    pub begin_deadline: Duration,
    /// When the sweep first looks at a handed-over payment. Default 1 min; each idle look doubles the wait.
    pub first_look_after: Duration,
    /// The longest wait between two looks at an open payment. Default 15 min.
    pub look_at_least_every: Duration,
    /// The longest wait between two looks at a payment under review. Default 24 h.
    pub review_look_at_least_every: Duration,
    /// When a handed-over payment that nobody paid is cancelled at the processor. Default 24 h.
    pub abandon_after: Duration,
    /// When a handed-over payment that the processor cannot cancel needs a person, if it is still open. Default 60 min.
    pub ticket_limit: Duration,
    /// When a handed-over payment that is still open, whatever the processor answers, needs a person. Default 72 h.
    pub review_after: Duration,
    /// For how long a removed or replaced account keeps a sealed copy of its keys to finish what it began; then they are erased,
    /// and what is still open needs a person. Default 30 days.
    pub drain_within: Duration,
    /// How long after it succeeded the sweep asks whether a refund has failed since, a day later and then ever more rarely: a bank may
    /// return the money for up to 30 days (<https://docs.stripe.com/refunds#failed-refunds>). Zero: only when told or asked.
    /// Default 30 days.
    pub refunds_may_fail_for: Duration,
    /// How many calls the sweep makes to one account within a second; the desk has the rest of what the processor allows. Default 10.
    pub sweep_calls_per_second: u32,
    /// How often a write is decided again, or a read fact applied again, when others write too. Default 16.
    pub conflict_retries: u32,
    /// How many calls may be under way at once; more are refused as busy. Default 1,024.
    pub tasks_max: usize,
    /// The most open payments named in a warning or superseded per page. Default 100.
    pub page: u32,
}

impl Default for BillingConfig {
    fn default() -> Self {
        Self {
            key_policy: KeyPolicy::LiveOnly,
            ranking: Ranking::default(),
            locked_until_unlocked: BTreeSet::from([ProcessorId::STRIPE]),
            notice_address: None,
            dispatch_within: Duration::from_secs(2),
            begin_deadline: Duration::from_secs(90),
            first_look_after: Duration::from_mins(1),
            look_at_least_every: Duration::from_mins(15),
            review_look_at_least_every: Duration::from_hours(24),
            abandon_after: Duration::from_hours(24),
            ticket_limit: Duration::from_hours(1),
            review_after: Duration::from_hours(72),
            drain_within: Duration::from_hours(720),
            refunds_may_fail_for: Duration::from_hours(720),
            sweep_calls_per_second: 10,
            conflict_retries: 16,
            tasks_max: 1_024,
            page: 100,
        }
    }
}
