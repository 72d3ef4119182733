//! Every text of the pages, English beside French.

mod notice;
mod refusal;

pub use notice::Notice;
pub use refusal::{patient_message, refusal};

use crate::lang::Lang;

/// What a person of the demo is called; another key, such as an actor of the library itself, as it is.
pub fn person(lang: Lang, key: &str) -> &str {
    match key {
        "front-desk-a" => lang.pick("Front desk A", "Réception A"),
        "front-desk-b" => lang.pick("Front desk B", "Réception B"),
        "help-centre" => lang.pick("Help centre", "Centre d’assistance"),
        "practice-owner" => lang.pick("Practice owner", "Propriétaire de la clinique"),
        "system" => lang.pick("The system", "Le système"),
        other => other,
    }
}
