//! Billing Settings: keys are pasted, checked, removed. A pasted secret goes on into the library's own type at once.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use billing_app::{BillingError, SaveKeys};
use billing_credentials::{Submitted, fields};
use billing_domain::ProcessorId;

use crate::answer::{Refusal, page, status};
use crate::app::App;
use crate::form::Form;
use crate::pages::{self, OfferedKeys, Refused, Rejection, SettingsExtras};
use crate::routes::done;
use crate::visitor::Desk;
use crate::words::Notice;

/// How a Stripe publishable key begins. Only what begins so is shown again: anything else may be a secret in the
/// wrong field.
const SHOWN_AGAIN: &str = "pk_";

pub(super) async fn show(State(app): State<Arc<App>>, desk: Desk) -> Result<Response, Refusal> {
    shown(&app, &desk, StatusCode::OK, None).await
}

pub(super) async fn save_keys(
    State(app): State<Arc<App>>,
    desk: Desk,
    form: Form,
) -> Result<Response, Refusal> {
    let processor = desk.processor()?;
    let publishable = shown_again(form.text(fields::PUBLISHABLE_KEY));
    let pasted: Submitted = form.into_fields().collect();
    match app.billing.save_keys(&desk.actor, SaveKeys::checked(processor.clone(), pasted)).await {
        Ok(_) => Ok(done(&desk.path("settings"), Notice::KeysSaved)),
        Err(why) => refused(&app, &desk, &processor, &why, &publishable).await,
    }
}

pub(super) async fn remove(State(app): State<Arc<App>>, desk: Desk, form: Form) -> Result<Response, Refusal> {
    let processor = desk.processor()?;
    if form.text("confirm") != "yes" {
        let refused = Refused { processor: &processor, why: Rejection::NotConfirmed, typed: &[] };
        return shown(&app, &desk, StatusCode::UNPROCESSABLE_ENTITY, Some(refused)).await;
    }
    match app.billing.remove_account(&desk.actor, processor.clone()).await {
        Ok(_) => Ok(done(&desk.path("settings"), Notice::KeysRemoved)),
        Err(why) => refused(&app, &desk, &processor, &why, "").await,
    }
}

pub(super) async fn check(State(app): State<Arc<App>>, desk: Desk) -> Result<Response, Refusal> {
    let processor = desk.processor()?;
    match app.billing.verify_account(&desk.actor, processor.clone()).await {
        Ok(_) => Ok(done(&desk.path("settings"), Notice::KeysChecked)),
        Err(why) => refused(&app, &desk, &processor, &why, "").await,
    }
}

/// The settings once more, with why the pane's form was refused.
async fn refused(
    app: &App,
    desk: &Desk,
    processor: &ProcessorId,
    why: &BillingError,
    publishable: &str,
) -> Result<Response, Refusal> {
    let status = status(why);
    if status == StatusCode::FORBIDDEN {
        return Err(Refusal::Forbidden);
    }
    let why = match why {
        BillingError::Keys(wrong) => Rejection::Fields(wrong),
        other => Rejection::Billing(other),
    };
    let typed = [(fields::PUBLISHABLE_KEY, publishable)];
    shown(app, desk, status, Some(Refused { processor, why, typed: &typed })).await
}

async fn shown(
    app: &App,
    desk: &Desk,
    status: StatusCode,
    refused: Option<Refused<'_>>,
) -> Result<Response, Refusal> {
    let settings = app.billing.settings(&desk.actor).await?;
    let keys = app.stripe.stand_in.as_ref().and_then(|it| it.keys(desk.actor.dispensary));
    let offered_keys = keys.as_ref().map(|(publishable, secret)| OfferedKeys { publishable, secret });
    let here = desk.path("settings");
    let extras = SettingsExtras { refused, offered_keys };
    Ok(page(status, &pages::settings(&desk.frame(&here), &settings, &extras)))
}

fn shown_again(typed: &str) -> String {
    let typed = typed.trim();
    if typed.starts_with(SHOWN_AGAIN) { typed.to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_pasted_into_the_wrong_field_is_not_shown_again() {
        assert_eq!(shown_again(" pk_live_made-up\n"), "pk_live_made-up");
        for secret in ["sk_live_made-up", "rk_live_made-up", "whsec_made-up", "made-up"] {
            assert_eq!(shown_again(secret), "", "{secret}");
        }
    }
}
