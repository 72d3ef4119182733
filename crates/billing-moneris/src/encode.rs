//! What leaves for the gateway: one XML document per transaction, in the element order of Moneris's own clients, escaped. Pure.
//!
//! The API token and the card's token are in the body, so what is built here wipes itself and has no Debug.

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::expose::expose;

/// The store a transaction is for.
pub(crate) struct Store<'a> {
    pub(crate) id: &'a str,
    pub(crate) token: &'a SecretString,
}

/// What the gateway is asked to do. Every one of them names our order id; none can hold a card.
pub(crate) enum Transaction<'a> {
    /// Reads a stored card that cannot exist: it moves nothing, and tells whether the store's credentials are known.
    LookUp,
    /// Charges the card behind a temporary token.
    Purchase(Purchase<'a>),
    /// Gives money back of a charge.
    Refund { order_id: &'a str, amount: &'a str, charge: &'a str },
    /// Takes a charge out of the open batch, whole: it has no amount.
    Reversal { order_id: &'a str, charge: &'a str },
    /// Asks what became of a purchase: the same one, with the flag that makes it a question. Without the flag it is a new charge.
    StatusCheck(Purchase<'a>),
}

/// A charge, or the question about it.
#[derive(Clone, Copy)]
pub(crate) struct Purchase<'a> {
    pub(crate) token: &'a SecretString,
    pub(crate) order_id: &'a str,
    pub(crate) cust_id: Option<&'a str>,
    pub(crate) amount: &'a str,
}

/// E-commerce over TLS, without 3-D Secure of ours.
const CRYPT_TYPE: &str = "7";

/// Of the right length and made of zeros alone.
const NO_SUCH_KEY: &str = "0000000000000000000000000";

/// Longer than any document, so that it is built in one place and leaves no copy behind: every value is at most 50 characters, and an
/// escaped one at most 300.
const CAPACITY: usize = 4096;

/// The document that asks `store`'s gateway for `transaction`.
pub(crate) fn encode(store: &Store<'_>, transaction: &Transaction<'_>) -> Zeroizing<String> {
    let mut xml = Xml(Zeroizing::new(String::with_capacity(CAPACITY)));
    xml.0.push_str("<?xml version=\"1.0\"?><request>");
    xml.element("store_id", store.id);
    xml.element("api_token", expose(store.token));
    match transaction {
        Transaction::LookUp => xml.within("res_lookup_masked", |xml| xml.element("data_key", NO_SUCH_KEY)),
        Transaction::Purchase(purchase) => xml.purchase(purchase),
        Transaction::Refund { order_id, amount, charge } => xml.within("refund", |xml| {
            xml.element("order_id", order_id);
            xml.element("amount", amount);
            xml.element("txn_number", charge);
            xml.element("crypt_type", CRYPT_TYPE);
        }),
        Transaction::Reversal { order_id, charge } => xml.within("purchasecorrection", |xml| {
            xml.element("order_id", order_id);
            xml.element("txn_number", charge);
            xml.element("crypt_type", CRYPT_TYPE);
        }),
        Transaction::StatusCheck(purchase) => {
            xml.element("status_check", "true");
            xml.purchase(purchase);
        }
    }
    xml.0.push_str("</request>");
    xml.0
}

struct Xml(Zeroizing<String>);

impl Xml {
    fn purchase(&mut self, purchase: &Purchase<'_>) {
        self.within("res_purchase_cc", |xml| {
            xml.element("data_key", expose(purchase.token));
            xml.element("order_id", purchase.order_id);
            if let Some(cust_id) = purchase.cust_id {
                xml.element("cust_id", cust_id);
            }
            xml.element("amount", purchase.amount);
            xml.element("crypt_type", CRYPT_TYPE);
        });
    }

    fn within(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.tag("<", name);
        content(self);
        self.tag("</", name);
    }

    fn element(&mut self, name: &str, text: &str) {
        self.within(name, |xml| xml.text(text));
    }

    fn tag(&mut self, opening: &str, name: &str) {
        self.0.push_str(opening);
        self.0.push_str(name);
        self.0.push('>');
    }

    /// Visible ASCII and blanks, escaped; anything else is left out, since no value of ours has it.
    fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '\'' => self.0.push_str("&apos;"),
                '>' => self.0.push_str("&gt;"),
                '<' => self.0.push_str("&lt;"),
                '"' => self.0.push_str("&quot;"),
                ' '..='~' => self.0.push(c),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(transaction: &Transaction<'_>) -> String {
        let token = SecretString::from("yesguy");
        encode(&Store { id: "store5", token: &token }, transaction).to_string()
    }

    fn ot() -> SecretString {
        SecretString::from("ot-pILqxjIp3BPZgLgN80roTHrAH")
    }

    #[test]
    fn a_purchase_is_what_moneris_own_client_sends() {
        let token = ot();
        let purchase = Purchase { token: &token, order_id: "INV-1005", cust_id: None, amount: "10.00" };
        assert_eq!(
            encoded(&Transaction::Purchase(purchase)),
            "<?xml version=\"1.0\"?><request><store_id>store5</store_id><api_token>yesguy</api_token><res_purchase_cc>\
             <data_key>ot-pILqxjIp3BPZgLgN80roTHrAH</data_key><order_id>INV-1005</order_id><amount>10.00</amount>\
             <crypt_type>7</crypt_type></res_purchase_cc></request>"
        );
        let named = Purchase { cust_id: Some("INV-1"), ..purchase };
        let sent = encoded(&Transaction::Purchase(named));
        assert!(sent.contains("</order_id><cust_id>INV-1</cust_id><amount>"), "{sent}");
    }

    #[test]
    fn a_status_check_is_the_very_same_purchase_and_the_flag() {
        let token = ot();
        let purchase =
            Purchase { token: &token, order_id: "INV-1005", cust_id: Some("INV-1"), amount: "10.00" };
        let check = encoded(&Transaction::StatusCheck(purchase));
        let flag = "<status_check>true</status_check>";
        assert!(check.contains(&format!("</api_token>{flag}<res_purchase_cc>")), "{check}");
        assert_eq!(check.replace(flag, ""), encoded(&Transaction::Purchase(purchase)));
        let plain = Purchase { cust_id: None, ..purchase };
        assert_eq!(
            encoded(&Transaction::StatusCheck(plain)),
            "<?xml version=\"1.0\"?><request><store_id>store5</store_id><api_token>yesguy</api_token>\
             <status_check>true</status_check><res_purchase_cc><data_key>ot-pILqxjIp3BPZgLgN80roTHrAH</data_key>\
             <order_id>INV-1005</order_id><amount>10.00</amount><crypt_type>7</crypt_type></res_purchase_cc></request>"
        );
    }

    #[test]
    fn a_refund_is_what_moneris_own_client_sends() {
        let refund = Transaction::Refund { order_id: "INV-1001-a1", amount: "1.00", charge: "115270-0_10" };
        assert_eq!(
            encoded(&refund),
            "<?xml version=\"1.0\"?><request><store_id>store5</store_id><api_token>yesguy</api_token><refund>\
             <order_id>INV-1001-a1</order_id><amount>1.00</amount><txn_number>115270-0_10</txn_number>\
             <crypt_type>7</crypt_type></refund></request>"
        );
    }

    #[test]
    fn a_reversal_has_no_amount() {
        let reversal = Transaction::Reversal { order_id: "INV-1001-a1", charge: "115270-0_10" };
        assert_eq!(
            encoded(&reversal),
            "<?xml version=\"1.0\"?><request><store_id>store5</store_id><api_token>yesguy</api_token>\
             <purchasecorrection><order_id>INV-1001-a1</order_id><txn_number>115270-0_10</txn_number>\
             <crypt_type>7</crypt_type></purchasecorrection></request>"
        );
    }

    #[test]
    fn looking_up_a_key_that_cannot_exist_moves_nothing() {
        assert_eq!(
            encoded(&Transaction::LookUp),
            "<?xml version=\"1.0\"?><request><store_id>store5</store_id><api_token>yesguy</api_token>\
             <res_lookup_masked><data_key>0000000000000000000000000</data_key></res_lookup_masked></request>"
        );
    }

    #[test]
    fn no_value_can_become_an_element() {
        let token = ot();
        let hostile = "O'Neil & Fils</cust_id><amount>0.01</amount>\"é\u{0}\n";
        let purchase =
            Purchase { token: &token, order_id: "INV-1005", cust_id: Some(hostile), amount: "10.00" };
        let sent = encoded(&Transaction::Purchase(purchase));
        let escaped = "<cust_id>O&apos;Neil &amp; Fils&lt;/cust_id&gt;&lt;amount&gt;0.01&lt;/amount&gt;&quot;</cust_id>";
        assert!(sent.contains(escaped), "{sent}");
        assert_eq!(sent.matches("<amount>").count(), 1);
        assert!(sent.is_ascii());
    }

    #[test]
    fn the_longest_document_is_built_in_one_place() {
        let long = "&".repeat(50);
        let token = SecretString::from(long.clone());
        let purchase =
            Purchase { token: &token, order_id: &long, cust_id: Some(&long), amount: "9999999.99" };
        let store = Store { id: &long, token: &token };
        assert_eq!(encode(&store, &Transaction::StatusCheck(purchase)).capacity(), CAPACITY);
    }
}
