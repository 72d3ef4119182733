//! Where processors deliver notices: one public base, and below it an address of each account's own.

use std::fmt;
use std::str::FromStr;

use billing_domain::{AccountId, AccountRef, DispensaryId};

/// The public base below which every account has its own address, `{base}/{dispensary}/{account}`.
///
/// Over https, for processors deliver nowhere else. Over http only on this very machine, which no processor on the internet reaches: for
/// a stand-in of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeAddress(String);

impl NoticeAddress {
    /// The longest base, in characters.
    pub const LENGTH_MAX: usize = 400;

    /// The base with this text: a host, perhaps a port and a path; neither a query nor a name or password. A slash at the end is dropped.
    pub fn parse(text: &str) -> Result<Self, InvalidNoticeAddress> {
        let text = text.trim_end_matches('/');
        if text.len() > Self::LENGTH_MAX {
            return Err(InvalidNoticeAddress::TooLong);
        }
        let (scheme, rest) = text.split_once("://").ok_or(InvalidNoticeAddress::Scheme)?;
        let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
        if !is_authority(authority) || !is_path(path) {
            return Err(InvalidNoticeAddress::Malformed);
        }
        match scheme {
            "https" => Ok(Self(text.to_owned())),
            "http" if is_this_machine(authority) => Ok(Self(text.to_owned())),
            _ => Err(InvalidNoticeAddress::Scheme),
        }
    }

    /// An account's own address.
    pub fn of(&self, account: &AccountRef) -> String {
        format!("{}/{}/{}", self.0, account.dispensary, account.account)
    }

    /// Whose address it is whose path ends so; for a host whose router does not take paths apart.
    pub fn account_at(path: &str) -> Option<(DispensaryId, AccountId)> {
        let mut segments = path.trim_end_matches('/').rsplit('/');
        let (account, dispensary) = (segments.next()?, segments.next()?);
        Some((dispensary.parse().ok()?, account.parse().ok()?))
    }

    /// The base.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for NoticeAddress {
    type Err = InvalidNoticeAddress;

    fn from_str(text: &str) -> Result<Self, InvalidNoticeAddress> {
        Self::parse(text)
    }
}

impl fmt::Display for NoticeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is no base for addresses of notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidNoticeAddress {
    /// It is no address, or holds more than host, port and path.
    #[error("an address for notices is a host, perhaps a port and a path, and nothing else")]
    Malformed,
    /// It is not https.
    #[error("an address for notices begins with https://")]
    Scheme,
    /// It is too long.
    #[error("an address for notices has at most 400 characters")]
    TooLong,
}

/// A host and perhaps a port.
fn is_authority(authority: &str) -> bool {
    let (host, port) = host_and_port(authority);
    let is_host = if host.starts_with('[') {
        host.ends_with(']') && host.bytes().all(|byte| byte.is_ascii_hexdigit() || b"[]:.".contains(&byte))
    } else {
        host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
    };
    !host.is_empty() && is_host && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

/// Nothing, or segments that are plain text.
fn is_path(path: &str) -> bool {
    let is_segment = |segment: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        !segment.is_empty() && segment != "." && segment != ".." && segment.bytes().all(is_plain)
    };
    path.is_empty() || path.split('/').skip(1).all(is_segment)
}

fn is_this_machine(authority: &str) -> bool {
    matches!(host_and_port(authority).0, "127.0.0.1" | "[::1]" | "localhost")
}

fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use billing_domain::ProcessorId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_base_is_https_and_nothing_but_host_port_and_path() {
        for good in [
            "https://clinic.example",
            "https://clinic.example:8443/billing/notices",
            "https://[2001:db8::1]/n",
            "http://127.0.0.1:8080/notices",
            "http://localhost/notices",
            "http://[::1]:80",
        ] {
            assert_eq!(NoticeAddress::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "clinic.example",
            "https://",
            "https:///notices",
            "https://clinic.example/a?b=c",
            "https://clinic.example/a#b",
            "https://name:word@clinic.example",
            "https://clinic.example/a b",
            "https://clinic.example//a",
            "https://clinic.example/../a",
            "https://clinic.example:99999",
            "https://clinic.example:",
            "http://clinic.example/notices",
            "http://127.0.0.1.clinic.example/notices",
            "http://localhost@clinic.example/notices",
            "ftp://localhost/notices",
            "HTTPS://clinic.example",
        ] {
            assert!(NoticeAddress::parse(bad).is_err(), "{bad}");
        }
        let long = format!("https://clinic.example/{}", "a".repeat(400));
        assert_eq!(NoticeAddress::parse(&long), Err(InvalidNoticeAddress::TooLong));
    }

    #[test]
    fn an_accounts_address_leads_back_to_it() {
        let account = AccountRef {
            dispensary: DispensaryId::new(Uuid::from_u128(0xd1)),
            processor: ProcessorId::STRIPE,
            account: AccountId::new(Uuid::from_u128(0xac)),
        };
        let address = NoticeAddress::parse("https://clinic.example/notices/").unwrap().of(&account);
        assert_eq!(
            address,
            "https://clinic.example/notices/00000000-0000-0000-0000-0000000000d1/00000000-0000-0000-0000-0000000000ac"
        );
        let found = NoticeAddress::account_at(address.strip_prefix("https://clinic.example").unwrap());
        assert_eq!(found, Some((account.dispensary, account.account)));
        for nobodys in ["", "/", "/notices", "/notices/d1/ac", "00000000-0000-0000-0000-0000000000ac"] {
            assert_eq!(NoticeAddress::account_at(nobodys), None, "{nobodys}");
        }
    }
}
