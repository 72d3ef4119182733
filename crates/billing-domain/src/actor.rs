//! Who acts, as an opaque id. What they may do is the application's business.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::InvalidId;

/// The host's own id of a person or a job: 1 to 100 printable characters without spaces, opaque to this library.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ActorId(String);

impl ActorId {
    /// The longest id accepted, in characters.
    pub const LENGTH_MAX: usize = 100;

    /// Parses a host's id.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        if text.is_empty() || text.len() > Self::LENGTH_MAX || !text.chars().all(|c| c.is_ascii_graphic()) {
            return Err(InvalidId("ActorId"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The library itself: sweeps and recoveries.
    pub fn system() -> Self {
        Self("system".to_owned())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ActorId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::parse(&text)
    }
}

impl From<ActorId> for String {
    fn from(id: ActorId) -> Self {
        id.0
    }
}

impl fmt::Display for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
