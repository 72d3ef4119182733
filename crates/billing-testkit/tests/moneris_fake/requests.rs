//! What the gateway refuses before it looks at any order: credentials, what is no XML, what no field may say.

use billing_testkit::moneris::Card;

use crate::support::{Clinic, Receipt, STORE, TOKEN, envelope, purchase};

fn is_refused(receipt: &Receipt) -> bool {
    (receipt.code(), receipt.get("Complete"), receipt.get("TimedOut")) == ("null", "false", "false")
        && receipt.get("TransID") == "null"
}

#[tokio::test]
async fn bad_credentials_are_refused_alike() {
    let clinic = Clinic::new();
    let body = purchase("pay-1", "10.00", &clinic.token(Card::VISA));
    for (store, token) in [(STORE, "wrong"), ("nobody", TOKEN), (STORE, ""), ("", "")] {
        let receipt = clinic.raw(&envelope(store, token, &body)).await;
        assert!(is_refused(&receipt));
        assert_eq!(receipt.message(), "API token mismatch");
    }
    assert!(clinic.fake.ledger(STORE).entries.is_empty());
}

#[tokio::test]
async fn what_is_no_xml_is_refused_with_a_receipt() {
    let clinic = Clinic::new();
    let token = clinic.token(Card::VISA);
    let unescaped =
        purchase("pay-1", "10.00", &token).replace("<amount>", "<cust_id>Lee & Sons</cust_id><amount>");
    let twice = purchase("pay-1", "10.00", &token).replace("<amount>", "<amount>1.00</amount><amount>");
    let two = purchase("pay-1", "10.00", &token).repeat(2);
    for body in [
        envelope(STORE, TOKEN, &unescaped),
        envelope(STORE, TOKEN, &twice),
        envelope(STORE, TOKEN, &two),
        envelope(STORE, TOKEN, ""),
        String::new(),
        "xml=<request/>".to_owned(),
    ] {
        let receipt = clinic.raw(&body).await;
        assert!(is_refused(&receipt), "{body}");
    }
    assert_eq!(clinic.fake.count("unreadable"), 6);
    assert!(clinic.fake.ledger(STORE).entries.is_empty());
    let escaped = unescaped.replace('&', "&amp;");
    assert_eq!(clinic.gateway(&escaped).await.code(), "027");
}

#[tokio::test]
async fn what_no_field_may_say_is_refused_by_name() {
    let clinic = Clinic::new();
    let good = purchase("pay-1", "10.00", &clinic.token(Card::VISA));
    let long = "x".repeat(51);
    for (old, new, message) in [
        (">10.00<", ">10<", "Invalid amount parameter"),
        (">10.00<", ">1,000.00<", "Invalid amount parameter"),
        (">10.00<", ">0.00<", "Invalid amount parameter"),
        (">pay-1<", "><", "Invalid order_id parameter"),
        (">pay-1<", ">pay=1<", "Invalid order_id parameter"),
        (">pay-1<", &format!(">{long}<"), "Invalid order_id parameter"),
        ("<crypt_type>7</crypt_type>", "", "Invalid crypt_type parameter"),
        (">7<", ">0<", "Invalid crypt_type parameter"),
        ("<amount>", "<currency>CAD</currency><amount>", "Invalid currency parameter"),
        ("<amount>", "<pan>4242424242424242</pan><amount>", "Invalid pan parameter"),
        ("res_purchase_cc", "res_preauth_cc", "Invalid transaction type"),
    ] {
        let receipt = clinic.gateway(&good.replace(old, new)).await;
        assert!(is_refused(&receipt), "{new}");
        assert_eq!(receipt.message(), message, "{new}");
    }
    assert!(clinic.fake.ledger(STORE).entries.is_empty());
    assert_eq!(clinic.gateway(&good).await.code(), "027");
}

#[tokio::test]
async fn optional_blocks_change_nothing() {
    let clinic = Clinic::new();
    let blocks = "<cust_id>INV-1</cust_id><dynamic_descriptor>CLINIC</dynamic_descriptor><cvd_info>\
                  <cvd_indicator>1</cvd_indicator><cvd_value>099</cvd_value></cvd_info>";
    let body = purchase("pay-1", "10.00", &clinic.token(Card::VISA))
        .replace("<amount>", &format!("{blocks}<amount>"));
    assert_eq!(clinic.gateway(&body).await.code(), "027");
}
