//! Names of things that are values: states, processors, people, places. A state also has a tone, never a tone alone.

use billing_app::{NoticesOnPane, PaneState, WindowField};
use billing_credentials::fields;
use billing_domain::invoice::{InvoiceState, PlaceOfSupply};
use billing_domain::payment::{AttemptState, Payment, PaymentState, Review};
use billing_domain::refund::RefundState;
use billing_domain::{
    Invoice, PayableState, PayableStatus, ProcessorId, Proof, SubscriptionRefusal, TroubleKind,
};

use crate::lang::Lang;
use crate::words::Words;

/// How a state is coloured. The words beside it say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It ended badly, or a person must act.
    Bad,
    /// It ended well.
    Good,
    /// Nothing is going on.
    Idle,
    /// It is not over.
    Wait,
}

impl Tone {
    /// Its class in the style sheet.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Bad => "bad",
            Self::Good => "good",
            Self::Idle => "idle",
            Self::Wait => "wait",
        }
    }
}

/// How a payment stands.
pub const fn payment_state(lang: Lang, state: PaymentState) -> (Tone, &'static str) {
    match state {
        PaymentState::Cancelled => (Tone::Idle, lang.pick("Cancelled", "Annulé")),
        PaymentState::Declined => (Tone::Bad, lang.pick("Declined", "Refusé")),
        PaymentState::Open => (Tone::Wait, lang.pick("Open", "En cours")),
        PaymentState::Succeeded => (Tone::Good, lang.pick("Paid", "Payé")),
        // A state that is new to these pages is not known to them either.
        _ => (Tone::Bad, lang.pick("Outcome not known", "Issue inconnue")),
    }
}

/// What became of a payment's money afterwards, if anything of it was given back or was to be; what needs a person first.
pub fn money_back(lang: Lang, payment: &Payment) -> Option<(Tone, &'static str)> {
    let has = |of: fn(&RefundState) -> bool| payment.refunds.iter().any(|refund| of(&refund.state));
    let (all, some) = (payment.refunded(), !payment.refunded().is_zero());
    Some(if has(|state| matches!(state, RefundState::NeedsReview(_))) {
        (Tone::Bad, lang.pick("Refund needs review", "Remboursement à examiner"))
    } else if has(RefundState::is_in_doubt) {
        (Tone::Bad, lang.pick("Refund not known", "Issue du remboursement inconnue"))
    } else if payment.refunds.last().is_some_and(|newest| newest.state.is_failed()) {
        (Tone::Bad, lang.pick("Refund failed", "Remboursement échoué"))
    } else if has(|state| *state == RefundState::Pending) {
        (Tone::Wait, lang.pick("Refund under way", "Remboursement en cours"))
    } else if some && all == payment.amount {
        (Tone::Idle, lang.pick("Given back", "Remboursé"))
    } else if some {
        (Tone::Idle, lang.pick("Given back in part", "Remboursé en partie"))
    } else {
        return None;
    })
}

/// How an invoice stands: its own state, and once it is finalised how far it is paid.
pub fn invoice_status(lang: Lang, invoice: &Invoice, payable: Option<&PayableState>) -> (Tone, &'static str) {
    match invoice.state() {
        InvoiceState::Draft { .. } => return (Tone::Idle, lang.pick("Draft", "Brouillon")),
        InvoiceState::Void(_) => return (Tone::Idle, lang.pick("Void", "Annulée")),
        InvoiceState::Finalised(_) => {}
    }
    if payable.is_some_and(|payable| payable.open_payment.is_some()) {
        return (Tone::Wait, lang.pick("Payment open", "Paiement en cours"));
    }
    match payable.map_or(Ok(PayableStatus::Unpaid), PayableState::status) {
        Ok(PayableStatus::Overpaid) => (Tone::Bad, lang.pick("Overpaid", "Payée en trop")),
        Ok(PayableStatus::Paid) => (Tone::Good, lang.pick("Paid", "Payée")),
        Ok(PayableStatus::PartlyPaid) => (Tone::Wait, lang.pick("Partly paid", "Payée en partie")),
        Ok(PayableStatus::Unpaid) => (Tone::Wait, lang.pick("Unpaid", "Impayée")),
        _ => (Tone::Bad, lang.pick("Not known", "Inconnu")),
    }
}

/// Whether a processor tells at once when something changed.
pub const fn told_at_once(lang: Lang, notices: NoticesOnPane) -> &'static str {
    match notices {
        NoticesOnPane::On => lang.pick("Yes", "Oui"),
        NoticesOnPane::Refused(SubscriptionRefusal::PermissionMissing) => lang.pick(
            "No: the key may not register webhook endpoints. Everything is found out all the same, within minutes",
            "Non\u{a0}: la clé ne permet pas d’inscrire de point de terminaison webhook. Tout s’apprend quand même, en quelques minutes",
        ),
        NoticesOnPane::Refused(SubscriptionRefusal::TooMany) => lang.pick(
            "No: the account has as many webhook endpoints as it may have. Everything is found out all the same, within minutes",
            "Non\u{a0}: le compte a déjà autant de points de terminaison webhook que permis. Tout s’apprend quand même, en quelques minutes",
        ),
        NoticesOnPane::Refused(_) => lang.pick(
            "No: the processor refused. Everything is found out all the same, within minutes",
            "Non\u{a0}: le processeur a refusé. Tout s’apprend quand même, en quelques minutes",
        ),
        NoticesOnPane::Registering => lang.pick("Being set up", "En préparation"),
        _ => lang.pick("No: looked up every few minutes", "Non\u{a0}: vérifié aux quelques minutes"),
    }
}

/// What a settings pane says at its top.
pub const fn pane_state(lang: Lang, state: PaneState) -> (Tone, &'static str) {
    match state {
        PaneState::Active => (
            Tone::Good,
            lang.pick("In use: card payments go here", "Utilisé\u{a0}: les paiements par carte vont ici"),
        ),
        PaneState::ConfiguredInactive => (
            Tone::Idle,
            lang.pick("Not active while Stripe is connected", "Inactif tant que Stripe est relié"),
        ),
        PaneState::Locked => (
            Tone::Idle,
            lang.pick(
                "Locked: contact the help centre",
                "Verrouillé\u{a0}: communiquez avec le centre d’assistance",
            ),
        ),
        PaneState::NeedsAttention { .. } => {
            (Tone::Bad, lang.pick("The processor refuses the keys", "Le processeur refuse les clés"))
        }
        PaneState::NotConfigured => (Tone::Idle, lang.pick("No keys saved", "Aucune clé enregistrée")),
        _ => (
            Tone::Idle,
            lang.pick("Not part of this installation", "Ne fait pas partie de cette installation"),
        ),
    }
}

/// How a processor refuses saved keys, and what to do.
pub const fn trouble(lang: Lang, kind: TroubleKind) -> &'static str {
    match kind {
        TroubleKind::CredentialsRejected => lang.pick(
            "The saved keys are wrong, expired or were replaced at the processor. Paste the current ones.",
            "Les clés enregistrées sont inexactes, expirées ou remplacées chez le processeur. Collez les clés actuelles.",
        ),
        TroubleKind::PermissionMissing => lang.pick(
            "The saved secret key lacks a permission. Grant it at the processor, then check the keys.",
            "Il manque une autorisation à la clé secrète enregistrée. Accordez-la chez le processeur, puis vérifiez les clés.",
        ),
        _ => lang.pick("The processor refuses the saved keys.", "Le processeur refuse les clés enregistrées."),
    }
}

/// Where an attempt stands, for staff.
pub const fn attempt_state(lang: Lang, state: &AttemptState) -> (Tone, &'static str) {
    match state {
        AttemptState::AwaitingCardholder => {
            (Tone::Wait, lang.pick("Waiting for the card", "En attente de la carte"))
        }
        AttemptState::Charging => (Tone::Wait, lang.pick("Being charged", "Débit en cours")),
        AttemptState::Dead(proof) => dead(lang, proof),
        AttemptState::NeedsReview(_) => (Tone::Bad, lang.pick("Needs review", "À examiner")),
        AttemptState::Processing => {
            (Tone::Wait, lang.pick("The processor is working on it", "Le processeur y travaille"))
        }
        AttemptState::Sending => (Tone::Wait, lang.pick("Being sent", "Envoi en cours")),
        AttemptState::Succeeded(_) => (Tone::Good, lang.pick("Paid", "Payé")),
        AttemptState::Unknown => (Tone::Bad, lang.pick("Outcome not known", "Issue inconnue")),
    }
}

const fn dead(lang: Lang, proof: &Proof) -> (Tone, &'static str) {
    match proof {
        Proof::Declined(_) => (Tone::Bad, lang.pick("Declined", "Refusé")),
        Proof::Finding => (
            Tone::Idle,
            lang.pick("Nothing moved: a person looked", "Rien de pris\u{a0}: une personne a vérifié"),
        ),
        Proof::NeverCharged | Proof::NeverHandedOver | Proof::NeverSent => {
            (Tone::Idle, lang.pick("Ended before it reached the card", "Terminé avant d’atteindre la carte"))
        }
        _ => (Tone::Idle, lang.pick("Cancelled at the processor", "Annulé chez le processeur")),
    }
}

/// Why a person has to look, and how.
pub const fn review(lang: Lang, review: &Review) -> &'static str {
    match review {
        Review::CheckSpent => lang.pick(
            "The charge was sent, and the one question the processor allows about it told nothing. Look for the charge in its own pages.",
            "Le débit a été envoyé, et la seule question que le processeur permet à son sujet n’a rien appris. Cherchez le débit dans ses propres pages.",
        ),
        Review::KeysErased => lang.pick(
            "The account’s keys are gone, so the processor cannot be asked.",
            "Les clés du compte n’existent plus; le processeur ne peut donc pas être interrogé.",
        ),
        Review::Mismatch(_) => lang.pick(
            "The processor answered about another amount, currency or payment than ours.",
            "La réponse du processeur porte sur un autre montant, une autre devise ou un autre paiement que le nôtre.",
        ),
        Review::Overdue => lang.pick(
            "The processor has not said how it ended for longer than anyone should wait.",
            "Le processeur n’a pas dit comment cela s’est terminé, depuis plus longtemps qu’on ne devrait attendre.",
        ),
        Review::TicketLimit => lang.pick(
            "The processor’s payment page was opened and never finished. Look there whether the card was charged.",
            "La page de paiement du processeur a été ouverte et jamais terminée. Vérifiez là si la carte a été débitée.",
        ),
        _ => lang.pick(
            "The processor brought no evidence either way.",
            "Le processeur n’a fourni aucune preuve, ni dans un sens ni dans l’autre.",
        ),
    }
}

/// A field of the payment window.
pub fn window_field(lang: Lang, field: WindowField) -> &'static str {
    let words = Words::of(lang);
    match field {
        WindowField::Total => words.total,
        WindowField::BillingName => words.billing_name,
        WindowField::CardNumber => words.card_number,
        WindowField::Expiry => words.expiry,
        WindowField::Cvc => words.security_code,
        WindowField::PostalCodeIfApplicable => words.postal_code,
    }
}

/// A field of a settings pane, by its name in [`fields`].
pub fn field_label(lang: Lang, name: &str) -> &str {
    let words = Words::of(lang);
    match name {
        fields::API_TOKEN => words.api_token,
        fields::CHECKOUT_ID => words.checkout_id,
        fields::PROFILE_ID => words.profile_id,
        fields::PUBLISHABLE_KEY => words.publishable_key,
        fields::SECRET_KEY => words.secret_key,
        fields::STORE_ID => words.store_id,
        other => other,
    }
}

/// What to know before a field of a settings pane is filled in.
pub fn field_hint(lang: Lang, name: &str) -> Option<&'static str> {
    let words = Words::of(lang);
    match name {
        fields::CHECKOUT_ID => Some(words.checkout_id_hint),
        fields::PROFILE_ID => Some(words.profile_id_hint),
        _ => None,
    }
}

/// A processor's own name.
pub fn processor(id: &ProcessorId) -> &str {
    match id.as_str() {
        "moneris" => "Moneris",
        "stripe" => "Stripe",
        other => other,
    }
}

/// A card's brand, from the processor's word for it.
pub fn card_brand(brand: &str) -> &str {
    match brand {
        "amex" => "American Express",
        "diners" => "Diners Club",
        "discover" => "Discover",
        "jcb" => "JCB",
        "mastercard" => "Mastercard",
        "unionpay" => "UnionPay",
        "visa" => "Visa",
        other => other,
    }
}

/// What a person of the demo is called; any other key, such as a host's own job, as it is.
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

/// A tax by the short name the library's tables give it; one with another name keeps it.
pub fn tax_name(lang: Lang, name: &str) -> &str {
    match name {
        "GST" => lang.pick("GST", "TPS"),
        "HST" => lang.pick("HST", "TVH"),
        "PST" => lang.pick("PST", "TVP"),
        "QST" => lang.pick("QST", "TVQ"),
        "RST" => lang.pick("RST", "TVD"),
        other => other,
    }
}

/// A province or territory.
pub const fn place_of_supply(lang: Lang, place: PlaceOfSupply) -> &'static str {
    match place {
        PlaceOfSupply::Alberta => "Alberta",
        PlaceOfSupply::BritishColumbia => lang.pick("British Columbia", "Colombie-Britannique"),
        PlaceOfSupply::Manitoba => "Manitoba",
        PlaceOfSupply::NewBrunswick => lang.pick("New Brunswick", "Nouveau-Brunswick"),
        PlaceOfSupply::NewfoundlandAndLabrador => {
            lang.pick("Newfoundland and Labrador", "Terre-Neuve-et-Labrador")
        }
        PlaceOfSupply::NorthwestTerritories => {
            lang.pick("Northwest Territories", "Territoires du Nord-Ouest")
        }
        PlaceOfSupply::NovaScotia => lang.pick("Nova Scotia", "Nouvelle-Écosse"),
        PlaceOfSupply::Nunavut => "Nunavut",
        PlaceOfSupply::Ontario => "Ontario",
        PlaceOfSupply::PrinceEdwardIsland => lang.pick("Prince Edward Island", "Île-du-Prince-Édouard"),
        PlaceOfSupply::Quebec => lang.pick("Quebec", "Québec"),
        PlaceOfSupply::Saskatchewan => "Saskatchewan",
        PlaceOfSupply::Yukon => "Yukon",
    }
}
