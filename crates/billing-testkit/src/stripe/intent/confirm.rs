//! `POST /v1/payment_intents/{id}/confirm` as Stripe.js sends it, with a card. Never keeps the number.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::super::cards::Card;
use super::super::error::ApiError;
use super::super::keys::Caller;
use super::super::params::Fields;
use super::super::state::State;
use super::charge::Maker;
use super::create::refuse_raw_card;
use super::payload::{self, View};
use super::retrieve::{check_client_secret, read_client_secret};
use super::{CardOnIntent, Status};
use crate::luhn::passes_luhn;

const UNMODELLED: &[&str] =
    &["confirmation_token", "mandate", "mandate_data", "off_session", "payment_method"];

const WITHOUT_EFFECT: &[&str] = &[
    "capture_method",
    "error_on_requires_action",
    "payment_method_options",
    "radar_options",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "use_stripe_sdk",
];

pub(in crate::stripe) fn confirm(
    state: &mut State,
    caller: &Caller,
    id: &str,
    params: Map<String, Value>,
) -> Result<Value, ApiError> {
    let mut fields = Fields::new(params);
    if !caller.is_browser() {
        refuse_raw_card(&mut fields)?;
    }
    fields.refuse_unmodelled(UNMODELLED)?;
    let secret = read_client_secret(caller, &mut fields)?;
    let return_url = fields.text("return_url")?;
    let view = View::read(caller, &mut fields, "latest_charge")?;
    let data = fields.nested("payment_method_data")?;
    fields.accept_unused(WITHOUT_EFFECT);
    let typed = data.ok_or_else(|| fields.missing("payment_method_data")).and_then(TypedCard::read)?;
    fields.finish()?;
    state.must_be_able_to_charge(caller)?;

    let State { intents, ids, now, webhooks, .. } = state;
    let intent = intents.own(caller, id)?;
    check_client_secret(intent, secret.as_deref())?;
    let taken = match intent.status {
        Status::RequiresAction | Status::RequiresPaymentMethod => None,
        Status::Succeeded => Some("it has already succeeded after being previously confirmed"),
        Status::RequiresCapture => Some("it has already been authorized"),
        Status::Canceled => Some("it has a status of canceled"),
        Status::Processing => Some("it has a status of processing"),
    };
    if let Some(why) = taken {
        let message = format!("You cannot confirm this PaymentIntent because {why}.");
        return Err(intent.unexpected_state(caller, &message));
    }
    let card = typed.check(*now, || ids.object("pm", &caller.account));
    let card =
        card.map_err(|error| error.with("payment_intent", payload::intent(intent, View::of(caller))))?;
    let mut maker = Maker { ids, now: now.as_second() };
    let before = webhooks.before(intent);
    let confirmed = intent.confirm_with(card, return_url.as_deref(), &mut maker, caller);
    webhooks.after(before, intent, &mut maker);
    confirmed?;
    Ok(payload::intent(intent, view))
}

/// What the cardholder typed; it lives for one confirmation.
struct TypedCard {
    number: String,
    exp_month: i64,
    exp_year: i64,
    cvc: Option<String>,
    billing: Map<String, Value>,
}

impl TypedCard {
    fn read(mut data: Fields) -> Result<Self, ApiError> {
        if data.required("type")? != "card" {
            return Err(ApiError::invalid("The fake Stripe models the payment method type card only."));
        }
        let mut card = data.nested("card")?.ok_or_else(|| data.missing("card"))?;
        let billing = match data.nested("billing_details")? {
            None => Map::new(),
            Some(billing) => read_billing(billing)?,
        };
        let typed = Self {
            number: card.required("number")?.replace(' ', ""),
            exp_month: card.integer("exp_month")?.ok_or_else(|| card.missing("exp_month"))?,
            exp_year: card.integer("exp_year")?.ok_or_else(|| card.missing("exp_year"))?,
            cvc: card.text("cvc")?,
            billing,
        };
        card.accept_unused(&["networks"]);
        card.finish()?;
        data.accept_unused(&["allow_redisplay", "client_attribution_metadata", "metadata", "radar_options"]);
        data.finish()?;
        Ok(typed)
    }

    /// Faults that Stripe finds before it asks a bank.
    fn check(self, now: Timestamp, new_id: impl FnOnce() -> String) -> Result<CardOnIntent, ApiError> {
        if !passes_luhn(&self.number) {
            return Err(ApiError::card("incorrect_number", "Your card number is incorrect.").param("number"));
        }
        let today = now.to_zoned(TimeZone::UTC);
        let exp_year = if self.exp_year < 100 { self.exp_year + 2_000 } else { self.exp_year };
        if !(1..=12).contains(&self.exp_month) {
            let message = "Your card's expiration month is invalid.";
            return Err(ApiError::card("invalid_expiry_month", message).param("exp_month"));
        }
        if (exp_year, self.exp_month) < (i64::from(today.year()), i64::from(today.month())) {
            let message = "Your card's expiration year is invalid.";
            return Err(ApiError::card("invalid_expiry_year", message).param("exp_year"));
        }
        if self.cvc.is_some_and(|cvc| !matches!(cvc.len(), 3 | 4) || cvc.bytes().any(|b| !b.is_ascii_digit()))
        {
            let message = "Your card's security code is invalid.";
            return Err(ApiError::card("invalid_cvc", message).param("cvc"));
        }

        Ok(CardOnIntent {
            card: Card::with_number(&self.number).unwrap_or(Card::GENERIC_DECLINE),
            payment_method: new_id(),
            exp_month: self.exp_month,
            exp_year,
            billing: self.billing,
        })
    }
}

fn read_billing(mut billing: Fields) -> Result<Map<String, Value>, ApiError> {
    let mut read = Map::new();
    for name in ["email", "name", "phone", "tax_id"] {
        if let Some(text) = billing.text(name)? {
            read.insert(name.to_owned(), text.into());
        }
    }
    if let Some(mut address) = billing.nested("address")? {
        let mut lines = Map::new();
        for name in ["city", "country", "line1", "line2", "postal_code", "state"] {
            if let Some(text) = address.text(name)? {
                lines.insert(name.to_owned(), text.into());
            }
        }
        address.finish()?;
        read.insert("address".to_owned(), lines.into());
    }
    billing.finish()?;
    Ok(read)
}
