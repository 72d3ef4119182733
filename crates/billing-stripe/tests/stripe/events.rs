//! What an event is taken for: which charge to look at, or nothing of ours. Never what it says of the charge.

use billing_credentials::{Heard, NoticeOwner, NoticeRefused, fields};
use billing_testkit::stripe::{Card, Mode};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::harness::{Stripe, notices};

fn owner() -> NoticeOwner {
    NoticeOwner {
        public: [(fields::PUBLISHABLE_KEY, "pk_live_51PgafTB7WZ01zgkWabc")].into_iter().collect(),
        external_id: Some("acct_1PgafTB7WZ01zgkW".to_owned()),
    }
}

fn parse(body: &Value) -> Result<Heard, NoticeRefused> {
    notices().parse(body.to_string().as_bytes(), &owner())
}

fn succeeded() -> Value {
    json!({
        "id": "evt_1",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "data": { "object": { "id": "pi_1", "object": "payment_intent", "client_secret": "pi_1_secret_x" } },
        "livemode": true,
        "type": "payment_intent.succeeded",
    })
}

fn refunded(payment_intent: &Value) -> Value {
    let mut event = succeeded();
    event["type"] = "refund.updated".into();
    event["data"]["object"] = json!({ "id": "re_1", "object": "refund", "payment_intent": payment_intent });
    event
}

fn reference(heard: Result<Heard, NoticeRefused>) -> Option<String> {
    match heard {
        Ok(Heard::About { reference, .. }) => Some(reference.0),
        _ => None,
    }
}

fn why_ignored(heard: Result<Heard, NoticeRefused>) -> &'static str {
    match heard {
        Ok(Heard::Ignored(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_event_names_the_charge_to_look_at() {
    let Ok(Heard::About { id, kind, reference: named }) = parse(&succeeded()) else { panic!() };
    assert_eq!((id.as_str(), kind.as_str(), named.0.as_str()), ("evt_1", "payment_intent.succeeded", "pi_1"));
    for intent in [json!("pi_2"), json!({ "id": "pi_2", "object": "payment_intent", "status": "canceled" })] {
        assert_eq!(reference(parse(&refunded(&intent))).as_deref(), Some("pi_2"), "{intent}");
    }
}

#[test]
fn an_event_that_names_no_charge_is_ignored() {
    for nothing in
        [json!(null), json!(7), json!(true), json!([["pi_2"]]), json!({}), json!({ "id": 7 }), json!("")]
    {
        assert_eq!(why_ignored(parse(&refunded(&nothing))), "no payment intent is named", "{nothing}");
    }
    for object in [
        json!(null),
        json!({}),
        json!({ "object": "payment_intent" }),
        json!({ "id": "pi_1", "object": "charge" }),
    ] {
        let mut event = succeeded();
        event["data"]["object"] = object;
        assert_eq!(why_ignored(parse(&event)), "no payment intent is named", "{event}");
    }
    let mut event = succeeded();
    for id in ["pi_\u{e9}".to_owned(), "pi 1".to_owned(), "p".repeat(256)] {
        event["data"]["object"]["id"] = id.into();
        assert_eq!(why_ignored(parse(&event)), "no payment intent is named", "{event}");
    }
    event.as_object_mut().unwrap().remove("data");
    assert_eq!(why_ignored(parse(&event)), "no payment intent is named");
}

#[test]
fn an_event_of_another_mode_or_account_is_ignored() {
    let mut event = succeeded();
    event["account"] = "acct_1PgafTB7WZ01zgkW".into();
    assert_eq!(reference(parse(&event)).as_deref(), Some("pi_1"));
    event["account"] = "acct_another".into();
    assert_eq!(why_ignored(parse(&event)), "another account");
    let mut event = succeeded();
    event["livemode"] = false.into();
    assert_eq!(why_ignored(parse(&event)), "another mode");
    let keyless = NoticeOwner { public: std::iter::empty::<(&str, &str)>().collect(), external_id: None };
    assert_eq!(why_ignored(notices().parse(succeeded().to_string().as_bytes(), &keyless)), "another mode");
}

#[test]
fn a_new_kind_of_event_is_ignored_and_never_an_error() {
    for kind in
        ["payment_intent.created", "payment_intent.something_new", "charge.succeeded", "customer.created", ""]
    {
        let mut event = succeeded();
        event["type"] = kind.into();
        event["data"]["object"] = json!([1, { "id": [] }]);
        event["data"] = json!({ "object": { "id": { "id": {} }, "payment_intent": [[]] } });
        assert_eq!(why_ignored(parse(&event)), "an event that is not used", "{kind}");
    }
}

#[test]
fn a_thin_event_is_refused_clearly() {
    let thin = json!({ "id": "evt_1", "object": "v2.core.event", "type": "v1.payment_intent.succeeded", "livemode": true,
        "created": "2026-11-22T00:00:00.000Z", "related_object": { "id": "pi_1", "type": "payment_intent" } });
    assert_eq!(parse(&thin), Err(NoticeRefused::Thin));
    let mut event = succeeded();
    event["type"] = "v1.payment_intent.succeeded".into();
    assert_eq!(parse(&event), Err(NoticeRefused::Thin));
}

#[test]
fn what_is_no_event_is_refused() {
    let whole = succeeded().to_string();
    let deep =
        format!("{{\"id\":\"evt_1\",\"object\":\"event\",\"type\":\"x\",\"data\":{}", "[".repeat(1 << 20));
    let nested = format!("{{\"account\":{}1{}}}", "{\"id\":".repeat(10_000), "}".repeat(10_000));
    let large = format!("{{\"id\":\"evt_1\",\"pad\":\"{}", "x".repeat(1 << 20));
    for body in [
        "",
        "null",
        "[]",
        "7",
        "{}",
        &whole[..whole.len() - 1],
        &format!("{whole}}}"),
        &deep,
        &nested,
        &large,
    ] {
        let refused = notices().parse(body.as_bytes(), &owner());
        assert_eq!(refused, Err(NoticeRefused::Malformed), "{}", body.get(..100).unwrap_or(body));
    }
    for (field, wrong) in [
        ("id", json!(null)),
        ("id", json!("")),
        ("id", json!("evt 1")),
        ("id", json!("e".repeat(256))),
        ("object", json!("list")),
        ("object", json!(7)),
        ("type", json!({})),
        ("livemode", json!("true")),
        ("livemode", json!(null)),
    ] {
        let mut event = succeeded();
        event[field] = wrong;
        assert_eq!(parse(&event), Err(NoticeRefused::Malformed), "{event}");
    }
    let mut bytes = whole.into_bytes();
    let at = bytes.iter().position(|byte| *byte == b'e').unwrap();
    bytes[at] = 0xff;
    assert_eq!(notices().parse(&bytes, &owner()), Err(NoticeRefused::Malformed));
}

/// What a fuzzer begins with: a header, a line break and a body.
#[test]
fn every_seed_is_read_as_it_is_called() {
    let folder = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/notice");
    let mut seeds = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let seed = std::fs::read_to_string(&path).unwrap();
        let (_, body) = seed.split_once('\n').unwrap();
        let heard = notices().parse(body.as_bytes(), &owner());
        let expected = match path.file_stem().unwrap().to_str().unwrap() {
            "no_header" | "old" | "paid" | "refund" | "refund_whole" | "rolled" => {
                Ok(Some("pi_1".to_owned()))
            }
            "another_account" | "test_mode" | "unknown" => Ok(None),
            "half" | "vector" => Err(NoticeRefused::Malformed),
            "thin" => Err(NoticeRefused::Thin),
            other => panic!("nobody says what {other} is"),
        };
        let told = heard.map(|heard| reference(Ok(heard)));
        assert_eq!(told, expected, "{}", path.display());
        seeds += 1;
    }
    assert_eq!(seeds, 12);
}

#[test]
fn a_large_event_is_read_without_its_ballast() {
    let mut event = succeeded();
    event["data"]["object"]["metadata"] = json!({ "pad": "x".repeat(1 << 20), "more": [[{ "id": "pi_9" }]] });
    assert_eq!(reference(parse(&event)).as_deref(), Some("pi_1"));
}

#[tokio::test]
async fn every_version_of_an_event_names_the_same_charge() {
    for version in [None, Some("2019-03-14"), Some("2026-10-28.endive")] {
        let stripe = Stripe::in_process();
        let id = stripe.account.add_endpoint(Mode::Live, "https://emr.example/n/1");
        if let Some(version) = version {
            assert!(stripe.fake.set_endpoint_version(&id, version));
        }
        let open = stripe.handed_over(7).await;
        stripe.browser(&open.1).pay(Card::STOLEN).await.unwrap();
        stripe.browser(&open.1).pay(Card::VISA).await.unwrap();
        let reference_of_order = open.0.reference.clone().unwrap().0;
        let mut used = Vec::new();
        for delivery in stripe.fake.take_deliveries(stripe.account.id()) {
            let heard = notices().parse(&delivery.body, &owner()).unwrap();
            if let Heard::About { kind, reference, id } = heard {
                assert_eq!((&reference.0, id.as_str()), (&reference_of_order, &*delivery.event_id), "{kind}");
                used.push(kind);
            }
        }
        assert_eq!(used, ["payment_intent.payment_failed", "payment_intent.succeeded"], "{version:?}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(notices().parse(&bytes, &owner()).is_err());
    }

    #[test]
    fn the_charge_is_one_that_the_body_names_whatever_is_changed(at in 0..180_usize, byte in any::<u8>()) {
        let mut body = succeeded().to_string().into_bytes();
        let at = at % body.len();
        let whole = body.clone();
        body[at] = byte;
        if let Ok(Heard::About { reference, .. }) = notices().parse(&body, &owner()) {
            let named = String::from_utf8_lossy(&body).contains(&format!("\"id\":\"{}\"", reference.0));
            prop_assert!(named, "{} of {}", reference.0, String::from_utf8_lossy(&whole));
        }
    }
}
