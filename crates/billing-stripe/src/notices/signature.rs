//! Whether Stripe signed a delivery: `Stripe-Signature`, an HMAC over the time and the very bytes of the body. Pure.

use billing_credentials::{Delivery, NoticeRefused};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

const HEADER: &str = "Stripe-Signature";

/// How far the time of signing may lie from the time of receipt, in seconds, as in Stripe's own libraries
/// (<https://docs.stripe.com/webhooks#replay-attacks>).
///
/// They look at the past only. We look at the future as well: what was signed for tomorrow could be sent again until tomorrow, and a
/// clock that is wrong by that much is better found by deliveries that are refused, which the sweep makes up for, than never.
const TOLERANCE: u64 = 300;

/// Accepts what one of `secrets` signed, under any of the headers, at a time close to `received_at`.
pub(super) fn verify(
    delivery: &Delivery,
    secrets: &[SecretString],
    received_at: Timestamp,
) -> Result<(), NoticeRefused> {
    let secrets: Vec<&str> = secrets.iter().map(text_of).filter(|secret| !secret.is_empty()).collect();
    if secrets.is_empty() {
        return Err(NoticeRefused::NoSecret);
    }
    let mut refused = NoticeRefused::Signature;
    for signed in delivery.header(HEADER).filter_map(Signed::read) {
        if !signed.is_by_any(&secrets, &delivery.body) {
            continue;
        }
        if signed.seconds.abs_diff(received_at.as_second()) <= TOLERANCE {
            return Ok(());
        }
        // Only what was truly signed is told that it is late.
        refused = NoticeRefused::Stale;
    }
    Err(refused)
}

/// The whole `whsec_…` is the key, without what was pasted or read from a file around it. Anybody can sign with a blank one.
#[expect(
    clippy::disallowed_methods,
    reason = "a signing secret is used to check a signature, and for nothing else"
)]
fn text_of(secret: &SecretString) -> &str {
    secret.expose_secret().trim()
}

/// One header's value, as far as we use it.
struct Signed<'a> {
    /// The time, as it was written: these characters are signed.
    time: &'a str,
    seconds: i64,
    signatures: Vec<[u8; 32]>,
}

impl<'a> Signed<'a> {
    /// `t=…,v1=…`, with any number of `v1`: one for each secret while a secret is rolled. Other schemes are not read, `v0` above all:
    /// whoever may choose the scheme chooses the weakest. `None` without one time that is a number.
    fn read(value: &'a str) -> Option<Self> {
        let mut time = None;
        let mut signatures = Vec::new();
        for part in value.split(',') {
            let Some((scheme, told)) = part.split_once('=') else { continue };
            match scheme.trim() {
                "t" if time.is_some() => return None,
                "t" => time = Some(told.trim()),
                "v1" => signatures.extend(digest(told.trim())),
                _ => {}
            }
        }
        let time = time.filter(|time| time.bytes().all(|byte| byte.is_ascii_digit()))?;
        Some(Self { time, seconds: time.parse().ok()?, signatures })
    }

    /// The body is hashed once for each secret, however many signatures there are; each is compared in constant time.
    fn is_by_any(&self, secrets: &[&str], body: &[u8]) -> bool {
        let by = |secret: &&str| {
            // A key of any length is one.
            let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return false };
            mac.update(self.time.as_bytes());
            mac.update(b".");
            mac.update(body);
            self.signatures.iter().any(|signature| mac.clone().verify_slice(signature).is_ok())
        };
        !self.signatures.is_empty() && secrets.iter().any(by)
    }
}

/// 64 hexadecimal digits; anything else is no signature.
fn digest(hex: &str) -> Option<[u8; 32]> {
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    let mut digest = [0; 32];
    if pairs.len() != digest.len() || !rest.is_empty() {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    for (place, [high, low]) in digest.iter_mut().zip(pairs) {
        *place = digit(*high)? << 4 | digit(*low)?;
    }
    Some(digest)
}
