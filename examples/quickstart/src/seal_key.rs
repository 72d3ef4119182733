//! The key that seals saved processor keys. Here it lies beside the data so that the next run finds it; a real host
//! keeps it elsewhere, because whoever has both files has the clinic's secret key.

use std::env;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use billing_credentials::{SealError, StaticKeyRing};

use crate::Told;

/// As [`StaticKeyRing::parse`] reads it: `id:hex`, the first seals, the others only open.
const VARIABLE: &str = "BILLING_SEAL_KEYS";

/// The key ring, and a word on where it came from.
pub(crate) fn ring(data: &Path) -> Told<(StaticKeyRing, String)> {
    if let Ok(text) = env::var(VARIABLE) {
        return Ok((StaticKeyRing::parse(&text)?, format!("from {VARIABLE}")));
    }
    let file = beside(data);
    let new = match create(&file) {
        Ok(mut created) => {
            created.write_all(drawn()?.as_bytes())?;
            true
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
        Err(error) => return Err(error.into()),
    };
    let ring = StaticKeyRing::parse(&fs::read_to_string(&file)?)?;
    let name = file.display();
    Ok((ring, if new { format!("{name} (new)") } else { format!("{name} (the former run's)") }))
}

fn beside(data: &Path) -> PathBuf {
    let mut name = data.as_os_str().to_owned();
    name.push(".seal-key");
    name.into()
}

/// A new file that only its owner reads; an error if it exists.
fn create(file: &Path) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
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
