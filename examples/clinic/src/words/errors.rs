//! What is wrong with a field of the invoice form. Never what was typed.

use billing_domain::invoice::{InvoiceError, LineItemError, TaxError, TextError};

use crate::lang::Lang;
use crate::pages::Wrong;
use crate::words::tax_name;

/// One sentence on what to change.
pub fn wrong(lang: Lang, wrong: &Wrong) -> String {
    let text = match wrong {
        Wrong::Changed => lang.pick(
            "Somebody changed this draft meanwhile. Open it again; what you typed is still below.",
            "Quelqu’un a modifié ce brouillon entre-temps. Ouvrez-le de nouveau; votre saisie est encore ci-dessous.",
        ),
        Wrong::Invoice(error) => return invoice_error(lang, error),
        Wrong::Line(error) => line(lang, *error),
        Wrong::NoLines => lang.pick("Fill in at least one line.", "Remplissez au moins une ligne."),
        Wrong::NotAFigure => lang.pick(
            "Type a figure such as 85 or 85.00.",
            "Entrez un nombre comme 85 ou 85,00.",
        ),
        Wrong::Tax => lang.pick("Choose how this line is taxed.", "Choisissez comment cette ligne est taxée."),
        Wrong::Text(TextError::TooLong { max }) => {
            return match lang {
                Lang::En => format!("At most {max} characters."),
                Lang::Fr => format!("Au plus {max} caractères."),
            };
        }
        Wrong::Text(error) => text(lang, *error),
    };
    text.to_owned()
}

const fn text(lang: Lang, error: TextError) -> &'static str {
    match error {
        TextError::Empty => lang.pick("Fill this in.", "Remplissez ce champ."),
        TextError::LooksLikeCardNumber => lang.pick(
            "This looks like a card number. Card numbers go into the payment window only.",
            "Cela ressemble à un numéro de carte. Les numéros de carte vont seulement dans la fenêtre de paiement.",
        ),
        TextError::ControlCharacter => lang.pick(
            "There is an invisible character in it. Type it again.",
            "Il contient un caractère invisible. Saisissez-le de nouveau.",
        ),
        _ => lang.pick(
            "There is a character in it that is not allowed here.",
            "Il contient un caractère qui n’est pas permis ici.",
        ),
    }
}

const fn line(lang: Lang, error: LineItemError) -> &'static str {
    match error {
        LineItemError::NegativePrice => {
            lang.pick("A price cannot be negative.", "Un prix ne peut pas être négatif.")
        }
        LineItemError::NotWholeMinorUnits => lang.pick(
            "Quantity times price must come to whole cents.",
            "La quantité multipliée par le prix doit donner des cents entiers.",
        ),
        LineItemError::Quantity => lang.pick(
            "More than 0, at most 100,000, with at most three decimals.",
            "Plus de 0, au plus 100\u{a0}000, avec au plus trois décimales.",
        ),
        _ => lang.pick(
            "This amount cannot be taken: at most two decimals, and not too large.",
            "Ce montant n’est pas accepté\u{a0}: au plus deux décimales, et pas trop élevé.",
        ),
    }
}

/// Why the library refused something about an invoice.
pub(super) fn invoice_error(lang: Lang, error: &InvoiceError) -> String {
    let text = match error {
        InvoiceError::MoneyTaken => lang.pick(
            "Money was taken for this invoice. Refund it first.",
            "De l’argent a été pris pour cette facture. Remboursez-le d’abord.",
        ),
        InvoiceError::NoLines => lang.pick("The invoice has no lines.", "La facture n’a aucune ligne."),
        InvoiceError::NotDraft => {
            lang.pick("Only a draft can be changed.", "Seul un brouillon peut être modifié.")
        }
        InvoiceError::NotFinalised => {
            lang.pick("The invoice is not finalised.", "La facture n’est pas finalisée.")
        }
        InvoiceError::PaymentOpen => lang.pick(
            "A payment is open on this invoice. Cancel it or wait for its end.",
            "Un paiement est en cours sur cette facture. Annulez-le ou attendez qu’il se termine.",
        ),
        InvoiceError::Tax(TaxError::NoRateInForce { component, .. }) => {
            let name = tax_name(lang, component.as_str());
            return match lang {
                Lang::En => format!("No rate of {name} is known for that day."),
                Lang::Fr => format!("Aucun taux de {name} n’est connu pour ce jour."),
            };
        }
        _ => lang.pick(
            "The invoice’s figures do not go together.",
            "Les chiffres de la facture ne concordent pas.",
        ),
    };
    text.to_owned()
}
