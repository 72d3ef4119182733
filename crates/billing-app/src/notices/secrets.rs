//! What the signatures of an account's notices are checked with. Opened here and in no other place.

use billing_credentials::{SealError, Secrets};
use billing_domain::{AccountRef, SealedBytes};
use secrecy::SecretString;

use crate::billing::Parts;

/// The name of the secret of the endpoint that is there.
const CURRENT: &str = "current";
/// The name of the one before: what it signed may still be on its way.
const PREVIOUS: &str = "previous";

impl Parts {
    /// The account's signing secrets, the current one first.
    pub(super) fn signing_secrets(
        &self,
        account: &AccountRef,
        sealed: &SealedBytes,
    ) -> Result<Vec<SecretString>, SealError> {
        let secrets = self.seal.open_notices(account, sealed)?;
        Ok([CURRENT, PREVIOUS].iter().filter_map(|name| secrets.secret(name).cloned()).collect())
    }

    /// A new endpoint's secret sealed, with the current one before it: at most two.
    pub(crate) fn seal_signing_secret(
        &self,
        account: &AccountRef,
        secret: SecretString,
        before: Option<&SealedBytes>,
    ) -> Result<SealedBytes, SealError> {
        let before = before.map(|sealed| self.signing_secrets(account, sealed)).transpose();
        // One that cannot be opened any more is of no use either way.
        let before = before.ok().flatten().and_then(|secrets| secrets.into_iter().next());
        let both = [(CURRENT, Some(secret)), (PREVIOUS, before)];
        let secrets: Secrets = both.into_iter().filter_map(|(name, secret)| Some((name, secret?))).collect();
        self.seal.seal_notices(account, &secrets)
    }

    /// The same secrets under the key ring's current key, if they are under another.
    pub(crate) fn reseal_signing_secrets(
        &self,
        account: &AccountRef,
        sealed: &SealedBytes,
    ) -> Result<Option<SealedBytes>, SealError> {
        if !self.seal.reseal_needed(sealed)? {
            return Ok(None);
        }
        let secrets = self.seal.open_notices(account, sealed)?;
        self.seal.seal_notices(account, &secrets).map(Some)
    }
}
