//! Whatever is delivered as a notice of Stripe's, its header in the first line: nothing is believed that was not signed, and what is read
//! names a charge or nothing.
#![no_main]

use std::sync::{Arc, LazyLock};

use billing_credentials::{Delivery, Heard, NoticeEndpoint, NoticeOwner, ProcessorConnector, fields};
use billing_stripe::{StripeConfig, StripeConnector};
use billing_transport::{HttpConfig, HttpExchange};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use secrecy::SecretString;

/// Reading needs nobody, so nobody is called.
static NOTICES: LazyLock<Arc<dyn NoticeEndpoint>> = LazyLock::new(|| {
    let exchange = HttpExchange::new(HttpConfig::default()).expect("a client can be made");
    let connector = StripeConnector::new(Arc::new(exchange), StripeConfig::default());
    connector.notices().expect("Stripe sends notices")
});

fuzz_target!(|bytes: &[u8]| {
    let at = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (header, body) = bytes.split_at(at);
    let header = ("Stripe-Signature".to_owned(), String::from_utf8_lossy(header).into_owned());
    let body = body.get(1..).unwrap_or_default();
    let delivery = Delivery { headers: vec![header], body: body.to_owned() };
    let secrets = [SecretString::from("whsec_that_no_seed_was_signed_with")];
    assert!(NOTICES.verify(&delivery, &secrets, Timestamp::UNIX_EPOCH).is_err());

    let owner = NoticeOwner {
        public: [(fields::PUBLISHABLE_KEY, "pk_live_51PgafTB7WZ01zgkW")].into_iter().collect(),
        external_id: Some("acct_1PgafTB7WZ01zgkW".to_owned()),
    };
    if let Ok(Heard::About { kind, reference, .. }) = NOTICES.parse(body, &owner) {
        assert!(kind.len() <= 100);
        assert!((1..=255).contains(&reference.0.len()) && reference.0.bytes().all(|byte| byte.is_ascii_graphic()));
    }
});
