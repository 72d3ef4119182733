//! Creating and retrieving intents: what is accepted, what is refused, how large an answer is.

use billing_testkit::stripe::{AccountSpec, Card, Mode};
use billing_transport::Request;

use crate::support::{Clinic, GOOD, get, post, with_header};

#[tokio::test]
async fn a_card_only_intent_is_created_and_read_back() {
    let clinic = Clinic::new();
    let made = clinic.create().await;
    assert_eq!(made.status, 200);
    assert_eq!(made.body["amount"], 4525);
    assert_eq!(made.body["amount_received"], 0);
    assert_eq!(made.body["currency"], "cad");
    assert_eq!(made.body["livemode"], true);
    assert_eq!(made.body["latest_charge"], serde_json::Value::Null);
    assert_eq!(made.body["metadata"]["payment_id"], "pay-1");
    assert_eq!(made.body["payment_method_types"], serde_json::json!(["card"]));
    assert_eq!(made.body["status"], "requires_payment_method");
    let read = clinic.get(&format!("/v1/payment_intents/{}", made.id())).await;
    assert_eq!(read.body, made.body);
}

#[tokio::test]
async fn ids_are_shaped_like_stripes_and_the_same_every_run() {
    let (one, two) = (Clinic::new().create().await, Clinic::new().create().await);
    assert_eq!(one.body, two.body);
    assert!(one.id().starts_with("pi_3") && one.id().len() == 27, "{}", one.id());
    assert!(one.id().contains("B7WZ01zgkW"));
    let secret = one.body["client_secret"].as_str().unwrap();
    assert!(secret.starts_with(&format!("{}_secret_", one.id())));
}

#[tokio::test]
async fn an_answer_is_as_large_as_stripes() {
    let len = Clinic::new().create().await.raw.body.len();
    assert!((1_300..2_200).contains(&len), "{len}");
}

#[tokio::test]
async fn every_answer_has_its_own_request_id() {
    let clinic = Clinic::new();
    let (good, bad) = (clinic.create().await, clinic.post("/v1/payment_intents", "").await);
    assert!(good.header("request-id").starts_with("req_"));
    assert!(bad.header("request-id").starts_with("req_"));
    assert_ne!(good.header("request-id"), bad.header("request-id"));
}

#[tokio::test]
async fn bad_parameters_are_refused_with_stripes_codes() {
    let clinic = Clinic::new();
    let long = "x".repeat(501);
    let cases = [
        ("currency=cad", "parameter_missing"),
        ("amount=100", "parameter_missing"),
        ("amount=100&currency=cad&colour=red", "parameter_unknown"),
        ("amount=1.5&currency=cad", "parameter_invalid_integer"),
        ("amount=0&currency=cad", "parameter_invalid_integer"),
        ("amount=-5&currency=cad", "parameter_invalid_integer"),
        ("amount=&currency=cad", "parameter_invalid_empty"),
        ("amount=49&currency=cad", "amount_too_small"),
        ("amount=100000000&currency=cad", "amount_too_large"),
        ("amount=100&currency=CAD", ""),
        ("amount=100&currency=xxx", ""),
        ("amount=100&currency=cad&payment_method_types[]=card", "payment_method_types_no_longer_supported"),
        (
            "amount=100&currency=cad&allowed_payment_method_types[]=card&automatic_payment_methods[enabled]=true",
            "parameters_exclusive",
        ),
        ("amount=100&currency=cad&allowed_payment_method_types=card", ""),
        ("amount=100&currency=cad&capture_method=later", ""),
        (&format!("amount=100&currency=cad&metadata[a]={long}"), ""),
        (&format!("amount=100&currency=cad&metadata[{}]=a", "k".repeat(41)), ""),
        ("amount=100&currency=cad&confirm=true", ""),
        ("amount=100&currency=cad&amount[a]=1", ""),
        ("amount=100&currency=cad&a[=1", ""),
        ("amount=100&currency=%ZZ", ""),
        ("amount=100&currency=%FF", ""),
    ];
    for (form, code) in cases {
        let answer = clinic.post("/v1/payment_intents", form).await;
        assert_eq!((answer.status, answer.code()), (400, code), "{form}");
        assert_eq!(answer.error_type(), "invalid_request_error", "{form}");
    }
    assert!(clinic.fake.ledger(clinic.account.id()).entries.is_empty());
}

#[tokio::test]
async fn fifty_metadata_keys_pass_and_fifty_one_do_not() {
    let clinic = Clinic::new();
    let form = |keys: usize| {
        let pairs: Vec<String> = (0..keys).map(|key| format!("&metadata[k{key}]=v")).collect();
        format!("amount=100&currency=cad{}", pairs.concat())
    };
    assert_eq!(clinic.post("/v1/payment_intents", &form(50)).await.status, 200);
    assert_eq!(clinic.post("/v1/payment_intents", &form(51)).await.status, 400);
}

#[tokio::test]
async fn brackets_may_be_raw_or_encoded_and_lists_indexed_or_not() {
    let clinic = Clinic::new();
    for form in [
        "amount=100&currency=cad&allowed_payment_method_types[]=card&metadata[a]=b+c%26d",
        "amount=100&currency=cad&allowed_payment_method_types%5B%5D=card&metadata%5Ba%5D=b%20c%26d",
        "amount=100&currency=cad&allowed_payment_method_types[0]=card&metadata%5ba%5d=b%20c%26d",
    ] {
        let made = clinic.post("/v1/payment_intents", form).await;
        assert_eq!(made.body["metadata"]["a"], "b c&d", "{form}");
        assert_eq!(made.body["payment_method_types"][0], "card", "{form}");
    }
}

#[tokio::test]
async fn json_bodies_and_untyped_bodies_are_refused() {
    let clinic = Clinic::new();
    let untyped = Request { headers: Vec::new(), ..post("/v1/payment_intents", GOOD) };
    let json = with_header(
        Request { headers: Vec::new(), ..post("/v1/payment_intents", "{\"amount\":100}") },
        "content-type",
        "application/json",
    );
    assert_eq!(clinic.call(untyped, &clinic.key()).await.status, 400);
    assert_eq!(clinic.call(json, &clinic.key()).await.status, 400);
}

#[tokio::test]
async fn a_server_that_sends_a_card_number_is_refused() {
    let clinic = Clinic::new();
    let (id, _) = clinic.intent().await;
    let card = "payment_method_data[type]=card&payment_method_data[card][number]=4242424242424242";
    let created = clinic.post("/v1/payment_intents", &format!("{GOOD}&{card}")).await;
    let confirmed = clinic.post(&format!("/v1/payment_intents/{id}/confirm"), card).await;
    for answer in [created, confirmed] {
        assert_eq!(answer.status, 400);
        let message = answer.body["error"]["message"].as_str().unwrap();
        assert!(message.contains("generally unsafe"), "{message}");
    }
}

#[tokio::test]
async fn another_account_and_the_other_mode_cannot_see_an_intent() {
    let clinic = Clinic::new();
    let other = clinic.fake.account(AccountSpec::new("acct_1RRXLsOtherOther1"));
    let path = format!("/v1/payment_intents/{}", clinic.create().await.id());
    for key in [other.secret_key(Mode::Live), clinic.account.secret_key(Mode::Test)] {
        let answer = clinic.call(get(&path), &key).await;
        assert_eq!((answer.status, answer.code()), (404, "resource_missing"));
        let answer = clinic.call(post(&format!("{path}/cancel"), ""), &key).await;
        assert_eq!((answer.status, answer.code()), (404, "resource_missing"));
    }
}

#[tokio::test]
async fn a_browser_reads_an_intent_with_its_secret_but_not_its_metadata() {
    let clinic = Clinic::new();
    let (id, cardholder) = clinic.intent().await;
    let seen = cardholder.look().await.unwrap();
    assert_eq!(seen.status, 200);
    assert_eq!(seen.body["id"], id.as_str());
    assert!(seen.body.get("metadata").is_none());
    assert!(seen.body.get("latest_charge").is_none());

    let pk = clinic.account.publishable_key(Mode::Live);
    let without = clinic.call(get(&format!("/v1/payment_intents/{id}")), &pk).await;
    assert_eq!((without.status, without.code()), (400, "parameter_missing"));
    let wrong = clinic.fake.cardholder(&format!("{id}_secret_wrong"), &pk).look().await.unwrap();
    assert_eq!(wrong.status, 400);
    let made = clinic.call(post("/v1/payment_intents", GOOD), &pk).await;
    assert_eq!((made.status, made.code()), (403, "secret_key_required"));
}

#[tokio::test]
async fn the_charge_comes_as_an_id_or_expanded() {
    let clinic = Clinic::new();
    let (id, cardholder) = clinic.intent().await;
    cardholder.named("Jo Doe").pay(Card::VISA).await.unwrap();
    let plain = clinic.get(&format!("/v1/payment_intents/{id}")).await;
    let charge_id = plain.body["latest_charge"].as_str().unwrap();
    assert!(charge_id.starts_with("ch_3") && charge_id.contains("B7WZ01zgkW"));

    let whole = clinic.get(&format!("/v1/payment_intents/{id}?expand[]=latest_charge")).await;
    let charge = &whole.body["latest_charge"];
    assert_eq!(charge["id"], charge_id);
    assert_eq!(charge["billing_details"]["name"], "Jo Doe");
    assert_eq!(charge["outcome"]["type"], "authorized");
    let card = &charge["payment_method_details"]["card"];
    assert_eq!((card["brand"].as_str(), card["last4"].as_str()), (Some("visa"), Some("4242")));
    assert_eq!(card["network"], "visa");
    assert_eq!(card["authorization_code"].as_str().unwrap().len(), 6);

    let other = clinic.get(&format!("/v1/payment_intents/{id}?expand[]=customer")).await;
    assert_eq!(other.status, 400);
}

#[tokio::test]
async fn an_unknown_address_is_not_found() {
    let clinic = Clinic::new();
    assert_eq!(clinic.get("/v1/nothing").await.status, 404);
    assert_eq!(clinic.post("/v1/balance", "").await.status, 404);
}

#[tokio::test]
async fn mangled_forms_are_answered_never_a_panic() {
    let clinic = Clinic::new();
    for at in 0..GOOD.len() {
        for junk in ["%", "[", "]", "=", "&", "%00", "%5B", "é", ""] {
            let form = format!("{}{junk}{}", &GOOD[..at], &GOOD[at + 1..]);
            let answer = clinic.post("/v1/payment_intents", &form).await;
            assert!(matches!(answer.status, 200 | 400), "{form}: {}", answer.status);
        }
    }
    for path in
        ["/", "//", "/v1", "/v1/payment_intents//cancel", "/v1/payment_intents/%FF", "/v1/payment_intents?%"]
    {
        assert!(matches!(clinic.get(path).await.status, 400 | 404), "{path}");
    }
}
