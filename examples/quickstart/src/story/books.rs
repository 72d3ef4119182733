//! Step 7: what the books say. Ours and Stripe's must agree; the audit says who did what.

use billing_app::PaymentView;
use billing_domain::{AuditEntry, Invoice, Money};

use crate::Told;
use crate::demo::Demo;
use crate::say::Teller;

const AUDIT_LINES: usize = 5;
const AUDIT_PAGE: u32 = 100;

pub(crate) async fn compare(demo: &Demo, invoice: &Invoice, ended: &PaymentView, teller: &Teller) -> Told {
    teller.step(7, "What the books say");
    let state = demo.billing.payable(&demo.people.front_desk, &invoice.id().into()).await?;
    let ours = state.ok_or("the invoice is payable")?.captured;
    let ledger = demo.stripe.ledger(demo.account.id());
    let theirs = Money::new(ledger.total_captured(), ours.currency());
    let times = ledger.captures_of(&ended.payment.id.to_string());
    teller.fact("our ledger", ours);
    teller.fact("Stripe's ledger", format_args!("{theirs}, captures of this payment: {times}"));
    if ours != theirs || times > 1 {
        return Err("the two ledgers disagree".into());
    }
    let sweep = demo.billing.sweep(100).await?;
    match sweep.next_due {
        Some(due) => teller.fact("sweep", format_args!("something is open; look again at {due:.0}")),
        None => teller.fact("sweep", "nothing is open, nothing to look at"),
    }
    teller.fact("audit", "its last lines");
    let entries = audit(demo).await?;
    for AuditEntry { seq, by, action, note, .. } in
        entries.iter().skip(entries.len().saturating_sub(AUDIT_LINES))
    {
        teller.fact(format_args!("  {seq} {by}"), format_args!("{action} {note}"));
    }
    Ok(())
}

/// The whole audit, page by page, oldest first.
pub(crate) async fn audit(demo: &Demo) -> Told<Vec<AuditEntry>> {
    let mut entries: Vec<AuditEntry> = Vec::new();
    loop {
        let after = entries.last().map_or(0, |entry| entry.seq);
        let page = demo.billing.audit(&demo.people.owner, after, AUDIT_PAGE).await?;
        if page.is_empty() {
            return Ok(entries);
        }
        entries.extend(page);
    }
}
