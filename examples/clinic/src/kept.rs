//! Small secrets of this installation, drawn once and kept as files that only their owner reads. A real host's come from
//! its secret manager: whoever has the data folder has both the sealed keys and what opens them.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

/// What the file holds; drawn and written first if there is none.
///
/// It is written aside and takes its name whole, so that whoever is killed or comes second leaves no half of one.
pub(crate) fn text(file: &Path, draw: impl FnOnce() -> io::Result<String>) -> io::Result<String> {
    if !file.try_exists()? {
        let folder = file.parent().unwrap_or(Path::new("."));
        // Only its owner may read it: that is how temporary files are made.
        let mut aside = tempfile::NamedTempFile::new_in(folder)?;
        aside.write_all(draw()?.as_bytes())?;
        aside.as_file().sync_all()?;
        match aside.persist_noclobber(file) {
            // Another start was first: then its text is the one.
            Err(refused) if refused.error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(refused.error);
            }
            _ => {}
        }
    }
    fs::read_to_string(file)
}

/// `bytes` random bytes in hexadecimal, from the operating system.
pub(crate) fn random_hex(bytes: usize) -> io::Result<String> {
    let mut drawn = vec![0; bytes];
    getrandom::fill(&mut drawn).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(hex(&drawn))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_drawn_once_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a-key");
        assert_eq!(text(&file, || Ok("first".to_owned())).unwrap(), "first");
        assert_eq!(text(&file, || Ok("second".to_owned())).unwrap(), "first");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left aside");
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a-key");
        text(&file, || random_hex(32)).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o077, 0);
    }
}
