//! What the browser needs, as Stripe.js names it. Never stored, never shown.

use billing_credentials::fields::PUBLISHABLE_KEY;
use billing_domain::{Handover, ProcessorId};
use secrecy::SecretString;

/// A hand-over as Stripe.js takes it: `Stripe(publishable_key)` and `elements({ clientSecret })`
/// (<https://docs.stripe.com/payments/payment-element>).
///
/// Whoever holds the client secret can pay the intent and read it: send it to the one browser that pays, over TLS, and keep
/// it out of addresses and logs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StripeElements {
    /// The account's publishable key.
    pub publishable_key: String,
    /// The intent's client secret.
    pub client_secret: SecretString,
}

impl TryFrom<&Handover> for StripeElements {
    type Error = NotForStripe;

    fn try_from(handover: &Handover) -> Result<Self, NotForStripe> {
        let publishable_key = handover.public.field(PUBLISHABLE_KEY);
        match (handover.processor == ProcessorId::STRIPE, publishable_key, &handover.secret) {
            (true, Some(publishable_key), Some(secret)) => {
                Ok(Self { publishable_key: publishable_key.to_owned(), client_secret: secret.clone() })
            }
            _ => Err(NotForStripe),
        }
    }
}

/// The hand-over is another processor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the hand-over is not for Stripe")]
pub struct NotForStripe;
