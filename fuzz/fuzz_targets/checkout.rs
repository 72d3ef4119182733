//! Whatever Checkout answers: its reader ends, and nothing but our own money is called taken.
#![no_main]

mod order;

use billing_moneris::{FLOW_CHECKOUT, classify_checkout, decode_checkout};
use libfuzzer_sys::fuzz_target;
use secrecy::SecretString;

fuzz_target!(|bytes: &[u8]| {
    let Ok(receipt) = decode_checkout(bytes) else { return };
    let charge = order::charge(FLOW_CHECKOUT);
    let ticket = SecretString::from(order::TICKET);
    for declined_is_final in [false, true] {
        order::check(&charge, &classify_checkout(&charge, &ticket, &receipt, declined_is_final));
    }
});
