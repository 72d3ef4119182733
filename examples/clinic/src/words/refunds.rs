//! Money given back: its states, why one failed, why a person must look. No text says more than is known.

use billing_app::BillingError;
use billing_domain::RefundPlan;
use billing_domain::refund::{RefundFailure, RefundReview, RefundState};

use crate::lang::Lang;
use crate::words::asked::asked;
use crate::words::{Tone, refusal};

/// How a refund stands.
pub const fn refund_state(lang: Lang, state: &RefundState) -> (Tone, &'static str) {
    match state {
        RefundState::Failed(_) => (Tone::Bad, lang.pick("Not given back", "Non remboursé")),
        RefundState::NeedsReview(_) => (Tone::Bad, lang.pick("Needs review", "À examiner")),
        RefundState::Pending => {
            (Tone::Wait, lang.pick("The processor is working on it", "Le processeur y travaille"))
        }
        RefundState::Sending => (Tone::Wait, lang.pick("Being sent", "Envoi en cours")),
        RefundState::Succeeded => (Tone::Good, lang.pick("Given back", "Remboursé")),
        RefundState::Unknown => (Tone::Bad, lang.pick("Outcome not known", "Issue inconnue")),
    }
}

/// What a state leaves to be said: why it failed, why a person must look, what to do meanwhile.
pub const fn refund_remark(lang: Lang, state: &RefundState) -> Option<&'static str> {
    match state {
        RefundState::Failed(why) => Some(failure(lang, *why)),
        RefundState::NeedsReview(why) => Some(review(lang, why)),
        RefundState::Pending => Some(lang.pick(
            "The processor has taken it on. The money is not back on the card yet.",
            "Le processeur l’a pris en charge. L’argent n’est pas encore revenu sur la carte.",
        )),
        RefundState::Sending | RefundState::Unknown => Some(lang.pick(
            "Whether the money went back is not known yet. Do not give it back another way.",
            "On ne sait pas encore si l’argent est revenu sur la carte. Ne le rendez pas autrement.",
        )),
        RefundState::Succeeded => None,
    }
}

const fn failure(lang: Lang, why: RefundFailure) -> &'static str {
    match why {
        RefundFailure::Canceled => lang.pick(
            "It was cancelled at the processor. The patient is still owed this money.",
            "Il a été annulé chez le processeur. Cet argent est encore dû au patient.",
        ),
        RefundFailure::CardUnusable => lang.pick(
            "The card is lost, stolen, expired or closed, and the money cannot reach it. Give it back another way.",
            "La carte est perdue, volée, expirée ou annulée; l’argent ne peut pas y revenir. Rendez-le autrement.",
        ),
        RefundFailure::Declined => lang.pick(
            "The card’s bank refused it. The patient is still owed this money.",
            "La banque de la carte l’a refusé. Cet argent est encore dû au patient.",
        ),
        RefundFailure::Disputed => lang.pick(
            "The cardholder disputed the charge meanwhile. Answer the dispute; give nothing back beside it.",
            "Le titulaire de la carte a contesté le débit entre-temps. Répondez à la contestation; ne remboursez rien de plus.",
        ),
        RefundFailure::Finding => lang.pick(
            "A person looked and found that nothing went back.",
            "Une personne a vérifié\u{a0}: rien n’a été remboursé.",
        ),
        RefundFailure::InsufficientFunds => lang.pick(
            "The clinic’s account at the processor has too little money for it.",
            "Le compte de la clinique chez le processeur n’a pas assez d’argent pour cela.",
        ),
        RefundFailure::NeverSent => {
            lang.pick("It was never sent. Nothing went back.", "Il n’a jamais été envoyé. Rien n’a été remboursé.")
        }
        RefundFailure::Refused => lang.pick(
            "The processor refused the request. Nothing went back.",
            "Le processeur a refusé la demande. Rien n’a été remboursé.",
        ),
        _ => lang.pick(
            "The processor does not say why. The patient is still owed this money.",
            "Le processeur ne dit pas pourquoi. Cet argent est encore dû au patient.",
        ),
    }
}

const fn review(lang: Lang, why: &RefundReview) -> &'static str {
    match why {
        RefundReview::KeysErased => lang.pick(
            "The account’s keys are gone, so the processor cannot be asked.",
            "Les clés du compte n’existent plus; le processeur ne peut donc pas être interrogé.",
        ),
        RefundReview::Mismatch(_) => lang.pick(
            "The processor answered about another amount, currency or refund than ours.",
            "La réponse du processeur porte sur un autre montant, une autre devise ou un autre remboursement que le nôtre.",
        ),
        RefundReview::NoAnswer => lang.pick(
            "Its answer was lost, and this processor cannot be asked again. The money may have gone back or not.",
            "Sa réponse s’est perdue, et ce processeur ne peut pas être interrogé de nouveau. L’argent est peut-être revenu, ou non.",
        ),
        _ => lang.pick(
            "The processor has not said how it ended for longer than anyone should wait.",
            "Le processeur n’a pas dit comment cela s’est terminé, depuis plus longtemps qu’on ne devrait attendre.",
        ),
    }
}

/// How the money goes back.
pub const fn refund_plan(lang: Lang, plan: RefundPlan) -> &'static str {
    match plan {
        RefundPlan::Reversal => lang.pick(
            "Taken out of today’s batch: it never appears on the statement",
            "Retiré du lot du jour\u{a0}: il n’apparaît jamais sur le relevé",
        ),
        _ => lang.pick("To the card", "Sur la carte"),
    }
}

/// Why a refund was not made or looked at, and what to do now. What is said of money is about the refund, never the charge.
pub fn refund_refusal(lang: Lang, why: &BillingError) -> String {
    match why {
        BillingError::RefundNotTold { cause } => {
            let doubt = lang.pick(
                "How the refund stands is not known. Look again later; do not give the money back another way meanwhile.",
                "On ne sait pas où en est le remboursement. Vérifiez de nouveau plus tard; entre-temps, ne rendez pas l’argent autrement.",
            );
            format!("{} {doubt}", asked(lang, &cause.processor, &cause.kind))
        }
        BillingError::Late => lang
            .pick(
                "There was no time left to ask the processor. Nothing was given back; ask again.",
                "Il ne restait pas assez de temps pour interroger le processeur. Rien n’a été remboursé; recommencez.",
            )
            .to_owned(),
        BillingError::NotUnderReview => lang
            .pick(
                "The refund is not under review any more: the processor or somebody else was first.",
                "Le remboursement n’est plus à examiner; le processeur ou quelqu’un d’autre a répondu avant vous.",
            )
            .to_owned(),
        other => refusal(lang, other),
    }
}

#[cfg(test)]
mod tests {
    use billing_domain::{ProcessorError, ProcessorErrorKind, ProcessorId};

    use super::*;

    const FAILURES: [RefundFailure; 9] = [
        RefundFailure::Canceled,
        RefundFailure::CardUnusable,
        RefundFailure::Declined,
        RefundFailure::Disputed,
        RefundFailure::Finding,
        RefundFailure::InsufficientFunds,
        RefundFailure::NeverSent,
        RefundFailure::Refused,
        RefundFailure::Unspecified,
    ];

    fn states() -> Vec<RefundState> {
        let reviews = [
            RefundReview::KeysErased,
            RefundReview::Mismatch(Vec::new()),
            RefundReview::NoAnswer,
            RefundReview::Overdue,
        ];
        let open = [RefundState::Pending, RefundState::Sending, RefundState::Succeeded, RefundState::Unknown];
        let failed = FAILURES.map(RefundState::Failed);
        failed.into_iter().chain(reviews.map(RefundState::NeedsReview)).chain(open).collect()
    }

    #[test]
    fn every_state_has_its_words_in_both_languages() {
        for state in states() {
            let names = Lang::ALL.map(|lang| refund_state(lang, &state).1);
            assert_ne!(names[0], names[1], "{state:?}");
            if let [Some(english), Some(french)] = Lang::ALL.map(|lang| refund_remark(lang, &state)) {
                assert!(english != french && english.ends_with('.') && french.ends_with('.'), "{state:?}");
            }
        }
    }

    #[test]
    fn only_what_is_known_to_be_back_is_said_to_be() {
        for state in states() {
            let is_good = refund_state(Lang::En, &state).0 == Tone::Good;
            assert_eq!(is_good, state == RefundState::Succeeded, "{state:?}");
        }
    }

    #[test]
    fn a_lost_answer_to_a_refund_does_not_speak_of_the_charge() {
        let cause = ProcessorError {
            processor: ProcessorId::STRIPE,
            kind: ProcessorErrorKind::Unavailable,
            request_id: None,
            retry_after: None,
            source: None,
        };
        let lost = BillingError::RefundNotTold { cause };
        for lang in Lang::ALL {
            let told = refund_refusal(lang, &lost);
            assert!(!told.contains("Send the request") && !told.contains("demande de nouveau"), "{told}");
        }
    }
}
