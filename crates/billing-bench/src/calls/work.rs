//! The works that are measured: how many calls, to which address, and which figure of the outcome counts.

use serde::Deserialize;

/// One row of the table. Every contender that can, does it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Work {
    /// CPU of one call, one after the other, over TLS.
    TlsCpu,
    /// Calls in a second with 32 in flight, over TLS.
    TlsRate,
    /// CPU of one call, one after the other, without TLS.
    HttpCpu,
    /// Allocations of one call, over TLS.
    Allocations,
    /// Connections that 300 calls one after the other take.
    Connections,
    /// Time of one call to a server that is a round trip of 30 ms away.
    FarTime,
    /// CPU from the start of the process to its first answered call.
    StartCpu,
}

impl Work {
    /// All of them, in the table's order.
    pub const ALL: [Self; 7] = [
        Self::TlsCpu,
        Self::TlsRate,
        Self::HttpCpu,
        Self::Allocations,
        Self::Connections,
        Self::FarTime,
        Self::StartCpu,
    ];

    /// What the table calls it, with the unit of its figure.
    pub fn name(self) -> &'static str {
        match self {
            Self::TlsCpu => "tls-cpu, ns/call",
            Self::TlsRate => "tls-rate, calls/s",
            Self::HttpCpu => "http-cpu, ns/call",
            Self::Allocations => "allocations, 1/call",
            Self::Connections => "connections",
            Self::FarTime => "far-time, us/call",
            Self::StartCpu => "start-cpu, us",
        }
    }

    pub(super) fn address(self) -> Address {
        match self {
            Self::HttpCpu => Address::Plain,
            Self::FarTime => Address::Far,
            _ => Address::Tls,
        }
    }

    /// How often it is done in each round.
    pub(super) fn times(self) -> u32 {
        // A process that makes one call ends in a blink: once would be too few.
        if self == Self::StartCpu { 5 } else { 1 }
    }

    pub(super) fn load(self, size: Size) -> Load {
        let load = |calls, in_flight, warm_up| Load { calls, in_flight, warm_up };
        match (self, size) {
            (Self::StartCpu, _) => load(1, 1, 0),
            (Self::Connections, Size::Full) => load(300, 1, 0),
            (Self::FarTime, Size::Full) => load(20, 1, 2),
            (Self::TlsRate, Size::Full) => load(3_000, 32, 300),
            (Self::Allocations, Size::Full) => load(500, 1, 100),
            (Self::TlsCpu | Self::HttpCpu, Size::Full) => load(1_500, 1, 300),
            (Self::FarTime, Size::Quick) => load(2, 1, 1),
            (Self::TlsRate, Size::Quick) => load(40, 32, 32),
            (_, Size::Quick) => load(10, 1, 2),
        }
    }

    /// The figure, in the unit of [`Self::name`].
    pub(super) fn figure(self, measured: &Measured, connections: u64) -> Option<u64> {
        let per_call = |total: u64| total.checked_div(measured.calls);
        match self {
            Self::TlsCpu | Self::HttpCpu => per_call(measured.cpu_ns),
            Self::TlsRate => measured.calls.saturating_mul(NANOS_PER_SECOND).checked_div(measured.wall_ns),
            Self::Allocations => per_call(measured.allocations?),
            Self::Connections => Some(connections),
            Self::FarTime => per_call(measured.wall_ns / 1_000),
            Self::StartCpu => Some(measured.cpu_since_start_ns / 1_000),
        }
    }
}

/// How much is done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Size {
    /// Enough for figures that mean something.
    Full,
    /// Just enough to see that everything still runs.
    Quick,
}

/// Where the stub is called.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Address {
    Plain,
    Tls,
    /// Over TLS and through [`super::distance`].
    Far,
}

/// What a contender is asked to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Load {
    pub(super) calls: u64,
    pub(super) in_flight: u64,
    pub(super) warm_up: u64,
}

/// What a contender printed about its calls.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Measured {
    calls: u64,
    wall_ns: u64,
    cpu_ns: u64,
    cpu_since_start_ns: u64,
    allocations: Option<u64>,
}

const NANOS_PER_SECOND: u64 = 1_000_000_000;
