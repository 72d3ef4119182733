//! The page that lists the test cards, read off the table itself. Links to nothing and asks for nothing.

use axum::response::Response;

use super::super::cards::{Act, After, Card, Checks};
use super::pages;
use crate::luhn::passes_luhn;

pub(super) async fn page() -> Response {
    let rows: String = Card::ALL.iter().map(row).collect();
    pages::page(format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Test cards – stand-in for Stripe</title>
<link rel="stylesheet" href="/frame/page.css">
</head>
<body>
<main>
<h1>Test cards</h1>
<p class="loud">This is a stand-in for Stripe on this machine. No bank is asked and no money moves. Never type a real card.</p>
<p class="loud" lang="fr">Ceci remplace Stripe sur cette machine. Aucune banque n’est consultée, aucun argent ne bouge.
N’entrez jamais une vraie carte.</p>
<p>Any expiry date to come and any security code will do. A number that is not listed is declined.</p>
<p lang="fr">Toute date d’expiration future et tout code de sécurité conviennent. Un numéro absent de la liste est refusé.</p>
<div class="wide" role="region" aria-label="Test cards" tabindex="0">
<table>
<thead><tr><th scope="col">Number</th><th scope="col">What happens</th><th scope="col" lang="fr">Ce qui arrive</th></tr></thead>
<tbody>
{rows}</tbody>
</table>
</div>
</main>
</body>
</html>
"#
    ))
}

fn row(card: &Card) -> String {
    let (english, french) = what_happens(card);
    let number = card.number;
    format!("<tr><td>{number}</td><td>{english}</td><td lang=\"fr\">{french}</td></tr>\n")
}

fn what_happens(card: &Card) -> (String, String) {
    let said = |english: &str, french: &str| (english.to_owned(), french.to_owned());
    match (card.act, card.checks) {
        _ if !passes_luhn(card.number) => said(
            "the field refuses it: wrong check digit",
            "le champ le refuse : mauvais chiffre de contrôle",
        ),
        (Act::Authenticate(After::Decline(refusal)), _) => (
            format!("the bank asks who you are, then declines: {}", refusal.name()),
            format!("la banque demande qui vous êtes, puis refuse : {}", refusal.name()),
        ),
        (Act::Authenticate(After::Succeed), _) => {
            said("the bank asks who you are, then paid", "la banque demande qui vous êtes, puis payé")
        }
        (Act::Decline(refusal), _) => {
            (format!("declined: {}", refusal.name()), format!("refusé : {}", refusal.name()))
        }
        (Act::Process, _) => said("stays in processing", "reste en traitement"),
        (Act::Succeed, Checks::CvcFails) => {
            said("paid; the security code does not match", "payé ; le code de sécurité ne correspond pas")
        }
        (Act::Succeed, Checks::Pass) => said("paid", "payé"),
        (Act::Succeed, Checks::ZipFails) => {
            said("paid; the postal code does not match", "payé ; le code postal ne correspond pas")
        }
    }
}
