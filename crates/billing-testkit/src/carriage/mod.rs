//! How a fake's answers travel: over loopback HTTP or in process, whole, slowly, in part or not at all. Knows no processor.

mod exchange;
mod server;

use std::time::Duration;

pub(crate) use exchange::InProcess;
pub use server::FakeServer;

/// How an answer travels. In process the exchange acts it out, over HTTP the socket does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carriage {
    Cut,
    Refused,
    Slow(Duration),
    Truncated,
    Whole,
}

/// A [`Carriage::Slow`] answer pauses after so many bytes.
const SLOW_CHUNK_BYTES: usize = 256;
