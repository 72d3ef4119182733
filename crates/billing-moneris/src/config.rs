//! How Moneris is called: where, how long and how much, and which readings of it are trusted. Never a credential.

use std::time::Duration;

use billing_transport::Limits;

/// Which Moneris. One choice that picks every address and word, so that nothing of the one can meet the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Environment {
    /// Real stores, real money.
    Production,
    /// Moneris's own test machines, for its test stores.
    Test,
}

impl Environment {
    /// The word for it in Moneris Checkout, in requests and in the page: `prod` or `qa`.
    pub const fn mode(self) -> &'static str {
        match self {
            Self::Production => "prod",
            Self::Test => "qa",
        }
    }

    const fn hosts(self) -> Hosts {
        match self {
            Self::Production => Hosts {
                checkout: "https://gateway.moneris.com",
                frame: "https://www3.moneris.com",
                gateway: "https://mpg1.moneris.io",
            },
            Self::Test => Hosts {
                checkout: "https://gatewayt.moneris.com",
                frame: "https://esqa.moneris.com",
                gateway: "https://mpg1t.moneris.io",
            },
        }
    }
}

/// Gateway: the hosts of Moneris's own clients (<https://github.com/Moneris/Moneris-Gateway-API-Java>). Frame: Moneris's guide to
/// hosted tokenization (<https://github.com/Moneris/Gateway-HostedSolutions>). Checkout: its reference
/// (<https://developer.moneris.com/hosted-solutions/reference/preload-request-api-ref>).
struct Hosts {
    checkout: &'static str,
    frame: &'static str,
    gateway: &'static str,
}

const CHECKOUT_PATH: &str = "/chktv2/request/request.php";
const CHECKOUT_SCRIPT_PATH: &str = "/chktv2/js/chkt_v2.00.js";
const FRAME_PATH: &str = "/HPPtoken/index.php";
const GATEWAY_PATH: &str = "/gateway2/servlet/MpgRequest";

/// Where and within which bounds Moneris is called.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MonerisConfig {
    /// Which Moneris. Default production.
    pub environment: Environment,
    /// Everything at this address instead, without a slash at the end: a loopback address of a fake. Default none.
    pub base_url: Option<String>,
    /// The largest answer read, in bytes. Default 64 KiB: a receipt is about 2 KiB.
    pub body_bytes_max: usize,
    /// From the start of a call to its whole answer. Default 38 s: 3 s to connect and the 35 s that Moneris's own clients wait for
    /// an answer. Nothing is ever sent twice, so a call has no other deadline.
    pub send_deadline: Duration,
    /// The style of the card fields in the frame, as CSS declarations; Moneris's guide asks for one. Default plain.
    pub frame_textbox_css: String,
    /// Trust that a refused card ends a Checkout ticket, so that a new attempt may begin at once. Default no, because no document
    /// says that the page does not take another card. Wrong, it takes the money twice.
    pub declined_receipt_is_final: bool,
    /// Trust that a status check which finds nothing proves that nothing was charged. Default no, because no document says that a
    /// charge which is still on its way is found. Wrong, it takes the money twice.
    pub not_found_is_proof: bool,
}

impl MonerisConfig {
    /// The defaults, in `environment`.
    pub fn new(environment: Environment) -> Self {
        Self {
            environment,
            base_url: None,
            body_bytes_max: 64 << 10,
            send_deadline: Duration::from_secs(38),
            frame_textbox_css: "box-sizing:border-box;width:100%".to_owned(),
            declined_receipt_is_final: false,
            not_found_is_proof: false,
        }
    }

    /// The same, with every address at `base_url`.
    #[must_use]
    pub fn at(self, base_url: impl Into<String>) -> Self {
        let mut base_url = base_url.into();
        base_url.truncate(base_url.trim_end_matches('/').len());
        Self { base_url: Some(base_url), ..self }
    }

    /// Where transactions go.
    pub fn gateway_url(&self) -> String {
        self.address(|hosts| hosts.gateway, GATEWAY_PATH)
    }

    /// Where Checkout tickets and receipts come from.
    pub fn checkout_url(&self) -> String {
        self.address(|hosts| hosts.checkout, CHECKOUT_PATH)
    }

    /// The script that draws Checkout in the page.
    pub fn checkout_script_url(&self) -> String {
        self.address(|hosts| hosts.checkout, CHECKOUT_SCRIPT_PATH)
    }

    /// The card fields of hosted tokenization, without a query.
    pub fn frame_url(&self) -> String {
        self.address(|hosts| hosts.frame, FRAME_PATH)
    }

    /// The origin of the frame: the only one whose messages the page may read, and the one it may write to.
    pub fn frame_origin(&self) -> String {
        self.address(|hosts| hosts.frame, "")
    }

    fn address(&self, host: fn(&Hosts) -> &'static str, path: &str) -> String {
        let hosts = self.environment.hosts();
        [self.base_url.as_deref().unwrap_or(host(&hosts)), path].concat()
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits { total: self.send_deadline, body_bytes: self.body_bytes_max }
    }
}

impl Default for MonerisConfig {
    fn default() -> Self {
        Self::new(Environment::Production)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(config: &MonerisConfig) -> [String; 5] {
        [
            config.gateway_url(),
            config.frame_url(),
            config.frame_origin(),
            config.checkout_url(),
            config.checkout_script_url(),
        ]
    }

    #[test]
    fn one_choice_picks_every_address() {
        let production = addresses(&MonerisConfig::default());
        assert_eq!(
            production,
            [
                "https://mpg1.moneris.io/gateway2/servlet/MpgRequest",
                "https://www3.moneris.com/HPPtoken/index.php",
                "https://www3.moneris.com",
                "https://gateway.moneris.com/chktv2/request/request.php",
                "https://gateway.moneris.com/chktv2/js/chkt_v2.00.js",
            ]
        );
        let test = addresses(&MonerisConfig::new(Environment::Test));
        assert_eq!(test[0], "https://mpg1t.moneris.io/gateway2/servlet/MpgRequest");
        assert!(production.iter().all(|address| !test.contains(address)));
        assert_eq!((Environment::Production.mode(), Environment::Test.mode()), ("prod", "qa"));
    }

    #[test]
    fn a_fake_takes_the_place_of_every_address() {
        let config = MonerisConfig::default().at("http://127.0.0.1:1/");
        for address in addresses(&config) {
            assert!(address.starts_with("http://127.0.0.1:1"), "{address}");
            assert!(!address.contains(":1//"), "{address}");
        }
    }

    #[test]
    fn what_is_not_verified_is_not_trusted_by_default() {
        let config = MonerisConfig::default();
        assert!(!config.declined_receipt_is_final && !config.not_found_is_proof);
        assert!(config.send_deadline >= Duration::from_secs(35), "Moneris may take that long");
    }
}
