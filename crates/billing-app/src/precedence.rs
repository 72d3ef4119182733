//! The one rule: Stripe keys saved → Stripe, always; otherwise Moneris. Pure.

use std::collections::BTreeMap;

use billing_domain::{AccountRecord, AccountState, ProcessorId};

/// Processors in order of precedence, first wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranking(pub Vec<ProcessorId>);

impl Default for Ranking {
    /// Stripe, then Moneris.
    fn default() -> Self {
        Self(vec![ProcessorId::STRIPE, ProcessorId::MONERIS])
    }
}

/// How a dispensary stands with one processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Keys are saved.
    Active,
    /// The account was removed and only finishes what it began.
    Draining,
    /// Keys are saved, and the processor refuses them.
    NeedsAttention,
    /// No keys are saved.
    NotConnected,
}

/// How a dispensary stands with every processor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectedAccounts(pub BTreeMap<ProcessorId, Standing>);

impl ConnectedAccounts {
    /// The standing each saved account gives its processor; an active one outweighs a draining one.
    pub fn of(records: &[AccountRecord]) -> Self {
        let mut standings = BTreeMap::new();
        for record in records {
            let standing = match (record.state, &record.trouble) {
                (AccountState::Active, None) => Standing::Active,
                (AccountState::Active, Some(_)) => Standing::NeedsAttention,
                (AccountState::Draining { .. }, _) => Standing::Draining,
                (AccountState::Erased { .. }, _) => continue,
            };
            let slot = standings.entry(record.account.processor.clone()).or_insert(standing);
            if *slot == Standing::Draining {
                *slot = standing;
            }
        }
        Self(standings)
    }
}

/// No processor is connected: card payments are not possible, other tenders are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no card processor is connected")]
pub struct NoProcessor;

/// Which processor every card payment of a dispensary goes to.
///
/// | Stripe | Moneris | choice |
/// |---|---|---|
/// | active or needs attention | anything | Stripe |
/// | draining or not connected | active or needs attention | Moneris |
/// | draining or not connected | draining or not connected | none |
///
/// A processor that refuses its keys is still the choice: there is no failover. Whether the help centre has
/// unlocked a processor does not matter here; that gates saving keys, not using them.
pub fn choose(ranking: &Ranking, connected: &ConnectedAccounts) -> Result<ProcessorId, NoProcessor> {
    let usable = |processor: &&ProcessorId| {
        matches!(connected.0.get(processor), Some(Standing::Active | Standing::NeedsAttention))
    };
    ranking.0.iter().find(usable).cloned().ok_or(NoProcessor)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STANDINGS: [Standing; 4] =
        [Standing::NotConnected, Standing::Active, Standing::Draining, Standing::NeedsAttention];

    #[test]
    fn every_combination_follows_the_table() {
        for stripe in STANDINGS {
            for moneris in STANDINGS {
                let connected = ConnectedAccounts(BTreeMap::from([
                    (ProcessorId::STRIPE, stripe),
                    (ProcessorId::MONERIS, moneris),
                ]));
                let usable = |standing| matches!(standing, Standing::Active | Standing::NeedsAttention);
                let expected = match (usable(stripe), usable(moneris)) {
                    (true, _) => Ok(ProcessorId::STRIPE),
                    (false, true) => Ok(ProcessorId::MONERIS),
                    (false, false) => Err(NoProcessor),
                };
                assert_eq!(choose(&Ranking::default(), &connected), expected, "{stripe:?} × {moneris:?}");
            }
        }
    }

    #[test]
    fn a_host_may_rank_moneris_first() {
        let connected = ConnectedAccounts(BTreeMap::from([
            (ProcessorId::STRIPE, Standing::Active),
            (ProcessorId::MONERIS, Standing::Active),
        ]));
        let ranking = Ranking(vec![ProcessorId::MONERIS, ProcessorId::STRIPE]);
        assert_eq!(choose(&ranking, &connected), Ok(ProcessorId::MONERIS));
    }
}
