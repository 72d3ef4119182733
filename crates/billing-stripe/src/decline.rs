//! From Stripe's codes for a refused card to our categories. Pure; Stripe's sentences are not read.
//!
//! The table is <https://docs.stripe.com/declines/codes>. A code that is not in it is an issuer's plain no.

use billing_domain::payment::Try;
use billing_domain::{Advice, CardField, Decline, DeclineCategory};

use crate::error::short_name;
use crate::wire::Failure;

/// The refused card submission that an intent remembers.
pub(crate) fn try_of(failure: &Failure<'_>) -> Try {
    Try { charge: failure.charge.as_ref().map(|charge| charge.id().to_owned()), decline: decline(failure) }
}

fn decline(failure: &Failure<'_>) -> Decline {
    let given = [&failure.decline_code, &failure.code];
    let code = given.into_iter().flatten().find_map(|code| short_name(code.as_str()));
    let category = code.as_deref().map_or(DeclineCategory::IssuerDeclined, category);
    let decline = Decline::new(category);
    let decline = if must_not_retry(failure) && category != DeclineCategory::DuplicateTransaction {
        decline.with_advice(Advice::DoNotRetry)
    } else {
        decline
    };
    match code {
        Some(code) => decline.with_code(&code),
        None => decline,
    }
}

fn must_not_retry(failure: &Failure<'_>) -> bool {
    failure.advice_code.as_ref().is_some_and(|advice| advice.as_str() == "do_not_try_again")
}

fn category(code: &str) -> DeclineCategory {
    use DeclineCategory as C;
    match code {
        "authentication_not_handled"
        | "authentication_required"
        | "payment_intent_authentication_failure" => C::AuthenticationFailed,
        "incorrect_cvc" | "invalid_cvc" => C::CardDetails(CardField::Cvc),
        "invalid_expiry_month" | "invalid_expiry_year" => C::CardDetails(CardField::Expiry),
        "incorrect_number" | "invalid_number" => C::CardDetails(CardField::Number),
        "incorrect_address" | "incorrect_postal_code" | "incorrect_zip" => {
            C::CardDetails(CardField::PostalCode)
        }
        "card_not_supported" | "currency_not_supported" | "testmode_decline" => C::CardNotSupported,
        "duplicate_transaction" => C::DuplicateTransaction,
        "expired_card" => C::ExpiredCard,
        "insufficient_funds" => C::InsufficientFunds,
        "approve_with_id"
        | "issuer_not_available"
        | "processing_error"
        | "reenter_transaction"
        | "try_again_later" => C::IssuerUnavailable,
        "card_velocity_exceeded" | "withdrawal_count_limit_exceeded" => C::LimitExceeded,
        "fraudulent"
        | "lost_card"
        | "lost_or_stolen_card"
        | "merchant_blacklist"
        | "pickup_card"
        | "stolen_card" => C::Suspected,
        "card_decline_rate_limit_exceeded" => C::TooManyAttempts,
        _ => C::IssuerDeclined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Decline {
        decline(&serde_json::from_str(json).unwrap())
    }

    fn of_code(code: &str) -> Decline {
        of(&format!(r#"{{"type":"card_error","code":"card_declined","decline_code":"{code}"}}"#))
    }

    #[test]
    fn lost_stolen_and_suspected_cards_look_to_the_patient_like_a_generic_decline() {
        let generic = of_code("generic_decline").patient_view();
        for code in [
            "fraudulent",
            "lost_card",
            "stolen_card",
            "merchant_blacklist",
            "lost_or_stolen_card",
            "pickup_card",
        ] {
            let decline = of_code(code);
            assert_eq!(decline.category, DeclineCategory::Suspected, "{code}");
            assert_eq!(decline.patient_view(), generic, "{code}");
        }
    }

    #[test]
    fn the_decline_code_counts_before_the_code_and_the_code_alone_where_there_is_no_other() {
        assert_eq!(of_code("insufficient_funds").category, DeclineCategory::InsufficientFunds);
        let cvc = of(r#"{"type":"card_error","code":"incorrect_cvc"}"#);
        assert_eq!(cvc.category, DeclineCategory::CardDetails(CardField::Cvc));
        assert_eq!(cvc.code.unwrap().as_str(), "incorrect_cvc");
    }

    #[test]
    fn a_code_nobody_knows_is_an_issuers_plain_no() {
        for json in [
            r#"{"type":"card_error","code":"card_declined","decline_code":"bad_moon"}"#,
            r#"{"type":"something_new"}"#,
            r#"{"type":"card_error","code":"pi_1_secret_Abc","decline_code":"\u0000"}"#,
        ] {
            assert_eq!(of(json).category, DeclineCategory::IssuerDeclined, "{json}");
        }
    }

    #[test]
    fn do_not_try_again_is_obeyed() {
        let decline = of(r#"{"type":"card_error","code":"card_declined","decline_code":"generic_decline",
            "advice_code":"do_not_try_again"}"#);
        assert_eq!(decline.advice, Advice::DoNotRetry);
        let twice =
            of(r#"{"type":"card_error","code":"card_declined","decline_code":"duplicate_transaction",
            "advice_code":"do_not_try_again"}"#);
        assert_eq!(twice.advice, Advice::CheckRecentPayment);
    }
}
