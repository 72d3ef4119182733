//! What Moneris's card frame answers when it gives no token. Nothing was charged: the card was not sent to a bank.

use crate::lang::Lang;

/// What its code says, for whoever stands at the desk.
pub const fn frame_code(lang: Lang, code: &str) -> &'static str {
    match code.as_bytes() {
        b"940" | b"942" => lang.pick(
            "Moneris does not accept the saved profile id for this address. Check it in Billing Settings and at Moneris.",
            "Moneris n’accepte pas l’identifiant de profil enregistré pour cette adresse. Vérifiez-le dans les paramètres de facturation et chez Moneris.",
        ),
        b"943" => lang.pick("Enter the whole card number.", "Entrez le numéro de carte complet."),
        b"944" => lang.pick(
            "Enter the expiry date as month and year, four digits. It must not be past.",
            "Entrez la date d’expiration, mois et année, en quatre chiffres. Elle ne doit pas être passée.",
        ),
        b"945" => lang.pick(
            "Enter the security code, three or four digits.",
            "Entrez le code de sécurité, de trois ou quatre chiffres.",
        ),
        _ => lang.pick(
            "Moneris could not read the card just now. Send the request again.",
            "Moneris n’a pas pu lire la carte à l’instant. Envoyez la demande de nouveau.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_words_and_none_is_repeated_to_the_patient() {
        for code in ["940", "941", "942", "943", "944", "945", "999"] {
            let texts = Lang::ALL.map(|lang| frame_code(lang, code));
            assert!(texts.iter().all(|text| text.ends_with('.') && !text.contains(code)), "{code}");
            assert_ne!(texts[0], texts[1], "{code}");
        }
        assert_ne!(frame_code(Lang::En, "943"), frame_code(Lang::En, "944"));
    }
}
