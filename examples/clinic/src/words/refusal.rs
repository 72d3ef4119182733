//! What a person reads when the library refuses something: what happened, and what to do now. It tells as much as the
//! library's own English texts, and nothing they hold back.

use billing_app::{BillingError, PaymentView};
use billing_credentials::VerifyError;
use billing_domain::payment::PaymentState;
use billing_domain::{Certainty, PayableError, ProcessorId, StoreError};

use crate::figures::{money, time};
use crate::lang::Lang;
use crate::words::asked::{asked, known, nothing_given_back};
use crate::words::errors::invoice_error;
use crate::words::{key_error, processor};

/// Why it was not done and what to do now, in one to three sentences.
pub fn refusal(lang: Lang, why: &BillingError) -> String {
    match why {
        BillingError::AmountChanged { outstanding } => {
            let now = money(lang, *outstanding);
            match lang {
                Lang::En => {
                    format!("The amount is now {now}. Reload the payment window. Nothing was charged.")
                }
                Lang::Fr => {
                    format!(
                        "Le montant est maintenant de {now}. Rechargez la fenêtre de paiement. Rien n’a été débité."
                    )
                }
            }
        }
        BillingError::Invoice(error) => invoice_error(lang, error),
        BillingError::Keys(errors) => {
            let each: Vec<_> = errors.iter().map(|wrong| key_error(lang, wrong.field, wrong.error)).collect();
            each.join(" ")
        }
        BillingError::PaymentInProgress { since, .. } => {
            let since = time(lang, *since);
            match lang {
                Lang::En => format!("A card payment is in progress on this invoice since {since}."),
                Lang::Fr => {
                    format!("Un paiement par carte est en cours sur cette facture depuis le {since}.")
                }
            }
        }
        BillingError::Processor { certainty, cause } => {
            format!("{} {}", asked(lang, &cause.processor, &cause.kind), known(lang, *certainty))
        }
        BillingError::ProcessorRefusesAmount { processor, kind } => {
            format!("{} {}", asked(lang, processor, kind), known(lang, Certainty::NotSent))
        }
        BillingError::ProcessorRefusesRefund { processor, kind } => {
            format!("{} {}", asked(lang, processor, kind), nothing_given_back(lang))
        }
        BillingError::RefundNotMade { cause } => {
            format!("{} {}", asked(lang, &cause.processor, &cause.kind), nothing_given_back(lang))
        }
        BillingError::RefundTooLarge { refundable } => {
            let left = money(lang, *refundable);
            match lang {
                Lang::En => {
                    format!("Only {left} of this charge can still be given back. Nothing was given back now.")
                }
                Lang::Fr => {
                    format!(
                        "Il ne reste que {left} à rembourser sur ce débit. Rien n’a été remboursé maintenant."
                    )
                }
            }
        }
        BillingError::Locked(id) => locked(lang, id),
        BillingError::CredentialsMissing { processor: id } => credentials_missing(lang, id),
        BillingError::UnknownProcessor(id) => {
            let name = processor(id);
            match lang {
                Lang::En => format!("{name} is not part of this installation."),
                Lang::Fr => format!("{name} ne fait pas partie de cette installation."),
            }
        }
        BillingError::Verify(error) => not_verified(lang, error),
        other => fixed(lang, other).to_owned(),
    }
}

/// Why the processor did not accept pasted keys. Nothing was stored.
pub fn not_verified(lang: Lang, why: &VerifyError) -> String {
    let text = match why {
        VerifyError::CannotCharge => lang.pick(
            "The account cannot take card payments yet. Finish its activation at the processor.",
            "Le compte ne peut pas encore prendre de paiements par carte. Terminez son activation chez le processeur.",
        ),
        VerifyError::KeysOfTwoAccounts => lang.pick(
            "The two keys belong to different accounts. Copy both from the same one.",
            "Les deux clés sont de comptes différents. Copiez les deux du même compte.",
        ),
        VerifyError::PermissionMissing(permission) => {
            return match lang {
                Lang::En => format!("The key lacks a permission: {permission}."),
                Lang::Fr => format!("Il manque une autorisation à la clé\u{a0}: {permission}."),
            };
        }
        VerifyError::Rejected => lang.pick(
            "The processor does not know these keys. Copy them again.",
            "Le processeur ne connaît pas ces clés. Copiez-les de nouveau.",
        ),
        VerifyError::WrongMode => lang.pick(
            "The keys are not live keys, whatever they begin with. Copy the live ones.",
            "Ces clés ne sont pas des clés réelles, quel que soit leur début. Copiez les clés réelles.",
        ),
        _ => lang.pick(
            "The processor could not be asked. Nothing was saved; try again in a minute.",
            "Le processeur n’a pas pu être interrogé. Rien n’a été enregistré; réessayez dans une minute.",
        ),
    };
    text.to_owned()
}

/// What the payment window says when the card was sent and the clinic did not tell how it ended.
pub const fn not_told(lang: Lang) -> &'static str {
    lang.pick(
        "The card may have been charged: this window was not told. Do not take the payment another way. Open the invoice \
         again, signing in if you are asked to: it shows how it ended.",
        "La carte a peut-être été débitée\u{a0}: cette fenêtre n’en a pas été informée. Ne prenez pas le paiement autrement. \
         Ouvrez de nouveau la facture, en ouvrant une session au besoin\u{a0}: elle montre comment cela s’est terminé.",
    )
}

/// What the payment window says of a payment that was looked at. A patient may read it.
pub fn patient_message(lang: Lang, view: &PaymentView) -> String {
    if let (PaymentState::Open | PaymentState::Declined, Some(decline)) = (view.state, &view.decline) {
        return decline.patient_text(lang.into()).to_owned();
    }
    let text = match view.state {
        PaymentState::Cancelled => lang.pick(
            "The payment was cancelled. Nothing was charged.",
            "Le paiement a été annulé. Rien n’a été débité.",
        ),
        PaymentState::Declined => lang.pick(
            "The card was declined. Nothing was charged.",
            "La carte a été refusée. Rien n’a été débité.",
        ),
        PaymentState::Open => lang.pick(
            "The payment is not finished, and nothing was charged so far. Send the request to go on.",
            "Le paiement n’est pas terminé et rien n’a été débité jusqu’ici. Envoyez la demande pour continuer.",
        ),
        PaymentState::Succeeded => lang.pick("The payment is made.", "Le paiement est fait."),
        _ => lang.pick(
            "It is not known yet whether the payment was made. Please do not pay another way.",
            "On ne sait pas encore si le paiement a été fait. Veuillez ne pas payer autrement.",
        ),
    };
    text.to_owned()
}

fn fixed(lang: Lang, why: &BillingError) -> &'static str {
    match why {
        BillingError::AccountChanged => lang.pick(
            "The billing settings changed meanwhile. Load this page again. Nothing was charged.",
            "Les paramètres de facturation ont changé entre-temps. Rechargez la page. Rien n’a été débité.",
        ),
        BillingError::Denied(_) => {
            lang.pick("You may not do this here.", "Vous n’avez pas l’autorisation de faire cela ici.")
        }
        BillingError::GrantOutdated => lang.pick(
            "The card fields answered for an earlier try, and that card was not charged. Send the request again.",
            "Les champs de carte ont répondu pour une tentative antérieure; cette carte n’a pas été débitée. Envoyez la demande de nouveau.",
        ),
        BillingError::GrantRefused { .. } => lang.pick(
            "The card fields gave an answer that cannot be used. Nothing was charged; enter the card again.",
            "Les champs de carte ont donné une réponse inutilisable. Rien n’a été débité; entrez la carte de nouveau.",
        ),
        BillingError::InvalidId(_) => lang.pick(
            "The reference is not one: letters, digits and . _ : - only, without spaces.",
            "Cette référence n’en est pas une\u{a0}: seulement des lettres, des chiffres et . _ : -, sans espaces.",
        ),
        BillingError::InvoiceLocked { payment: Some(_) } => lang.pick(
            "A card payment is open on this invoice. Finish or cancel it first.",
            "Un paiement par carte est en cours sur cette facture. Terminez-le ou annulez-le d’abord.",
        ),
        BillingError::InvoiceLocked { payment: None } => lang.pick(
            "The invoice cannot be changed any more: it is finalised, or money was taken for it.",
            "La facture ne peut plus être modifiée; elle est finalisée, ou de l’argent a été pris pour elle.",
        ),
        BillingError::NoProcessorConfigured(_) => lang.pick(
            "No card processor is connected. Save its keys in Billing Settings.",
            "Aucun processeur de cartes n’est relié. Enregistrez ses clés dans les paramètres de facturation.",
        ),
        BillingError::NoteHoldsCardNumber => lang.pick(
            "The note or the reference looks like a card number. Card numbers go into the payment window only.",
            "La note ou la référence ressemble à un numéro de carte. Les numéros de carte vont seulement dans la fenêtre de paiement.",
        ),
        BillingError::NoteMissing => {
            lang.pick("Say in the note how you know.", "Dites dans la note comment vous le savez.")
        }
        BillingError::NotFound(_) | BillingError::UnknownDispensary => lang.pick(
            "There is no such thing in this dispensary.",
            "Cela n’existe pas dans ce dispensaire.",
        ),
        BillingError::NothingOutstanding => {
            lang.pick("Nothing is outstanding on this invoice.", "Il n’y a rien à payer sur cette facture.")
        }
        BillingError::NotCancellable { .. } => lang.pick(
            "This payment cannot be taken back. Let it be paid, or wait until it ends by itself.",
            "Ce paiement ne peut pas être retiré. Laissez-le se faire, ou attendez qu’il se termine de lui-même.",
        ),
        BillingError::NotDraining => lang.pick(
            "The account is in use. Save or remove its keys in the pane above.",
            "Le compte est en usage. Enregistrez ou retirez ses clés dans le volet ci-dessus.",
        ),
        BillingError::NotUnderReview => lang.pick(
            "The payment is not under review any more: the processor or somebody else was first.",
            "Le paiement n’est plus à examiner; le processeur ou quelqu’un d’autre a répondu avant vous.",
        ),
        BillingError::OpenPaymentOutdated { .. } | BillingError::FiguresConflict { .. } => lang.pick(
            "The invoice changed while a payment is open on it. Cancel that payment first.",
            "La facture a changé pendant qu’un paiement y est en cours. Annulez d’abord ce paiement.",
        ),
        BillingError::OtherAccount { .. } => lang.pick(
            "These keys are of another account. Nothing was saved; paste those of the account that was removed.",
            "Ces clés sont d’un autre compte. Rien n’a été enregistré; collez celles du compte qui a été retiré.",
        ),
        BillingError::Payable(PayableError::NotFinalised) => {
            lang.pick("Only a finalised invoice can be paid.", "Seule une facture finalisée peut être payée.")
        }
        BillingError::RefundNotTold { .. } => lang.pick(
            "How the refund stands is not known. Look at it again later.",
            "On ne sait pas où en est le remboursement. Vérifiez-le de nouveau plus tard.",
        ),
        BillingError::RefundInProgress { .. } => lang.pick(
            "Whether another refund of this charge gave money back is not known yet. Look at that one first.",
            "On ne sait pas encore si un autre remboursement de ce débit a été fait. Vérifiez d’abord celui-là.",
        ),
        BillingError::Late | BillingError::PaymentWithdrawn => lang.pick(
            "The request was withdrawn before it reached the card. Nothing was charged; send it again.",
            "La demande a été retirée avant d’atteindre la carte. Rien n’a été débité; envoyez-la de nouveau.",
        ),
        BillingError::Busy | BillingError::ShuttingDown | BillingError::Store(StoreError::Unavailable(_)) => lang.pick(
            "Too much is going on, and it was not done. Try again in a moment.",
            "Trop de choses se passent, et cela n’a pas été fait. Réessayez dans un instant.",
        ),
        BillingError::Store(StoreError::Conflict(_)) | BillingError::AlreadyExists(_) => lang.pick(
            "Somebody else changed this at the same time. Load the page again.",
            "Quelqu’un d’autre a modifié cela en même temps. Rechargez la page.",
        ),
        _ => lang.pick(
            "It is not certain whether this was done. Load the page again and see before you repeat it.",
            "Il n’est pas certain que cela ait été fait. Rechargez la page et vérifiez avant de recommencer.",
        ),
    }
}

fn locked(lang: Lang, id: &ProcessorId) -> String {
    let name = processor(id);
    match lang {
        Lang::En => format!("{name} is locked for this dispensary. Contact the help centre to unlock it."),
        Lang::Fr => format!(
            "{name} est verrouillé pour ce dispensaire. Communiquez avec le centre d’assistance pour le déverrouiller."
        ),
    }
}

fn credentials_missing(lang: Lang, id: &ProcessorId) -> String {
    let name = processor(id);
    match lang {
        Lang::En => format!(
            "The keys of the {name} account of this payment are not saved any more. Save keys of the same account again."
        ),
        Lang::Fr => format!(
            "Les clés du compte {name} de ce paiement ne sont plus enregistrées. Enregistrez de nouveau des clés du même compte."
        ),
    }
}

#[cfg(test)]
mod tests {
    use billing_domain::{Currency, Money, ProcessorError, ProcessorErrorKind};

    use super::*;

    fn error(kind: ProcessorErrorKind) -> ProcessorError {
        let processor = ProcessorId::MONERIS;
        ProcessorError { processor, kind, request_id: None, retry_after: None, source: None }
    }

    /// What a charge or a refund may be refused with, and what each text must say of the money.
    fn about_money() -> Vec<(BillingError, &'static str)> {
        let kind = || ProcessorErrorKind::Unsupported;
        let processor = ProcessorId::MONERIS;
        let cents = Money::new(4_000, Currency::CAD);
        vec![
            (BillingError::GrantOutdated, "not charged"),
            (
                BillingError::GrantRefused { processor: processor.clone(), kind: kind() },
                "Nothing was charged",
            ),
            (
                BillingError::ProcessorRefusesAmount { processor: processor.clone(), kind: kind() },
                "Nothing was charged.",
            ),
            (BillingError::ProcessorRefusesRefund { processor, kind: kind() }, "Nothing was given back."),
            (
                BillingError::RefundInProgress {
                    refund: "01930000-0000-7000-8000-000000000001".parse().unwrap(),
                },
                "not known yet",
            ),
            (BillingError::RefundNotMade { cause: error(kind()) }, "Nothing was given back."),
            (BillingError::RefundTooLarge { refundable: cents }, "$40.00"),
        ]
    }

    #[test]
    fn what_is_refused_says_what_is_known_of_the_money() {
        for (why, told) in about_money() {
            let [english, french] = Lang::ALL.map(|lang| refusal(lang, &why));
            assert!(english.contains(told), "{english}");
            assert!(english != french && !french.contains("Il n’est pas certain"), "{french}");
        }
    }
}
