//! Benchmarks, run by `cargo xtask bench`.

pub mod calls;
pub mod durable;
pub mod figures;
