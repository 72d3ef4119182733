//! The key that seals saved processor keys. Here it lies beside the data so that the next run finds it; a real host
//! keeps it elsewhere, because whoever has both files has the clinic's secret key.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use billing_credentials::{SealError, StaticKeyRing};

use crate::Told;

/// As [`StaticKeyRing::parse`] reads it: `id:hex`, the first seals, the others only open.
pub(crate) const VARIABLE: &str = "BILLING_SEAL_KEYS";

/// The key ring, and a word on where it came from.
pub(crate) fn ring(data: &Path) -> Told<(StaticKeyRing, String)> {
    // Empty counts as unset, as with the other variables.
    if let Some(text) = env::var_os(VARIABLE).filter(|text| !text.is_empty()) {
        let text = text.into_string().map_err(|_| format!("{VARIABLE} is not text"))?;
        let ring = StaticKeyRing::parse(&text).map_err(|error| format!("{VARIABLE}: {error}"))?;
        return Ok((ring, format!("from {VARIABLE}")));
    }
    let file = beside(data);
    let name = file.display();
    let new = !file.try_exists()? && create(&file).map_err(|error| format!("{name}: {error}"))?;
    let text = fs::read_to_string(&file).map_err(|error| unusable(&file, &error))?;
    let ring = StaticKeyRing::parse(&text).map_err(|error| unusable(&file, &error))?;
    Ok((ring, if new { format!("{name} (new)") } else { format!("{name} (the former run's)") }))
}

fn beside(data: &Path) -> PathBuf {
    let mut name = data.as_os_str().to_owned();
    name.push(".seal-key");
    name.into()
}

fn unusable(file: &Path, why: &dyn Error) -> String {
    format!(
        "the file {} holds no sealing key: {why}. Put a copy of it back; or delete it: then the next run draws a \
         new key and saves the processor's keys again",
        file.display()
    )
}

/// Makes the file, which only its owner reads. It is written aside and takes its name whole, so that whoever is killed
/// or comes second leaves no half of one. False if another run was first: then its key is the one.
fn create(file: &Path) -> Told<bool> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut aside = tempfile::Builder::new()
        .prefix(".billing-quickstart-")
        .suffix(".seal-key")
        .tempfile_in(folder.unwrap_or(Path::new(".")))?;
    aside.write_all(drawn()?.as_bytes())?;
    aside.as_file().sync_all()?;
    match aside.persist_noclobber(file) {
        Ok(_) => Ok(true),
        Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(refused) => Err(refused.error.into()),
    }
}

/// 32 random bytes under a random id: an id names one key for ever, also after this file was lost.
fn drawn() -> Result<String, SealError> {
    let (mut id, mut key) = ([0; 4], [0; 32]);
    for bytes in [&mut id[..], &mut key[..]] {
        getrandom::fill(bytes).map_err(|_| SealError::NoRandomness)?;
    }
    Ok(format!("demo-{}:{}\n", hex(&id), hex(&key)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
