//! The one webhook endpoint an account has with our address: found by listing, made, kept or taken away
//! (<https://docs.stripe.com/api/webhook_endpoints>). Whatever was interrupted is found by its address and done again.

use billing_credentials::{
    Endpoint as Ours, OpenedAccount, Registered, StripeSecretKey, SubscribeError, fields,
};
use billing_domain::{ProcessorErrorKind, SubscriptionRefusal};
use secrecy::{ExposeSecret, SecretString};

use super::StripeNotices;
use super::event::USED;
use crate::api::{Endpoint, Reply};
use crate::config::API_VERSION;
use crate::error::{NoReply, Refusal, malformed, not_sent};
use crate::form::Form;
use crate::wire::{List, Text, WebhookEndpoint};

const ALL: &str = "/v1/webhook_endpoints";
const ONE: &str = "/v1/webhook_endpoints/{id}";

/// How many pages of endpoints are read at most, 100 to a page. An account has sixteen, or as many as it agreed with Stripe.
const PAGES_MAX: u32 = 10;

/// Shown to the clinic in its Dashboard, and nothing of any patient.
const DESCRIPTION: &str = "Tells the clinic's billing software that a payment or a refund changed. It looks after this endpoint itself.";

/// What is wanted of an endpoint that was listed.
struct Listed {
    id: String,
    has_our_address: bool,
    /// The version cannot be changed, so one of another is made anew.
    has_our_version: bool,
    /// Its events are ours and it is enabled. Else that can be changed.
    is_right: bool,
}

impl Listed {
    fn of(endpoint: &WebhookEndpoint<'_>, address: &str) -> Self {
        let says = |field: Option<&Text<'_>>, wanted: &str| field.is_some_and(|text| text.as_str() == wanted);
        let mut events: Vec<_> = endpoint.enabled_events.iter().map(Text::as_str).collect();
        events.sort_unstable();
        Self {
            id: endpoint.id.as_str().to_owned(),
            has_our_address: says(endpoint.url.as_ref(), address),
            has_our_version: says(endpoint.api_version.as_ref(), API_VERSION),
            is_right: events == USED && says(endpoint.status.as_ref(), "enabled"),
        }
    }
}

impl StripeNotices {
    /// Leaves one endpoint with our address. What is of no use is deleted first, because an account may have sixteen.
    pub(super) async fn put_in_place(
        &self,
        account: &OpenedAccount,
        ours: &Ours,
    ) -> Result<Registered, SubscribeError> {
        let key = key(account)?;
        let known = ours.known.as_deref();
        let listed = self.ours_among_all(&key, ours).await?;
        let is_usable =
            |one: &&Listed| known == Some(one.id.as_str()) && one.has_our_address && one.has_our_version;
        let kept = listed.iter().find(is_usable);
        for other in listed.iter().filter(|other| kept.is_none_or(|kept| kept.id != other.id)) {
            self.delete(&key, &other.id).await?;
        }
        let Some(kept) = kept else { return self.create(&key, &ours.address).await };
        if !kept.is_right {
            self.mend(&key, &kept.id).await?;
        }
        Ok(Registered { endpoint: kept.id.clone(), secret: None })
    }

    /// Leaves no endpoint with our address, nor the one that is known.
    pub(super) async fn clear_away(
        &self,
        account: &OpenedAccount,
        ours: &Ours,
    ) -> Result<(), SubscribeError> {
        let key = key(account)?;
        for one in self.ours_among_all(&key, ours).await? {
            self.delete(&key, &one.id).await?;
        }
        Ok(())
    }

    /// Every endpoint that has our address or is the known one, which may have had another address of ours.
    async fn ours_among_all(
        &self,
        key: &StripeSecretKey,
        ours: &Ours,
    ) -> Result<Vec<Listed>, SubscribeError> {
        let mut found = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let mut query = Form::new().field("limit", 100);
            if let Some(after) = &after {
                query = query.field("starting_after", after);
            }
            let reply = self.api.get(key, Endpoint::fixed(ALL), &query).await.map_err(unanswered)?;
            let page: List<WebhookEndpoint<'_>> = read(&reply)?;
            let listed = page.data.iter().map(|endpoint| Listed::of(endpoint, &ours.address));
            let known = ours.known.as_deref();
            found.extend(listed.filter(|one| one.has_our_address || known == Some(one.id.as_str())));
            let last = page.data.last().filter(|_| page.has_more);
            let Some(last) = last else { return Ok(found) };
            after = Some(last.id.as_str().to_owned());
        }
        // What was not seen could be ours: to go on would be to make one more each time.
        Err(unanswered(not_sent(ProcessorErrorKind::Malformed)))
    }

    /// No idempotency key, on purpose. Under one, a repetition within a day would be told the stored answer of the first creation, even
    /// when that endpoint was deleted meanwhile; and the key would have to be stored. Instead, an endpoint whose answer was lost is
    /// found by its address at the next call, deleted because nobody knows its secret, and made anew.
    async fn create(&self, key: &StripeSecretKey, address: &str) -> Result<Registered, SubscribeError> {
        let form =
            with_events(Form::new().field("api_version", API_VERSION).field("description", DESCRIPTION))
                .field("url", address);
        let sent = self.api.post_without_key(key, Endpoint::fixed(ALL), form).await;
        let reply = sent.map_err(unanswered)?;
        let made: WebhookEndpoint<'_> = read(&reply)?;
        let endpoint = made.id.as_str().to_owned();
        match made.secret.filter(|secret| !is_blank(secret)) {
            Some(secret) => Ok(Registered { endpoint, secret: Some(secret) }),
            None => Err(SubscribeError::Unavailable(malformed(&reply))),
        }
    }

    /// Our events, and enabled again if Stripe or somebody disabled it. Doing it twice is doing it once.
    async fn mend(&self, key: &StripeSecretKey, id: &str) -> Result<(), SubscribeError> {
        let form = with_events(Form::new().field("disabled", false));
        let reply = self.api.post_without_key(key, Endpoint::of(ONE, id), form).await.map_err(unanswered)?;
        read::<WebhookEndpoint<'_>>(&reply).map(drop)
    }

    /// One that is not there is deleted.
    async fn delete(&self, key: &StripeSecretKey, id: &str) -> Result<(), SubscribeError> {
        let reply = self.api.delete(key, Endpoint::of(ONE, id)).await.map_err(unanswered)?;
        if reply.status.is_success() {
            return Ok(());
        }
        let refusal = Refusal::of(&reply);
        if refusal.is_not_found() { Ok(()) } else { Err(refused(refusal)) }
    }
}

fn key(account: &OpenedAccount) -> Result<StripeSecretKey, SubscribeError> {
    let saved = account.secrets.secret(fields::SECRET_KEY);
    let key = saved.and_then(|saved| StripeSecretKey::from_saved(saved).ok());
    key.ok_or_else(|| unanswered(not_sent(ProcessorErrorKind::CredentialsRejected)))
}

fn with_events(form: Form) -> Form {
    USED.iter().fold(form, |form, event| form.item("enabled_events", event))
}

#[expect(clippy::disallowed_methods, reason = "only whether there is anything in it")]
fn is_blank(secret: &SecretString) -> bool {
    secret.expose_secret().trim().is_empty()
}

/// What a success says.
fn read<'a, T: serde::Deserialize<'a>>(reply: &'a Reply) -> Result<T, SubscribeError> {
    if !reply.status.is_success() {
        return Err(refused(Refusal::of(reply)));
    }
    reply.read().map_err(SubscribeError::Unavailable)
}

fn unanswered(none: NoReply) -> SubscribeError {
    SubscribeError::Unavailable(none.cause)
}

/// A refused key says nothing of the endpoint: it may have been rolled, and the next one may do this. Neither do a limit on calls
/// and a failure of Stripe's.
fn refused(refusal: Refusal) -> SubscribeError {
    let Refusal { cause, too_many_endpoints, .. } = refusal;
    let refusal = match cause.kind {
        ProcessorErrorKind::PermissionMissing(_) => SubscriptionRefusal::PermissionMissing,
        ProcessorErrorKind::Rejected(_) if too_many_endpoints => SubscriptionRefusal::TooMany,
        ProcessorErrorKind::Rejected(_) => SubscriptionRefusal::Rejected,
        _ => return SubscribeError::Unavailable(cause),
    };
    SubscribeError::Refused { refusal, cause }
}
