//! The form in which a person says what they found out, where no program can tell: about a payment or about a refund.

use billing_domain::RefundId;
use maud::{Markup, html};

use crate::pages::Frame;
use crate::pages::parts::{Field, payment_at, post};

/// A finding as it was typed.
#[derive(Clone, Copy, Debug, Default)]
pub struct FindingForm<'a> {
    /// The refund it is about; the payment itself if none.
    pub refund: Option<RefundId>,
    /// `yes`, `no`, or nothing yet.
    pub moved: &'a str,
    /// The reference at the processor.
    pub reference: &'a str,
    /// How the person knows.
    pub note: &'a str,
}

/// The form for a payment, or for one of its refunds. `typed` is what was refused, if it was this form.
pub(super) fn finding(
    frame: &Frame<'_>,
    payment: billing_domain::PaymentId,
    refund: Option<RefundId>,
    typed: &FindingForm<'_>,
) -> Markup {
    let words = frame.words();
    let blank = FindingForm { refund, ..FindingForm::default() };
    let typed = if typed.refund == refund { typed } else { &blank };
    let here = payment_at(frame, payment);
    let (title, hint, question, yes, no, action, name) = match refund {
        None => (
            words.finding_title,
            words.finding_hint,
            words.finding_moved,
            words.finding_moved_yes,
            words.finding_moved_no,
            format!("{here}/finding"),
            "finding".to_owned(),
        ),
        Some(refund) => (
            words.refund_finding_title,
            words.refund_finding_hint,
            words.refund_finding_went,
            words.refund_finding_yes,
            words.refund_finding_no,
            format!("{here}/refunds/{refund}/finding"),
            format!("finding-{refund}"),
        ),
    };
    let reference_id = format!("{name}-reference");
    let reference = Field {
        name: "reference",
        id: Some(&reference_id),
        label: words.finding_reference,
        value: typed.reference,
        hint: Some(words.finding_reference_hint),
        length_max: Some(255),
        ..Field::default()
    };
    let note = format!("{name}-note");
    let fields = html! {
        fieldset {
            legend { (question) }
            label { input type="radio" name="moved" value="yes" required checked[typed.moved == "yes"]; " " (yes) }
            label { input type="radio" name="moved" value="no" required checked[typed.moved == "no"]; " " (no) }
        }
        (reference)
        div class="field" {
            label for=(note) { (words.finding_note) }
            p class="hint" id={ (note) "-hint" } { (words.finding_note_hint) }
            textarea id=(note) name="note" rows="3" maxlength="500" required aria-describedby={ (note) "-hint" } { (typed.note) }
        }
        button class="primary" { (words.finding_submit) }
    };
    html! {
        section class="card attention" aria-labelledby=(name) {
            h2 id=(name) { (title) }
            p { (hint) }
            (post(frame, &action, "stack", &fields))
        }
    }
}
