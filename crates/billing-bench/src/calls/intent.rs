//! The stub's answer: a `PaymentIntent` as Stripe prints it, with the order's own figures in it.

use std::fmt::Write as _;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, STRICT_TRANSPORT_SECURITY};
use http::{HeaderName, HeaderValue};

/// The body for a create with this form; `None` if the form lacks something.
pub(super) fn answer(number: u64, form: &[u8]) -> Option<String> {
    let form = std::str::from_utf8(form).ok()?.replace("%5B", "[").replace("%5D", "]");
    let mut fields = form.split('&').filter_map(|field| field.split_once('='));
    let (mut amount, mut currency, mut metadata) = (None, None, String::new());
    for (name, value) in &mut fields {
        match name {
            "amount" => amount = value.parse::<u64>().ok(),
            "currency" => currency = Some(value),
            _ => {
                if let Some(key) = name.strip_prefix("metadata[").and_then(|rest| rest.strip_suffix(']')) {
                    let comma = if metadata.is_empty() { "" } else { "," };
                    // Writing to a String cannot fail. Ids need no escape, in a form or in JSON.
                    let _ = write!(metadata, "{comma}\n    \"{key}\": \"{value}\"");
                }
            }
        }
    }
    Some(whole(number, amount?, currency?, &metadata))
}

fn whole(number: u64, amount: u64, currency: &str, metadata: &str) -> String {
    format!(
        r#"{{
  "id": "pi_3Bench{number:018}",
  "object": "payment_intent",
  "amount": {amount},
  "client_secret": "pi_3Bench{number:018}_secret_BenchBenchBenchBenchBench",
  "currency": "{currency}",
  "metadata": {{{metadata}
  }},
  {REST}
}}
"#
    )
}

/// The fields that are the same in every answer.
const REST: &str = r#""allowed_payment_method_types": [
    "card"
  ],
  "amount_capturable": 0,
  "amount_details": {
    "tip": {}
  },
  "amount_received": 0,
  "application": null,
  "application_fee_amount": null,
  "automatic_payment_methods": null,
  "canceled_at": null,
  "cancellation_reason": null,
  "capture_method": "automatic",
  "confirmation_method": "automatic",
  "created": 1795400000,
  "customer": null,
  "customer_account": null,
  "description": null,
  "excluded_payment_method_types": null,
  "last_payment_error": null,
  "latest_charge": null,
  "livemode": true,
  "next_action": null,
  "on_behalf_of": null,
  "payment_method": null,
  "payment_method_configuration_details": null,
  "payment_method_options": {
    "card": {
      "installments": null,
      "mandate_options": null,
      "network": null,
      "request_three_d_secure": "automatic"
    }
  },
  "payment_method_types": [
    "card"
  ],
  "processing": null,
  "receipt_email": null,
  "review": null,
  "setup_future_usage": null,
  "shipping": null,
  "source": null,
  "statement_descriptor": null,
  "statement_descriptor_suffix": null,
  "status": "requires_payment_method",
  "transfer_data": null,
  "transfer_group": null"#;

/// Some of the headers that come with it; `key` is the request's idempotency key.
pub(super) fn headers(key: HeaderValue) -> [(HeaderName, HeaderValue); 7] {
    let same = HeaderValue::from_static;
    [
        (CONTENT_TYPE, same("application/json")),
        (CACHE_CONTROL, same("no-cache, no-store")),
        (HeaderName::from_static("idempotency-key"), key),
        (HeaderName::from_static("original-request"), same("req_BenchBenchBen")),
        (HeaderName::from_static("request-id"), same("req_BenchBenchBen")),
        (STRICT_TRANSPORT_SECURITY, same("max-age=63072000; includeSubDomains; preload")),
        (HeaderName::from_static("stripe-version"), same("2026-10-28.endive")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_json_of_stripes_size_with_the_orders_figures() {
        let form = "amount=12345&currency=cad&metadata%5Bpayment_id%5D=p-1&metadata[invoice_id]=INV-1";
        let answer = answer(7, form.as_bytes()).expect("the form is whole");
        let value: serde_json::Value = serde_json::from_str(&answer).expect("it is JSON");
        assert_eq!(value["amount"], 12_345);
        assert_eq!(value["currency"], "cad");
        assert_eq!(value["metadata"], serde_json::json!({"payment_id": "p-1", "invoice_id": "INV-1"}));
        assert!((1_400..1_800).contains(&answer.len()), "{} bytes", answer.len());
    }

    #[test]
    fn half_a_form_has_no_answer() {
        for form in ["", "amount=12345", "amount=much&currency=cad"] {
            assert_eq!(answer(7, form.as_bytes()), None, "{form}");
        }
    }
}
