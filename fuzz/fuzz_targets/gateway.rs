//! Whatever the gateway answers: its reader ends, and nothing but our own money is called taken.
#![no_main]

mod order;

use billing_domain::{RefundFact, RefundPlan};
use billing_moneris::{FLOW_HOSTED_TOKENIZATION, classify, classify_check, classify_refund, decode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let Ok(receipt) = decode(&text) else { return };
    let charge = order::charge(FLOW_HOSTED_TOKENIZATION);
    order::check(&charge, &classify(&charge, &receipt));
    for not_found_is_proof in [false, true] {
        order::check(&charge, &classify_check(&charge, &receipt, not_found_is_proof));
    }
    for plan in [RefundPlan::Refund, RefundPlan::Reversal] {
        if let RefundFact::Succeeded(reference) = classify_refund(&order::refund(plan), &receipt) {
            assert!(!reference.0.is_empty());
        }
    }
});
