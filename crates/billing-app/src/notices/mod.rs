//! A processor's notices: a hint that something of a payment changed, looked into.

mod handle;
