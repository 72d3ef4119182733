//! The key that seals saved processor keys: from the environment, where a real host puts what its secret manager gives
//! it, or for this demo from a file in the data folder.

use std::env;
use std::path::Path;

use billing_credentials::StaticKeyRing;

use crate::StartError;
use crate::kept::{self, random_hex};

/// As [`StaticKeyRing::parse`] reads it: `id:hex`, the first seals, the others only open.
pub(crate) const VARIABLE: &str = "BILLING_SEAL_KEYS";

pub(crate) fn ring(data: &Path) -> Result<StaticKeyRing, StartError> {
    // Empty counts as unset.
    if let Some(text) = env::var_os(VARIABLE).filter(|text| !text.is_empty()) {
        let text = text.into_string().unwrap_or_default();
        return StaticKeyRing::parse(&text)
            .map_err(|why| StartError::SealKeys { place: VARIABLE.into(), why });
    }
    let file = data.join("seal-key");
    // A random id: it names one key for ever, also after this file was lost.
    let text = kept::text(&file, || Ok(format!("clinic-{}:{}\n", random_hex(4)?, random_hex(32)?)))
        .map_err(|source| StartError::Data { path: file.clone(), source })?;
    StaticKeyRing::parse(&text).map_err(|why| StartError::SealKeys { place: file.display().to_string(), why })
}
