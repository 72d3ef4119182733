//! What kind of world a seed makes: how large, how the clinics are set up, and how the processors read what no document settles.

use std::time::Duration;

use billing_app::{BillingConfig, NoticeAddress};
use billing_testkit::moneris::{
    ChangedCheck, DeclinedCheck, DeclinedCheckout, InFlightCheck, Readings, SecondCheck, TokenReuse,
};

use super::chance::Luck;

/// A world before anything happens in it.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) dispensaries: u128,
    pub(super) invoices: u64,
    /// Within this time everybody comes to pay.
    pub(super) opening_hours: Duration,
    pub(super) processes: usize,
    /// Whether both dispensaries are on one account at each processor.
    pub(super) shares_accounts: bool,
    /// What each dispensary begins with.
    pub(super) begins_with: Vec<Beginning>,
    pub(super) readings: Readings,
    pub(super) cancels_while_processing: bool,
    pub(super) config: BillingConfig,
    /// Whether what is left open at the end is left to the sweep, or cancelled at the desk.
    pub(super) desk_tidies_up: bool,
}

/// Which processors a dispensary has at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beginning {
    Both,
    Moneris,
    Stripe,
}

impl Plan {
    pub(super) fn of(luck: &mut Luck) -> Self {
        let dispensaries = luck.one_of(&[1, 2, 2]);
        let beginnings = [Beginning::Both, Beginning::Moneris, Beginning::Moneris, Beginning::Stripe];
        Self {
            dispensaries,
            invoices: 12 + luck.below(20),
            opening_hours: luck.between(Duration::from_mins(5), Duration::from_mins(90)),
            processes: luck.one_of(&[1, 2, 2, 3]),
            shares_accounts: luck.per_mille(400),
            begins_with: (0..dispensaries).map(|_| luck.one_of(&beginnings)).collect(),
            readings: readings(luck),
            cancels_while_processing: luck.per_mille(500),
            config: config(luck),
            desk_tidies_up: luck.per_mille(800),
        }
    }
}

/// One reading of everything that Moneris leaves open.
fn readings(luck: &mut Luck) -> Readings {
    Readings {
        changed_check: luck.one_of(&[ChangedCheck::Answered, ChangedCheck::NotFound]),
        declined_check: luck.one_of(&[DeclinedCheck::Found, DeclinedCheck::NotFound]),
        declined_checkout: luck.one_of(&[
            DeclinedCheckout::Final,
            DeclinedCheckout::Incomplete,
            DeclinedCheckout::Provisional,
        ]),
        in_flight_check: luck.one_of(&[InFlightCheck::NotFound, InFlightCheck::Waits]),
        second_check: luck.one_of(&[SecondCheck::Answered, SecondCheck::Refused]),
        ticket_lives: Duration::from_mins(luck.one_of(&[10, 60, 24 * 60])),
        token_reuse: luck.one_of(&[TokenReuse::Allowed, TokenReuse::Refused]),
    }
}

/// Mostly as hosts have it; sometimes with less patience.
fn config(luck: &mut Luck) -> BillingConfig {
    let mut config = BillingConfig::default();
    if luck.per_mille(500) {
        config.abandon_after = Duration::from_hours(luck.one_of(&[1, 2, 6]));
    }
    config.drain_within = Duration::from_mins(luck.one_of(&[720 * 60, 720 * 60, 720 * 60, 45]));
    if luck.per_mille(700) {
        config.notice_address = NoticeAddress::parse("https://clinic.example/notices").ok();
    }
    config
}
