//! The help centre unlocks processors for dispensaries, and does nothing else.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use billing_app::{Actor, Permission};
use billing_domain::{DispensaryId, ProcessorId};

use crate::answer::{Refusal, page};
use crate::app::App;
use crate::form::Form;
use crate::pages::{self, LockRow};
use crate::people::Person;
use crate::routes::done;
use crate::visitor::{SignedIn, processor};
use crate::words::Notice;

const HERE: &str = "/help-centre";

pub(super) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { visitor, person }: SignedIn,
) -> Result<Response, Refusal> {
    if !person.may(Permission::UnlockProcessor) {
        return Err(Refusal::Forbidden);
    }
    let mut rows = Vec::new();
    for id in person.dispensaries() {
        let dispensary = app.billing.dispensary(&actor(person, *id)?).await?;
        rows.push(LockRow { dispensary, processor: ProcessorId::STRIPE });
    }
    Ok(page(StatusCode::OK, &pages::help_centre(&visitor.frame(HERE), &rows)))
}

pub(super) async fn unlock(
    State(app): State<Arc<App>>,
    SignedIn { person, .. }: SignedIn,
    form: Form,
) -> Result<Response, Refusal> {
    let dispensary = form.read("dispensary").ok_or(Refusal::NotFound)?;
    let processor = processor(form.text("processor"))?;
    app.billing.unlock_processor(&actor(person, dispensary)?, processor).await?;
    Ok(done(HERE, Notice::Unlocked))
}

fn actor(person: Person, dispensary: DispensaryId) -> Result<Actor, Refusal> {
    person.actor_in(dispensary).ok().flatten().ok_or(Refusal::NotFound)
}
