//! The browser's origin over HTTP: what it serves, to whom, and that a payment through it is like any other.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};

use billing_testkit::stripe::{API_VERSION, AccountSpec, Card, FakeServer, FakeStripe, Mode};
use serde_json::Value;

use crate::support::{ACCOUNT, Clinic};

const ANY_PORT: &str = "127.0.0.1:0";
const PAGES: [&str; 4] = ["/", "/frame/bank.html", "/frame/controller.html", "/frame/field.html"];

/// A clinic and its Stripe's origin for browsers.
struct Browser {
    clinic: Clinic,
    server: FakeServer,
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        let found = self.head.lines().filter_map(|line| line.split_once(": ")).find(|(key, _)| *key == name);
        found.map_or("", |(_, value)| value)
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl Browser {
    async fn new() -> Self {
        let clinic = Clinic::new();
        let server = clinic.fake.serve_browser(ANY_PORT.parse().unwrap()).await.unwrap();
        Self { clinic, server }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None, "").await
    }

    async fn send(&self, method: &str, path: &str, key: Option<&str>, form: &str) -> Answer {
        let address = self.server.base_url.trim_start_matches("http://").to_owned();
        let key = key.map(|key| format!("Authorization: Bearer {key}\r\n")).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\n{key}Stripe-Version: {API_VERSION}\r\n\
             Connection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        );
        let answer = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        });
        let answer = answer.await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    async fn intent(&self) -> (String, String) {
        let made = self.clinic.create().await;
        (made.id(), made.body["client_secret"].as_str().unwrap().to_owned())
    }

    async fn confirm(&self, secret: &str, card: Card, key: &str) -> Answer {
        let id = secret.split("_secret_").next().unwrap();
        let form = format!(
            "client_secret={secret}&payment_method_data[type]=card&payment_method_data[card][number]={}&\
             payment_method_data[card][exp_month]=12&payment_method_data[card][exp_year]=2031&\
             payment_method_data[card][cvc]=314&payment_method_data[billing_details][address][postal_code]=H2X1Y4",
            card.number
        );
        self.send("POST", &format!("/v1/payment_intents/{id}/confirm"), Some(key), &form).await
    }

    async fn challenge(&self, secret: &str, ends: &str, key: &str) -> Answer {
        self.send("POST", "/bank/challenge", Some(key), &format!("client_secret={secret}&ends={ends}")).await
    }

    fn publishable(&self) -> String {
        self.clinic.account.publishable_key(Mode::Live)
    }

    fn status(&self, id: &str) -> &'static str {
        self.clinic.fake.ledger(ACCOUNT).entry(id).unwrap().status
    }
}

#[tokio::test]
async fn every_page_has_a_policy_that_allows_nothing_inline_and_keeps_to_it() {
    let browser = Browser::new().await;
    for path in PAGES {
        let page = browser.get(path).await;
        let policy = page.header("content-security-policy");
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"), "{path}");
        assert!(
            policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert!(
            !page.body.contains("<style")
                && !page.body.contains(" style=")
                && !page.body.contains("<script>")
        );
        assert!(page.body.contains("<html lang=") && page.body.contains("<title>"), "{path}");
    }
}

#[tokio::test]
async fn a_field_may_call_nobody_and_a_card_page_may_be_in_no_frame() {
    let browser = Browser::new().await;
    let policy = |answer: &Answer| answer.header("content-security-policy").to_owned();
    assert!(!policy(&browser.get("/frame/field.html").await).contains("connect-src"));
    assert!(policy(&browser.get("/frame/controller.html").await).contains("connect-src 'self'"));
    assert!(policy(&browser.get("/").await).contains("frame-ancestors 'none'"));
}

#[tokio::test]
async fn everything_a_page_names_is_served() {
    let browser = Browser::new().await;
    let mut seen = 0;
    for name in
        ["api.js", "bank.html", "bank.js", "controller.html", "controller.js", "field.html", "field.js"]
    {
        let text = browser.get(&format!("/frame/{name}")).await.body;
        let quoted = text.split(['"', '\'']).map(|word| word.trim_start_matches("./"));
        for named in quoted.filter(|word| matches!(word.rsplit_once('.'), Some((_, "css" | "js")))) {
            assert_eq!(browser.get(&format!("/frame/{named}")).await.status, 200, "{name} names {named}");
            seen += 1;
        }
    }
    assert!(seen >= 10, "only {seen} files named");
}

#[tokio::test]
async fn the_script_is_served_where_stripes_is_and_speaks_this_version() {
    let browser = Browser::new().await;
    let script = browser.get("/endive/stripe.js").await;
    assert_eq!((script.status, script.header("content-type")), (200, "text/javascript; charset=utf-8"));
    assert!(script.body.contains("window.Stripe ="));
    assert!(browser.get("/frame/api.js").await.body.contains(API_VERSION));
}

#[tokio::test]
async fn the_card_page_lists_every_card_and_says_that_no_money_moves() {
    let page = Browser::new().await.get("/").await.body;
    assert!(Card::ALL.iter().all(|card| page.contains(card.number)));
    assert!(page.contains("no money moves") && page.contains("aucun argent ne bouge"));
}

#[tokio::test]
async fn a_card_confirmed_in_a_browser_reaches_the_same_ledger_and_log() {
    let browser = Browser::new().await;
    let (id, secret) = browser.intent().await;
    let paid = browser.confirm(&secret, Card::VISA, &browser.publishable()).await;
    assert_eq!((paid.status, paid.json()["status"].as_str()), (200, Some("succeeded")));
    assert_eq!(browser.clinic.fake.ledger(ACCOUNT).entry(&id).unwrap().captured, 4525);
    let logged = browser.clinic.fake.requests_to("POST /v1/payment_intents/{id}/confirm");
    assert!(logged.len() == 1 && logged[0].is_from_browser());

    let look = format!("/v1/payment_intents/{id}?client_secret={secret}");
    let seen = browser.send("GET", &look, Some(&browser.publishable()), "").await.json();
    assert_eq!((seen["status"].as_str(), seen.get("metadata")), (Some("succeeded"), None));
}

#[tokio::test]
async fn a_declined_card_leaves_the_intent_open_for_another() {
    let browser = Browser::new().await;
    let (id, secret) = browser.intent().await;
    let refused = browser.confirm(&secret, Card::INSUFFICIENT_FUNDS, &browser.publishable()).await;
    assert_eq!(
        (refused.status, &refused.json()["error"]["decline_code"]),
        (402, &"insufficient_funds".into())
    );
    assert_eq!(browser.confirm(&secret, Card::MASTERCARD, &browser.publishable()).await.status, 200);
    assert_eq!(browser.status(&id), "succeeded");
}

#[tokio::test]
async fn the_bank_s_challenge_decides_and_is_not_in_stripe_s_log() {
    let browser = Browser::new().await;
    let key = browser.publishable();
    for (ends, status) in [("passes", "succeeded"), ("fails", "requires_payment_method")] {
        let (id, secret) = browser.intent().await;
        browser.confirm(&secret, Card::AUTHENTICATE, &key).await;
        assert_eq!(browser.status(&id), "requires_action");
        let before = browser.clinic.fake.count("*");
        assert_eq!(browser.challenge(&secret, ends, &key).await.status, 200);
        assert_eq!((browser.status(&id), browser.clinic.fake.count("*")), (status, before));
    }
}

#[tokio::test]
async fn another_account_s_key_and_a_wrong_client_secret_are_refused() {
    let browser = Browser::new().await;
    let (id, secret) = browser.intent().await;
    let key = browser.publishable();
    browser.confirm(&secret, Card::AUTHENTICATE, &key).await;
    let other =
        browser.clinic.fake.account(AccountSpec::new("acct_1OtherClinicXYZ9")).publishable_key(Mode::Live);
    let test_mode = browser.clinic.account.publishable_key(Mode::Test);
    for foreign in [&other, &test_mode] {
        assert_eq!(browser.confirm(&secret, Card::VISA, foreign).await.status, 404);
        assert_eq!(browser.challenge(&secret, "passes", foreign).await.status, 404);
    }
    let guessed = format!("{id}_secret_0000000000000000000000000");
    assert_eq!(browser.confirm(&guessed, Card::VISA, &key).await.status, 400);
    assert_eq!(browser.challenge(&guessed, "passes", &key).await.status, 400);
    assert_eq!(browser.challenge(&secret, "maybe", &key).await.status, 400);
    assert_eq!(browser.confirm(&secret, Card::VISA, "pk_live_nobody").await.status, 401);
    assert_eq!(browser.status(&id), "requires_action");
}

#[tokio::test]
async fn no_key_but_a_publishable_one_is_taken() {
    let browser = Browser::new().await;
    let (id, secret) = browser.intent().await;
    let secret_key = browser.clinic.key();
    let restricted = browser.clinic.account.restricted_key(Mode::Live, &[]);
    let before = browser.clinic.fake.count("*");
    for key in [&secret_key, &restricted] {
        let refused = browser.confirm(&secret, Card::VISA, key).await;
        assert!(refused.status == 403 && !refused.body.contains(&**key));
        assert_eq!(browser.challenge(&secret, "passes", key).await.status, 403);
        assert_eq!(browser.send("GET", "/v1/account", Some(key), "").await.status, 403);
    }
    assert_eq!(browser.send("GET", "/v1/balance", None, "").await.status, 401);
    assert_eq!(browser.clinic.fake.count("*"), before);
    let key = browser.publishable();
    assert_eq!(browser.send("GET", "/v1/balance", Some(&key), "").await.status, 403);
    assert_eq!(
        browser.send("POST", &format!("/v1/payment_intents/{id}/cancel"), Some(&key), "").await.status,
        403
    );
}

#[tokio::test]
async fn what_is_not_there_is_a_4xx() {
    let browser = Browser::new().await;
    let key = browser.publishable();
    let long = "x".repeat(64 << 10);
    let too_large = "x".repeat((1 << 20) + 1);
    for (method, path, form) in [
        ("GET", "/nothing", ""),
        ("GET", "/frame/nothing.js", ""),
        ("GET", "/frame/..%2f..%2fmod.rs", ""),
        ("GET", "/frame/%ff", ""),
        ("POST", "/endive/stripe.js", ""),
        ("DELETE", "/", ""),
        ("GET", "/bank/challenge", ""),
        ("POST", "/bank/challenge", "%zz"),
        ("POST", "/bank/challenge", &long),
        ("POST", "/v1/payment_intents/pi_1/confirm", &too_large),
        ("GET", "/v1/nothing", ""),
        ("PATCH", "/v1/payment_intents/pi_1", ""),
    ] {
        let answer = browser.send(method, path, Some(&key), form).await;
        assert!((400..500).contains(&answer.status), "{method} {path}: {}", answer.status);
    }
}

#[tokio::test]
async fn it_listens_to_this_machine_only_and_stops_when_dropped() {
    let fake = FakeStripe::new();
    let everybody: SocketAddr = "0.0.0.0:0".parse().unwrap();
    assert_eq!(fake.serve_browser(everybody).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    let server = fake.serve_browser(ANY_PORT.parse().unwrap()).await.unwrap();
    let address = server.base_url.trim_start_matches("http://").to_owned();
    TcpStream::connect(&address).unwrap();
    server.stop().await;
    assert_eq!(TcpStream::connect(&address).unwrap_err().kind(), ErrorKind::ConnectionRefused);
}
