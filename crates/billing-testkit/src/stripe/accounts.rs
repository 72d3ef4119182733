//! Accounts, their keys as their owner handles them, and the two endpoints that describe one. Never a payment.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::FakeStripe;
use super::error::ApiError;
use super::keys::{Caller, Key, KeyKind, Mode, Permission};
use super::params::Fields;
use super::state::State;

/// A rolled key may live on for seven days (<https://docs.stripe.com/keys>).
const ROLLED_KEY_LIVES: Duration = Duration::from_hours(7 * 24);

/// An account to be set up. Every account has live and test keys.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AccountSpec {
    /// `acct_…`; the last ten characters appear in every id of the account's objects.
    pub id: String,
    /// The name the Dashboard shows.
    pub business_name: String,
    /// Whether it can make live charges.
    pub charges_enabled: bool,
    /// Two letters, upper case.
    pub country: String,
    /// Three letters, lower case.
    pub default_currency: String,
}

impl AccountSpec {
    /// A Canadian account that can charge.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            business_name: "Fake Clinic".to_owned(),
            charges_enabled: true,
            country: "CA".to_owned(),
            default_currency: "cad".to_owned(),
        }
    }
}

/// What the fake keeps of an account.
#[derive(Deserialize, Serialize)]
pub(super) struct Account {
    pub(super) spec: AccountSpec,
}

/// An account in the hands of its owner: keys to read, roll and revoke.
#[derive(Clone)]
pub struct FakeAccount {
    fake: FakeStripe,
    id: String,
}

impl fmt::Debug for FakeAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeAccount").field("id", &self.id).finish_non_exhaustive()
    }
}

impl FakeAccount {
    pub(super) fn set_up(fake: FakeStripe, spec: AccountSpec) -> Self {
        let id = spec.id.clone();
        fake.change(|state| {
            if state.accounts.insert(id.clone(), Account { spec }).is_none() {
                for mode in [Mode::Live, Mode::Test] {
                    for kind in [KeyKind::Publishable, KeyKind::Secret] {
                        issue(state, &id, mode, kind, &[]);
                    }
                }
            }
        });
        Self { fake, id }
    }

    pub(super) fn stripe(&self) -> &FakeStripe {
        &self.fake
    }

    /// `acct_…`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The publishable key of `mode`.
    pub fn publishable_key(&self, mode: Mode) -> String {
        self.newest(mode, KeyKind::Publishable)
    }

    /// The newest secret key of `mode`.
    pub fn secret_key(&self, mode: Mode) -> String {
        self.newest(mode, KeyKind::Secret)
    }

    /// A new restricted key of `mode` that may do `permissions` and nothing else.
    pub fn restricted_key(&self, mode: Mode, permissions: &[Permission]) -> String {
        self.fake.change(|state| issue(state, &self.id, mode, KeyKind::Restricted, permissions))
    }

    /// A new secret key. The old one expires at once, or after seven days on the fake's clock.
    pub fn roll_secret(&self, mode: Mode, expire_old: bool) -> String {
        let lives = if expire_old { Duration::ZERO } else { ROLLED_KEY_LIVES };
        let own = |key: &&mut Key| key.account == self.id && key.mode == mode && key.kind == KeyKind::Secret;
        self.fake.change(|state| {
            let end = state.now.saturating_add(lives).unwrap_or(state.now);
            for key in state.keys.iter_mut().filter(own) {
                key.expires_at = Some(key.expires_at.map_or(end, |sooner| sooner.min(end)));
            }
            issue(state, &self.id, mode, KeyKind::Secret, &[])
        })
    }

    /// From now on `key` answers 401 `api_key_expired`.
    pub fn expire(&self, key: &str) {
        self.fake.change(|state| {
            for held in state.keys.iter_mut().filter(|held| held.value == key) {
                held.expires_at = Some(state.now);
            }
        });
    }

    /// From now on `key` is unknown: 401 without a code.
    pub fn revoke(&self, key: &str) {
        self.fake.change(|state| state.keys.retain(|held| held.value != key));
    }

    /// Whether the account can make live charges from now on.
    pub fn set_charges_enabled(&self, enabled: bool) {
        self.fake.change(|state| {
            if let Some(account) = state.accounts.get_mut(&self.id) {
                account.spec.charges_enabled = enabled;
            }
        });
    }

    fn newest(&self, mode: Mode, kind: KeyKind) -> String {
        let state = self.fake.state();
        let own = |key: &&Key| key.account == self.id && key.mode == mode && key.kind == kind;
        state.keys.iter().rev().find(own).map(|key| key.value.clone()).unwrap_or_default()
    }
}

/// New-style keys begin with `5` and the account id's body, hence the familiar `51`.
fn issue(state: &mut State, account: &str, mode: Mode, kind: KeyKind, permissions: &[Permission]) -> String {
    let (prefix, counter) = match kind {
        KeyKind::Publishable => ("pk", "publishable_key"),
        KeyKind::Restricted => ("rk", "restricted_key"),
        KeyKind::Secret => ("sk", "secret_key"),
    };
    let body = account.strip_prefix("acct_").unwrap_or(account);
    let value = format!("{prefix}_{}_5{body}{}", mode.word(), state.ids.text(counter, 82));
    state.keys.push(Key {
        value: value.clone(),
        account: account.to_owned(),
        mode,
        kind,
        permissions: permissions.to_vec(),
        expires_at: None,
    });
    value
}

/// `GET /v1/account`: it has no `livemode` (<https://docs.stripe.com/api/accounts/object>).
pub(super) fn retrieve(
    state: &State,
    caller: &Caller,
    params: Map<String, Value>,
) -> Result<Value, ApiError> {
    Fields::new(params).finish()?;
    let Some(Account { spec }) = state.accounts.get(&caller.account) else {
        return Err(ApiError::server(500));
    };
    let cards = if spec.charges_enabled { "active" } else { "inactive" };
    Ok(json!({
        "id": spec.id,
        "object": "account",
        "business_profile": {
            "annual_revenue": null,
            "mcc": "8011",
            "name": spec.business_name,
            "product_description": null,
            "support_email": null,
            "support_phone": null,
            "support_url": null,
            "url": null,
        },
        "business_type": "company",
        "capabilities": { "card_payments": cards, "transfers": cards },
        "charges_enabled": spec.charges_enabled,
        "country": spec.country,
        "default_currency": spec.default_currency,
        "details_submitted": true,
        "email": null,
        "metadata": {},
        "payouts_enabled": spec.charges_enabled,
        "settings": {
            "card_payments": { "statement_descriptor_prefix": null },
            "dashboard": { "display_name": spec.business_name, "timezone": "America/Toronto" },
            "payments": { "statement_descriptor": null },
        },
        "type": "standard",
    }))
}

/// `GET /v1/balance`: its `livemode` proves the key's mode (<https://docs.stripe.com/api/balance>).
pub(super) fn balance(state: &State, caller: &Caller, params: Map<String, Value>) -> Result<Value, ApiError> {
    Fields::new(params).finish()?;
    let currency = state
        .accounts
        .get(&caller.account)
        .map(|account| account.spec.default_currency.clone())
        .unwrap_or_default();
    let own = state.intents.iter().filter(|intent| {
        intent.account == caller.account && intent.mode == caller.mode && intent.currency == currency
    });
    let pending: i64 = own.map(|intent| intent.captured() - intent.out_of_balance()).sum();
    Ok(json!({
        "object": "balance",
        "available": [{ "amount": 0, "currency": currency, "source_types": { "card": 0 } }],
        "livemode": caller.mode.is_live(),
        "pending": [{ "amount": pending, "currency": currency, "source_types": { "card": pending } }],
    }))
}
