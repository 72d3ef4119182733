//! Benchmarks, run by `cargo xtask bench`.

pub mod durable;
