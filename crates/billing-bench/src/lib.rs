//! Benchmarks, run by `cargo xtask bench`.

pub mod calls;
pub mod figures;
