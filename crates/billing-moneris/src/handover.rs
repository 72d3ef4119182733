//! What the browser needs, as Moneris's own pages name it. Never stored, never shown.

use billing_credentials::fields::PROFILE_ID;
use billing_domain::{Handover, ProcessorId, PublicFields};
use secrecy::SecretString;

use crate::config::MonerisConfig;
use crate::fields::{FRAME_ORIGIN, FRAME_URL, MODE, ORDER_ID, SCRIPT_URL};
use crate::processor::{FLOW_CHECKOUT, FLOW_HOSTED_TOKENIZATION};

/// A hand-over for hosted tokenization: the page draws the frame, posts the bare text `tokenize` to it, and sends the `dataKey` of the
/// answer back with the order id (<https://github.com/Moneris/Gateway-HostedSolutions>).
///
/// Listen to messages of [`frame_origin`](Self::frame_origin) alone, and read them as JSON; Moneris's sample evaluates them as a program.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostedTokenization {
    /// Where the frame's messages come from and go to.
    pub frame_origin: String,
    /// The frame's address. The page may append further styles and labels to its query.
    pub frame_url: String,
    /// The order id.
    pub order_id: String,
    /// The profile, already part of the address.
    pub profile_id: String,
}

impl TryFrom<&Handover> for HostedTokenization {
    type Error = NotForMoneris;

    fn try_from(handover: &Handover) -> Result<Self, NotForMoneris> {
        if handover.processor != ProcessorId::MONERIS || handover.flow != FLOW_HOSTED_TOKENIZATION {
            return Err(NotForMoneris);
        }
        let field = |name| handover.public.field(name).map(str::to_owned).ok_or(NotForMoneris);
        Ok(Self {
            frame_origin: field(FRAME_ORIGIN)?,
            frame_url: field(FRAME_URL)?,
            order_id: field(ORDER_ID)?,
            profile_id: field(PROFILE_ID)?,
        })
    }
}

/// A hand-over for Moneris Checkout: the page loads the script, sets the mode and starts the ticket
/// (<https://developer.moneris.com/hosted-solutions/reference/preload-request-api-ref>).
///
/// Whoever holds the ticket can pay it and read its receipt's echo: send it to the one browser that pays, over TLS, and keep it out
/// of addresses and logs. What the page's callbacks say is for the cardholder's eyes and proves nothing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CheckoutTicket {
    /// `prod` or `qa`.
    pub mode: String,
    /// The script's address.
    pub script_url: String,
    /// The ticket.
    pub ticket: SecretString,
}

impl TryFrom<&Handover> for CheckoutTicket {
    type Error = NotForMoneris;

    fn try_from(handover: &Handover) -> Result<Self, NotForMoneris> {
        if handover.processor != ProcessorId::MONERIS || handover.flow != FLOW_CHECKOUT {
            return Err(NotForMoneris);
        }
        let field = |name| handover.public.field(name).map(str::to_owned).ok_or(NotForMoneris);
        Ok(Self {
            mode: field(MODE)?,
            script_url: field(SCRIPT_URL)?,
            ticket: handover.secret.clone().ok_or(NotForMoneris)?,
        })
    }
}

/// The hand-over is another processor's, or of another flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the hand-over is not for this flow of Moneris")]
pub struct NotForMoneris;

/// The frame for a profile, as the browser needs it: card number, expiry and security code in one frame, answers by message.
pub(crate) fn frame_fields(config: &MonerisConfig, profile_id: &str) -> PublicFields {
    let mut url = config.frame_url();
    url.push_str("?id=");
    escape_into(&mut url, profile_id);
    url.push_str("&pmmsg=true&enable_exp=1&enable_cvd=1&css_textbox=");
    escape_into(&mut url, &config.frame_textbox_css);
    [(FRAME_URL, url), (FRAME_ORIGIN, config.frame_origin())].into_iter().collect()
}

/// The script of Checkout, as the browser needs it.
pub(crate) fn script_fields(config: &MonerisConfig) -> PublicFields {
    let mode = config.environment.mode().to_owned();
    [(SCRIPT_URL, config.checkout_script_url()), (MODE, mode)].into_iter().collect()
}

/// Percent-encodes whatever could mean something in a query.
fn escape_into(url: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            url.push(char::from(byte));
        } else {
            let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().map_or('0', char::from);
            url.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_cannot_add_to_the_query() {
        let fields = frame_fields(&MonerisConfig::default(), "ht1&id=ht2#\"é");
        let url = fields.field(FRAME_URL).unwrap();
        let start = "https://www3.moneris.com/HPPtoken/index.php?id=ht1%26id%3Dht2%23%22%C3%A9&pmmsg=true";
        assert!(url.starts_with(start), "{url}");
        assert!(url.contains("&enable_exp=1&enable_cvd=1&css_textbox=box-sizing%3Aborder-box%3B"), "{url}");
    }
}
