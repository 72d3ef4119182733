//! The style sheet and the payment window's scripts, compiled in. Which headers they are served with is the route's business.

/// A file a browser asks for.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Its path.
    pub path: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// The style sheet of every page.
pub const CLINIC_CSS: Asset = Asset {
    path: "/assets/clinic.css",
    content_type: "text/css; charset=utf-8",
    text: include_str!("assets/clinic.css"),
};

/// The payment window's script with Moneris's own payment page.
pub const PAY_CHECKOUT_JS: Asset = script("/assets/pay-checkout.js", include_str!("assets/pay-checkout.js"));

/// The payment window's script with Stripe's fields.
pub const PAY_JS: Asset = script("/assets/pay.js", include_str!("assets/pay.js"));

/// The payment window's script with Moneris's card frame.
pub const PAY_MONERIS_JS: Asset = script("/assets/pay-moneris.js", include_str!("assets/pay-moneris.js"));

/// The script of a window whose outcome is not known yet.
pub const PAY_WAIT_JS: Asset = script("/assets/pay-wait.js", include_str!("assets/pay-wait.js"));

/// What the others share: they import it, so its address has no version.
pub const PAY_WINDOW_JS: Asset = script("/assets/pay-window.js", include_str!("assets/pay-window.js"));

/// All of them.
pub const ALL: [Asset; 6] = [CLINIC_CSS, PAY_CHECKOUT_JS, PAY_JS, PAY_MONERIS_JS, PAY_WAIT_JS, PAY_WINDOW_JS];

const fn script(path: &'static str, text: &'static str) -> Asset {
    Asset { path, content_type: "text/javascript; charset=utf-8", text }
}

impl Asset {
    /// Its address in a page. It changes with the text, so that a browser may keep what it has for ever.
    pub fn href(&self) -> String {
        format!("{}?v={:016x}", self.path, fingerprint(self.text))
    }
}

/// FNV-1a (<https://datatracker.ietf.org/doc/html/draft-eastlake-fnv>): tells versions apart, and guards nothing.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_tells_two_versions_apart() {
        assert_ne!(CLINIC_CSS.href(), PAY_JS.href());
        assert_ne!(fingerprint("a"), fingerprint("b"));
        // The published value for "a".
        assert_eq!(fingerprint("a"), 0xaf63_dc4c_8601_ec8c);
    }

    #[test]
    fn nothing_is_fetched_from_elsewhere() {
        for asset in ALL {
            let addresses = asset.text.matches("http://").count() + asset.text.matches("https://").count();
            assert_eq!(addresses, asset.text.matches("https://docs.stripe.com/").count(), "{}", asset.path);
        }
    }
}
