//! API keys: who a request speaks for and what it may do (<https://docs.stripe.com/keys>). Never what it asks for.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::ApiError;

/// Live or test: objects and idempotency keys of one mode are invisible to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
pub enum Mode {
    /// Real money; keys say `_live_`.
    Live,
    /// Play money; keys say `_test_`.
    Test,
}

impl Mode {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }

    pub(super) fn is_live(self) -> bool {
        self == Self::Live
    }
}

/// What a key is, by its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub enum KeyKind {
    /// `pk_…`, in the browser.
    Publishable,
    /// `rk_…`, with named permissions.
    Restricted,
    /// `sk_…`, everything.
    Secret,
}

/// What a restricted key may be allowed. Write includes read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[non_exhaustive]
pub enum Permission {
    /// Read the account.
    AccountRead,
    /// Read the balance.
    BalanceRead,
    /// Retrieve and list `PaymentIntents`.
    PaymentIntentRead,
    /// Create and cancel `PaymentIntents`.
    PaymentIntentWrite,
    /// Retrieve and list refunds.
    RefundRead,
    /// Create refunds.
    RefundWrite,
    /// List webhook endpoints.
    WebhookRead,
    /// Create, change and delete webhook endpoints.
    WebhookWrite,
}

impl Permission {
    fn api_name(self) -> &'static str {
        match self {
            Self::AccountRead => "rak_accounts_kyc_basic_read",
            Self::BalanceRead => "rak_balance_read",
            Self::PaymentIntentRead => "rak_payment_intent_read",
            Self::PaymentIntentWrite => "rak_payment_intent_write",
            Self::RefundRead => "rak_refund_read",
            Self::RefundWrite => "rak_refund_write",
            Self::WebhookRead => "rak_webhook_read",
            Self::WebhookWrite => "rak_webhook_write",
        }
    }

    fn includes(self, wanted: Self) -> bool {
        self == wanted
            || matches!(
                (self, wanted),
                (Self::PaymentIntentWrite, Self::PaymentIntentRead)
                    | (Self::RefundWrite, Self::RefundRead)
                    | (Self::WebhookWrite, Self::WebhookRead)
            )
    }
}

/// One key as the fake knows it.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Key {
    pub(super) value: String,
    pub(super) account: String,
    pub(super) mode: Mode,
    pub(super) kind: KeyKind,
    pub(super) permissions: Vec<Permission>,
    /// From this instant on the key is expired.
    pub(super) expires_at: Option<Timestamp>,
}

/// Whom an accepted request speaks for.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) account: String,
    pub(super) mode: Mode,
    pub(super) kind: KeyKind,
    masked: String,
    permissions: Vec<Permission>,
}

impl Caller {
    pub(super) fn is_browser(&self) -> bool {
        self.kind == KeyKind::Publishable
    }

    /// Refuses a browser what browsers may not do, and a restricted key what it was not given.
    pub(super) fn may(&self, wanted: Permission, open_to_browsers: bool) -> Result<(), ApiError> {
        match self.kind {
            KeyKind::Publishable if open_to_browsers => Ok(()),
            KeyKind::Publishable => Err(ApiError::secret_key_required()),
            KeyKind::Restricted if !self.permissions.iter().any(|held| held.includes(wanted)) => {
                Err(ApiError::permission_missing(&self.masked, &self.account, wanted.api_name()))
            }
            KeyKind::Restricted | KeyKind::Secret => Ok(()),
        }
    }
}

/// Whom the Authorization value speaks for, or Stripe's 401.
pub(super) fn authenticate(
    keys: &[Key],
    authorization: Option<&str>,
    now: Timestamp,
) -> Result<Caller, ApiError> {
    let Some(value) =
        authorization.and_then(|text| text.strip_prefix("Bearer ")).filter(|key| !key.is_empty())
    else {
        return Err(ApiError::key_missing());
    };
    let Some(key) = keys.iter().find(|key| key.value == value) else {
        return Err(ApiError::key_invalid(&masked(value)));
    };
    if key.expires_at.is_some_and(|end| end <= now) {
        return Err(ApiError::key_expired(&masked(value)));
    }
    Ok(Caller {
        account: key.account.clone(),
        mode: key.mode,
        kind: key.kind,
        masked: masked(value),
        permissions: key.permissions.clone(),
    })
}

/// Stripe shows a key's prefix and last four characters.
fn masked(key: &str) -> String {
    let prefix: String = key.chars().take(8).collect();
    let skip = key.chars().count().saturating_sub(4).max(8);
    let tail: String = key.chars().skip(skip).collect();
    format!("{prefix}*********{tail}")
}
