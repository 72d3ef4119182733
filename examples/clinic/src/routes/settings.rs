//! Billing Settings: keys are pasted, checked, removed. A pasted secret goes on into the library's own type at once.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use billing_app::{BillingError, SaveKeys};
use billing_credentials::{Submitted, fields};
use billing_domain::{DispensaryId, ProcessorId};

use crate::answer::{Refusal, page, status};
use crate::app::App;
use crate::form::Form;
use crate::pages::{self, OfferedKeys, Refused, Rejection, SettingsExtras};
use crate::routes::done;
use crate::visitor::Desk;
use crate::words::Notice;

/// Public fields, and how what belongs there begins. Only what begins so is shown again: anything else may be a secret in the
/// wrong field. A Moneris store id begins with nothing of its own.
const SHOWN_AGAIN: [(&str, &str); 3] =
    [(fields::CHECKOUT_ID, "chkt"), (fields::PROFILE_ID, "ht"), (fields::PUBLISHABLE_KEY, "pk_")];

pub(super) async fn show(State(app): State<Arc<App>>, desk: Desk) -> Result<Response, Refusal> {
    shown(&app, &desk, StatusCode::OK, None).await
}

pub(super) async fn save_keys(
    State(app): State<Arc<App>>,
    desk: Desk,
    form: Form,
) -> Result<Response, Refusal> {
    let processor = desk.processor()?;
    let typed = SHOWN_AGAIN.map(|(name, begins)| (name, shown_again(form.text(name), begins)));
    let pasted: Submitted = form.into_fields().collect();
    match app.billing.save_keys(&desk.actor, SaveKeys::checked(processor.clone(), pasted)).await {
        Ok(_) => Ok(done(&desk.path("settings"), Notice::KeysSaved)),
        Err(why) => refused(&app, &desk, &processor, &why, &typed).await,
    }
}

pub(super) async fn remove(State(app): State<Arc<App>>, desk: Desk, form: Form) -> Result<Response, Refusal> {
    let processor = desk.processor()?;
    if form.text("confirm") != "yes" {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return told(&app, &desk, status, &processor, Rejection::RemovalNotConfirmed).await;
    }
    match app.billing.remove_account(&desk.actor, processor.clone()).await {
        Ok(_) => Ok(done(&desk.path("settings"), Notice::KeysRemoved)),
        Err(why) => refused(&app, &desk, &processor, &why, &[]).await,
    }
}

pub(super) async fn check(State(app): State<Arc<App>>, desk: Desk) -> Result<Response, Refusal> {
    let processor = desk.processor()?;
    match app.billing.verify_account(&desk.actor, processor.clone()).await {
        Ok(_) => Ok(done(&desk.path("settings"), Notice::KeysChecked)),
        Err(why) => refused(&app, &desk, &processor, &why, &[]).await,
    }
}

/// Keys for an account that only finishes what it began.
pub(super) async fn supply_drain_keys(
    State(app): State<Arc<App>>,
    desk: Desk,
    form: Form,
) -> Result<Response, Refusal> {
    let (processor, pasted) = (desk.processor()?, form.into_fields().collect::<Submitted>());
    match app.billing.supply_drain_keys(&desk.actor, desk.id("account")?, pasted).await {
        Ok(()) => Ok(done(&desk.path("settings"), Notice::KeysSaved)),
        Err(why) => told(&app, &desk, status(&why), &processor, Rejection::Billing(&why)).await,
    }
}

pub(super) async fn erase(State(app): State<Arc<App>>, desk: Desk, form: Form) -> Result<Response, Refusal> {
    let processor = desk.processor()?;
    if form.text("confirm") != "yes" {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return told(&app, &desk, status, &processor, Rejection::EraseNotConfirmed).await;
    }
    let account = desk.id("account")?;
    let settings = app.billing.settings(&desk.actor).await?;
    let in_use = [settings.stripe.saved, settings.moneris.saved];
    // The page may be older than the keys that were saved again since.
    if in_use.iter().flatten().any(|saved| saved.account.account == account) {
        let why = BillingError::NotDraining;
        return told(&app, &desk, status(&why), &processor, Rejection::Billing(&why)).await;
    }
    match app.billing.erase_account(&desk.actor, account).await {
        Ok(_) => Ok(done(&desk.path("settings"), Notice::KeysErased)),
        Err(why) => told(&app, &desk, status(&why), &processor, Rejection::Billing(&why)).await,
    }
}

/// The settings once more, with why a form was refused that has nothing to be shown again.
async fn told(
    app: &App,
    desk: &Desk,
    status: StatusCode,
    processor: &ProcessorId,
    why: Rejection<'_>,
) -> Result<Response, Refusal> {
    match status {
        StatusCode::FORBIDDEN => Err(Refusal::Forbidden),
        StatusCode::NOT_FOUND => Err(Refusal::NotFound),
        _ => shown(app, desk, status, Some(Refused { processor, why, typed: &[] })).await,
    }
}

/// The settings once more, with why the pane's form was refused.
async fn refused(
    app: &App,
    desk: &Desk,
    processor: &ProcessorId,
    why: &BillingError,
    typed: &[(&'static str, String)],
) -> Result<Response, Refusal> {
    let status = status(why);
    if status == StatusCode::FORBIDDEN {
        return Err(Refusal::Forbidden);
    }
    let why = match why {
        BillingError::Keys(wrong) => Rejection::Fields(wrong),
        other => Rejection::Billing(other),
    };
    let typed: Vec<_> = typed.iter().map(|(name, value)| (*name, value.as_str())).collect();
    shown(app, desk, status, Some(Refused { processor, why, typed: &typed })).await
}

async fn shown(
    app: &App,
    desk: &Desk,
    status: StatusCode,
    refused: Option<Refused<'_>>,
) -> Result<Response, Refusal> {
    let settings = app.billing.settings(&desk.actor).await?;
    let offered_keys = offered(app, desk.actor.dispensary);
    let here = desk.path("settings");
    let extras = SettingsExtras { refused, offered_keys: &offered_keys };
    Ok(page(status, &pages::settings(&desk.frame(&here), &settings, &extras)))
}

/// What a visitor of the demo may copy into the panes.
fn offered(app: &App, dispensary: DispensaryId) -> Vec<OfferedKeys> {
    let stripe = app.stripe.stand_in.as_ref().and_then(|it| it.keys(dispensary));
    let stripe = stripe.map(|(publishable, secret)| OfferedKeys {
        processor: ProcessorId::STRIPE,
        fields: vec![(fields::PUBLISHABLE_KEY, publishable), (fields::SECRET_KEY, secret)],
    });
    let moneris = app.moneris.stand_in.as_ref().and_then(|it| it.keys(dispensary));
    let moneris = moneris.map(|keys| OfferedKeys {
        processor: ProcessorId::MONERIS,
        fields: vec![
            (fields::STORE_ID, keys.store_id),
            (fields::API_TOKEN, keys.api_token),
            (fields::PROFILE_ID, keys.profile_id),
            (fields::CHECKOUT_ID, keys.checkout_id),
        ],
    });
    stripe.into_iter().chain(moneris).collect()
}

fn shown_again(typed: &str, begins: &str) -> String {
    let typed = typed.trim();
    if typed.starts_with(begins) { typed.to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_pasted_into_the_wrong_field_is_not_shown_again() {
        assert_eq!(shown_again(" pk_live_made-up\n", "pk_"), "pk_live_made-up");
        for secret in ["sk_live_made-up", "rk_live_made-up", "whsec_made-up", "made-up"] {
            for (_, begins) in SHOWN_AGAIN {
                assert_eq!(shown_again(secret, begins), "", "{secret}");
            }
        }
    }
}
