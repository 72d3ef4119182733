//! What came of asking a processor: one sentence on what it did, one on the money.

use billing_domain::{AmountBound, Certainty, ProcessorErrorKind, ProcessorId};

use crate::lang::Lang;
use crate::words::{field_label, processor};

/// What the processor did when it was asked, or would have done.
pub(super) fn asked(lang: Lang, id: &ProcessorId, kind: &ProcessorErrorKind) -> String {
    let name = processor(id);
    let (english, french) = match kind {
        ProcessorErrorKind::AmountRefused { bound, .. } => bound_broken(*bound),
        ProcessorErrorKind::CredentialsRejected => (
            "refuses the saved keys. Check them in Billing Settings.",
            "refuse les clés enregistrées. Vérifiez-les dans les paramètres de facturation.",
        ),
        ProcessorErrorKind::GrantMalformed => (
            "gives no such answer from its card fields.",
            "ne donne pas une telle réponse de ses champs de carte.",
        ),
        ProcessorErrorKind::Incomplete(field) => {
            let field = field_label(lang, field);
            return match lang {
                Lang::En => format!("{name} needs the field “{field}”. Fill it in, in Billing Settings."),
                Lang::Fr => format!(
                    "{name} a besoin du champ «\u{a0}{field}\u{a0}». Remplissez-le dans les paramètres de facturation."
                ),
            };
        }
        ProcessorErrorKind::Late => ("could not be asked in time.", "n’a pas pu être interrogé à temps."),
        ProcessorErrorKind::PermissionMissing(_) => (
            "says that the saved key lacks a permission. Grant it there.",
            "dit qu’il manque une autorisation à la clé enregistrée. Accordez-la là-bas.",
        ),
        ProcessorErrorKind::RateLimited => {
            ("asks for fewer requests. Wait a minute.", "demande moins de requêtes. Attendez une minute.")
        }
        ProcessorErrorKind::Rejected(_) => ("refused the request.", "a refusé la demande."),
        ProcessorErrorKind::Unsupported => ("cannot do this.", "ne peut pas faire cela."),
        _ => (
            "could not be reached or gave no usable answer.",
            "n’a pas pu être joint ou n’a pas donné de réponse utilisable.",
        ),
    };
    format!("{name} {}", lang.pick(english, french))
}

const fn bound_broken(bound: AmountBound) -> (&'static str, &'static str) {
    match bound {
        AmountBound::Currency => (
            "takes Canadian dollars only, not this invoice’s currency.",
            "n’accepte que les dollars canadiens, pas la devise de cette facture.",
        ),
        AmountBound::OffGrid => ("takes whole cents only.", "n’accepte que des cents entiers."),
        AmountBound::TooLarge => {
            ("does not take so large an amount.", "n’accepte pas un montant aussi élevé.")
        }
        AmountBound::TooSmall => {
            ("does not take so small an amount.", "n’accepte pas un montant aussi petit.")
        }
        _ => ("does not take this amount.", "n’accepte pas ce montant."),
    }
}

/// The money stayed where it was.
pub(super) const fn nothing_given_back(lang: Lang) -> &'static str {
    lang.pick("Nothing was given back.", "Rien n’a été remboursé.")
}

/// What is known of the charge.
pub(super) const fn known(lang: Lang, certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::NotSent | Certainty::Refused => {
            lang.pick("Nothing was charged.", "Rien n’a été débité.")
        }
        Certainty::Unknown => lang.pick(
            "Send the request again; do not take the payment another way until this one is settled.",
            "Envoyez la demande de nouveau; ne prenez pas le paiement autrement tant que celui-ci n’est pas réglé.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use billing_domain::{Currency, Money};

    use super::*;

    #[test]
    fn every_way_a_processor_fails_has_words_of_its_own() {
        let amount = Money::new(1, Currency::USD);
        let bounds =
            [AmountBound::Currency, AmountBound::OffGrid, AmountBound::TooLarge, AmountBound::TooSmall];
        let refused = bounds.map(|bound| ProcessorErrorKind::AmountRefused { amount, bound });
        let others = [
            ProcessorErrorKind::CredentialsRejected,
            ProcessorErrorKind::GrantMalformed,
            ProcessorErrorKind::Incomplete("profile_id"),
            ProcessorErrorKind::Late,
            ProcessorErrorKind::PermissionMissing(None),
            ProcessorErrorKind::RateLimited,
            ProcessorErrorKind::Rejected(None),
            ProcessorErrorKind::Unavailable,
            ProcessorErrorKind::Unsupported,
        ];
        for lang in Lang::ALL {
            let told = |kind| asked(lang, &ProcessorId::MONERIS, kind);
            let texts: std::collections::BTreeSet<_> = refused.iter().chain(&others).map(told).collect();
            assert_eq!(texts.len(), refused.len() + others.len(), "{texts:?}");
        }
    }
}
