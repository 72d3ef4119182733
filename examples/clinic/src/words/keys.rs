//! What is wrong with a pasted key. Never the key.

use billing_credentials::KeyError;

use crate::lang::Lang;
use crate::words::field_label;

/// A sentence that begins with the field's name.
pub fn key_error(lang: Lang, field: &'static str, error: KeyError) -> String {
    let label = field_label(lang, field);
    match lang {
        Lang::En => {
            let text = format!("{label} {error}");
            if text.ends_with('?') { text } else { text + "." }
        }
        Lang::Fr => format!("{label}\u{a0}: {}", french(error)),
    }
}

fn french(error: KeyError) -> String {
    match error {
        KeyError::Empty => "ce champ est vide.".to_owned(),
        KeyError::ForbiddenCharacter => {
            "un caractère n’a pas sa place ici; copiez la valeur de nouveau.".to_owned()
        }
        KeyError::LiveKey { prefix } => {
            format!("commence par {prefix}; cette installation n’accepte que des clés d’essai.")
        }
        KeyError::OrganisationKey => {
            "commence par sk_org; c’est la clé d’une organisation. Copiez celle du compte lui-même.".to_owned()
        }
        KeyError::PublishableKey { prefix } => {
            format!("commence par {prefix}; c’est la clé publiable. Les deux clés sont-elles inversées?")
        }
        KeyError::PublishedTestStore => {
            "c’est un magasin d’essai que Moneris publie; utilisez le vôtre.".to_owned()
        }
        KeyError::RestrictedTestKey => {
            "commence par rk_test; c’est une clé d’essai restreinte. Dans le tableau de bord Stripe, passez aux clés réelles."
                .to_owned()
        }
        KeyError::SecretKey { prefix } => {
            format!("commence par {prefix}; c’est une clé secrète. Les deux clés sont-elles inversées?")
        }
        KeyError::TestKey { prefix } => {
            format!("commence par {prefix}; dans le tableau de bord Stripe, passez aux clés réelles.")
        }
        KeyError::TooLong { max } => format!("trop long; au plus {max} caractères."),
        KeyError::TooShort { min } => format!("trop court; copiez-la au complet (au moins {min} caractères)."),
        KeyError::UnknownPrefix { expected } => {
            format!("ne commence pas par {}.", expected.replace(" or ", " ou "))
        }
        KeyError::WebhookSecret => {
            "commence par whsec_; c’est le secret d’un webhook, pas une clé.".to_owned()
        }
        KeyError::Whitespace => "une espace ou un saut de ligne s’y trouve; copiez-la de nouveau.".to_owned(),
        _ => "cette valeur n’est pas acceptée; copiez-la de nouveau.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_english_word_stays_in_what_a_key_may_begin_with() {
        let wrong = KeyError::UnknownPrefix { expected: "sk_live_ or rk_live_" };
        assert!(french(wrong).ends_with("sk_live_ ou rk_live_."));
    }
}
