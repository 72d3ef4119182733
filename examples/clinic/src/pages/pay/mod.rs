//! The payment window, and what stands in its place when there is none. No card ever passes through here: the card
//! fields are the processor's own, in the places this page keeps for them.

mod moneris;
mod stripe;

use billing_app::{BillingError, PaymentWindow, Permission};
use billing_domain::{ActorId, InvoiceId, PaymentId};
use jiff::Timestamp;
use maud::{Markup, html};

use crate::assets::PAY_WAIT_JS;
use crate::figures;
use crate::pages::frame::page as whole_page;
use crate::pages::parts::{alert, facts, instant, invoice_at, payment_at, post_button};
use crate::pages::{Frame, layout};
use crate::words::{person, refusal};

/// A payment window on an invoice.
#[derive(Clone, Copy, Debug)]
pub struct PayPage<'a> {
    /// What the library opened.
    pub window: &'a PaymentWindow,
    /// The invoice.
    pub invoice: InvoiceId,
    /// The invoice's number.
    pub number: &'a str,
    /// Whose card fields stand in it.
    pub fields: CardFields<'a>,
    /// Where the made-up cards of the stand-in are listed; none with the real processor.
    pub made_up_cards_url: Option<&'a str>,
}

/// Whose card fields stand in a payment window.
#[derive(Clone, Copy, Debug)]
pub enum CardFields<'a> {
    /// Moneris's payment page, drawn by its own script.
    Checkout {
        /// The script.
        script_url: &'a str,
    },
    /// Nobody's: the card was charged, or not, and the library is asking.
    InDoubt,
    /// Stripe's fields, drawn by Stripe.js.
    Stripe {
        /// Stripe.js.
        script_url: &'a str,
    },
    /// Moneris's frame.
    Tokenization {
        /// The frame's address.
        frame_url: &'a str,
        /// The only origin that the page speaks with.
        frame_origin: &'a str,
    },
}

/// The payment window.
pub fn pay(frame: &Frame<'_>, page: &PayPage<'_>) -> Markup {
    let words = frame.words();
    let (scripts, form) = match page.fields {
        CardFields::Checkout { script_url } => moneris::checkout(frame, page, script_url),
        CardFields::InDoubt => in_doubt(frame, page),
        CardFields::Stripe { script_url } => stripe::window(frame, page, script_url),
        CardFields::Tokenization { frame_url, frame_origin } => {
            moneris::tokenization(frame, page, frame_url, frame_origin)
        }
    };
    let is_in_doubt = matches!(page.fields, CardFields::InDoubt);
    // A ticket cannot be taken back, and what was charged is not cancelled but given back.
    let can_cancel =
        page.window.resumes && !is_in_doubt && !matches!(page.fields, CardFields::Checkout { .. });
    let main = html! {
        article class="window" {
            header {
                h1 { (words.payment_window) }
                p { (words.invoice) "\u{a0}" (page.number) }
            }
            p class="total" {
                span { (words.total) }
                strong { (figures::money(frame.lang, page.window.total)) }
            }
            @if let Some(url) = page.made_up_cards_url {
                p class="notice idle" {
                    (words.stand_in_pays) " "
                    // Beside the window, so that what was typed stays.
                    a href=(url) target="_blank" rel="noopener" { (words.made_up_cards) }
                }
            }
            @if page.window.resumes && !is_in_doubt { p class="notice wait" { (words.resumes) } }
            noscript { (alert(words.needs_script)) }
            (form)
            div class="toolbar" {
                a class="button" href=(invoice_at(frame, page.invoice)) { (words.close) }
                @if can_cancel {
                    @let cancel = format!("{}/cancel", payment_at(frame, page.window.payment));
                    (post_button(frame, &cancel, "danger", words.cancel_payment))
                }
            }
            @if !is_in_doubt { p class="hint" { (words.card_goes_straight) } }
        }
    };
    whole_page(frame, words.payment_window, &scripts, &main)
}

/// What every window's script needs, in the language of the page.
struct ForScript {
    payment: String,
    send_request: String,
    window: String,
}

impl ForScript {
    fn of(frame: &Frame<'_>, page: &PayPage<'_>) -> Self {
        let invoice = invoice_at(frame, page.invoice);
        Self {
            payment: payment_at(frame, page.window.payment),
            send_request: format!("{invoice}/send-request"),
            window: format!("{invoice}/pay"),
        }
    }
}

/// The payer, where the processor asks for no name.
fn payer(frame: &Frame<'_>, page: &PayPage<'_>) -> Markup {
    facts(&[(frame.words().billing_name, html! { (page.window.billing_name.as_str()) })])
}

/// What the window says and its one button.
fn foot(frame: &Frame<'_>, window: &str) -> Markup {
    let words = frame.words();
    html! {
        p class="alert" id="pay-alert" role="alert" tabindex="-1" hidden {}
        p hidden id="pay-reload" { a class="button" href=(window) { (words.reload) } }
        button id="send-request" class="primary wide" disabled { (words.send_request) }
        p class="progress" id="pay-progress" role="status" {}
    }
}

/// The charge was sent and its outcome is not known: the page waits for it with the person.
fn in_doubt(frame: &Frame<'_>, page: &PayPage<'_>) -> (Markup, Markup) {
    let words = frame.words();
    let payment = payment_at(frame, page.window.payment);
    let scripts = html! { script src=(PAY_WAIT_JS.href()) type="module" {} };
    let main = html! {
        p class="notice bad" { (words.charge_in_doubt) }
        p class="progress" id="pay-wait" role="status" data-state=(format_args!("{payment}/state"))
            data-say-waiting=(words.say_waiting) data-say-paid=(words.say_paid) {}
        p class="toolbar" { a class="button primary" href=(payment) { (words.see_payment) } }
    };
    (scripts, main)
}

/// Somebody else is taking a card payment on this invoice.
pub fn in_progress(
    frame: &Frame<'_>,
    invoice: InvoiceId,
    payment: PaymentId,
    by: &ActorId,
    since: Timestamp,
) -> Markup {
    let words = frame.words();
    let rows = [
        (words.taken_by, html! { (person(frame.lang, by.as_str())) }),
        (words.since, instant(frame.lang, since)),
    ];
    let main = html! {
        p class="lead" { (words.in_progress_hint) }
        (facts(&rows))
        p class="toolbar" {
            a class="button primary" href=(payment_at(frame, payment)) { (words.see_payment) }
            a class="button" href=(invoice_at(frame, invoice)) { (words.back_to_invoice) }
        }
    };
    layout(frame, words.in_progress, &main)
}

/// Why there is no payment window, and the way out.
pub fn cannot_pay(frame: &Frame<'_>, invoice: InvoiceId, why: &BillingError) -> Markup {
    let words = frame.words();
    let needs_keys =
        matches!(why, BillingError::NoProcessorConfigured(_) | BillingError::CredentialsMissing { .. });
    let open_payment = match why {
        BillingError::OpenPaymentOutdated { payment } | BillingError::PaymentInProgress { payment, .. } => {
            Some(*payment)
        }
        _ => None,
    };
    let main = html! {
        p class="lead" { (refusal(frame.lang, why)) }
        p class="toolbar" {
            @if let Some(payment) = open_payment {
                a class="button primary" href=(payment_at(frame, payment)) { (words.see_payment) }
            } @else if needs_keys && frame.may(Permission::ManageBillingSettings) {
                a class="button primary" href=(frame.path("settings")) { (words.open_settings) }
            }
            a class="button" href=(invoice_at(frame, invoice)) { (words.back_to_invoice) }
        }
    };
    layout(frame, words.cannot_pay, &main)
}
