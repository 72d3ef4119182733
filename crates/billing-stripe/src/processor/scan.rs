//! Stripe's own list of `PaymentIntents`. A hint: it is read, never believed to be complete.

use billing_domain::{QueryError, Scan, ScanPage};

use super::StripeProcessor;
use crate::api::Endpoint;
use crate::convert::seen;
use crate::error::{NoReply, Refusal};
use crate::form::Form;
use crate::wire::{Intent, List};

impl StripeProcessor {
    /// Newest first, up to 100 a page (<https://docs.stripe.com/api/payment_intents/list>). It cannot be filtered by
    /// our ids; the search that can is late by up to an hour.
    pub(super) async fn list(&self, scan: &Scan) -> Result<ScanPage, QueryError> {
        let key = self.key().map_err(NoReply::into_query)?;
        // Stripe counts whole seconds: the bounds widen to them, so that nothing falls between.
        let until = scan.until.as_second().saturating_add(i64::from(scan.until.subsec_nanosecond() > 0));
        let mut query = Form::new()
            .entry("created", "gte", scan.from.as_second())
            .entry("created", "lt", until)
            .field("limit", scan.limit.clamp(1, 100));
        if let Some(after) = &scan.after {
            query = query.field("starting_after", after);
        }
        let endpoint = Endpoint::fixed("/v1/payment_intents");
        let reply = self.api.get(key, endpoint, &query).await.map_err(NoReply::into_query)?;
        if !reply.status.is_success() {
            return Err(Refusal::of(&reply).into_query());
        }
        let page: List<Intent<'_>> = reply.read().map_err(|cause| QueryError { sent: true, cause })?;
        let last = page.data.last().filter(|_| page.has_more);
        Ok(ScanPage {
            next: last.map(|intent| intent.id.as_str().to_owned()),
            seen: page.data.iter().filter_map(seen).collect(),
        })
    }
}
