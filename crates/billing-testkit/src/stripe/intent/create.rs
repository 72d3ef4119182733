//! `POST /v1/payment_intents` (<https://docs.stripe.com/api/payment_intents/create>). Never confirms.

use serde_json::{Map, Value};

use super::super::currency;
use super::super::error::ApiError;
use super::super::keys::Caller;
use super::super::metadata;
use super::super::params::Fields;
use super::super::state::State;
use super::charge::Maker;
use super::payload::{self, View};
use super::{Intent, Methods, Settings, Status};

const LOCAL_METHODS: &[&str] = &["acss_debit", "affirm", "afterpay_clearpay", "card", "klarna", "link"];

const UNMODELLED: &[&str] = &[
    "application_fee_amount",
    "confirm",
    "confirmation_token",
    "mandate",
    "mandate_data",
    "on_behalf_of",
    "payment_method",
    "payment_method_configuration",
    "payment_method_data",
    "return_url",
    "transfer_data",
    "transfer_group",
];

const WITHOUT_EFFECT: &[&str] = &[
    "amount_details",
    "confirmation_method",
    "customer",
    "customer_account",
    "error_on_requires_action",
    "excluded_payment_method_types",
    "hooks",
    "off_session",
    "payment_details",
    "payment_method_options",
    "radar_options",
    "shipping",
    "statement_descriptor",
    "use_stripe_sdk",
];

pub(in crate::stripe) fn create(
    state: &mut State,
    caller: &Caller,
    params: Map<String, Value>,
) -> Result<Value, ApiError> {
    let mut fields = Fields::new(params);
    refuse_raw_card(&mut fields)?;
    fields.refuse_unmodelled(UNMODELLED)?;
    let methods = read_methods(&mut fields)?;
    let amount = fields.integer("amount")?.ok_or_else(|| fields.missing("amount"))?;
    let currency = fields.required("currency")?;
    currency::check(amount, &currency)?;
    let metadata = metadata::read(&mut fields)?;
    let settings = read_settings(&mut fields, methods)?;
    let view = View::read(caller, &mut fields, "latest_charge")?;
    fields.accept_unused(WITHOUT_EFFECT);
    fields.finish()?;
    state.must_be_able_to_charge(caller)?;

    let State { ids, intents, now, webhooks, .. } = state;
    let id = ids.object("pi", &caller.account);
    let intent = Intent {
        client_secret: format!("{id}_secret_{}", ids.text("client_secret", 25)),
        id,
        account: caller.account.clone(),
        mode: caller.mode,
        amount,
        currency,
        status: Status::RequiresPaymentMethod,
        metadata,
        charges: Vec::new(),
        refunds: Vec::new(),
        settings,
        created: now.as_second(),
        canceled_at: None,
        cancellation_reason: None,
        last_payment_error: None,
        next_action: None,
        payment_method: None,
        waiting: None,
    };
    let body = payload::intent(&intent, view);
    webhooks.created(&intent, &mut Maker { ids, now: now.as_second() });
    intents.add(intent);
    Ok(body)
}

/// A server that sends a card number is refused before anything else is read.
pub(super) fn refuse_raw_card(fields: &mut Fields) -> Result<(), ApiError> {
    let Some(data) = fields.nested("payment_method_data")? else { return Ok(()) };
    if data.has("card") {
        let message = "Sending credit card numbers directly to the Stripe API is generally unsafe. To enable raw \
                       card data APIs, see \
                       https://support.stripe.com/questions/enabling-access-to-raw-card-data-apis.";
        return Err(ApiError::invalid(message).param("payment_method_data[card]"));
    }
    Err(ApiError::invalid("The fake Stripe models the payment method type card only."))
}

fn read_methods(fields: &mut Fields) -> Result<Methods, ApiError> {
    if fields.has("payment_method_types") {
        let message = "The payment_method_types parameter is no longer supported as of API version \
                       2026-09-30.endive. Use allowed_payment_method_types or automatic_payment_methods.";
        return Err(ApiError::invalid(message)
            .code("payment_method_types_no_longer_supported")
            .param("payment_method_types"));
    }
    let allowed = fields.list("allowed_payment_method_types")?;
    let automatic = fields.nested("automatic_payment_methods")?;
    match (allowed, automatic) {
        (Some(_), Some(_)) => {
            let message = "You may only specify one of these parameters: allowed_payment_method_types, \
                           automatic_payment_methods.";
            Err(ApiError::invalid(message).code("parameters_exclusive").param("allowed_payment_method_types"))
        }
        (Some(types), None) => read_allowed(types),
        (None, Some(mut automatic)) => {
            automatic.boolean("enabled")?.ok_or_else(|| automatic.missing("enabled"))?;
            let redirects = automatic.one_of("allow_redirects", &["always", "never"])?;
            automatic.finish()?;
            Ok(Methods::Automatic { allow_redirects: redirects.unwrap_or("always").to_owned() })
        }
        (None, None) => Ok(Methods::Automatic { allow_redirects: "always".to_owned() }),
    }
}

fn read_allowed(types: Vec<String>) -> Result<Methods, ApiError> {
    let param = "allowed_payment_method_types";
    if types.is_empty() {
        return Err(ApiError::invalid("Invalid array: it must not be empty").param(param));
    }
    match types.iter().find(|name| !LOCAL_METHODS.contains(&name.as_str())) {
        None => Ok(Methods::Allowed(types)),
        Some(name) => {
            let message = format!("Invalid {param}: {name} is not a payment method type");
            Err(ApiError::invalid(&message).param(param))
        }
    }
}

fn read_settings(fields: &mut Fields, methods: Methods) -> Result<Settings, ApiError> {
    let captures = &["automatic", "automatic_async", "manual"];
    Ok(Settings {
        capture_method: fields.one_of("capture_method", captures)?.unwrap_or("automatic_async").to_owned(),
        description: fields.short_text("description", 1_000)?,
        methods,
        receipt_email: fields.text("receipt_email")?,
        setup_future_usage: fields
            .one_of("setup_future_usage", &["off_session", "on_session"])?
            .map(str::to_owned),
        statement_descriptor_suffix: fields.short_text("statement_descriptor_suffix", 22)?,
    })
}
