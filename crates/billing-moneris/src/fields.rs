//! The names of what a browser is given, in [`Handover::public`](billing_domain::Handover) and the window's fields. Never a secret.

/// The origin of the frame: the only one whose messages the page may read.
pub const FRAME_ORIGIN: &str = "frame_origin";
/// The address of the frame that holds the card fields, its query included.
pub const FRAME_URL: &str = "frame_url";
/// Checkout's word for live or test, for its script: `prod` or `qa`.
pub const MODE: &str = "mode";
/// The order id, which the page sends back with the card's token.
pub const ORDER_ID: &str = "order_id";
/// The address of Checkout's script.
pub const SCRIPT_URL: &str = "script_url";
