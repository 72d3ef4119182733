//! Small parts that several pages are made of: tables, forms, fields, states.

use billing_domain::payment::PaymentState;
use billing_domain::{DispensaryId, InvoiceId, Money, PaymentId};
use jiff::Timestamp;
use maud::{Markup, Render, html};

use crate::figures;
use crate::lang::Lang;
use crate::pages::Frame;
use crate::words::{Tone, payment_state};

/// An address inside a dispensary.
pub(super) fn at(dispensary: DispensaryId, rest: impl std::fmt::Display) -> String {
    format!("/d/{dispensary}/{rest}")
}

/// The address of an invoice of the frame's dispensary.
pub(super) fn invoice_at(frame: &Frame<'_>, invoice: InvoiceId) -> String {
    frame.path(format_args!("invoices/{invoice}"))
}

/// The address of a payment of the frame's dispensary.
pub(super) fn payment_at(frame: &Frame<'_>, payment: PaymentId) -> String {
    frame.path(format_args!("payments/{payment}"))
}

/// A form that changes something. It is the only one there is, so that none forgets its token.
pub(super) fn post(frame: &Frame<'_>, action: &str, class: &str, fields: &Markup) -> Markup {
    html! {
        form class=(class) method="post" action=(action) {
            input type="hidden" name="csrf" value=(frame.csrf);
            (fields)
        }
    }
}

/// A form that is one button.
pub(super) fn post_button(frame: &Frame<'_>, action: &str, class: &str, label: &str) -> Markup {
    post(frame, action, "inline", &html! { button class=(class) { (label) } })
}

/// A state in words, with its colour.
pub(super) fn pill((tone, text): (Tone, &str)) -> Markup {
    html! { span class={ "pill " (tone.class()) } { (text) } }
}

/// How a payment stands.
pub(super) fn payment_pill(lang: Lang, state: PaymentState) -> Markup {
    pill(payment_state(lang, state))
}

/// An amount.
pub(super) fn amount(lang: Lang, amount: Money) -> Markup {
    html! { span class="money" { (figures::money(lang, amount)) } }
}

/// An instant, for people and for programs.
pub(super) fn instant(lang: Lang, at: Timestamp) -> Markup {
    html! { time datetime=(at) { (figures::time(lang, at)) } }
}

/// A column of a table.
#[derive(Clone, Copy)]
pub(super) struct Column<'a> {
    pub(super) head: &'a str,
    pub(super) is_figure: bool,
}

impl<'a> Column<'a> {
    pub(super) const fn text(head: &'a str) -> Self {
        Self { head, is_figure: false }
    }

    pub(super) const fn figure(head: &'a str) -> Self {
        Self { head, is_figure: true }
    }

    const fn class(&self) -> Option<&'static str> {
        if self.is_figure { Some("figure") } else { None }
    }
}

/// A table whose rows become cards where there is no room. The first cell names its row. The roles are spelled out because
/// browsers forget them once the rows are laid out as cards.
pub(super) fn table(caption: &str, columns: &[Column<'_>], rows: &[Vec<Markup>]) -> Markup {
    html! {
        table role="table" {
            caption class="unseen" { (caption) }
            thead role="rowgroup" {
                tr role="row" {
                    @for column in columns {
                        th scope="col" role="columnheader" class=[column.class()] { (column.head) }
                    }
                }
            }
            tbody role="rowgroup" {
                @for row in rows {
                    tr role="row" {
                        @for (place, (column, cell)) in columns.iter().zip(row).enumerate() {
                            @if place == 0 {
                                th scope="row" role="rowheader" data-label=(column.head) { (cell) }
                            } @else {
                                td role="cell" data-label=(column.head) class=[column.class()] { (cell) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Names and values, one below the other.
pub(super) fn facts(rows: &[(&str, Markup)]) -> Markup {
    html! {
        dl class="facts" {
            @for (name, value) in rows {
                div { dt { (name) } dd { (value) } }
            }
        }
    }
}

/// The way to older rows, if there are any.
pub(super) fn pager(label: &str, older: Option<&str>) -> Markup {
    html! {
        @if let Some(older) = older {
            p class="pager" { a class="button" rel="next" href=(older) { (label) } }
        }
    }
}

/// A sentence that must be seen: something was refused.
pub(super) fn alert(text: impl Render) -> Markup {
    html! { p class="alert" role="alert" { (text) } }
}

/// One labelled input.
#[derive(Clone, Copy, Default)]
pub(super) struct Field<'a> {
    pub(super) name: &'a str,
    /// Its name, where nothing is said.
    pub(super) id: Option<&'a str>,
    pub(super) label: &'a str,
    pub(super) value: &'a str,
    pub(super) hint: Option<&'a str>,
    pub(super) error: Option<&'a str>,
    /// How it is spoken of by keyboards: `numeric`, `decimal`.
    pub(super) input_mode: Option<&'a str>,
    /// It is never shown, offered or remembered.
    pub(super) is_secret: bool,
    pub(super) is_required: bool,
    pub(super) length_max: Option<usize>,
}

impl Render for Field<'_> {
    fn render(&self) -> Markup {
        let id = self.id.unwrap_or(self.name);
        html! {
            div class="field" {
                label for=(id) { (self.label) }
                @if let Some(hint) = self.hint {
                    p class="hint" id={ (id) "-hint" } { (hint) }
                }
                input type=(if self.is_secret { "password" } else { "text" }) id=(id) name=(self.name)
                    value=(self.value) autocomplete=(if self.is_secret { "new-password" } else { "off" })
                    spellcheck="false" inputmode=[self.input_mode] maxlength=[self.length_max]
                    required[self.is_required] aria-invalid=[self.error.map(|_| "true")]
                    aria-describedby=[describedby(id, self.hint, self.error)];
                (field_error(id, self.error))
            }
        }
    }
}

/// What is wrong with a field, where its input points.
pub(super) fn field_error(name: &str, error: Option<&str>) -> Markup {
    html! {
        @if let Some(error) = error {
            p class="error" id={ (name) "-error" } { (error) }
        }
    }
}

/// What a field's `aria-describedby` names.
pub(super) fn describedby(name: &str, hint: Option<&str>, error: Option<&str>) -> Option<String> {
    let parts: Vec<_> = [hint.map(|_| "hint"), error.map(|_| "error")]
        .into_iter()
        .flatten()
        .map(|it| format!("{name}-{it}"))
        .collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// What is wrong with a form, each entry a way to its field. It takes the focus when the page loads.
pub(super) fn error_summary(title: &str, errors: &[(Option<String>, String)]) -> Markup {
    html! {
        @if !errors.is_empty() {
            div class="alert summary" role="alert" tabindex="-1" autofocus {
                h2 { (title) }
                ul {
                    @for (field, text) in errors {
                        li {
                            @if let Some(field) = field { a href={ "#" (field) } { (text) } } @else { (text) }
                        }
                    }
                }
            }
        }
    }
}
