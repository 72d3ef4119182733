//! The names of the fields of the settings panes. Never their values.

/// Moneris: the API token of the store (secret).
pub const API_TOKEN: &str = "api_token";
/// Moneris: the id of a Checkout configuration, `chkt…` (public, optional).
pub const CHECKOUT_ID: &str = "checkout_id";
/// Moneris: the id of a hosted-tokenization profile, `ht…` (public, optional).
pub const PROFILE_ID: &str = "profile_id";
/// Stripe: the publishable key, `pk_live_…` (public).
pub const PUBLISHABLE_KEY: &str = "publishable_key";
/// Stripe: the secret or restricted key, `sk_live_…` or `rk_live_…` (secret).
pub const SECRET_KEY: &str = "secret_key";
/// Moneris: the store id (public).
pub const STORE_ID: &str = "store_id";
