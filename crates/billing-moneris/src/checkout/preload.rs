//! Asking Checkout for a ticket, and reading it. It moves no money: the cardholder does, in Moneris's page.

use billing_domain::ProcessorErrorKind;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::text::at;
use super::{Shop, json};
use crate::expose::expose;

/// In the order of Moneris's own sample (<https://developer.moneris.com/hosted-solutions/reference/preload-request-api-ref>).
#[derive(Serialize)]
struct Question<'a> {
    store_id: &'a str,
    api_token: &'a str,
    checkout_id: &'a str,
    txn_total: &'a str,
    environment: &'a str,
    action: &'a str,
    order_no: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cust_id: Option<&'a str>,
}

/// All that leaves for a ticket: who asks, how much, and our two ids.
pub(crate) fn preload(
    shop: Shop<'_>,
    amount: &str,
    order_no: &str,
    cust_id: Option<&str>,
) -> Zeroizing<Vec<u8>> {
    json(&Question {
        store_id: shop.store_id,
        api_token: expose(shop.token),
        checkout_id: shop.checkout_id,
        txn_total: amount,
        environment: shop.environment,
        action: "preload",
        order_no,
        cust_id,
    })
}

/// What came of a question for a ticket.
pub(crate) enum Preloaded {
    /// A clear no: there is no ticket.
    Refused(ProcessorErrorKind),
    Ticket(SecretString),
    /// Anything else: there may be a ticket that nobody has.
    Unreadable,
}

/// Reads the answer to [`preload`].
pub(crate) fn read_preload(body: &[u8]) -> Preloaded {
    let Ok(answer) = serde_json::from_slice::<Value>(body) else { return Preloaded::Unreadable };
    let ticket = at(&answer, &["response", "ticket"]).filter(|ticket| is_ticket(ticket));
    let error = answer.get("response").and_then(|response| response.get("error"));
    match (at(&answer, &["response", "success"]), ticket, error) {
        (Some("true"), Some(ticket), _) => Preloaded::Ticket(SecretString::from(ticket)),
        (Some("false"), None, Some(error)) => Preloaded::Refused(refusal(error)),
        _ => Preloaded::Unreadable,
    }
}

/// A ticket is at most 50 characters today; twice as many are taken.
fn is_ticket(text: &str) -> bool {
    (8..=100).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The fields that a refusal can be about, in our own words.
const FIELDS: [&str; 5] = ["checkout_id", "environment", "order_no", "ticket", "txn_total"];

/// What an error of Checkout's is about: it names its field, as a key or as a value. Its sentence goes nowhere.
pub(super) fn refusal(error: &Value) -> ProcessorErrorKind {
    let about = error.to_string().to_lowercase();
    if ["api_token", "api token", "store_id"].iter().any(|words| about.contains(words)) {
        return ProcessorErrorKind::CredentialsRejected;
    }
    let field = FIELDS.into_iter().find(|field| about.contains(field));
    ProcessorErrorKind::Rejected(Some(field.unwrap_or("unspecified").to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(cust_id: Option<&str>) -> String {
        let token = SecretString::from("yesguy");
        let shop =
            Shop { store_id: "store3", token: &token, checkout_id: "chkt5BF66neris", environment: "qa" };
        let bytes = preload(shop, "10.00", "INV-1001-a1", cust_id);
        assert_eq!(bytes.capacity(), super::super::CAPACITY);
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[test]
    fn a_ticket_is_asked_for_with_nothing_that_need_not_leave() {
        assert_eq!(
            sent(Some("INV-1001")),
            r#"{"store_id":"store3","api_token":"yesguy","checkout_id":"chkt5BF66neris","txn_total":"10.00","environment":"qa","action":"preload","order_no":"INV-1001-a1","cust_id":"INV-1001"}"#
        );
        assert!(!sent(None).contains("cust_id"));
    }

    #[test]
    fn only_a_whole_ticket_is_one() {
        let ticket = |body: &str| matches!(read_preload(body.as_bytes()), Preloaded::Ticket(_));
        let sample = r#"{"response":{"success":"true","ticket":"1726820807T55AZxCjC3wAPkKrym0NB8yfd9UvoF"}}"#;
        assert!(ticket(sample));
        for body in [
            "",
            "<html>",
            "{}",
            r#"{"response":{"success":true,"ticket":"1726820807T55AZxCjC3wAPkKrym0NB8yfd9UvoF"}}"#,
            r#"{"response":{"success":"true"}}"#,
            r#"{"response":{"success":"true","ticket":"null"}}"#,
            r#"{"response":{"success":"true","ticket":"<script>"}}"#,
            r#"{"response":{"success":"true","ticket":null}}"#,
        ] {
            assert!(matches!(read_preload(body.as_bytes()), Preloaded::Unreadable), "{body}");
        }
        assert!(!ticket(&sample[..sample.len() - 1]));
    }

    #[test]
    fn a_refusal_says_what_it_is_about_and_nothing_else() {
        let refused = |error: &str| match read_preload(
            format!(r#"{{"response":{{"success":"false","error":{error}}}}}"#).as_bytes(),
        ) {
            Preloaded::Refused(kind) => kind,
            _ => panic!("{error}"),
        };
        let rejected = |word: &str| ProcessorErrorKind::Rejected(Some(word.to_owned()));
        let token = r#"{"field":"api_token","message":"invalid api_token for Ann Lee"}"#;
        assert_eq!(refused(token), ProcessorErrorKind::CredentialsRejected);
        assert_eq!(refused(r#"{"checkout_id":"Checkout Id is invalid"}"#), rejected("checkout_id"));
        assert_eq!(refused(r#"{"message":"no"}"#), rejected("unspecified"));
    }
}
