//! What of a payment's money went back, and the form that gives back more of it: a part of the payment's page.

use billing_app::Permission;
use billing_domain::payment::{CaptureId, Payment};
use billing_domain::refund::{Refund, RefundState};
use maud::{Markup, html};

use crate::capture_code;
use crate::pages::Frame;
use crate::pages::finding::{FindingForm, finding};
use crate::pages::parts::{
    Column, Field, amount, facts, instant, payment_at, pill, post, post_button, table,
};
use crate::words::{card_brand, person, refund_plan, refund_remark, refund_state};

/// Leave to give back something of a capture: a form is drawn for it.
#[derive(Clone, Debug)]
pub struct RefundOffer {
    /// Which capture.
    pub capture: CaptureId,
    /// The id the refund will have: sent twice, it is made once.
    pub refund: String,
    /// The amount, as typed or as proposed.
    pub amount: String,
    /// What is wrong with the amount.
    pub wrong: Option<&'static str>,
}

/// The questions that only a person can answer, if the person may.
pub(super) fn reviews(frame: &Frame<'_>, payment: &Payment, typed: &FindingForm<'_>) -> Markup {
    let reviewed = |refund: &&Refund| matches!(refund.state, RefundState::NeedsReview(_));
    html! {
        @if frame.may(Permission::ResolveReview) {
            @for refund in payment.refunds.iter().filter(reviewed) {
                (finding(frame, payment.id, Some(refund.id), typed))
            }
        }
    }
}

/// Everything about money given back; nothing where none was ever taken.
pub(super) fn refunds(frame: &Frame<'_>, payment: &Payment, offers: &[RefundOffer]) -> Markup {
    let words = frame.words();
    html! {
        @if payment.captures().next().is_some() {
            section aria-labelledby="refunds" {
                h2 id="refunds" { (words.refunds) }
                @for (id, capture) in payment.captures() {
                    article class="card" {
                        h3 {
                            @if matches!(id, CaptureId::Stray(_)) { (words.stray) ": " }
                            (amount(frame.lang, capture.amount))
                            @if let Some(last4) = &capture.last4 {
                                " · " (card_brand(capture.brand.as_deref().unwrap_or_default())) " •••• " (last4)
                            }
                        }
                        (sums(frame, payment, id))
                        @if let Some(offer) = offers.iter().find(|offer| offer.capture == id) {
                            (refund_form(frame, payment, offer))
                        } @else if is_in_doubt(payment, id) {
                            p class="notice bad" { (words.refund_stands_in_the_way) }
                        }
                    }
                }
                @if !payment.refunds.is_empty() { (list(frame, payment)) }
            }
        }
    }
}

fn is_in_doubt(payment: &Payment, capture: CaptureId) -> bool {
    payment.refunds.iter().any(|refund| refund.capture == capture && refund.state.is_in_doubt())
}

fn sums(frame: &Frame<'_>, payment: &Payment, capture: CaptureId) -> Markup {
    let words = frame.words();
    let figures =
        [(words.given_back, payment.given_back(capture)), (words.refundable, payment.refundable(capture))];
    let known = figures.into_iter().filter_map(|(name, figure)| Some((name, amount(frame.lang, figure?))));
    facts(&known.collect::<Vec<_>>())
}

fn refund_form(frame: &Frame<'_>, payment: &Payment, offer: &RefundOffer) -> Markup {
    let words = frame.words();
    let capture = capture_code::of(offer.capture);
    let id = format!("amount-{capture}");
    let field = Field {
        name: "amount",
        id: Some(&id),
        label: words.refund_amount,
        value: &offer.amount,
        hint: Some(words.refund_amount_hint),
        error: offer.wrong,
        input_mode: Some("decimal"),
        is_required: true,
        length_max: Some(24),
        ..Field::default()
    };
    let fields = html! {
        input type="hidden" name="refund" value=(offer.refund);
        input type="hidden" name="capture" value=(capture);
        (field)
        button { (words.give_back) }
    };
    post(frame, &format!("{}/refund", payment_at(frame, payment.id)), "stack", &fields)
}

fn list(frame: &Frame<'_>, payment: &Payment) -> Markup {
    let (words, lang) = (frame.words(), frame.lang);
    let columns = [
        Column::text(words.when),
        Column::text(words.status),
        Column::figure(words.amount),
        Column::text(words.refund_way),
        Column::text(words.asked_by),
        Column::text(words.action),
    ];
    let cells = |refund: &Refund| {
        let look = format!("{}/refunds/{}/look", payment_at(frame, payment.id), refund.id);
        vec![
            instant(lang, refund.first_sent_at),
            html! {
                (pill(refund_state(lang, &refund.state)))
                @if let Some(remark) = refund_remark(lang, &refund.state) { p class="hint" { (remark) } }
            },
            amount(lang, refund.amount),
            html! {
                (refund_plan(lang, refund.plan))
                @if let Some(reference) = &refund.reference { " " code { (reference) } }
            },
            html! { (person(lang, refund.opened_by.as_str())) },
            html! {
                @if frame.may(Permission::RefundPayment) && !refund.state.is_failed() {
                    (post_button(frame, &look, "", words.refund_look))
                } @else { "—" }
            },
        ]
    };
    table(words.refunds, &columns, &payment.refunds.iter().rev().map(cells).collect::<Vec<_>>())
}
