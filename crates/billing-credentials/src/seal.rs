//! Secrets encrypted for the store, bound to what they belong to: keys to an account and version, the signing secrets of its notices
//! to the account, a card grant or a checkout ticket to an attempt. Never the sealing key.
//!
//! XChaCha20-Poly1305 (<https://datatracker.ietf.org/doc/html/draft-irtf-cfrg-xchacha>): its 24-byte nonce can be drawn at
//! random for every seal. Layout of the sealed bytes, format 1:
//!
//! | bytes | what |
//! |---|---|
//! | 1 | format: 1 |
//! | 1 | length of the sealing key's id |
//! | 1 to 64 | the sealing key's id |
//! | 24 | nonce |
//! | rest | the secrets, encrypted, and 16 bytes of tag |

use std::sync::Arc;

use billing_domain::{AccountRef, PaymentId, SealedBytes};
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::secrets::expose;
use crate::{KeyRing, SealKey, SealKeyId, Secrets};

const FORMAT: u8 = 1;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;

/// The name of an attempt's one secret among what is sealed.
const ATTEMPT_SECRET: &str = "attempt";

/// Seals and opens the secrets of accounts, of their notices and of attempts with a host's [`KeyRing`].
///
/// What is sealed for one account and version, or for one attempt, opens for no other: it is authenticated with them.
#[derive(Clone, Debug)]
pub struct Seal {
    ring: Arc<dyn KeyRing>,
}

impl Seal {
    /// A seal with this ring.
    pub fn new(ring: Arc<dyn KeyRing>) -> Self {
        Self { ring }
    }

    /// Encrypts `secrets` under the ring's current key.
    pub fn seal(
        &self,
        account: &AccountRef,
        version: u32,
        secrets: &Secrets,
    ) -> Result<SealedBytes, SealError> {
        self.encrypt(&Owner::Account { account, version }, secrets)
    }

    /// Decrypts what [`seal`](Self::seal) made for this account and version, under whichever key of the ring.
    pub fn open(
        &self,
        account: &AccountRef,
        version: u32,
        sealed: &SealedBytes,
    ) -> Result<Secrets, SealError> {
        self.decrypt(&Owner::Account { account, version }, sealed)
    }

    /// Encrypts the one secret that is kept for an attempt.
    pub fn seal_attempt(
        &self,
        account: &AccountRef,
        payment: PaymentId,
        attempt_no: u32,
        secret: &SecretString,
    ) -> Result<SealedBytes, SealError> {
        let secrets = [(ATTEMPT_SECRET, secret.clone())].into_iter().collect();
        self.encrypt(&Owner::Attempt { account, payment, attempt_no }, &secrets)
    }

    /// Decrypts what [`seal_attempt`](Self::seal_attempt) made for this attempt.
    pub fn open_attempt(
        &self,
        account: &AccountRef,
        payment: PaymentId,
        attempt_no: u32,
        sealed: &SealedBytes,
    ) -> Result<SecretString, SealError> {
        let secrets = self.decrypt(&Owner::Attempt { account, payment, attempt_no }, sealed)?;
        secrets.secret(ATTEMPT_SECRET).cloned().ok_or(SealError::Malformed)
    }

    /// Encrypts what the signatures of an account's notices are checked with.
    pub fn seal_notices(&self, account: &AccountRef, secrets: &Secrets) -> Result<SealedBytes, SealError> {
        self.encrypt(&Owner::Notices { account }, secrets)
    }

    /// Decrypts what [`seal_notices`](Self::seal_notices) made for this account.
    pub fn open_notices(&self, account: &AccountRef, sealed: &SealedBytes) -> Result<Secrets, SealError> {
        self.decrypt(&Owner::Notices { account }, sealed)
    }

    fn encrypt(&self, owner: &Owner<'_>, secrets: &Secrets) -> Result<SealedBytes, SealError> {
        let (id, key) = self.ring.current();
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| SealError::NoRandomness)?;
        let mut buffer = encode(secrets)?;
        cipher(&key)
            .encrypt_in_place(&XNonce::from(nonce), &owner.bound_to(&id)?, &mut *buffer)
            .map_err(|_| SealError::TooLarge)?;
        let mut sealed = vec![FORMAT];
        put(&mut sealed, id.as_str().as_bytes(), 1)?;
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&buffer);
        Ok(SealedBytes(sealed))
    }

    fn decrypt(&self, owner: &Owner<'_>, sealed: &SealedBytes) -> Result<Secrets, SealError> {
        let Parts { id, nonce, ciphertext } = Parts::of(sealed)?;
        let key = self.ring.key(&id).ok_or_else(|| SealError::UnknownKey(id.clone()))?;
        let mut buffer = Zeroizing::new(ciphertext.to_vec());
        cipher(&key)
            .decrypt_in_place(&nonce, &owner.bound_to(&id)?, &mut *buffer)
            .map_err(|_| SealError::Tampered)?;
        decode(&buffer).ok_or(SealError::Malformed)
    }

    /// Whether the bytes are sealed under another key than the ring's current one.
    pub fn reseal_needed(&self, sealed: &SealedBytes) -> Result<bool, SealError> {
        Ok(Parts::of(sealed)?.id != self.ring.current().0)
    }
}

/// Why secrets could not be sealed or opened. It shows nothing of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The bytes are not a seal of a format known here.
    #[error("the sealed keys have an unknown format")]
    Malformed,
    /// The operating system gave no random numbers.
    #[error("the operating system gives no random numbers")]
    NoRandomness,
    /// The bytes were changed, or belong to another account or version, or the ring's key is another one.
    #[error("the sealed secrets do not belong here, or were changed")]
    Tampered,
    /// The secrets are larger than anything a pane takes.
    #[error("the keys are too large to be sealed")]
    TooLarge,
    /// The ring does not hold the key they are sealed under.
    #[error("the key ring does not hold the sealing key {0}")]
    UnknownKey(SealKeyId),
}

/// Sealed bytes, taken apart.
struct Parts<'a> {
    id: SealKeyId,
    nonce: XNonce,
    ciphertext: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(sealed: &'a SealedBytes) -> Result<Self, SealError> {
        let split = || {
            let rest = sealed.0.strip_prefix(&[FORMAT])?;
            let (id, rest) = take(rest, 1)?;
            let id = SealKeyId::parse(std::str::from_utf8(id).ok()?).ok()?;
            let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_BYTES>()?;
            Some(Self { id, nonce: XNonce::from(*nonce), ciphertext })
        };
        split().ok_or(SealError::Malformed)
    }
}

fn cipher(key: &SealKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.bytes().into())
}

/// What sealed secrets belong to.
enum Owner<'a> {
    Account { account: &'a AccountRef, version: u32 },
    Attempt { account: &'a AccountRef, payment: PaymentId, attempt_no: u32 },
    Notices { account: &'a AccountRef },
}

impl Owner<'_> {
    /// The associated data. Every part of variable length is led by its length, and each kind of owner has its own beginning, so
    /// no two lists of parts read alike.
    fn bound_to(&self, id: &SealKeyId) -> Result<Vec<u8>, SealError> {
        match self {
            Self::Account { account, version } => {
                let mut data = of_account(b"billing-seal", id, account)?;
                data.extend_from_slice(&version.to_be_bytes());
                Ok(data)
            }
            Self::Attempt { account, payment, attempt_no } => {
                let mut data = of_account(b"billing-attempt-seal", id, account)?;
                data.extend_from_slice(payment.uuid().as_bytes());
                data.extend_from_slice(&attempt_no.to_be_bytes());
                Ok(data)
            }
            Self::Notices { account } => of_account(b"billing-notices-seal", id, account),
        }
    }
}

fn of_account(kind: &[u8], id: &SealKeyId, account: &AccountRef) -> Result<Vec<u8>, SealError> {
    let mut data = kind.to_vec();
    data.push(FORMAT);
    put(&mut data, id.as_str().as_bytes(), 2)?;
    data.extend_from_slice(account.dispensary.uuid().as_bytes());
    put(&mut data, account.processor.as_str().as_bytes(), 2)?;
    data.extend_from_slice(account.account.uuid().as_bytes());
    Ok(data)
}

/// Names and secrets, each led by its length. The buffer never grows, so no copy of it is left behind unwiped.
fn encode(secrets: &Secrets) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let size: usize = secrets.iter().map(|(name, secret)| 4 + name.len() + expose(secret).len()).sum();
    let mut buffer = Zeroizing::new(Vec::with_capacity(size + TAG_BYTES));
    for (name, secret) in secrets.iter() {
        put(&mut buffer, name.as_bytes(), 2)?;
        put(&mut buffer, expose(secret).as_bytes(), 2)?;
    }
    Ok(buffer)
}

fn decode(mut rest: &[u8]) -> Option<Secrets> {
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let (name, after) = take(rest, 2)?;
        let (secret, after) = take(after, 2)?;
        fields.push((std::str::from_utf8(name).ok()?, SecretString::from(std::str::from_utf8(secret).ok()?)));
        rest = after;
    }
    Some(fields.into_iter().collect())
}

/// Appends `part`, led by its length in `width` big-endian bytes (at most 4).
fn put(to: &mut Vec<u8>, part: &[u8], width: usize) -> Result<(), SealError> {
    let length = u32::try_from(part.len()).map_err(|_| SealError::TooLarge)?.to_be_bytes();
    let (high, low) = length.split_at(length.len() - width);
    if high.iter().any(|byte| *byte != 0) {
        return Err(SealError::TooLarge);
    }
    to.extend_from_slice(low);
    to.extend_from_slice(part);
    Ok(())
}

/// The part that [`put`] appended, and what follows it.
fn take(from: &[u8], width: usize) -> Option<(&[u8], &[u8])> {
    let (length, rest) = from.split_at_checked(width)?;
    rest.split_at_checked(length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
}
