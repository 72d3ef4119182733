//! The fixed texts of the pages: one table, English beside French, so that one thing has one word in each language.
//!
//! Terms: dispensary = dispensaire; invoice = facture; payment = paiement; processor = processeur; to void an invoice =
//! annuler une facture; to cancel a payment = annuler un paiement; payer = payeur; outstanding = solde à payer;
//! help centre = centre d’assistance; to give money back, refund = rembourser, remboursement.

use crate::lang::Lang;

macro_rules! words {
    ($($key:ident: $english:literal, $french:literal;)+) => {
        /// Every fixed text, in one language. A text that is missing in one of them does not compile.
        #[derive(Debug)]
        pub struct Words {
            $(#[doc = $english] pub $key: &'static str,)+
        }

        static ENGLISH: Words = Words { $($key: $english,)+ };
        static FRENCH: Words = Words { $($key: $french,)+ };

        #[cfg(test)]
        const TABLE: &[(&str, &str, &str)] = &[$((stringify!($key), $english, $french),)+];
    };
}

impl Words {
    /// The texts in `lang`.
    pub fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::En => &ENGLISH,
            Lang::Fr => &FRENCH,
        }
    }
}

words! {
    // Around every page.
    clinic: "Clinic", "Clinique";
    demo: "A demonstration of patient billing in an EMR.", "Démonstration de la facturation aux patients dans un DMÉ.";
    main_menu: "Dispensary", "Dispensaire";
    sign_out: "Sign out", "Fermer la session";
    skip: "Skip to content", "Passer au contenu";
    you_are: "You are", "Vous êtes";

    // Places to go.
    billing_settings: "Billing Settings", "Paramètres de facturation";
    dispensaries: "Dispensaries", "Dispensaires";
    help_centre: "Help centre", "Centre d’assistance";
    payments: "Payments", "Paiements";
    transactions: "Transactions", "Transactions";

    // Signing in.
    sign_in: "Sign in", "Ouvrir une session";
    sign_in_hint: "This demo has no passwords: choose who you are.", "Cette démonstration n’a pas de mot de passe\u{a0}: choisissez qui vous êtes.";
    work_as: "Continue as", "Continuer en tant que";

    // Dispensaries.
    card_payments_go_to: "Card payments go to", "Paiements par carte";
    dispensaries_none: "There is no dispensary here for you. The help centre’s page is in the menu if you work there.", "Aucun dispensaire ne vous est attribué ici. Si vous travaillez au centre d’assistance, sa page est dans le menu.";
    dispensaries_hint: "A dispensary is one set of books with its own card accounts. Choose where you work now.", "Un dispensaire tient ses propres livres et a ses propres comptes de paiement par carte. Choisissez où vous travaillez maintenant.";
    kind: "Kind", "Type";
    kind_office: "A clinic’s books", "Livres d’une clinique";
    kind_personal: "A practitioner’s own books", "Livres propres à un praticien";

    // Transactions and payments.
    action: "Action", "Action";
    account: "Account", "Compte";
    amount: "Amount", "Montant";
    continue_payment: "Continue", "Continuer";
    draft: "Draft", "Brouillon";
    invoice: "Invoice", "Facture";
    new_invoice: "New invoice", "Nouvelle facture";
    older: "Older", "Plus anciennes";
    open: "Open", "Ouvrir";
    outstanding: "Outstanding", "Solde à payer";
    pay: "Pay", "Payer";
    payer: "Payer", "Payeur";
    payment: "Payment", "Paiement";
    payments_none: "No card payment was taken here yet.", "Aucun paiement par carte n’a encore été pris ici.";
    processor: "Processor", "Processeur";
    status: "Status", "État";
    taken_by: "Taken by", "Pris par";
    total: "Total", "Total";
    transactions_none: "No invoice here yet.", "Aucune facture pour l’instant.";
    when: "When", "Date";

    // One invoice.
    captured: "Paid by card", "Payé par carte";
    description: "Description", "Description";
    discount: "Discount", "Remise";
    edit: "Edit", "Modifier";
    finalise: "Finalise", "Finaliser";
    finalise_hint: "Gives the invoice its number and today’s tax rates. Then it can be paid.", "Donne à la facture son numéro et les taux de taxe d’aujourd’hui. Elle peut ensuite être payée.";
    invoice_date: "Date", "Date";
    line: "Line", "Ligne";
    lines: "Lines", "Lignes";
    paid_elsewhere: "Paid elsewhere", "Payé autrement";
    patient: "Patient reference", "Référence du patient";
    pay_by_card: "Pay by card", "Payer par carte";
    preview_hint: "What this draft comes to today. Nothing is owed until it is finalised.", "Ce que ce brouillon donne aujourd’hui. Rien n’est dû tant qu’il n’est pas finalisé.";
    quantity: "Quantity", "Quantité";
    refunded: "Refunded", "Remboursé";
    reopen: "Reopen as a draft", "Rouvrir comme brouillon";
    subtotal: "Subtotal", "Sous-total";
    summary: "Summary", "Sommaire";
    tax: "Tax", "Taxe";
    unit_price: "Unit price", "Prix unitaire";
    void: "Void the invoice", "Annuler la facture";
    void_hint: "For good: it keeps its number and asks for nothing. Say why, without naming the patient.", "Pour de bon\u{a0}: elle garde son numéro et ne réclame plus rien. Dites pourquoi, sans nommer le patient.";
    void_reason: "Reason", "Motif";
    waits_on_card: "Card payment open", "Paiement par carte en cours";

    // The invoice form.
    amounts_in_cad: "Prices are in Canadian dollars (CAD), before tax.", "Les prix sont en dollars canadiens (CAD), avant les taxes.";
    back: "Back", "Retour";
    billing_name: "Billing full name", "Nom complet de facturation";
    billing_name_hint: "The person or organisation who pays.", "La personne ou l’organisation qui paie.";
    choose_tax: "Choose", "Choisir";
    edit_draft: "Edit the draft", "Modifier le brouillon";
    errors_title: "Please correct what is marked", "Veuillez corriger ce qui est indiqué";
    exempt: "Exempt", "Exonéré";
    patient_hint: "Your own code for the patient. Never a name or a health number.", "Votre propre code du patient. Jamais un nom ni un numéro d’assurance maladie.";
    save_draft: "Save the draft", "Enregistrer le brouillon";
    zero_rated: "Zero-rated", "Détaxé";

    // One payment.
    attempt: "Attempt", "Tentative";
    attempts: "What was tried", "Ce qui a été tenté";
    auth_code: "Authorisation code", "Code d’autorisation";
    cancel_payment: "Cancel payment", "Annuler le paiement";
    card: "Card", "Carte";
    charge: "Charge at the processor", "Débit chez le processeur";
    finding_hint: "Look the payment up in the processor’s own dashboard first. Your word ends the review and stays in the audit.", "Cherchez d’abord le paiement dans le tableau de bord du processeur. Votre constat met fin à l’examen et reste au journal.";
    finding_moved: "Did the money move?", "L’argent a-t-il été pris?";
    finding_moved_no: "No, nothing was taken", "Non, rien n’a été pris";
    finding_moved_yes: "Yes, the amount was taken", "Oui, le montant a été pris";
    finding_note: "How do you know?", "Comment le savez-vous?";
    finding_note_hint: "At most 500 characters, without the patient’s name.", "Au plus 500 caractères, sans le nom du patient.";
    finding_reference: "Reference at the processor", "Référence chez le processeur";
    finding_reference_hint: "Needed if the money moved: at Stripe pi_… or re_…, at Moneris the order id", "Requise si l’argent a bougé\u{a0}: chez Stripe pi_… ou re_…, chez Moneris le numéro de commande";
    finding_submit: "Record the finding", "Consigner le constat";
    finding_title: "What did you find?", "Qu’avez-vous constaté?";
    look_again: "Look again", "Vérifier de nouveau";
    look_again_hint: "Asks the processor how the payment stands. It charges nothing.", "Demande au processeur où en est le paiement. Rien n’est débité.";
    payment_id: "Payment", "Paiement";
    receipt_number: "Number for receipts", "Numéro pour les reçus";
    reference: "Reference at the processor", "Référence chez le processeur";
    refusals: "Refused cards", "Cartes refusées";
    staff_only: "For staff", "Pour le personnel";
    strays_hint: "This money arrived after the payment had ended. It is kept here and can be given back below.", "Cet argent est arrivé après la fin du paiement. Il est consigné ici et peut être remboursé ci-dessous.";
    strays: "Stray charges", "Débits tardifs";
    taken_at: "Taken", "Pris";

    // Giving money back.
    asked_by: "Asked by", "Demandé par";
    charge_in_doubt: "The charge was sent, and its outcome is being asked. Do not take the money another way.", "Le débit a été envoyé et son issue est en train d’être demandée. Ne prenez pas l’argent autrement.";
    give_back: "Give back", "Rembourser";
    given_back: "Given back, or may have been", "Remboursé, ou peut-être";
    refund_amount: "Amount to give back", "Montant à rembourser";
    refund_amount_hint: "All of it or a part. It goes back to the card that paid, through the account that took it.", "En entier ou en partie. Il revient sur la carte qui a payé, par le compte qui l’a pris.";
    refund_amount_wrong: "Type an amount above zero, such as 40 or 40.00.", "Entrez un montant supérieur à zéro, comme 40 ou 40,00.";
    refund_finding_hint: "Look the refund up in the processor’s own pages first. Your word ends the review and stays in the audit.", "Cherchez d’abord le remboursement dans les pages du processeur. Votre constat met fin à l’examen et reste au journal.";
    refund_finding_no: "No, nothing went back", "Non, rien n’est revenu";
    refund_finding_title: "What became of this refund?", "Qu’est devenu ce remboursement?";
    refund_finding_went: "Did the money go back?", "L’argent est-il revenu sur la carte?";
    refund_finding_yes: "Yes, it went back", "Oui, il est revenu";
    refund_look: "Look again", "Vérifier de nouveau";
    refund_stands_in_the_way: "How a refund of this charge ended is not known. Until it is, nothing more of it can be given back.", "On ne sait pas comment un remboursement de ce débit s’est terminé. D’ici là, rien d’autre n’en peut être remboursé.";
    refund_way: "How", "Comment";
    refundable: "Can still be given back", "Peut encore être remboursé";
    refunds: "Refunds", "Remboursements";
    stray: "Stray charge", "Débit tardif";

    // The payment window.
    brand: "Card brand", "Marque de la carte";
    card_frame: "Card fields of Moneris", "Champs de carte de Moneris";
    card_goes_straight: "The card goes from this browser straight to the processor. The clinic never sees it.", "La carte va de ce navigateur directement au processeur. La clinique ne la voit jamais.";
    card_number: "Card number", "Numéro de carte";
    checkout_hint: "Send the request: Moneris’s payment page then opens below. Once it is open the payment cannot be cancelled here; it ends there.", "Envoyez la demande\u{a0}: la page de paiement de Moneris s’ouvre alors ci-dessous. Une fois ouverte, le paiement ne peut plus être annulé ici; il se termine là.";
    close: "Close", "Fermer";
    expiry: "Expiry", "Date d’expiration";
    expiry_mmyy: "Expiry (MMYY)", "Date d’expiration (MMAA)";
    frame_hint: "Type the card below, then send the request.", "Entrez la carte ci-dessous, puis envoyez la demande.";
    name_goes_straight: "As on the card’s statement. Goes with the card to the processor, not to the clinic.", "Comme sur le relevé de la carte. Va avec la carte au processeur, pas à la clinique.";
    payment_window: "Card payment", "Paiement par carte";
    postal_code: "Postal code, if applicable", "Code postal, s’il y a lieu";
    postal_code_hint: "If the card’s bank asks for one.", "Si la banque de la carte en demande un.";
    resumes: "This payment was begun before. Sending again continues it; it cannot charge twice.", "Ce paiement a déjà été commencé. Le renvoyer le poursuit; il ne peut pas être débité deux fois.";
    made_up_cards: "Made-up cards", "Cartes fictives";
    stand_in_pays: "A stand-in for the processor takes this payment and no money moves. Never type a real card.", "Un simulateur du processeur prend ce paiement; aucun argent ne bouge. N’entrez jamais une vraie carte.";
    security_code: "Security code (CVC)", "Code de sécurité (CVC)";
    send_request: "Send Request", "Envoyer la demande";
    needs_script: "Card payments need JavaScript in this browser.", "Les paiements par carte exigent JavaScript dans ce navigateur.";

    // What pay.js says.
    say_asking: "Checking with the bank…", "Vérification auprès de la banque…";
    say_card: "Correct what is told at the card, then send the request again. Nothing was charged.", "Corrigez ce qui est indiqué à la carte, puis envoyez la demande de nouveau. Rien n’a été débité.";
    say_card_number: "Enter the whole card number.", "Entrez le numéro de carte complet.";
    say_connection: "The connection was lost. Send the request again: it cannot charge twice.", "La connexion a été perdue. Envoyez la demande de nouveau\u{a0}: elle ne peut pas débiter deux fois.";
    say_expiry: "Enter the card’s expiry date.", "Entrez la date d’expiration de la carte.";
    say_frame: "The card fields did not answer. Check the connection and reload this page. Nothing was charged.", "Les champs de carte n’ont pas répondu. Vérifiez la connexion et rechargez cette page. Rien n’a été débité.";
    say_name: "Enter the name.", "Entrez le nom.";
    say_not_loaded: "The card fields could not be loaded. Check the connection and reload this page. Nothing was charged.", "Les champs de carte n’ont pas pu être chargés. Vérifiez la connexion et rechargez cette page. Rien n’a été débité.";
    say_outdated: "The billing settings changed meanwhile. Reload this page. Nothing was charged.", "Les paramètres de facturation ont changé entre-temps. Rechargez la page. Rien n’a été débité.";
    say_page: "Pay in Moneris’s page below.", "Payez dans la page de Moneris ci-dessous.";
    say_paid: "Paid. One moment…", "Payé. Un instant…";
    say_security_code: "Enter the security code.", "Entrez le code de sécurité.";
    say_sending: "Sending the request…", "Envoi de la demande…";
    say_settling: "Asking how it ended…", "Vérification du résultat…";
    say_waiting: "The charge was sent, and its outcome is being asked. Please wait, up to two minutes, and do not pay another way.", "Le débit a été envoyé et son issue est en train d’être demandée. Veuillez attendre, jusqu’à deux minutes, et ne pas payer autrement.";
    reload: "Reload this page", "Recharger cette page";

    // No payment window.
    back_to_invoice: "Back to the invoice", "Retour à la facture";
    cannot_pay: "No card payment now", "Pas de paiement par carte pour l’instant";
    in_progress: "A payment is in progress", "Un paiement est en cours";
    in_progress_hint: "Wait until it ends, or ask whoever takes it. Do not take the money another way meanwhile: the card may still be charged.", "Attendez qu’il se termine ou demandez à la personne qui le prend. Entre-temps, ne prenez pas l’argent autrement\u{a0}: la carte peut encore être débitée.";
    open_settings: "Open Billing Settings", "Ouvrir les paramètres de facturation";
    see_payment: "See the payment", "Voir le paiement";
    since: "Since", "Depuis";

    // Billing Settings.
    api_token: "API token", "Jeton d’API";
    business_name: "Business", "Entreprise";
    check_keys: "Check the saved keys", "Vérifier les clés enregistrées";
    checkout_id: "Checkout id (optional)", "Identifiant Checkout (facultatif)";
    checkout_id_hint: "With it, cards are entered in Moneris’s own payment page. Without it, in the card fields of the profile.", "S’il est rempli, la carte s’entre dans la page de paiement de Moneris. Sinon, dans les champs de carte du profil.";
    configured_inactive_hint: "Saved. Card payments go to Stripe as long as its keys are saved; once they are removed, they come here. What was taken here is given back from here.", "Enregistré. Les paiements par carte vont à Stripe tant que ses clés sont enregistrées; une fois celles-ci retirées, ils viennent ici. Ce qui a été pris ici est remboursé d’ici.";
    checked_at: "Confirmed by the processor", "Confirmées par le processeur";
    demo_keys: "Keys of the stand-in", "Clés du simulateur";
    demo_keys_hint: "This installation talks to a stand-in for the processor. These keys open its made-up account; copy them into the fields above.", "Cette installation parle à un simulateur du processeur. Ces clés ouvrent son compte fictif; copiez-les dans les champs ci-dessus.";
    drain_keys: "Other keys to finish with", "D’autres clés pour terminer";
    drain_keys_hint: "If its keys were replaced at the processor: paste the current ones of the same account. No new payment uses them.", "Si ses clés ont été remplacées chez le processeur, collez les clés actuelles du même compte. Aucun nouveau paiement ne les utilise.";
    draining: "Finishing", "En fin d’usage";
    draining_hint: "Removed or replaced. It only finishes the payments it began.", "Retiré ou remplacé. Il ne fait que terminer les paiements qu’il a commencés.";
    draining_until: "Its keys are erased once that is done, at the latest on", "Ses clés sont effacées une fois que c’est fait, au plus tard le";
    erase_confirm: "Yes, erase them", "Oui, les effacer";
    erase_hint: "Nothing that is still open can then be asked about: somebody has to find out at the processor.", "Plus rien de ce qui est encore ouvert ne pourra alors être vérifié; quelqu’un devra se renseigner chez le processeur.";
    erase_keys: "Erase its keys now", "Effacer ses clés maintenant";
    erase_unconfirmed: "Confirm that the keys are to be erased.", "Confirmez que les clés doivent être effacées.";
    told_at_once: "Tells at once what changed", "Signale aussitôt les changements";
    key_version: "Version of the keys", "Version des clés";
    keys_replace_hint: "New keys replace the saved ones at once. A saved secret key is never shown again.", "De nouvelles clés remplacent aussitôt celles qui sont enregistrées. Une clé secrète enregistrée n’est plus jamais affichée.";
    keys_new_hint: "Paste both live keys from the processor’s dashboard. They are checked before they are saved.", "Collez les deux clés réelles du tableau de bord du processeur. Elles sont vérifiées avant d’être enregistrées.";
    never_checked: "Not yet", "Pas encore";
    precedence: "With Stripe keys saved, every card payment goes to Stripe. Without them, to Moneris.", "Si des clés Stripe sont enregistrées, tout paiement par carte va à Stripe. Sinon, à Moneris.";
    profile_id: "Hosted tokenization profile id", "Identifiant du profil de jetonisation hébergée";
    profile_id_hint: "Needed for the card fields, unless there is a Checkout id.", "Nécessaire aux champs de carte, à moins d’avoir un identifiant Checkout.";
    publishable_key: "Publishable key", "Clé publiable";
    remarks: "Please note", "À noter";
    remove_account: "Remove the account", "Retirer le compte";
    remove_confirm: "Yes, remove it", "Oui, le retirer";
    remove_hint: "The next card payment goes elsewhere. To come back, and to give back what was paid here, the keys must be pasted again.", "Le prochain paiement par carte ira ailleurs. Pour y revenir, et pour rembourser ce qui a été payé ici, il faudra coller les clés de nouveau.";
    remove_unconfirmed: "Confirm that the account is to be removed.", "Confirmez que le compte doit être retiré.";
    save_keys: "Save the keys", "Enregistrer les clés";
    saved_at: "Saved", "Enregistrées";
    saved_keys: "Saved keys", "Clés enregistrées";
    secret_key: "Secret key", "Clé secrète";
    shared: "Another dispensary uses the same account at the processor. Each sees only its own payments.", "Un autre dispensaire utilise le même compte chez le processeur. Chacun ne voit que ses propres paiements.";
    store_id: "Store id", "Identifiant de magasin";
    store_new_hint: "Copy these from the Moneris Merchant Resource Centre. They are checked before they are saved.", "Copiez-les du Centre de ressources pour commerçants de Moneris. Ils sont vérifiés avant d’être enregistrés.";

    // The help centre.
    dispensary: "Dispensary", "Dispensaire";
    help_centre_hint: "A processor that is locked takes no keys. Unlocking lets the practice’s owner save them; nothing else changes.", "Un processeur verrouillé n’accepte aucune clé. Le déverrouiller permet au propriétaire de la clinique de les enregistrer; rien d’autre ne change.";
    locked: "Locked", "Verrouillé";
    unlock: "Unlock", "Déverrouiller";
    unlocked: "Unlocked", "Déverrouillé";

    // Problems.
    go_home: "Go to the start", "Aller au début";
    not_done: "That was not done", "Cela n’a pas été fait";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_says_something_in_both_languages() {
        for (key, english, french) in TABLE {
            assert!(!english.trim().is_empty() && !french.trim().is_empty(), "{key}");
            assert_eq!((english.trim(), french.trim()), (*english, *french), "{key}");
        }
    }

    #[test]
    fn sentences_are_sentences_in_both_languages() {
        for (key, english, french) in TABLE {
            let ends = |text: &str| text.chars().last().filter(char::is_ascii_punctuation);
            let differ = ends(english) != ends(french) && ![Some(')'), None].contains(&ends(english));
            assert!(!differ, "{key}: {english} / {french}");
        }
    }

    #[test]
    fn only_words_both_languages_share_are_left_alike() {
        const SHARED: &[&str] = &["Action", "Date", "Description", "Total", "Transactions"];
        for (key, english, french) in TABLE {
            assert!(english != french || SHARED.contains(english), "{key}");
        }
    }

    #[test]
    fn typography_is_the_language_s_own() {
        for (key, english, french) in TABLE {
            assert!(!english.contains('\'') && !french.contains('\''), "{key}: a straight apostrophe");
            for ending in ["\u{a0}?", " ?", "\u{a0}!", " !", " ;"] {
                assert!(!french.contains(ending), "{key}: no space before {ending} in Canadian French");
            }
            assert!(
                !french.contains(": ") || french.contains("\u{a0}: "),
                "{key}: the space before a colon does not break"
            );
        }
    }
}
