//! What a settings pane shows. Pure: from stored accounts to the read model, nothing secret in it.

use billing_credentials::Field;
use billing_domain::{
    AccountRecord, AccountRef, AccountState, AccountTrouble, ActorId, ProcessorId, PublicFields,
    Subscription, SubscriptionRefusal, SubscriptionState, TroubleKind,
};
use jiff::Timestamp;

/// The Billing Settings of a dispensary: exactly two panes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillingSettings {
    /// The Moneris pane.
    pub moneris: Pane,
    /// The Stripe pane.
    pub stripe: Pane,
    /// The processor card payments go to now, if any.
    pub in_use: Option<ProcessorId>,
}

/// One processor's pane. A saved secret is never shown again: there is no reveal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pane {
    /// Which processor.
    pub processor: ProcessorId,
    /// What it says at the top.
    pub state: PaneState,
    /// Whether keys may be saved: the help centre has unlocked it, or it needs no unlocking.
    pub may_save: bool,
    /// The fields to fill; empty if this installation has no adapter for the processor.
    pub fields: Vec<Field>,
    /// The saved account, if there is one.
    pub saved: Option<SavedAccount>,
    /// Accounts removed or replaced that still finish what they began.
    pub draining: Vec<DrainingAccount>,
}

/// What a pane says at the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PaneState {
    /// Card payments go here.
    Active,
    /// Saved, but not active while a processor of higher precedence is connected.
    ConfiguredInactive,
    /// Not available: contact the help centre.
    Locked,
    /// The processor refuses the saved keys.
    NeedsAttention {
        /// Since when.
        since: Timestamp,
        /// How.
        kind: TroubleKind,
    },
    /// No keys are saved.
    NotConfigured,
    /// This installation has no adapter for the processor.
    NotInstalled,
}

impl PaneState {
    /// Its stable word, for programs to switch on and to keep; never prose for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::ConfiguredInactive => "configured_inactive",
            Self::Locked => "locked",
            Self::NeedsAttention { .. } => "needs_attention",
            Self::NotConfigured => "not_configured",
            Self::NotInstalled => "not_installed",
        }
    }
}

/// The saved account, as staff may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedAccount {
    /// Which account.
    pub account: AccountRef,
    /// The version of its keys.
    pub version: u32,
    /// Public fields whole.
    pub public: PublicFields,
    /// Secret fields: a prefix and at most the last four characters.
    pub masked: PublicFields,
    /// The processor's own id of the account, once verified.
    pub external_id: Option<String>,
    /// The business name the processor shows, once verified.
    pub business_name: Option<String>,
    /// When the processor last confirmed the keys.
    pub verified_at: Option<Timestamp>,
    /// What could not be confirmed.
    pub remarks: Vec<String>,
    /// Another dispensary uses the same account at the processor. Each handles only its own payments.
    pub shared: bool,
    /// Whether the processor tells at once when something changed.
    pub notices: NoticesOnPane,
    /// When saved.
    pub saved_at: Timestamp,
    /// By whom.
    pub saved_by: ActorId,
}

/// Whether a processor delivers notices of an account. Without them everything is found out all the same, only later: by the sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoticesOnPane {
    /// None are asked for: this host has no address for them, or the processor sends none.
    Off,
    /// They are delivered, and believed.
    On,
    /// The processor refused to deliver them. Once that is cured, check the keys or save them again.
    Refused(SubscriptionRefusal),
    /// The processor is being asked for them.
    Registering,
}

impl NoticesOnPane {
    /// Its stable word, for programs to switch on and to keep; never prose for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::On => "on",
            Self::Refused(_) => "refused",
            Self::Registering => "registering",
        }
    }
}

/// A removed or replaced account that still finishes what it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrainingAccount {
    /// Which account.
    pub account: AccountRef,
    /// The business name, if known.
    pub business_name: Option<String>,
    /// Since when it is not chosen any more.
    pub since: Timestamp,
    /// When its keys are erased, whatever is still open.
    pub until: Timestamp,
    /// Since when the processor refuses its keys, and how: other keys of the same account may be supplied to finish with.
    pub trouble: Option<AccountTrouble>,
}

/// The pane of `processor` from all of a dispensary's accounts.
pub(crate) fn pane(
    processor: &ProcessorId,
    records: &[AccountRecord],
    in_use: Option<&ProcessorId>,
    unlocked: bool,
    shared: bool,
    fields: Option<Vec<Field>>,
) -> Pane {
    let mine = || records.iter().filter(|record| record.account.processor == *processor);
    let active = mine().find(|record| record.state.is_active());
    let draining = mine()
        .filter_map(|record| match record.state {
            AccountState::Draining { since, until } => Some(DrainingAccount {
                account: record.account.clone(),
                business_name: record.business_name.clone(),
                since,
                until,
                trouble: record.trouble,
            }),
            _ => None,
        })
        .collect();
    Pane {
        processor: processor.clone(),
        state: if fields.is_none() {
            PaneState::NotInstalled
        } else {
            state(active, in_use == Some(processor), unlocked)
        },
        may_save: unlocked && fields.is_some(),
        fields: fields.unwrap_or_default(),
        saved: active.map(|record| saved(record, shared)),
        draining,
    }
}

fn state(active: Option<&AccountRecord>, in_use: bool, unlocked: bool) -> PaneState {
    match active {
        Some(AccountRecord { trouble: Some(AccountTrouble { since, kind }), .. }) => {
            PaneState::NeedsAttention { since: *since, kind: *kind }
        }
        Some(_) if in_use => PaneState::Active,
        Some(_) => PaneState::ConfiguredInactive,
        None if unlocked => PaneState::NotConfigured,
        None => PaneState::Locked,
    }
}

fn saved(record: &AccountRecord, shared: bool) -> SavedAccount {
    SavedAccount {
        account: record.account.clone(),
        version: record.version,
        public: record.public.clone(),
        masked: record.masked.clone(),
        external_id: record.external_id.clone(),
        business_name: record.business_name.clone(),
        verified_at: record.verified_at,
        remarks: record.remarks.clone(),
        shared,
        notices: notices(record.subscription.as_ref()),
        saved_at: record.saved_at,
        saved_by: record.saved_by.clone(),
    }
}

fn notices(subscription: Option<&Subscription>) -> NoticesOnPane {
    let Some(subscription) = subscription else { return NoticesOnPane::Off };
    match subscription.state {
        SubscriptionState::Unwanted => NoticesOnPane::Off,
        SubscriptionState::Refused(refusal) => NoticesOnPane::Refused(refusal),
        // Its signatures can be checked from the moment its secret is stored.
        _ if subscription.sealed.is_some() => NoticesOnPane::On,
        _ => NoticesOnPane::Registering,
    }
}
