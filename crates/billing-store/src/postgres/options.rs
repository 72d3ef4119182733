//! What a host may choose about a PostgreSQL store. Nothing here is trusted: what counts is read back at every connection.

use std::time::Duration;

/// How a PostgreSQL store works. The defaults suit a process that serves a few clinics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresOptions {
    /// How long one call may take, all its waits and tries together: from 1 s to 60 s. Default 10 s.
    pub call_timeout: Duration,
    /// How many connections there may be at once (1 to 256): how many steps and reads run beside each other. Default 8.
    pub connections: usize,
    /// How long a step waits for a row that another one holds before it begins again: from 10 ms to the call's own time. Default 2 s.
    pub lock_timeout: Duration,
    /// Whether a server on another machine may be spoken to without TLS, because the network itself is trusted. Default no.
    pub plaintext: bool,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            call_timeout: Duration::from_secs(10),
            connections: 8,
            lock_timeout: Duration::from_secs(2),
            plaintext: false,
        }
    }
}

impl PostgresOptions {
    /// The same, within the bounds of every field.
    pub(super) fn bounded(self) -> Self {
        let call_timeout = self.call_timeout.clamp(Duration::from_secs(1), Duration::from_mins(1));
        Self {
            call_timeout,
            connections: self.connections.clamp(1, 256),
            lock_timeout: self.lock_timeout.clamp(Duration::from_millis(10), call_timeout),
            plaintext: self.plaintext,
        }
    }
}
