//! The transactions of a dispensary, page by page.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use billing_domain::InvoiceId;

use crate::answer::{Refusal, page};
use crate::app::App;
use crate::pages::{self, InvoiceRow};
use crate::visitor::Desk;

/// Rows on a page of a list.
pub(super) const PAGE: u32 = 25;

pub(super) async fn list(State(app): State<Arc<App>>, desk: Desk) -> Result<Response, Refusal> {
    let before: Option<InvoiceId> = before(&desk)?;
    let mut invoices = app.billing.invoices(&desk.actor, before, PAGE + 1).await?;
    let older = older(&desk, "transactions", &mut invoices, |invoice| invoice.id().to_string());
    let mut rows = Vec::new();
    for invoice in invoices {
        let payable = app.billing.payable(&desk.actor, &invoice.id().into()).await?;
        rows.push(InvoiceRow { invoice, payable });
    }
    let here = desk.path("transactions");
    Ok(page(StatusCode::OK, &pages::transactions(&desk.frame(&here), &rows, older.as_deref())))
}

/// Where a page of a list begins, if the address says so.
pub(super) fn before<T: std::str::FromStr>(desk: &Desk) -> Result<Option<T>, Refusal> {
    match desk.visitor.query.text("before") {
        "" => Ok(None),
        id => id.parse().map(Some).map_err(|_| Refusal::NotFound),
    }
}

/// The address of the next page, if one row more than a page was found; that row is left to it.
pub(super) fn older<T>(
    desk: &Desk,
    list: &str,
    rows: &mut Vec<T>,
    id: impl Fn(&T) -> String,
) -> Option<String> {
    let full = usize::try_from(PAGE).is_ok_and(|page| rows.len() > page);
    full.then(|| rows.pop())?;
    rows.last().map(|last| desk.path(format_args!("{list}?before={}", id(last))))
}
