//! The keys that seal: the port a host supplies them through, and a ring for hosts that hold a few in memory.
//! Never the sealed bytes, and never beside the database.

use std::collections::BTreeMap;
use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The host's sealing keys.
///
/// # Contract
///
/// - [`current`](Self::current) is always a key that [`key`](Self::key) finds under its id.
/// - An id names one key for ever; a key stays as long as anything sealed under it may be opened.
/// - Neither makes a call or waits: load the keys when the process starts.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait KeyRing: fmt::Debug + Send + Sync {
    /// The key that seals from now on, and its id.
    fn current(&self) -> (SealKeyId, SealKey);

    /// The key with this id, if the ring holds it.
    fn key(&self, id: &SealKeyId) -> Option<SealKey>;
}

/// The name of a sealing key: 1 to 64 characters of `A-Z a-z 0-9 . _ -`. Not a secret; it stands beside the sealed bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SealKeyId(String);

impl SealKeyId {
    /// The longest id, in characters.
    pub const LENGTH_MAX: usize = 64;

    /// Parses an id.
    pub fn parse(text: &str) -> Result<Self, KeyRingError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if text.is_empty() || text.len() > Self::LENGTH_MAX || !text.chars().all(allowed) {
            return Err(KeyRingError::KeyId);
        }
        Ok(Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SealKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A sealing key of 32 bytes, drawn at random by the host. Wiped on drop; its Debug shows nothing of it.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SealKey([u8; 32]);

impl SealKey {
    /// The key of these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A new key, from the operating system's randomness.
    pub fn generate() -> Result<Self, KeyRingError> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *bytes).map_err(|_| KeyRingError::Randomness)?;
        Ok(Self(*bytes))
    }

    /// Parses 64 hexadecimal digits, such as `openssl rand -hex 32` prints.
    pub fn from_hex(text: &str) -> Result<Self, KeyRingError> {
        let digits = text.trim().as_bytes();
        let mut bytes = Zeroizing::new([0; 32]);
        if digits.len() != bytes.len() * 2 {
            return Err(KeyRingError::Key);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair
                .iter()
                .try_fold(0, |byte, digit| Some(byte << 4 | nibble(*digit)?))
                .ok_or(KeyRingError::Key)?;
        }
        Ok(Self(*bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(..)")
    }
}

/// A ring of keys held in memory.
///
/// ```
/// use billing_credentials::{KeyRing, StaticKeyRing};
///
/// # let (new, old) = ("1f".repeat(32), "2e".repeat(32));
/// // From the environment: the first key seals, the others only open.
/// let ring = StaticKeyRing::parse(&format!("2026-11:{new},2025-03:{old}"))?;
/// assert_eq!(ring.current().0.as_str(), "2026-11");
/// # Ok::<(), billing_credentials::KeyRingError>(())
/// ```
#[derive(Clone, Debug)]
pub struct StaticKeyRing {
    current: (SealKeyId, SealKey),
    others: BTreeMap<SealKeyId, SealKey>,
}

impl StaticKeyRing {
    /// A ring of one key, which seals and opens.
    pub fn new(id: SealKeyId, key: SealKey) -> Self {
        Self { current: (id, key), others: BTreeMap::new() }
    }

    /// The same ring with a key that only opens. An id that the ring holds already is refused.
    pub fn with_older(mut self, id: SealKeyId, key: SealKey) -> Result<Self, KeyRingError> {
        if self.key(&id).is_some() {
            return Err(KeyRingError::DuplicateId(id));
        }
        self.others.insert(id, key);
        Ok(self)
    }

    /// Parses `id:hex,id:hex,…`: the first key seals, the others only open.
    pub fn parse(text: &str) -> Result<Self, KeyRingError> {
        let mut ring: Option<Self> = None;
        for entry in text.split(',') {
            let (id, hex) = entry.trim().split_once(':').ok_or(KeyRingError::Entry)?;
            let (id, key) = (SealKeyId::parse(id)?, SealKey::from_hex(hex)?);
            ring = Some(match ring {
                None => Self::new(id, key),
                Some(ring) => ring.with_older(id, key)?,
            });
        }
        ring.ok_or(KeyRingError::Entry)
    }
}

impl KeyRing for StaticKeyRing {
    fn current(&self) -> (SealKeyId, SealKey) {
        self.current.clone()
    }

    fn key(&self, id: &SealKeyId) -> Option<SealKey> {
        if *id == self.current.0 { Some(self.current.1.clone()) } else { self.others.get(id).cloned() }
    }
}

/// Why sealing keys could not be read. It shows nothing of a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyRingError {
    /// Two keys under one id.
    #[error("two sealing keys have the id {0}")]
    DuplicateId(SealKeyId),
    /// Not `id:hex`.
    #[error("a sealing key is written id:hex")]
    Entry,
    /// Not 64 hexadecimal digits.
    #[error("a sealing key is 64 hexadecimal digits")]
    Key,
    /// Not an id.
    #[error("a sealing key's id is 1 to 64 characters of A-Z a-z 0-9 . _ -")]
    KeyId,
    /// The operating system gave no random bytes.
    #[error("the operating system gives no randomness")]
    Randomness,
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
