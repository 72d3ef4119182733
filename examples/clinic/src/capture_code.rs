//! A capture as it travels in a form: `attempt-1`, or `stray-` and its id.

use billing_domain::payment::CaptureId;

/// The word for a capture.
pub(crate) fn of(capture: CaptureId) -> String {
    match capture {
        CaptureId::Attempt(no) => format!("attempt-{no}"),
        CaptureId::Stray(id) => format!("stray-{id}"),
    }
}

/// The capture of a word; whether the payment has it is the library's to say.
pub(crate) fn read(word: &str) -> Option<CaptureId> {
    match word.split_once('-')? {
        ("attempt", no) => no.parse().ok().map(CaptureId::Attempt),
        ("stray", id) => id.parse().ok().map(CaptureId::Stray),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capture_is_found_again_by_its_word() {
        let stray = "01930000-0000-7000-8000-000000000001".parse().unwrap();
        for capture in [CaptureId::Attempt(1), CaptureId::Attempt(u32::MAX), CaptureId::Stray(stray)] {
            assert_eq!(read(&of(capture)), Some(capture));
        }
        for none in ["", "attempt", "attempt-", "attempt--1", "attempt-4294967296", "stray-1", "other-1"] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
