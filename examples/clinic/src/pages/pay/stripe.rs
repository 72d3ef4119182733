//! The payment window with Stripe's fields, drawn by `assets/pay.js` in the places kept here.

use billing_credentials::fields::PUBLISHABLE_KEY;
use billing_domain::BillingName;
use maud::{Markup, html};

use super::{ForScript, PayPage, foot};
use crate::assets::PAY_JS;
use crate::pages::Frame;

/// What pay.js fills in and reads, with its scripts. Nothing typed here has a `name`, so no browser can send it to us.
pub(super) fn window(frame: &Frame<'_>, page: &PayPage<'_>, script_url: &str) -> (Markup, Markup) {
    let (words, window) = (frame.words(), page.window);
    let to = ForScript::of(frame, page);
    let scripts = html! {
        // Both wait for the document and run in this order.
        script src=(script_url) defer {}
        script src=(PAY_JS.href()) type="module" {}
    };
    let form = html! {
        form id="pay" class="stack" novalidate
            data-publishable-key=(window.public.field(PUBLISHABLE_KEY).unwrap_or_default())
            data-locale=(frame.lang.tag())
            data-csrf=(frame.csrf)
            data-send-request=(to.send_request)
            data-settle=(format_args!("{}/settle", to.payment))
            data-payment=(window.payment)
            data-total=(window.total.minor())
            data-currency=(window.total.currency())
            data-account=(window.account.account)
            data-processor=(window.account.processor)
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
            (foot(frame, &to.window))
        }
    };
    (scripts, form)
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
