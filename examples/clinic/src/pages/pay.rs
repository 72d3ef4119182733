//! The payment window, and what stands in its place when there is none. No card ever passes through here: the card
//! fields are the processor's own, drawn by `assets/pay.js` in the places this page keeps for them.

use billing_app::{BillingError, PaymentWindow, Permission};
use billing_credentials::fields::PUBLISHABLE_KEY;
use billing_domain::{ActorId, BillingName, InvoiceId, PaymentId};
use jiff::Timestamp;
use maud::{Markup, html};

use crate::assets::PAY_JS;
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
    /// Where Stripe.js is.
    pub stripe_js_url: &'a str,
    /// Where the made-up cards of the stand-in are listed; none with the real Stripe.
    pub made_up_cards_url: Option<&'a str>,
}

/// The payment window.
pub fn pay(frame: &Frame<'_>, page: &PayPage<'_>) -> Markup {
    let words = frame.words();
    let scripts = html! {
        // Both wait for the document and run in this order.
        script src=(page.stripe_js_url) defer {}
        script src=(PAY_JS.href()) type="module" {}
    };
    let back = invoice_at(frame, page.invoice);
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
            @if page.window.resumes { p class="notice wait" { (words.resumes) } }
            noscript { (alert(words.needs_script)) }
            (window_form(frame, page))
            div class="toolbar" {
                a class="button" href=(back) { (words.close) }
                @if page.window.resumes {
                    @let cancel = format!("{}/cancel", payment_at(frame, page.window.payment));
                    (post_button(frame, &cancel, "danger", words.cancel_payment))
                }
            }
            p class="hint" { (words.card_goes_straight) }
        }
    };
    whole_page(frame, words.payment_window, &scripts, &main)
}

/// What pay.js fills in and reads. Nothing typed here has a `name`, so no browser can send it to us.
fn window_form(frame: &Frame<'_>, page: &PayPage<'_>) -> Markup {
    let (words, window) = (frame.words(), page.window);
    let invoice = invoice_at(frame, page.invoice);
    let payment = payment_at(frame, window.payment);
    html! {
        form id="pay" class="stack" novalidate
            data-publishable-key=(window.public.field(PUBLISHABLE_KEY).unwrap_or_default())
            data-locale=(frame.lang.tag())
            data-csrf=(frame.csrf)
            data-send-request=(format_args!("{invoice}/send-request"))
            data-settle=(format_args!("{payment}/settle"))
            data-payment=(window.payment)
            data-total=(window.total.minor())
            data-currency=(window.total.currency())
            data-account=(window.account.account)
            data-say-asking=(words.say_asking)
            data-say-connection=(words.say_connection)
            data-say-name=(words.say_name)
            data-say-not-loaded=(words.say_not_loaded)
            data-say-number=(words.say_card_number)
            data-say-expiry=(words.say_expiry)
            data-say-security-code=(words.say_security_code)
            data-say-paid=(words.say_paid)
            data-say-sending=(words.say_sending)
            data-say-settling=(words.say_settling)
        {
            input type="hidden" name="csrf" value=(frame.csrf);
            div class="field" {
                label for="cardholder-name" { (words.billing_name) }
                p class="hint" id="cardholder-name-hint" { (words.name_goes_straight) }
                input id="cardholder-name" type="text" autocomplete="cc-name" spellcheck="false"
                    maxlength=(BillingName::LENGTH_MAX) value=(window.billing_name.as_str()) required
                    aria-describedby="cardholder-name-hint cardholder-name-error";
                p class="error" id="cardholder-name-error" hidden {}
            }
            (card_field("card-number", words.card_number, &html! {
                output class="brand-name" id="card-brand" for="card-number" aria-label=(words.brand) {}
            }))
            div class="pair" {
                (card_field("card-expiry", words.expiry, &html! {}))
                (card_field("card-security-code", words.security_code, &html! {}))
            }
            div class="field" {
                label for="postal-code" { (words.postal_code) }
                p class="hint" id="postal-code-hint" { (words.postal_code_hint) }
                input id="postal-code" class="short" type="text" autocomplete="postal-code" spellcheck="false"
                    maxlength="12" aria-describedby="postal-code-hint";
            }
            p class="alert" id="pay-alert" role="alert" tabindex="-1" hidden {}
            p hidden id="pay-reload" { a class="button" href=(format_args!("{invoice}/pay")) { (words.reload) } }
            button id="send-request" class="primary wide" disabled { (words.send_request) }
            p class="progress" id="pay-progress" role="status" {}
        }
    }
}

/// A place for one of the processor's fields. Its label is ours, its frame and what is typed there are not.
fn card_field(id: &str, label: &str, beside: &Markup) -> Markup {
    html! {
        div class="field" {
            div class="label-row" { label for=(id) { (label) } (beside) }
            div class="card-input" id=(id) {}
            p class="error" id={ (id) "-error" } role="alert" hidden {}
        }
    }
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
