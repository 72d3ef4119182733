//! The style sheet and the one script, compiled in. Which headers they are served with is the route's business.

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

/// The payment window's script.
pub const PAY_JS: Asset = Asset {
    path: "/assets/pay.js",
    content_type: "text/javascript; charset=utf-8",
    text: include_str!("assets/pay.js"),
};

/// All of them.
pub const ALL: [Asset; 2] = [CLINIC_CSS, PAY_JS];

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
