//! The payment window with what Moneris draws: its frame of card fields, or its own payment page.

use maud::{Markup, html};

use super::{ForScript, PayPage, foot, payer};
use crate::assets::{PAY_CHECKOUT_JS, PAY_MONERIS_JS};
use crate::pages::Frame;
use crate::words::frame_code;

/// The codes that the frame answers and the page has words for.
const CODES: [&str; 6] = ["940", "941", "942", "943", "944", "945"];

/// The window around Moneris's frame, with the script that speaks with it. The card is typed in the frame, which answers
/// with a token.
pub(super) fn tokenization(
    frame: &Frame<'_>,
    page: &PayPage<'_>,
    frame_url: &str,
    frame_origin: &str,
) -> (Markup, Markup) {
    let (words, window) = (frame.words(), page.window);
    let to = ForScript::of(frame, page);
    let told = |code: &str| frame_code(frame.lang, code);
    let scripts = html! { script src=(PAY_MONERIS_JS.href()) type="module" {} };
    let form = html! {
        (payer(frame, page))
        form id="pay" class="stack" novalidate
            data-csrf=(frame.csrf)
            data-frame-origin=(frame_origin)
            data-frame-url=(frame_url)
            data-send-request=(to.send_request)
            data-charge=(format_args!("{}/charge", to.payment))
            data-state=(format_args!("{}/state", to.payment))
            data-payment=(window.payment)
            data-total=(window.total.minor())
            data-currency=(window.total.currency())
            data-account=(window.account.account)
            data-processor=(window.account.processor)
            data-say-940=(told(CODES[0]))
            data-say-941=(told(CODES[1]))
            data-say-942=(told(CODES[2]))
            data-say-943=(told(CODES[3]))
            data-say-944=(told(CODES[4]))
            data-say-945=(told(CODES[5]))
            data-say-asking=(words.say_asking)
            data-say-card=(words.say_card)
            data-say-connection=(words.say_connection)
            data-say-frame=(words.say_frame)
            data-say-outdated=(words.say_outdated)
            data-say-paid=(words.say_paid)
            data-say-sending=(words.say_sending)
            data-say-waiting=(words.say_waiting)
        {
            input type="hidden" name="csrf" value=(frame.csrf);
            div class="field" {
                p class="hint" id="card-hint" { (words.frame_hint) }
                iframe id="card-frame" class="card-frame" title=(words.card_frame) src=(labelled(frame, frame_url))
                    aria-describedby="card-hint card-error" {}
                p class="error" id="card-error" role="alert" hidden {}
            }
            (foot(frame, &to.window))
        }
    };
    (scripts, form)
}

/// The frame's address with the labels of its fields in the language of the page.
fn labelled(frame: &Frame<'_>, frame_url: &str) -> String {
    let words = frame.words();
    let labels = form_urlencoded::Serializer::new(String::new())
        .append_pair("display_labels", "1")
        .append_pair("pan_label", words.card_number)
        .append_pair("exp_label", words.expiry_mmyy)
        .append_pair("cvd_label", words.security_code)
        .append_pair("enable_cc_formatting", "1")
        .append_pair("enable_exp_formatting", "1")
        .finish();
    format!("{frame_url}&{labels}")
}

/// The window around Moneris's own payment page, with its script and ours.
pub(super) fn checkout(frame: &Frame<'_>, page: &PayPage<'_>, script_url: &str) -> (Markup, Markup) {
    let (words, window) = (frame.words(), page.window);
    let to = ForScript::of(frame, page);
    let scripts = html! {
        // Both wait for the document and run in this order.
        script src=(script_url) defer {}
        script src=(PAY_CHECKOUT_JS.href()) type="module" {}
    };
    let form = html! {
        (payer(frame, page))
        form id="pay" class="stack" novalidate
            data-csrf=(frame.csrf)
            data-send-request=(to.send_request)
            data-settle=(format_args!("{}/settle", to.payment))
            data-payment=(window.payment)
            data-total=(window.total.minor())
            data-currency=(window.total.currency())
            data-account=(window.account.account)
            data-processor=(window.account.processor)
            data-say-connection=(words.say_connection)
            data-say-not-loaded=(words.say_not_loaded)
            data-say-paid=(words.say_paid)
            data-say-page=(words.say_page)
            data-say-sending=(words.say_sending)
            data-say-settling=(words.say_settling)
        {
            input type="hidden" name="csrf" value=(frame.csrf);
            p class="hint" { (words.checkout_hint) }
            (foot(frame, &to.window))
        }
        // The script finds it by this id, and puts its own frame into it.
        div id="moneris-checkout" class="checkout" {}
    };
    (scripts, form)
}
