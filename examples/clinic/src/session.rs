//! Who is signed in: a signed cookie, made and read back. The library has no sessions; they are the host's.

use std::path::Path;
use std::{fmt, io};

use jiff::Timestamp;
use ring::hmac;

use crate::StartError;
use crate::kept::{self, hex, random_hex};
use crate::people::Person;

/// The cookie's name.
pub(crate) const COOKIE: &str = "clinic_session";

/// How long a session lasts: a long working day.
const LASTS_SECONDS: i64 = 12 * 60 * 60;
/// Random bytes of a form token.
const CSRF_BYTES: usize = 16;
/// Random bytes of the signing key.
const KEY_BYTES: usize = 32;

/// One browser's session. Before sign-in there is one too, for the token of the sign-in form.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Session {
    /// Who is signed in.
    pub(crate) person: Option<Person>,
    /// What every form of this session carries, and no other site knows.
    pub(crate) csrf: String,
    issued_at: i64,
}

/// Without the token: whoever has it can send this session's forms.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("person", &self.person).finish_non_exhaustive()
    }
}

impl Session {
    /// A new session with a token of its own, so that nobody's earlier token works after sign-in.
    pub(crate) fn new(person: Option<Person>, now: Timestamp) -> io::Result<Self> {
        Ok(Self { person, csrf: random_hex(CSRF_BYTES)?, issued_at: now.as_second() })
    }
}

/// Signs sessions and reads them back.
#[derive(Debug)]
pub(crate) struct Sessions {
    key: hmac::Key,
}

impl Sessions {
    /// With the key of this data folder, so that a restart signs nobody out.
    pub(crate) fn kept_in(data: &Path) -> Result<Self, StartError> {
        let file = data.join("session-key");
        let key = kept::text(&file, || random_hex(KEY_BYTES)).and_then(|key| {
            // A file that something else emptied must not sign anything.
            if key.len() == 2 * KEY_BYTES {
                return Ok(key);
            }
            let cure = "it holds no signing key. Remove it and another is drawn, which signs everybody out";
            Err(io::Error::new(io::ErrorKind::InvalidData, cure))
        });
        let key = key.map_err(|source| StartError::Data { path: file, source })?;
        Ok(Self::signing_with(key.as_bytes()))
    }

    fn signing_with(key: &[u8]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key) }
    }

    /// The cookie's value: `person.csrf.issued.signature`.
    pub(crate) fn seal(&self, session: &Session) -> String {
        let person = session.person.map_or("", Person::as_str);
        let said = format!("{person}.{}.{}", session.csrf, session.issued_at);
        let signature = hmac::sign(&self.key, said.as_bytes());
        format!("{said}.{}", hex(signature.as_ref()))
    }

    /// Whether a form with this token came from a page of the session.
    pub(crate) fn vouch(&self, session: &Session, token: &str) -> bool {
        self.same(&session.csrf, token)
    }

    /// The session in a cookie's value, if we signed it and it still lasts.
    pub(crate) fn open(&self, value: &str, now: Timestamp) -> Option<Session> {
        let (said, signature) = value.rsplit_once('.')?;
        // Comparing tags in hexadecimal keeps the one reading there is of each.
        let expected = hex(hmac::sign(&self.key, said.as_bytes()).as_ref());
        if !self.same(&expected, signature) {
            return None;
        }
        let mut parts = said.split('.');
        let person = match parts.next()? {
            "" => None,
            id => Some(Person::of_id(id)?),
        };
        let (csrf, issued_at) = (parts.next()?.to_owned(), parts.next()?.parse().ok()?);
        let age = now.as_second().checked_sub(issued_at)?;
        (0..LASTS_SECONDS).contains(&age).then_some(Session { person, csrf, issued_at })
    }

    /// Whether the two are equal, in a time that does not tell where they differ: their tags are compared.
    fn same(&self, known: &str, told: &str) -> bool {
        let tag = hmac::sign(&self.key, known.as_bytes());
        hmac::verify(&self.key, told.as_bytes(), tag.as_ref()).is_ok()
    }
}

/// The `Set-Cookie` of a session. `Lax` and not `Strict`: a bank's page leads back to ours after 3-D Secure, and the
/// person must still be signed in then. Forms are protected by their token and their origin. There is no `Secure`
/// because this demo speaks plain HTTP on loopback; a real host adds it.
pub(crate) fn set_cookie(value: &str) -> String {
    format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={LASTS_SECONDS}")
}

/// A cookie's value in a `Cookie` header.
pub(crate) fn cookie<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let mut cookies = header.split(';').filter_map(|cookie| cookie.trim().split_once('='));
    cookies.find(|(found, _)| *found == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_shows_no_token() {
        let session = Session::new(Some(Person::FrontDeskA), Timestamp::UNIX_EPOCH).unwrap();
        let shown = format!("{session:?}");
        assert!(shown.contains("FrontDeskA") && !shown.contains(&session.csrf), "{shown}");
    }

    const NOON: Timestamp = Timestamp::constant(1_795_348_800, 0);

    fn later(seconds: i64) -> Timestamp {
        Timestamp::from_second(NOON.as_second() + seconds).unwrap()
    }

    fn sealed() -> (Sessions, Session, String) {
        let sessions = Sessions::signing_with(b"a key");
        let session = Session::new(Some(Person::FrontDeskA), NOON).unwrap();
        let value = sessions.seal(&session);
        (sessions, session, value)
    }

    #[test]
    fn a_session_is_read_back() {
        let (sessions, session, value) = sealed();
        assert_eq!(sessions.open(&value, NOON), Some(session));
        let nobody = Session::new(None, NOON).unwrap();
        assert_eq!(sessions.open(&sessions.seal(&nobody), NOON), Some(nobody));
    }

    #[test]
    fn a_session_with_any_character_changed_is_none() {
        let (sessions, _, value) = sealed();
        for at in 0..value.len() {
            let mut changed = value.clone().into_bytes();
            changed[at] = if changed[at] == b'a' { b'b' } else { b'a' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(sessions.open(&changed, NOON), None, "{changed}");
        }
        for cut in 0..value.len() {
            assert_eq!(sessions.open(&value[..cut], NOON), None, "the first {cut}");
        }
        assert_eq!(sessions.open(&value.to_uppercase(), NOON), None);
    }

    #[test]
    fn a_file_that_was_emptied_signs_nothing_and_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("session-key"), "").unwrap();
        let why = Sessions::kept_in(folder.path()).unwrap_err().to_string();
        assert!(why.contains("session-key") && why.contains("Remove it"), "{why}");
    }

    #[test]
    fn a_session_signed_with_another_key_is_none() {
        let (_, _, value) = sealed();
        assert_eq!(Sessions::signing_with(b"another key").open(&value, NOON), None);
    }

    #[test]
    fn a_session_ends_after_twelve_hours_and_none_is_from_the_future() {
        let (sessions, session, value) = sealed();
        assert_eq!(sessions.open(&value, later(LASTS_SECONDS - 1)), Some(session));
        assert_eq!(sessions.open(&value, later(LASTS_SECONDS)), None);
        assert_eq!(sessions.open(&value, later(-1)), None);
    }

    #[test]
    fn a_token_vouches_only_for_its_own_session() {
        let (sessions, session, _) = sealed();
        let other = Session::new(Some(Person::FrontDeskA), NOON).unwrap();
        assert!(sessions.vouch(&session, &session.csrf));
        for wrong in [&*other.csrf, "", &session.csrf[1..], &format!("{}0", session.csrf)] {
            assert!(!sessions.vouch(&session, wrong), "{wrong}");
        }
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let header = "other=1; not_clinic_session=2; clinic_session=a.b.c";
        assert_eq!(cookie(header, COOKIE), Some("a.b.c"));
        assert_eq!(cookie(header, "missing"), None);
    }
}
