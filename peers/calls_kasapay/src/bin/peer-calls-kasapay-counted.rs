//! The calls of kasapay-stripe, their allocations counted: a program of its own, because counting takes time.

use std::alloc::System;
use std::process::ExitCode;

use peer_calls_kasapay::{Kasapay, driver};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> ExitCode {
    driver::run::<Kasapay>(Some(|| {
        let stats = COUNTING.stats();
        u64::try_from(stats.allocations + stats.reallocations).unwrap_or(u64::MAX)
    }))
}
