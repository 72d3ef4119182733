//! What a page says for an HTTP status.

use crate::lang::Lang;

/// What happened and what to do now.
pub const fn problem(lang: Lang, status: u16) -> &'static str {
    heading_and_text(lang, status).1
}

/// The same in two or three words.
pub const fn problem_heading(lang: Lang, status: u16) -> &'static str {
    heading_and_text(lang, status).0
}

const fn heading_and_text(lang: Lang, status: u16) -> (&'static str, &'static str) {
    match status {
        403 => (
            lang.pick("Not permitted", "Non autorisé"),
            lang.pick(
                "You may not do this here, or the page was open too long. Nothing was changed. Go back, load the page again and retry.",
                "Vous n’avez pas l’autorisation de faire cela ici, ou la page est restée ouverte trop longtemps. Rien n’a été modifié. Revenez en arrière, rechargez la page et réessayez.",
            ),
        ),
        404 => (
            lang.pick("Not found", "Introuvable"),
            lang.pick(
                "There is no such page here. It may belong to another dispensary.",
                "Cette page n’existe pas ici. Elle est peut-être dans un autre dispensaire.",
            ),
        ),
        405 => (
            lang.pick("Not this way", "Pas de cette façon"),
            lang.pick(
                "This address takes other requests. Nothing was changed.",
                "Cette adresse reçoit d’autres demandes. Rien n’a été modifié.",
            ),
        ),
        413 => (
            lang.pick("Too long", "Trop long"),
            lang.pick(
                "More was sent than any form here can hold. Nothing was changed.",
                "L’envoi dépasse ce qu’un formulaire d’ici peut contenir. Rien n’a été modifié.",
            ),
        ),
        421 => (
            lang.pick("Another address", "Une autre adresse"),
            lang.pick(
                "This demo has no passwords, so it answers to no name but localhost. Open it by its address, such as 127.0.0.1. Nothing was changed.",
                "Cette démonstration n’a pas de mot de passe; elle ne répond donc à aucun nom sauf localhost. Ouvrez-la par son adresse, comme 127.0.0.1. Rien n’a été modifié.",
            ),
        ),
        422 => (
            lang.pick("Not understood", "Pas compris"),
            lang.pick(
                "Something in the form could not be read. Nothing was changed. Load the page again and retry.",
                "Une partie du formulaire n’a pas pu être lue. Rien n’a été modifié. Rechargez la page et réessayez.",
            ),
        ),
        400..=499 => (
            lang.pick("Not done", "Pas fait"),
            lang.pick(
                "The request was not accepted. Nothing was changed. Load the page again and retry.",
                "La demande n’a pas été acceptée. Rien n’a été modifié. Rechargez la page et réessayez.",
            ),
        ),
        _ => (
            lang.pick("Something went wrong", "Une erreur s’est produite"),
            lang.pick(
                "It is not certain whether this was done. Load the page again and see before you repeat it.",
                "Il n’est pas certain que cela ait été fait. Rechargez la page et vérifiez avant de recommencer.",
            ),
        ),
    }
}
