//! The page that lists the test cards, read off the table itself. Links to nothing and asks for nothing.

use axum::response::Response;

use super::super::cards::{Act, Card};
use super::super::host::HostAnswer;
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
<title>Test cards – stand-in for Moneris</title>
<link rel="stylesheet" href="/HPPtoken/page.css">
</head>
<body>
<main>
<h1>Test cards</h1>
<p class="loud">This is a stand-in for Moneris on this machine. No bank is asked and no money moves. Never type a real card.</p>
<p class="loud" lang="fr">Ceci remplace Moneris sur cette machine. Aucune banque n’est consultée, aucun argent ne bouge.
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
    match card.act {
        _ if !passes_luhn(card.number) => said(
            "the frame refuses it: wrong check digit",
            "le cadre la refuse : mauvais chiffre de contrôle",
        ),
        Act::Answer(answer) if answer.is_approval() => said("paid", "payé"),
        Act::Answer(answer) => (
            format!("declined, {:03}: {}", answer.code, reason(answer).0),
            format!("refusé, {:03} : {}", answer.code, reason(answer).1),
        ),
        Act::CvdMismatch => {
            said("paid; the security code does not match", "payé ; le code de sécurité ne correspond pas")
        }
        Act::RefuseRefund => said(
            "paid; a refund is declined, a reversal is not",
            "payé ; un remboursement est refusé, pas une annulation du jour",
        ),
        Act::TimeOut { paid: false } => {
            said("nobody learns how it ended; not paid", "nul n’apprend comment cela finit ; non payé")
        }
        Act::TimeOut { paid: true } => {
            said("nobody learns how it ended; paid", "nul n’apprend comment cela finit ; payé")
        }
    }
}

fn reason(answer: HostAnswer) -> (&'static str, &'static str) {
    match answer {
        HostAnswer::EXPIRED => ("expired", "expirée"),
        HostAnswer::FUNDS => ("insufficient funds", "fonds insuffisants"),
        HostAnswer::LOST_OR_STOLEN => ("lost or stolen", "perdue ou volée"),
        HostAnswer::PICK_UP => ("the bank wants the card", "la banque réclame la carte"),
        _ => ("no reason given", "sans motif"),
    }
}
