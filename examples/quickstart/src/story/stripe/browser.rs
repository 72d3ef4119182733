//! Step 5: the cardholder's browser. Here it is played by the fake; in a clinic it is Stripe.js in the clinic's page.
//! The card goes from there to Stripe and never touches the library.

use billing_app::PaymentWindow;
use billing_domain::Handover;
use billing_stripe::StripeElements;
use billing_testkit::stripe::Cardholder;
use secrecy::ExposeSecret as _;

use crate::Told;
use crate::cards::Choice;
use crate::cards::stripe::Hand;
use crate::demo::Demo;
use crate::say::Teller;

/// A browser with what Stripe.js needs.
#[expect(clippy::disallowed_methods, reason = "the one browser that pays is given the client secret")]
pub(crate) fn load(demo: &Demo, handover: &Handover, window: &PaymentWindow) -> Told<Cardholder> {
    let elements = StripeElements::try_from(handover)?;
    let browser =
        demo.fakes.stripe.cardholder(elements.client_secret.expose_secret(), &elements.publishable_key);
    Ok(browser.named(window.billing_name.as_str()))
}

/// The cardholder pays. A declined card is an answer, not an error.
pub(crate) async fn pay(demo: &Demo, browser: &Cardholder, with: Choice<Hand>, teller: &Teller) -> Told {
    teller.step(5, format_args!("The cardholder pays in the browser, with the card \"{}\"", with.name));
    let mut answer = browser.pay(with.card.card).await?;
    if answer.intent_status() == Some("requires_action") {
        teller.fact("browser", "requires_action: the bank asks the cardholder who they are");
        answer = browser.authenticate(with.card.challenge).await?;
    }
    if answer.status == 401 {
        return Err("Stripe refused the browser: the publishable key is not one of the account's. Leave \
                    --publishable-key out, or paste what --show-keys prints"
            .into());
    }
    let said = answer.decline_code().or(answer.code()).or(answer.intent_status()).unwrap_or("nothing");
    teller.fact("browser", format_args!("{said} (HTTP {}); the library does not rely on it", answer.status));
    let ledger = demo.fakes.stripe.ledger(demo.fakes.account.id());
    for intent in &ledger.entries {
        let cents = intent.captured;
        teller.fact("Stripe's ledger", format_args!("{}: {cents} cents taken, {}", intent.id, intent.status));
    }
    Ok(())
}
