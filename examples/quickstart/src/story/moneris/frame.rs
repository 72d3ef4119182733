//! Step 5: the cardholder types the card into Moneris's frame. Here the fake plays both. The number goes to Moneris and nowhere else;
//! the page gets a token, and the library gets what the page brings back.

use billing_domain::CardGrant;
use billing_domain::payment::Reference;
use billing_moneris::HostedTokenization;

use crate::Told;
use crate::cards::Choice;
use crate::cards::moneris::Card;
use crate::demo::Demo;
use crate::say::Teller;

/// What the frame answers with for a profile that it does not know, or that does not belong to the page.
const PROFILE: &str = "942";

/// What the browser brings back; nothing if the frame refused the card.
pub(crate) fn type_card(
    demo: &Demo,
    frame: &HostedTokenization,
    with: Choice<Card>,
    teller: &Teller,
) -> Told<Option<CardGrant>> {
    teller.step(5, format_args!("The cardholder types the card \"{}\" into Moneris's frame", with.name));
    let token = match demo.fakes.moneris.cardholder(&frame.profile_id).tokenize(with.card) {
        Ok(token) => token,
        Err(codes) if codes.contains(&PROFILE) => {
            return Err("Moneris's frame does not open: the profile id is not one of the store's. Leave \
                        --profile-id out, or paste what --show-keys prints"
                .into());
        }
        Err(codes) => {
            teller.fact("frame", format_args!("no token: {}", codes.join(", ")));
            teller.line("The card was mistyped. Nothing is charged, and the same frame takes another.");
            return Ok(None);
        }
    };
    // The page also says for which attempt it asked: a token of an earlier one is refused.
    let grant = CardGrant { reference: Reference(frame.order_id.clone()), token: token.into() };
    teller.line("The frame gives the page a token that lives 15 minutes. The browser brings back:");
    teller.fact("  order_id", &grant.reference);
    teller.fact("  token", format_args!("in a log it would be {:?}", grant.token));
    Ok(Some(grant))
}
