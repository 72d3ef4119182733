//! From Moneris's response codes for a refused card to our categories. Pure; the issuer's sentences are not read.
//!
//! The groups are those of public clients of the gateway, which agree on most codes and disagree on a few; a code they disagree on or do
//! not have is an issuer's plain no. Nothing is decided by a group: that a code from 50 up is a no, the gateway documents
//! (<https://developer.moneris.com/Documentation/NA/E-Commerce%20Solutions/API/Response%20Fields>).

use billing_domain::{CardField, Decline, DeclineCategory};

/// The refusal that a three-digit response code stands for.
pub(crate) fn decline(code: &str) -> Decline {
    Decline::new(category(code)).with_code(code)
}

fn category(code: &str) -> DeclineCategory {
    use DeclineCategory as C;
    match code {
        "096" | "122" | "201" | "486" | "487" | "489" | "490" => C::CardDetails(CardField::Cvc),
        "064" | "066" | "070" | "071" | "073" | "075" | "097" => C::CardDetails(CardField::Number),
        "078" => C::DuplicateTransaction,
        "051" | "208" | "430" | "475" | "482" | "901" => C::ExpiredCard,
        "076" | "079" | "080" | "081" | "082" | "083" => C::InsufficientFunds,
        "074" | "113" => C::IssuerUnavailable,
        // Fraud, and cards to be kept.
        "057" | "058" | "059" | "072" | "421" => C::Suspected,
        _ => C::IssuerDeclined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_group_has_its_category() {
        use DeclineCategory as C;
        for (code, expected) in [
            ("076", C::InsufficientFunds),
            ("083", C::InsufficientFunds),
            ("078", C::DuplicateTransaction),
            ("482", C::ExpiredCard),
            ("073", C::CardDetails(CardField::Number)),
            ("486", C::CardDetails(CardField::Cvc)),
            ("113", C::IssuerUnavailable),
            ("481", C::IssuerDeclined),
        ] {
            let decline = decline(code);
            assert_eq!(decline.category, expected, "{code}");
            assert_eq!(decline.code.unwrap().as_str(), code);
        }
    }

    #[test]
    fn suspected_cards_look_to_the_patient_like_a_generic_decline() {
        let generic = decline("481").patient_view();
        for code in ["057", "058", "059", "072", "421"] {
            assert_eq!(decline(code).category, DeclineCategory::Suspected, "{code}");
            assert_eq!(decline(code).patient_view(), generic, "{code}");
        }
    }

    #[test]
    fn a_code_nobody_knows_or_agrees_on_is_an_issuers_plain_no() {
        for code in ["050", "484", "555", "999"] {
            assert_eq!(decline(code).category, DeclineCategory::IssuerDeclined, "{code}");
        }
    }
}
