//! The last step: what the books say. Ours and the processor's must agree; the audit says who did what.

use billing_app::PaymentView;
use billing_domain::{AuditEntry, Invoice, Money, PaymentId, Subject};

use crate::Told;
use crate::demo::Demo;
use crate::processor::Processor;
use crate::say::Teller;

const AUDIT_LINES: usize = 5;
const AUDIT_PAGE: u32 = 100;

pub(crate) async fn compare(
    demo: &Demo,
    processor: Processor,
    invoice: &Invoice,
    ended: &PaymentView,
    teller: &Teller,
) -> Told {
    teller.next_step("What the books say");
    let state = demo.billing.payable(&demo.people.front_desk, &invoice.id().into()).await?;
    let state = state.ok_or("the invoice is payable")?;
    let (ours, back) = (state.captured, state.refunded);
    let ledger = demo.fakes.ledger(processor, ended.payment.id);
    let money = |cents| Money::new(cents, ours.currency());
    let (theirs, their_back, times) = (money(ledger.taken), money(ledger.given_back), ledger.times);
    let given_back = |amount: Money| {
        if amount.is_zero() { String::new() } else { format!(", {amount} given back") }
    };
    teller.fact("our ledger", format_args!("{ours}{}", given_back(back)));
    teller.fact(
        format_args!("{}'s ledger", processor.name()),
        format_args!("{theirs}{}, captures of this payment: {times}", given_back(their_back)),
    );
    if ours != theirs || back != their_back || times > 1 {
        return Err("the two ledgers disagree".into());
    }
    let sweep = demo.billing.sweep(100).await?;
    match sweep.next_due {
        Some(due) => teller.fact("sweep", format_args!("something is open; look again at {due:.0}")),
        None => teller.fact("sweep", "nothing is open, nothing to look at"),
    }
    teller.fact("audit", "its last lines");
    let entries = audit(demo, 0).await?;
    for AuditEntry { seq, by, action, note, .. } in
        entries.iter().skip(entries.len().saturating_sub(AUDIT_LINES))
    {
        teller.fact(format_args!("  {seq} {by}"), format_args!("{action} {note}"));
    }
    Ok(())
}

/// What the audit says of a payment after the entry with this number.
pub(crate) async fn tell_since(demo: &Demo, payment: PaymentId, after: u64, teller: &Teller) -> Told {
    for entry in audit(demo, after).await? {
        if entry.subject == Subject::Payment(payment) {
            teller.fact(format_args!("  {}", entry.action), entry.note);
        }
    }
    Ok(())
}

/// The number of the audit's newest entry.
pub(crate) async fn newest(demo: &Demo) -> Told<u64> {
    Ok(audit(demo, 0).await?.last().map_or(0, |entry| entry.seq))
}

/// The audit after the entry with this number, page by page, oldest first.
async fn audit(demo: &Demo, after: u64) -> Told<Vec<AuditEntry>> {
    let mut entries: Vec<AuditEntry> = Vec::new();
    loop {
        let after = entries.last().map_or(after, |entry| entry.seq);
        let page = demo.billing.audit(&demo.people.owner, after, AUDIT_PAGE).await?;
        if page.is_empty() {
            return Ok(entries);
        }
        entries.extend(page);
    }
}
