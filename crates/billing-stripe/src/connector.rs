//! The Stripe pane: reading pasted keys, asking Stripe whose they are, connecting saved ones. Nothing is changed at Stripe.

use std::sync::Arc;

use async_trait::async_trait;
use billing_credentials::{
    AccountProfile, Candidate, Field, FieldErrors, KeyPolicy, Mode, NoticeEndpoint, OpenedAccount,
    ProcessorConnector, StripeSecretKey, Submitted, VerifyError, fields, stripe,
};
use billing_domain::{PaymentProcessor, ProcessorErrorKind, ProcessorId};
use billing_transport::Exchange;
use http::StatusCode;

use crate::api::{Api, Endpoint, Reply};
use crate::config::StripeConfig;
use crate::error::{NoReply, Refusal};
use crate::form::Form;
use crate::notices::StripeNotices;
use crate::processor::StripeProcessor;
use crate::wire;

/// The Stripe adapter. Make one with the one exchange of the process and share it.
#[derive(Clone, Debug)]
pub struct StripeConnector {
    api: Api,
}

impl StripeConnector {
    /// Stripe through `exchange`.
    pub fn new(exchange: Arc<dyn Exchange>, config: StripeConfig) -> Self {
        Self { api: Api::new(exchange, config) }
    }
}

#[async_trait]
impl ProcessorConnector for StripeConnector {
    fn processor(&self) -> ProcessorId {
        ProcessorId::STRIPE
    }

    fn fields(&self) -> Vec<Field> {
        stripe::fields()
    }

    fn parse(&self, pasted: &Submitted, policy: KeyPolicy) -> Result<Candidate, FieldErrors> {
        stripe::parse_candidate(pasted, policy)
    }

    /// Reads the balance, which proves the mode, and the account. For a restricted key it also sends a create and a refund
    /// that cannot succeed, because Stripe tells of a missing permission in no other way.
    async fn verify(&self, candidate: &Candidate) -> Result<AccountProfile, VerifyError> {
        let saved = candidate.secrets.secret(fields::SECRET_KEY).ok_or(VerifyError::Rejected)?;
        let key = StripeSecretKey::from_saved(saved).map_err(|_| VerifyError::Rejected)?;
        let mut missing = Vec::new();
        let mut remarks = Vec::new();
        if self.check_mode(&key).await?.is_none() {
            remarks.push(
                "Not checked with Stripe: live or test. The restricted key may not read the balance."
                    .to_owned(),
            );
        }
        let profile = self.read_account(&key, &mut missing).await?;
        if key.is_restricted() {
            self.check_may_write(&key, &mut missing, &mut remarks).await?;
            self.check_may_refund(&key, &mut remarks).await?;
        }
        if let Some(publishable) = candidate.public.field(fields::PUBLISHABLE_KEY) {
            self.check_publishable(publishable, &mut remarks).await?;
        }
        match profile {
            Some(profile) if missing.is_empty() => Ok(AccountProfile { remarks, ..profile }),
            _ => Err(VerifyError::PermissionMissing(missing.join(", "))),
        }
    }

    fn connect(&self, account: &OpenedAccount) -> Arc<dyn PaymentProcessor> {
        Arc::new(StripeProcessor::new(self.api.clone(), account))
    }

    fn notices(&self) -> Option<Arc<dyn NoticeEndpoint>> {
        Some(Arc::new(StripeNotices::new(self.api.clone())))
    }
}

impl StripeConnector {
    /// `GET /v1/balance` says which mode a key is of (<https://docs.stripe.com/api/balance>). `None`: not allowed to ask.
    async fn check_mode(&self, key: &StripeSecretKey) -> Result<Option<()>, VerifyError> {
        let reply = self.read(key, "/v1/balance").await?;
        match answer(key, &reply)? {
            Checked::Allowed => {
                let balance: wire::Balance = reply.read().map_err(VerifyError::Unavailable)?;
                if balance.livemode == (key.mode() == Mode::Live) {
                    Ok(Some(()))
                } else {
                    Err(VerifyError::WrongMode)
                }
            }
            Checked::Forbidden(_) => Ok(None),
        }
    }

    /// `GET /v1/account` (<https://docs.stripe.com/api/accounts/object>). `None`: not allowed to ask; without the account's id
    /// nobody could tell a roll of its keys from the keys of another account, so the key needs that permission.
    async fn read_account(
        &self,
        key: &StripeSecretKey,
        missing: &mut Vec<String>,
    ) -> Result<Option<AccountProfile>, VerifyError> {
        let reply = self.read(key, "/v1/account").await?;
        if let Checked::Forbidden(permission) = answer(key, &reply)? {
            missing.push(permission.unwrap_or_else(|| "reading the account".to_owned()));
            return Ok(None);
        }
        let account: wire::Account<'_> = reply.read().map_err(VerifyError::Unavailable)?;
        // A test account charges before it is activated.
        if key.mode() == Mode::Live && !can_charge(&account) {
            return Err(VerifyError::CannotCharge);
        }
        Ok(Some(AccountProfile {
            external_id: account.id.as_str().to_owned(),
            business_name: business_name(&account),
            remarks: Vec::new(),
        }))
    }

    /// Creates a `PaymentIntent` of nothing at all: 403 means that the permission is missing, and a complaint about the
    /// request that it is there. That Stripe looks at permissions first is an observation and documented nowhere.
    async fn check_may_write(
        &self,
        key: &StripeSecretKey,
        missing: &mut Vec<String>,
        remarks: &mut Vec<String>,
    ) -> Result<(), VerifyError> {
        let endpoint = Endpoint::fixed("/v1/payment_intents");
        let reply = self.api.post_in_vain(key, endpoint).await.map_err(unavailable)?;
        if reply.status == StatusCode::BAD_REQUEST
            && Refusal::of(&reply).code.as_deref() == Some("parameter_missing")
        {
            return Ok(());
        }
        match answer(key, &reply) {
            Err(VerifyError::Rejected) => return Err(VerifyError::Rejected),
            Ok(Checked::Forbidden(permission)) => {
                missing.push(permission.unwrap_or_else(|| "writing payment intents".to_owned()));
            }
            Ok(Checked::Allowed) | Err(_) => {
                remarks.push(
                    "Not checked with Stripe: whether the restricted key may create payments.".to_owned(),
                );
            }
        }
        Ok(())
    }

    /// Refunds nothing at all, as [`check_may_write`](Self::check_may_write) creates it. Payments are taken without that permission,
    /// so the key is kept and the pane says what it cannot do.
    async fn check_may_refund(
        &self,
        key: &StripeSecretKey,
        remarks: &mut Vec<String>,
    ) -> Result<(), VerifyError> {
        let reply = self.api.post_in_vain(key, Endpoint::fixed("/v1/refunds")).await.map_err(unavailable)?;
        if reply.status == StatusCode::BAD_REQUEST {
            return Ok(());
        }
        match answer(key, &reply) {
            Err(VerifyError::Rejected) => return Err(VerifyError::Rejected),
            Ok(Checked::Forbidden(_)) => remarks.push(
                "The restricted key cannot give money back: it lacks the permission \u{201c}Charges and Refunds: Write\u{201d}."
                    .to_owned(),
            ),
            Ok(Checked::Allowed) | Err(_) => {
                remarks.push("Not checked with Stripe: whether the restricted key may refund.".to_owned());
            }
        }
        Ok(())
    }

    /// Asks about an intent that is not there, as a browser would: 401 means that Stripe does not know the key. A key
    /// of another account cannot be told this way, so nothing is refused for it.
    async fn check_publishable(&self, key: &str, remarks: &mut Vec<String>) -> Result<(), VerifyError> {
        let endpoint = Endpoint::of("/v1/payment_intents/{id}", "pi_0");
        let query = Form::new().field("client_secret", "pi_0_secret_0");
        let reply = self.api.get_as_browser(key, endpoint, &query).await.map_err(unavailable)?;
        if reply.status == StatusCode::UNAUTHORIZED {
            remarks.push(
                "Stripe does not know this publishable key: the card fields will not open. Copy it again."
                    .to_owned(),
            );
        }
        Ok(())
    }

    async fn read(&self, key: &StripeSecretKey, endpoint: &'static str) -> Result<Reply, VerifyError> {
        self.api.get(key, Endpoint::fixed(endpoint), &Form::new()).await.map_err(unavailable)
    }
}

/// What an answer says about being allowed to ask.
enum Checked {
    Allowed,
    Forbidden(Option<String>),
}

fn answer(key: &StripeSecretKey, reply: &Reply) -> Result<Checked, VerifyError> {
    if reply.status.is_success() {
        return Ok(Checked::Allowed);
    }
    let Refusal { cause, permission, .. } = Refusal::of(reply);
    match cause.kind {
        ProcessorErrorKind::CredentialsRejected => Err(VerifyError::Rejected),
        ProcessorErrorKind::PermissionMissing(_) if key.is_restricted() => Ok(Checked::Forbidden(permission)),
        _ => Err(VerifyError::Unavailable(cause)),
    }
}

fn unavailable(none: NoReply) -> VerifyError {
    VerifyError::Unavailable(none.cause)
}

fn can_charge(account: &wire::Account<'_>) -> bool {
    let cards = account.capabilities.as_ref().and_then(|can| can.card_payments.as_ref());
    account.charges_enabled != Some(false) && cards.is_none_or(|cards| cards.as_str() == "active")
}

fn business_name(account: &wire::Account<'_>) -> Option<String> {
    let shown =
        account.settings.as_ref().and_then(|settings| settings.dashboard.as_ref()?.display_name.as_ref());
    let public = account.business_profile.as_ref().and_then(|profile| profile.name.as_ref());
    shown.or(public).map(|name| name.as_str().trim().to_owned()).filter(|name| !name.is_empty())
}
