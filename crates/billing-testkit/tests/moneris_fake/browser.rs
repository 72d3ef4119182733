//! The browser's origin over HTTP: what it serves, to whom, and that a payment through it is like any other.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};

use billing_testkit::moneris::{Card, FakeServer};
use serde_json::{Value, json};

use crate::support::{Clinic, STORE, purchase};

const ANY_PORT: &str = "127.0.0.1:0";
const PAGES: [&str; 3] = ["/", "/HPPtoken/index.php?id=ht1", "/chktv2/display/index.php?tck=1"];

/// A clinic and its Moneris's origin for browsers.
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
}

impl Browser {
    async fn new() -> Self {
        let clinic = Clinic::new();
        let server = clinic.fake.serve_browser(ANY_PORT.parse().unwrap()).await.unwrap();
        Self { clinic, server }
    }

    async fn get(&self, path: &str) -> Answer {
        send(&self.server, "GET", path, "").await
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let answer = send(&self.server, "POST", path, &body.to_string()).await;
        serde_json::from_str(&answer.body).unwrap()
    }

    async fn tokenize(&self, typed: Value) -> Value {
        let mut body = json!({ "id": self.clinic.store.profile_id(), "source": "http://127.0.0.1:1" });
        body.as_object_mut().unwrap().extend(typed.as_object().unwrap().clone());
        self.post("/HPPtoken/token", &body).await
    }
}

async fn send(server: &FakeServer, method: &str, path: &str, body: &str) -> Answer {
    let address = server.base_url.trim_start_matches("http://").to_owned();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
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

#[tokio::test]
async fn every_page_has_a_policy_that_allows_nothing_inline_and_keeps_to_it() {
    let browser = Browser::new().await;
    for path in PAGES {
        let page = browser.get(path).await;
        let policy = page.header("content-security-policy");
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"), "{path}");
        assert!(policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors"), "{policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        for inline in ["<style", " style=", "<script>", " onclick="] {
            assert!(!page.body.contains(inline), "{path}: {inline}");
        }
        assert!(page.body.contains("<html lang=") && page.body.contains("<title>"), "{path}");
    }
}

#[tokio::test]
async fn every_input_has_a_label() {
    let browser = Browser::new().await;
    for path in PAGES {
        let page = browser.get(path).await.body;
        for input in page.split("<input id=\"").skip(1) {
            let id = input.split('"').next().unwrap();
            assert!(page.contains(&format!("<label for=\"{id}\">")), "{path}: {id}");
        }
    }
}

#[tokio::test]
async fn everything_a_page_names_is_served() {
    let browser = Browser::new().await;
    let mut seen = 0;
    for path in PAGES {
        let folder = path.rsplit_once('/').unwrap().0;
        for named in browser
            .get(path)
            .await
            .body
            .split(['"'])
            .filter(|word| matches!(word.rsplit_once('.'), Some((_, "css" | "js"))))
        {
            let named = if named.starts_with('/') { named.to_owned() } else { format!("{folder}/{named}") };
            assert_eq!(browser.get(&named).await.status, 200, "{path} names {named}");
            seen += 1;
        }
    }
    assert_eq!(seen, 5);
    for version in ["1", "2", "3"] {
        let script = browser.get(&format!("/chktv2/js/chkt_v{version}.00.js")).await;
        assert_eq!((script.status, script.header("content-type")), (200, "text/javascript; charset=utf-8"));
        assert!(script.body.contains("window.monerisCheckout"));
    }
    assert_eq!(browser.get("/HPPtoken/nothing.js").await.status, 404);
}

#[tokio::test]
async fn the_page_of_cards_lists_each_of_them() {
    let page = Browser::new().await.get("/").await.body;
    for card in Card::ALL {
        assert_eq!(page.matches(card.number).count(), 1, "{}", card.number);
    }
}

#[tokio::test]
async fn a_token_of_the_frame_is_charged_like_any_other() {
    let browser = Browser::new().await;
    let typed = json!({ "pan": Card::VISA.number, "exp": "1229", "cvd": "314" });
    let answer = browser.tokenize(typed).await;
    assert_eq!((&answer["responseCode"], &answer["bin"]), (&json!(["001"]), &json!("424242")));
    let key = answer["dataKey"].as_str().unwrap();
    let receipt = browser.clinic.purchase("pay-1", "10.00", key).await;
    assert_eq!((receipt.code(), receipt.get("masked_pan")), ("027", "4242***4242"));
    assert_eq!(browser.clinic.fake.count("*"), 1, "what a cardholder types is recorded nowhere");
}

#[tokio::test]
async fn a_frame_that_asks_for_no_expiry_date_leaves_it_to_the_purchase() {
    let browser = Browser::new().await;
    let answer = browser.tokenize(json!({ "pan": Card::VISA.number })).await;
    let key = answer["dataKey"].as_str().unwrap();
    assert_eq!(browser.clinic.purchase("pay-1", "10.00", key).await.message(), "Invalid expiry date");
    let dated = purchase("pay-1", "10.00", key).replace("<crypt", "<expdate>2912</expdate><crypt");
    assert_eq!(browser.clinic.gateway(&dated).await.code(), "027");
}

#[tokio::test]
async fn a_card_that_nobody_lists_is_declined() {
    let browser = Browser::new().await;
    let typed = json!({ "pan": "4000000000000002", "exp": "1229", "cvd": "314" });
    let answer = browser.tokenize(typed).await;
    let receipt = browser.clinic.purchase("pay-1", "10.00", answer["dataKey"].as_str().unwrap()).await;
    assert_eq!((receipt.code(), receipt.get("masked_pan")), ("481", "4000***0002"));
}

#[tokio::test]
async fn a_frame_hears_every_code_that_is_wrong() {
    let browser = Browser::new().await;
    let wrong = browser.tokenize(json!({ "pan": "1", "exp": "1", "cvd": "" })).await;
    assert_eq!(wrong, json!({ "responseCode": ["943", "944", "945"] }));
    let unknown = browser.tokenize(json!({ "id": "htUnknown", "pan": Card::VISA.number })).await;
    assert_eq!(unknown, json!({ "responseCode": ["942"] }));
    let blank = browser.post("/HPPtoken/token", &json!("nothing")).await;
    assert_eq!(blank, json!({ "responseCode": ["940"] }));
}

#[tokio::test]
async fn a_ticket_is_shown_and_paid_in_checkouts_form() {
    let browser = Browser::new().await;
    let ticket = browser.clinic.preload("pay-1", "10.00").await;
    let shown = browser.post("/chktv2/display/ticket", &json!({ "ticket": ticket })).await;
    assert_eq!(shown, json!({ "code": "001", "amount": "10.00", "language": "en" }));
    let form = |number: &str| json!({ "ticket": ticket, "cardholder": "Ann", "pan": number, "exp": "1229", "cvd": "314" });
    let pay = async |number: &str| browser.post("/chktv2/display/pay", &form(number)).await;
    assert_eq!(pay(Card::BAD_NUMBER.number).await, json!({ "codes": ["943"] }));
    assert_eq!(pay(Card::DECLINED.number).await, json!({ "end": "declined for now" }));
    assert_eq!(pay(Card::VISA.number).await, json!({ "end": "approved" }));
    assert_eq!(pay(Card::VISA.number).await, json!({ "codes": ["2002"] }));
    let receipt = browser.clinic.receipt(&ticket).await;
    assert_eq!(receipt["request"]["cc"]["cardholder"], "Ann");
    let spent = browser.post("/chktv2/display/ticket", &json!({ "ticket": ticket })).await;
    assert_eq!(spent, json!({ "code": "2002" }));
    assert_eq!(browser.clinic.fake.ledger(STORE).total_captured(), 1_000);
}

#[tokio::test]
async fn browsers_find_nothing_that_is_for_servers() {
    let browser = Browser::new().await;
    for path in ["/gateway2/servlet/MpgRequest", "/chktv2/request/request.php"] {
        assert_eq!(send(&browser.server, "POST", path, "").await.status, 404);
    }
    let whole = browser.clinic.fake.serve().await.unwrap();
    assert_eq!(send(&whole, "POST", "/gateway2/servlet/MpgRequest", "").await.status, 200);
    assert_eq!(send(&whole, "GET", PAGES[1], "").await.status, 200);
}

#[tokio::test]
async fn it_listens_to_this_machine_only() {
    let everyone: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let error = Clinic::new().fake.serve_browser(everyone).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}
