//! What staff read after a decline. English is the library's own text; French says the same.

use billing_domain::{CardField, Decline, DeclineCategory};

use crate::lang::Lang;

/// One or two sentences for staff who may see the reason. Never for a patient.
pub const fn staff_decline(lang: Lang, decline: &Decline) -> &'static str {
    lang.pick(decline.staff_text(), french(decline.category))
}

const fn french(category: DeclineCategory) -> &'static str {
    match category {
        DeclineCategory::AuthenticationFailed => {
            "La banque n’a pas pu authentifier le titulaire de la carte."
        }
        DeclineCategory::CardDetails(CardField::Cvc) => "Le code de sécurité est inexact.",
        DeclineCategory::CardDetails(CardField::Expiry) => "La date d’expiration est inexacte.",
        DeclineCategory::CardDetails(CardField::Number) => "Le numéro de carte est inexact.",
        DeclineCategory::CardDetails(CardField::PostalCode) => {
            "Le code postal n’est pas celui que la banque a pour cette carte; il peut différer de celui du dossier."
        }
        DeclineCategory::CardNotSupported => {
            "Cette carte ne peut pas servir à ce paiement (marque, devise, type ou carte d’essai)."
        }
        DeclineCategory::DuplicateTransaction => {
            "Cela ressemble à un paiement qui vient d’être fait. Cherchez ce paiement avant de réessayer."
        }
        DeclineCategory::ExpiredCard => "La carte est expirée.",
        DeclineCategory::InsufficientFunds => "Les fonds ou le crédit de la carte sont insuffisants.",
        DeclineCategory::IssuerUnavailable => {
            "La banque ou le processeur n’a pas pu répondre. Réessayez dans quelques minutes, une ou deux fois."
        }
        DeclineCategory::LimitExceeded => {
            "Le paiement dépasse une limite de la carte (montant ou nombre de paiements)."
        }
        DeclineCategory::Suspected => {
            "La carte est suspecte (perdue, volée, fraude ou à saisir). Ne la réessayez pas et ne dites pas \
             pourquoi au patient\u{a0}: demandez une autre carte."
        }
        DeclineCategory::TooManyAttempts => {
            "La carte a été refusée trop souvent en peu de temps. Elle peut être bloquée pour une journée."
        }
        _ => "La banque a refusé sans raison utile. Le titulaire de la carte peut la lui demander.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_decline_tells_staff_why_in_both_languages() {
        for category in DeclineCategory::ALL {
            let decline = Decline::new(category);
            let texts = Lang::ALL.map(|lang| staff_decline(lang, &decline));
            assert!(texts.iter().all(|text| text.ends_with('.')) && texts[0] != texts[1], "{category:?}");
        }
    }

    #[test]
    fn only_a_decline_without_a_reason_reads_like_one() {
        let generic = french(DeclineCategory::IssuerDeclined);
        for category in DeclineCategory::ALL {
            assert_eq!(
                french(category) == generic,
                category == DeclineCategory::IssuerDeclined,
                "{category:?}"
            );
        }
    }
}
