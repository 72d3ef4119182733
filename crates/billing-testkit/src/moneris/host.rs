//! What the card's bank answers to a charge: two codes, of which one decides. Knows no card and no store.

use serde::{Deserialize, Serialize};

/// The bank's two codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct HostAnswer {
    pub(super) code: u16,
    pub(super) iso: u8,
}

impl HostAnswer {
    pub(super) const APPROVED: Self = Self { code: 27, iso: 1 };
    pub(super) const DECLINED: Self = Self { code: 481, iso: 5 };
    pub(super) const EXPIRED: Self = Self { code: 482, iso: 54 };
    pub(super) const FUNDS: Self = Self { code: 76, iso: 51 };
    pub(super) const LOST_OR_STOLEN: Self = Self { code: 59, iso: 43 };
    pub(super) const PICK_UP: Self = Self { code: 421, iso: 4 };

    /// An answer with this response code and a likely ISO code.
    pub(super) fn coded(code: u16) -> Self {
        Self { code, iso: if code < 50 { 1 } else { 5 } }
    }

    /// Under 50 is approved, zero included.
    pub(super) fn is_approval(self) -> bool {
        self.code < 50
    }

    /// As the issuer pads it.
    pub(super) fn message(self) -> String {
        let (left, right) = match self.code {
            0..50 => ("APPROVED", ""),
            113 => ("TIMED OUT", " TRY AGAIN"),
            421 => ("CALL FOR", " AUTHORIZATION"),
            482 => ("EXPIRED CARD", ""),
            _ => ("DECLINED", ""),
        };
        format!("{left:<19}*{right:<20}=")
    }
}

#[test]
fn a_message_is_padded_as_the_issuer_pads_it() {
    assert_eq!(HostAnswer::APPROVED.message(), "APPROVED           *                    =");
    assert_eq!(HostAnswer::PICK_UP.message(), "CALL FOR           * AUTHORIZATION      =");
}

#[test]
fn under_fifty_is_approved() {
    let codes = [0, 27, 49, 50, 481, 999].map(|code| HostAnswer::coded(code).is_approval());
    assert_eq!(codes, [true, true, true, false, false, false]);
}
