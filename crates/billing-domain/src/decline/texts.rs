//! What staff and patients read after a decline, in one table. No processor's words, no reason that accuses anybody.

use super::{CardField, DeclineCategory};

/// One decline, told to three readers.
pub(super) struct Texts {
    pub(super) staff: &'static str,
    pub(super) english: &'static str,
    pub(super) french: &'static str,
}

pub(super) const fn texts(category: DeclineCategory) -> Texts {
    use DeclineCategory as C;
    match category {
        C::AuthenticationFailed => Texts {
            staff: "The bank could not authenticate the cardholder.",
            english: "Your bank could not confirm that it is you. Try again, or use another card.",
            french: "Votre banque n’a pas pu confirmer votre identité. Réessayez ou utilisez une autre carte.",
        },
        C::CardDetails(field) => card_details(field),
        C::CardNotSupported => Texts {
            staff: "This card cannot be used for this payment (brand, currency, type, or a test card).",
            english: "This card cannot be used here. Use another card.",
            french: "Cette carte ne peut pas être utilisée ici. Utilisez une autre carte.",
        },
        C::DuplicateTransaction => Texts {
            staff: "It looks like a payment just made. Look for that payment before trying again.",
            english: "This looks like a payment you have just made. Please ask before paying again.",
            french: "Ce paiement semble avoir déjà été fait. Renseignez-vous avant de payer de nouveau.",
        },
        C::ExpiredCard => Texts {
            staff: "The card has expired.",
            english: "This card has expired. Use another card.",
            french: "Cette carte est expirée. Utilisez une autre carte.",
        },
        C::InsufficientFunds => Texts {
            staff: "Not enough funds or credit on the card.",
            english: "There are not enough funds on this card. Use another card or another way to pay.",
            french: "Les fonds de cette carte sont insuffisants. Utilisez une autre carte ou un autre mode de paiement.",
        },
        C::IssuerDeclined => Texts {
            staff: "The bank declined and gave no useful reason. The cardholder can ask it.",
            ..GENERIC
        },
        C::IssuerUnavailable => Texts {
            staff: "The bank or the processor could not answer. Try again in a few minutes, once or twice.",
            english: "The payment could not be processed. Try again in a few minutes.",
            french: "Le paiement n’a pas pu être traité. Réessayez dans quelques minutes.",
        },
        C::LimitExceeded => Texts {
            staff: "The payment is over a limit of the card (amount or number of payments).",
            english: "This payment is over a limit of this card. Use another card or another way to pay.",
            french: "Ce paiement dépasse une limite de cette carte. Utilisez une autre carte ou un autre mode de paiement.",
        },
        C::Suspected => Texts {
            staff: "The card is suspected (lost, stolen, fraud or pick-up). Do not try it again, and do not tell the \
                    patient why: ask for another card.",
            ..GENERIC
        },
        C::TooManyAttempts => Texts {
            staff: "The card was refused too often in a short time. It may be blocked for a day.",
            english: "This card was tried too many times. Use another card.",
            french: "Trop d’essais avec cette carte. Utilisez une autre carte.",
        },
    }
}

/// One constant for both [`DeclineCategory::IssuerDeclined`] and [`DeclineCategory::Suspected`], so that the patient's
/// texts cannot drift apart.
const GENERIC: Texts = Texts {
    staff: "",
    english: "Your bank declined this payment. Contact your bank, or use another card.",
    french: "Votre banque a refusé ce paiement. Communiquez avec elle ou utilisez une autre carte.",
};

const fn card_details(field: CardField) -> Texts {
    match field {
        CardField::Cvc => Texts {
            staff: "The security code is wrong.",
            english: "The security code is not right. Check it and try again.",
            french: "Le code de sécurité est inexact. Vérifiez-le et réessayez.",
        },
        CardField::Expiry => Texts {
            staff: "The expiry date is wrong.",
            english: "The expiry date is not right. Check it and try again.",
            french: "La date d’expiration est inexacte. Vérifiez-la et réessayez.",
        },
        CardField::Number => Texts {
            staff: "The card number is wrong.",
            english: "The card number is not right. Check it and try again.",
            french: "Le numéro de carte est inexact. Vérifiez-le et réessayez.",
        },
        CardField::PostalCode => Texts {
            staff: "The postal code is not the one the bank has for this card; it may differ from the chart's.",
            english: "The postal code does not match this card. Use the one on the card's statement and try again.",
            french: "Le code postal ne correspond pas à cette carte. Utilisez celui du relevé de la carte et réessayez.",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decline::{Advice, Decline, DeclineCode, Language};

    #[test]
    fn a_suspected_card_reads_exactly_like_a_generic_decline_to_the_patient() {
        let suspected = Decline::new(DeclineCategory::Suspected).with_code("stolen_card");
        let generic = Decline::new(DeclineCategory::IssuerDeclined);
        for language in Language::ALL {
            assert_eq!(suspected.patient_text(language), generic.patient_text(language));
        }
        assert_eq!(suspected.patient_view(), generic);
    }

    #[test]
    fn debug_of_a_suspected_card_is_that_of_a_generic_decline() {
        let suspected = Decline::new(DeclineCategory::Suspected).with_code("stolen_card");
        let generic = Decline::new(DeclineCategory::IssuerDeclined);
        assert_eq!(format!("{suspected:?}"), format!("{generic:?}"));
    }

    #[test]
    fn no_patient_text_names_a_suspicion() {
        let words = ["lost", "stolen", "fraud", "pick", "suspect", "perdu", "vol", "soup"];
        for category in DeclineCategory::ALL {
            for language in Language::ALL {
                let text = Decline::new(category).patient_text(language).to_lowercase();
                assert!(words.iter().all(|word| !text.contains(word)), "{category:?} {language:?}");
            }
        }
    }

    #[test]
    fn every_category_has_a_text_for_every_reader() {
        for category in DeclineCategory::ALL {
            let Texts { staff, english, french } = texts(category);
            assert!([staff, english, french].iter().all(|text| text.ends_with('.')), "{category:?}");
            assert_ne!(english, french);
        }
    }

    #[test]
    fn stored_texts_are_unique_and_read_back() {
        for category in DeclineCategory::ALL {
            assert_eq!(category.as_str().parse(), Ok(category));
        }
        for advice in Advice::ALL {
            assert_eq!(advice.as_str().parse(), Ok(advice));
        }
        for language in Language::ALL {
            assert_eq!(language.as_str().parse(), Ok(language));
        }
        assert!("do_not_honor".parse::<DeclineCategory>().is_err());
    }

    #[test]
    fn a_code_keeps_nothing_that_could_be_a_card_number() {
        let declined = |code| Decline::new(DeclineCategory::IssuerDeclined).with_code(code).code;
        assert_eq!(declined("do_not_honor").unwrap().as_str(), "do_not_honor");
        assert_eq!(declined("4242 4242 4242 4242"), None);
        assert_eq!(declined(" \n"), None);
        let long = "x".repeat(500);
        assert_eq!(declined(&long).unwrap().as_str().len(), DeclineCode::LENGTH_MAX);
        assert_eq!(format!("{:?}", declined("481")), "Some(DeclineCode(..))");
    }
}
