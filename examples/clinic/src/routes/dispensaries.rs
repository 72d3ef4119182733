//! Where somebody may work.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use billing_app::Permission;

use crate::answer::{Refusal, page};
use crate::app::App;
use crate::pages::{self, PlaceRow};
use crate::places;
use crate::visitor::SignedIn;

pub(super) async fn list(
    State(app): State<Arc<App>>,
    SignedIn { visitor, person }: SignedIn,
) -> Result<Response, Refusal> {
    let mut rows = Vec::new();
    for dispensary in places::all() {
        let Some(actor) = person.actor_in(dispensary.id).map_err(|_| Refusal::NotFound)? else { continue };
        let in_use = if actor.may(Permission::ManageBillingSettings) {
            app.billing.settings(&actor).await?.in_use
        } else {
            None
        };
        rows.push(PlaceRow { dispensary, in_use });
    }
    Ok(page(StatusCode::OK, &pages::dispensaries(&visitor.frame("/dispensaries"), &rows)))
}
