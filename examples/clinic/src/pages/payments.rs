//! Card payments, as staff see them: everything but what is secret. A patient never reads these pages.

use billing_app::{PaymentView, Permission};
use billing_domain::payment::{Attempt, AttemptState, Capture, Payment, PaymentState, StrayCharge};
use billing_moneris::FLOW_CHECKOUT;
use maud::{Markup, html};

use crate::pages::finding::{FindingForm, finding};
use crate::pages::parts::{
    Column, alert, amount, facts, instant, pager, payment_at, payment_pill, pill, post_button, table,
};
use crate::pages::refunds::{RefundOffer, refunds, reviews};
use crate::pages::{Frame, layout};
use crate::words::{attempt_state, card_brand, money_back, person, processor, review, staff_decline};

/// A page of payments, newest first; `older` is the address of the next page.
pub fn payments(frame: &Frame<'_>, views: &[PaymentView], older: Option<&str>) -> Markup {
    let words = frame.words();
    let main = html! {
        @if views.is_empty() {
            p class="empty" { (words.payments_none) }
        } @else {
            (payments_table(frame, views))
        }
        (pager(words.older, older))
    };
    layout(frame, words.payments, &main)
}

pub(super) fn payments_table(frame: &Frame<'_>, views: &[PaymentView]) -> Markup {
    let (words, lang) = (frame.words(), frame.lang);
    let columns = [
        Column::text(words.when),
        Column::text(words.status),
        Column::figure(words.amount),
        Column::text(words.processor),
        Column::text(words.taken_by),
    ];
    let cells = |view: &PaymentView| {
        let payment = &view.payment;
        vec![
            html! { a href=(payment_at(frame, payment.id)) { (instant(lang, payment.opened_at)) } },
            html! {
                (payment_pill(lang, view.state))
                @if let Some(back) = money_back(lang, payment) { " " (pill(back)) }
            },
            amount(lang, payment.amount),
            html! { (processor(&payment.account.processor)) },
            html! { (person(lang, payment.opened_by.as_str())) },
        ]
    };
    table(words.payments, &columns, &views.iter().map(cells).collect::<Vec<_>>())
}

/// Everything a payment's page shows.
#[derive(Clone, Copy, Debug)]
pub struct PaymentPage<'a> {
    /// The payment.
    pub view: &'a PaymentView,
    /// Why the last thing asked was not done, in the person's language.
    pub refused: Option<&'a str>,
    /// The finding that was refused, if it was one.
    pub typed: FindingForm<'a>,
    /// What of its captures may be given back, by this person.
    pub offers: &'a [RefundOffer],
}

/// One payment, with what can be done about it.
pub fn payment(frame: &Frame<'_>, page: &PaymentPage<'_>) -> Markup {
    let PaymentPage { view, refused, typed, offers } = page;
    let words = frame.words();
    let payment = &view.payment;
    let main = html! {
        @if let Some(refused) = refused { (alert(refused)) }
        div class="headline" {
            (payment_pill(frame.lang, view.state))
            @if let Some(back) = money_back(frame.lang, payment) { (pill(back)) }
            span class="figure" { (amount(frame.lang, payment.amount)) }
        }
        @if is_being_charged(payment) { p class="notice bad" { (words.charge_in_doubt) } }
        (actions(frame, view, typed))
        (reviews(frame, payment, typed))
        section aria-labelledby="summary" {
            h2 id="summary" { (words.summary) }
            (summary(frame, view))
        }
        (refunds(frame, payment, offers))
        @if !payment.strays.is_empty() {
            section aria-labelledby="strays" {
                h2 id="strays" { (words.strays) }
                (alert(words.strays_hint))
                @for stray in &payment.strays { (stray_facts(frame, stray)) }
            }
        }
        section aria-labelledby="attempts" {
            h2 id="attempts" { (words.attempts) }
            @for attempt in payment.attempts.iter().rev() { (attempt_facts(frame, attempt)) }
        }
    };
    layout(frame, words.payment, &main)
}

fn actions(frame: &Frame<'_>, view: &PaymentView, typed: &FindingForm<'_>) -> Markup {
    let words = frame.words();
    let here = payment_at(frame, view.payment.id);
    let under_review =
        view.payment.newest().is_some_and(|newest| matches!(newest.state, AttemptState::NeedsReview(_)));
    html! {
        @if frame.may(Permission::TakePayment) {
            div class="toolbar" {
                (post_button(frame, &format!("{here}/look"), "", words.look_again))
                @if can_be_cancelled(view) {
                    (post_button(frame, &format!("{here}/cancel"), "danger", words.cancel_payment))
                }
                p class="hint" { (words.look_again_hint) }
            }
        }
        @if under_review && frame.may(Permission::ResolveReview) {
            (finding(frame, view.payment.id, None, typed))
        }
    }
}

/// Whether cancelling can do anything: not once it is over, not of a charge that our server sent, and not of a ticket at Moneris,
/// which cannot be taken back.
fn can_be_cancelled(view: &PaymentView) -> bool {
    let is_over =
        matches!(view.state, PaymentState::Cancelled | PaymentState::Declined | PaymentState::Succeeded);
    view.payment.newest().is_some_and(|newest| {
        let was_charged = newest.charge.is_some_and(|charge| charge.sent_at.is_some());
        let is_ticket = newest.flow == FLOW_CHECKOUT && newest.handed_over_at.is_some();
        !is_over && !was_charged && !is_ticket
    })
}

/// Whether the charge left and its outcome is not known: the library asks for it.
fn is_being_charged(payment: &Payment) -> bool {
    let newest = payment.newest().map(|newest| &newest.state);
    matches!(newest, Some(AttemptState::Charging | AttemptState::Unknown))
}

fn summary(frame: &Frame<'_>, view: &PaymentView) -> Markup {
    let (words, lang, payment) = (frame.words(), frame.lang, &view.payment);
    let mut rows = vec![
        (
            words.invoice,
            html! {
                a href=(frame.path(format_args!("invoices/{}", payment.payable))) { (words.open) }
            },
        ),
        (words.when, instant(lang, payment.opened_at)),
        (words.taken_by, html! { (person(lang, payment.opened_by.as_str())) }),
        (words.processor, html! { (processor(&payment.account.processor)) }),
        (words.account, html! { code { (payment.account.account) } }),
        (words.payment_id, html! { code { (payment.id) } }),
    ];
    if let Some(AttemptState::Succeeded(capture)) = payment.newest().map(|newest| &newest.state) {
        rows.extend(capture_rows(frame, capture));
    }
    facts(&rows)
}

fn capture_rows<'a>(frame: &Frame<'_>, capture: &Capture) -> Vec<(&'a str, Markup)> {
    let words = frame.words();
    let mut rows = Vec::new();
    if let Some(last4) = &capture.last4 {
        let brand = card_brand(capture.brand.as_deref().unwrap_or_default());
        rows.push((words.card, html! { (brand) " •••• " (last4) }));
    }
    if let Some(charge) = &capture.charge {
        rows.push((words.charge, html! { code { (charge) } }));
    }
    if let Some(code) = &capture.auth_code {
        rows.push((words.auth_code, html! { code { (code) } }));
    }
    if let Some(number) = &capture.receipt_number {
        rows.push((words.receipt_number, html! { code { (number) } }));
    }
    if let Some(at) = capture.captured_at {
        rows.push((words.taken_at, instant(frame.lang, at)));
    }
    rows
}

fn stray_facts(frame: &Frame<'_>, stray: &StrayCharge) -> Markup {
    let words = frame.words();
    let mut rows = vec![
        (words.amount, amount(frame.lang, stray.capture.amount)),
        (words.reference, html! { code { (stray.capture.reference) } }),
        (words.when, instant(frame.lang, stray.found_at)),
    ];
    rows.extend(capture_rows(frame, &stray.capture));
    facts(&rows)
}

fn attempt_facts(frame: &Frame<'_>, attempt: &Attempt) -> Markup {
    let (words, lang) = (frame.words(), frame.lang);
    let mut rows = vec![
        (words.status, pill(attempt_state(lang, &attempt.state))),
        (words.when, instant(lang, attempt.first_sent_at)),
    ];
    if let AttemptState::NeedsReview(why) = &attempt.state {
        rows.push((words.remarks, html! { (review(lang, why)) }));
    }
    if let Some(reference) = &attempt.reference {
        rows.push((words.reference, html! { code { (reference) } }));
    }
    html! {
        article class="card" {
            h3 { (words.attempt) " " (attempt.no) }
            (facts(&rows))
            @if !attempt.tries.is_empty() {
                h4 { (words.refusals) " " span class="hint" { "(" (words.staff_only) ")" } }
                ol class="tries" {
                    @for refused in &attempt.tries {
                        li {
                            (staff_decline(lang, &refused.decline))
                            @if let Some(code) = &refused.decline.code { " " code { (code.as_str()) } }
                        }
                    }
                }
            }
        }
    }
}
