//! Which deliveries are believed: signed over the very bytes, by one of the secrets, at about the time they came.

use billing_credentials::{Delivery, NoticeRefused};
use jiff::Timestamp;
use proptest::prelude::*;
use secrecy::SecretString;

use crate::harness::{Stripe, notices};

const BODY: &str = r#"{"id":"evt_1","object":"event"}"#;
const SECRET: &str = "whsec_test";
const SIGNED_AT: i64 = 1_700_000_000;
/// Of [`BODY`] at [`SIGNED_AT`] with [`SECRET`], as Stripe's own Node library and OpenSSL compute it.
const V1: &str = "4c15fb2a43f93ef61eaa3e0893866d57cad9cad4223242cfb96f362480cb4021";

fn delivery(signatures: &[&str], body: &[u8]) -> Delivery {
    let headers = signatures.iter().map(|value| ("Stripe-Signature".to_owned(), (*value).to_owned()));
    Delivery { headers: headers.collect(), body: body.to_owned() }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn verify(delivery: &Delivery, secrets: &[&str], seconds: i64) -> Result<(), NoticeRefused> {
    let secrets: Vec<_> = secrets.iter().map(|secret| SecretString::from(*secret)).collect();
    notices().verify(delivery, &secrets, at(seconds))
}

#[test]
fn a_delivery_that_stripe_signed_is_believed() {
    let signed = delivery(&[&format!("t={SIGNED_AT},v1={V1}")], BODY.as_bytes());
    assert_eq!(verify(&signed, &[SECRET], SIGNED_AT), Ok(()));
    assert_eq!(verify(&signed, &["whsec_other"], SIGNED_AT), Err(NoticeRefused::Signature));
}

#[test]
fn any_of_several_signatures_and_any_of_several_secrets_will_do() {
    let other = "0".repeat(64);
    for header in [
        format!("t={SIGNED_AT},v1={other},v1={V1}"),
        format!("t={SIGNED_AT},v1={V1},v1={other}"),
        format!("v1={V1},t={SIGNED_AT}"),
        format!("t={SIGNED_AT},v0={other},v1={V1},v2=what-comes"),
        format!("t={SIGNED_AT}, v1={other}, v1={V1}"),
        format!("t={SIGNED_AT},v1=zz,v1=,v1={V1}00,v1={V1},nothing,"),
        format!("t={SIGNED_AT},v1={}", V1.to_uppercase()),
    ] {
        let signed = delivery(&[&header], BODY.as_bytes());
        assert_eq!(verify(&signed, &["whsec_old", SECRET], SIGNED_AT), Ok(()), "{header}");
    }
}

#[test]
fn each_of_several_headers_is_looked_at_whatever_its_case() {
    let headers = [
        ("stripe-signature", "t=1,v1=00".to_owned()),
        ("STRIPE-SIGNATURE", format!("t={SIGNED_AT},v1={V1}")),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value)).into();
    assert_eq!(verify(&Delivery { headers, body: BODY.into() }, &[SECRET], SIGNED_AT), Ok(()));
}

#[test]
fn a_header_that_is_missing_or_wrong_is_refused() {
    let wrong = [
        String::new(),
        V1.to_owned(),
        format!("v1={V1}"),
        format!("t=,v1={V1}"),
        format!("t=now,v1={V1}"),
        format!("t=+{SIGNED_AT},v1={V1}"),
        format!("t=-{SIGNED_AT},v1={V1}"),
        format!("t={SIGNED_AT}.0,v1={V1}"),
        format!("t=99999999999999999999999999,v1={V1}"),
        format!("t={SIGNED_AT},t={SIGNED_AT},v1={V1}"),
        format!("t=1,t={SIGNED_AT},v1={V1}"),
        format!("t={SIGNED_AT}"),
        format!("t={SIGNED_AT},v1="),
        format!("t={SIGNED_AT},v1={}", &V1[..62]),
        format!("t={SIGNED_AT},v1={V1}0"),
        format!("t={SIGNED_AT},v0={V1}"),
        format!("t={SIGNED_AT},V1={V1}"),
        format!("t={SIGNED_AT},v1={}g", &V1[..63]),
        format!("t={SIGNED_AT},v1=é{}", &V1[2..]),
        format!("t={},v1={V1}", SIGNED_AT + 1),
        format!("t=0{SIGNED_AT},v1={V1}"),
        "=,=,==,,,t".to_owned(),
        ",".repeat(100_000),
        format!("t={SIGNED_AT}{}", ",v1=00".repeat(20_000)),
    ];
    for header in wrong {
        let refused = verify(&delivery(&[&header], BODY.as_bytes()), &[SECRET], SIGNED_AT);
        assert_eq!(refused, Err(NoticeRefused::Signature), "{}", header.get(..200).unwrap_or(&header));
    }
    assert_eq!(verify(&delivery(&[], BODY.as_bytes()), &[SECRET], SIGNED_AT), Err(NoticeRefused::Signature));
}

#[test]
fn a_body_that_was_written_anew_is_refused() {
    let header = format!("t={SIGNED_AT},v1={V1}");
    for body in [r#"{"id": "evt_1", "object": "event"}"#, r#"{"object":"event","id":"evt_1"}"#, ""] {
        let refused = verify(&delivery(&[&header], body.as_bytes()), &[SECRET], SIGNED_AT);
        assert_eq!(refused, Err(NoticeRefused::Signature), "{body}");
    }
}

#[test]
fn what_was_signed_for_another_time_is_refused() {
    let signed = delivery(&[&format!("t={SIGNED_AT},v1={V1}")], BODY.as_bytes());
    for (received, verdict) in [
        (SIGNED_AT + 300, Ok(())),
        (SIGNED_AT + 301, Err(NoticeRefused::Stale)),
        (SIGNED_AT - 300, Ok(())),
        (SIGNED_AT - 301, Err(NoticeRefused::Stale)),
        (0, Err(NoticeRefused::Stale)),
        (i64::from(u32::MAX), Err(NoticeRefused::Stale)),
    ] {
        assert_eq!(verify(&signed, &[SECRET], received), verdict, "{received}");
    }
    let old_and_forged = delivery(&[&format!("t=1,v1={V1}")], BODY.as_bytes());
    assert_eq!(verify(&old_and_forged, &[SECRET], SIGNED_AT), Err(NoticeRefused::Signature));
}

#[test]
fn a_blank_secret_checks_nothing_and_a_line_break_is_not_part_of_one() {
    let signed = delivery(&[&format!("t={SIGNED_AT},v1={V1}")], BODY.as_bytes());
    for none in [&[][..], &[""], &["", " \n"], &["\t"]] {
        assert_eq!(verify(&signed, none, SIGNED_AT), Err(NoticeRefused::NoSecret), "{none:?}");
    }
    assert_eq!(verify(&signed, &["", "whsec_test\n"], SIGNED_AT), Ok(()));
    // What anybody can make: an HMAC under no key at all.
    let forged = "0d17fe88d3c7334149a7322db918de47cc9f5bd15de2bd0a2de56250f2ed247b";
    let forged = delivery(&[&format!("t={SIGNED_AT},v1={forged}")], BODY.as_bytes());
    assert_eq!(verify(&forged, &[""], SIGNED_AT), Err(NoticeRefused::NoSecret));
    assert_eq!(verify(&forged, &["", SECRET], SIGNED_AT), Err(NoticeRefused::Signature));
}

#[tokio::test]
async fn a_rolled_secret_is_believed_while_both_sign_and_alone_afterwards() {
    let stripe = Stripe::in_process();
    let id = stripe.account.add_endpoint(billing_testkit::stripe::Mode::Live, "https://emr.example/n/1");
    let old = stripe.fake.endpoints(stripe.account.id())[0].secret.clone();
    let new = stripe.fake.roll_endpoint_secret(&id, true).unwrap();
    stripe.handed_over(1).await;
    let both = stripe.fake.take_deliveries(stripe.account.id()).remove(0);
    assert_eq!(both.headers.last().unwrap().1.matches("v1=").count(), 2);
    let now = stripe.fake.now().as_second();
    for secret in [&old, &new] {
        assert_eq!(verify(&both.received(), &[secret], now), Ok(()));
    }
    stripe.fake.advance(std::time::Duration::from_hours(24));
    stripe.handed_over(2).await;
    let alone = stripe.fake.take_deliveries(stripe.account.id()).remove(0).received();
    let now = stripe.fake.now().as_second();
    assert_eq!(verify(&alone, &[&old], now), Err(NoticeRefused::Signature));
    assert_eq!(verify(&alone, &[&old, &new], now), Ok(()));
}

#[test]
fn a_large_body_is_checked_like_any_other() {
    let body = vec![b'x'; 1 << 20];
    let header = format!("t={SIGNED_AT},v1={V1}");
    assert_eq!(verify(&delivery(&[&header], &body), &[SECRET], SIGNED_AT), Err(NoticeRefused::Signature));
}

#[test]
fn nothing_shown_holds_a_signing_secret() {
    let notices = notices();
    let signed = delivery(&[&format!("t={SIGNED_AT},v1={V1}")], BODY.as_bytes());
    let secret = SecretString::from("whsec_hidden");
    let refused = notices.verify(&signed, std::slice::from_ref(&secret), at(SIGNED_AT)).unwrap_err();
    for shown in [format!("{notices:?}"), format!("{refused:?} {refused}"), format!("{signed:?} {secret:?}")]
    {
        assert!(!shown.contains("hidden") && !shown.contains(V1), "{shown}");
    }
}

proptest! {
    #[test]
    fn a_flipped_bit_anywhere_is_refused(bit in 0..BODY.len() * 8, of_signature in 0..V1.len() * 8) {
        let mut body = BODY.as_bytes().to_owned();
        body[bit / 8] ^= 1 << (bit % 8);
        let signed = delivery(&[&format!("t={SIGNED_AT},v1={V1}")], &body);
        prop_assert_eq!(verify(&signed, &[SECRET], SIGNED_AT), Err(NoticeRefused::Signature));

        let mut signature = V1.as_bytes().to_owned();
        signature[of_signature / 8] ^= 1 << (of_signature % 8);
        let signature = String::from_utf8_lossy(&signature).into_owned();
        // The case of a hexadecimal letter says nothing.
        prop_assume!(!signature.eq_ignore_ascii_case(V1));
        let signed = delivery(&[&format!("t={SIGNED_AT},v1={signature}")], BODY.as_bytes());
        prop_assert_eq!(verify(&signed, &[SECRET], SIGNED_AT), Err(NoticeRefused::Signature));
    }

    #[test]
    fn no_header_and_no_body_panics(header in "\\PC{0,200}", body in prop::collection::vec(any::<u8>(), 0..200)) {
        let refused = verify(&delivery(&[&header], &body), &[SECRET], SIGNED_AT);
        prop_assert_eq!(refused, Err(NoticeRefused::Signature));
    }
}
