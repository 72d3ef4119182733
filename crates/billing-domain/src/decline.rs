//! A refused card: what kind of refusal, what to do next, and what to tell whom. Never a processor's own words,
//! save one short code for staff.

mod texts;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use texts::texts;

/// An issuer's or a processor's no. No money moved.
///
/// For a screen the patient sees, [`Decline::patient_text`] is the whole answer, in the patient's language; for staff
/// who may see the reason, [`Decline::staff_text`]. A program in the patient's browser gets [`Decline::patient_view`],
/// never the decline itself.
///
/// ```
/// use billing_domain::{Decline, DeclineCategory, Language};
/// let decline = Decline::new(DeclineCategory::ExpiredCard);
/// assert_eq!(decline.patient_text(Language::English), "This card has expired. Use another card.");
/// // From a setting or a request, by ISO 639-1 code:
/// let language: Language = "fr".parse()?;
/// assert_eq!(decline.patient_text(language), "Cette carte est expirée. Utilisez une autre carte.");
/// # Ok::<(), billing_domain::UnknownText>(())
/// ```
///
/// Its `Debug` prints the patient's view only, because logs are read by people who may not see why a card is
/// suspected. There is no `Display`: a text without a reader in mind would end up in front of the wrong one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decline {
    /// The kind of refusal.
    pub category: DeclineCategory,
    /// The processor's own code, for staff who may see it.
    pub code: Option<DeclineCode>,
    /// What to do next.
    pub advice: Advice,
}

impl Decline {
    /// A decline with the usual advice for its category and no code.
    pub const fn new(category: DeclineCategory) -> Self {
        Self { category, code: None, advice: category.advice() }
    }

    /// The same decline with the processor's code, if [`DeclineCode::clip`] keeps anything of it.
    #[must_use]
    pub fn with_code(self, code: &str) -> Self {
        Self { code: DeclineCode::clip(code), ..self }
    }

    /// The same decline with the advice the processor gave.
    #[must_use]
    pub fn with_advice(self, advice: Advice) -> Self {
        Self { advice, ..self }
    }

    /// What may be sent to a patient's browser: no code, and a suspected card is a card the issuer declined.
    #[must_use]
    pub fn patient_view(&self) -> Self {
        match self.category {
            DeclineCategory::Suspected => Self::new(DeclineCategory::IssuerDeclined),
            _ => Self { code: None, ..self.clone() },
        }
    }

    /// One or two sentences for staff who may see the reason; for others use the text of
    /// [`Decline::patient_view`].
    pub const fn staff_text(&self) -> &'static str {
        texts(self.category).staff
    }

    /// One or two sentences for the patient. Lost, stolen, fraud and pick-up read exactly like a generic decline.
    pub const fn patient_text(&self, language: Language) -> &'static str {
        let texts = texts(self.category);
        match language {
            Language::English => texts.english,
            Language::French => texts.french,
        }
    }
}

impl fmt::Debug for Decline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen = self.patient_view();
        f.debug_struct("Decline")
            .field("category", &seen.category)
            .field("advice", &seen.advice)
            .finish_non_exhaustive()
    }
}

/// A processor's own code for a refusal: 1 to 64 characters of `A-Z a-z 0-9 . _ : -`.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeclineCode(String);

impl DeclineCode {
    /// The longest code kept, in characters.
    pub const LENGTH_MAX: usize = 64;

    /// What can be kept of a processor's text: its allowed characters, cut at [`DeclineCode::LENGTH_MAX`].
    /// `None` if nothing is left, or if it holds 12 digits or more and so might be a card number. It never fails,
    /// because a processor may send anything and a decline must still be recorded.
    pub fn clip(text: &str) -> Option<Self> {
        let kept: String = text.chars().filter(|c| Self::allows(*c)).take(Self::LENGTH_MAX).collect();
        let digits = kept.chars().filter(char::is_ascii_digit).count();
        (!kept.is_empty() && digits < 12).then_some(Self(kept))
    }

    /// The code as text, for staff who may see it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn allows(c: char) -> bool {
        c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '-')
    }
}

impl fmt::Debug for DeclineCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeclineCode(..)")
    }
}

impl TryFrom<String> for DeclineCode {
    type Error = UnknownText;

    fn try_from(text: String) -> Result<Self, UnknownText> {
        Self::clip(&text).filter(|code| code.0 == text).ok_or(UnknownText("decline code"))
    }
}

impl From<DeclineCode> for String {
    fn from(code: DeclineCode) -> Self {
        code.0
    }
}

/// Why a card was refused. Kept as text: [`DeclineCategory::as_str`].
///
/// An adapter that does not know a processor's code says [`DeclineCategory::IssuerDeclined`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
#[non_exhaustive]
pub enum DeclineCategory {
    /// The cardholder could not be authenticated (3-D Secure).
    AuthenticationFailed,
    /// Something typed does not match the card.
    CardDetails(CardField),
    /// The card cannot be used for this payment: brand, currency, type, a test card.
    CardNotSupported,
    /// The issuer or processor takes it for a payment already made.
    DuplicateTransaction,
    /// The card is past its expiry date.
    ExpiredCard,
    /// Not enough money or credit.
    InsufficientFunds,
    /// The issuer said no and little else.
    IssuerDeclined,
    /// The issuer or the processor could not answer; trying again may help.
    IssuerUnavailable,
    /// Over a limit of amount or number of payments.
    LimitExceeded,
    /// Lost, stolen, fraud or pick-up. Patients read the text of [`DeclineCategory::IssuerDeclined`].
    Suspected,
    /// The card was refused too often in a short time.
    TooManyAttempts,
}

impl DeclineCategory {
    /// Every category.
    pub const ALL: [Self; 14] = [
        Self::AuthenticationFailed,
        Self::CardDetails(CardField::Cvc),
        Self::CardDetails(CardField::Expiry),
        Self::CardDetails(CardField::Number),
        Self::CardDetails(CardField::PostalCode),
        Self::CardNotSupported,
        Self::DuplicateTransaction,
        Self::ExpiredCard,
        Self::InsufficientFunds,
        Self::IssuerDeclined,
        Self::IssuerUnavailable,
        Self::LimitExceeded,
        Self::Suspected,
        Self::TooManyAttempts,
    ];

    /// The stable text a store keeps.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthenticationFailed => "authentication_failed",
            Self::CardDetails(CardField::Cvc) => "card_details_cvc",
            Self::CardDetails(CardField::Expiry) => "card_details_expiry",
            Self::CardDetails(CardField::Number) => "card_details_number",
            Self::CardDetails(CardField::PostalCode) => "card_details_postal_code",
            Self::CardNotSupported => "card_not_supported",
            Self::DuplicateTransaction => "duplicate_transaction",
            Self::ExpiredCard => "expired_card",
            Self::InsufficientFunds => "insufficient_funds",
            Self::IssuerDeclined => "issuer_declined",
            Self::IssuerUnavailable => "issuer_unavailable",
            Self::LimitExceeded => "limit_exceeded",
            Self::Suspected => "suspected",
            Self::TooManyAttempts => "too_many_attempts",
        }
    }

    /// What usually helps.
    pub const fn advice(self) -> Advice {
        match self {
            Self::AuthenticationFailed | Self::IssuerUnavailable => Advice::TryAgain,
            Self::CardDetails(_) => Advice::CheckDetails,
            Self::CardNotSupported
            | Self::ExpiredCard
            | Self::InsufficientFunds
            | Self::LimitExceeded
            | Self::TooManyAttempts => Advice::AnotherCard,
            Self::DuplicateTransaction => Advice::CheckRecentPayment,
            Self::IssuerDeclined => Advice::ContactBank,
            Self::Suspected => Advice::DoNotRetry,
        }
    }
}

/// The field of the payment window to look at again. The values themselves never reach this library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CardField {
    /// The security code.
    Cvc,
    /// The expiry date.
    Expiry,
    /// The card number.
    Number,
    /// The postal or ZIP code.
    PostalCode,
}

/// What to do after a decline. Kept as text: [`Advice::as_str`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
#[non_exhaustive]
pub enum Advice {
    /// Use another card.
    AnotherCard,
    /// Correct what was typed, then try again.
    CheckDetails,
    /// Look for a payment just made before trying anything.
    CheckRecentPayment,
    /// The cardholder contacts the bank, or uses another card.
    ContactBank,
    /// Do not try this card again.
    DoNotRetry,
    /// Try the same card again, once or twice.
    TryAgain,
}

impl Advice {
    /// Every advice.
    pub const ALL: [Self; 6] = [
        Self::AnotherCard,
        Self::CheckDetails,
        Self::CheckRecentPayment,
        Self::ContactBank,
        Self::DoNotRetry,
        Self::TryAgain,
    ];

    /// The stable text a store keeps.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AnotherCard => "another_card",
            Self::CheckDetails => "check_details",
            Self::CheckRecentPayment => "check_recent_payment",
            Self::ContactBank => "contact_bank",
            Self::DoNotRetry => "do_not_retry",
            Self::TryAgain => "try_again",
        }
    }
}

/// A language patients are answered in. Kept as its ISO 639-1 code: [`Language::as_str`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
#[non_exhaustive]
pub enum Language {
    /// English.
    English,
    /// French.
    French,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::English, Self::French];

    /// `en` or `fr`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }
}

macro_rules! read_from_text {
    ($($type:ident: $what:literal),+ $(,)?) => {$(
        impl FromStr for $type {
            type Err = UnknownText;

            fn from_str(text: &str) -> Result<Self, UnknownText> {
                Self::ALL.into_iter().find(|known| known.as_str() == text).ok_or(UnknownText($what))
            }
        }

        impl TryFrom<String> for $type {
            type Error = UnknownText;

            fn try_from(text: String) -> Result<Self, UnknownText> {
                text.parse()
            }
        }

        impl From<$type> for &'static str {
            fn from(known: $type) -> Self {
                known.as_str()
            }
        }
    )+};
}

read_from_text!(Advice: "advice", DeclineCategory: "decline category", Language: "language");

/// A stored text that is none of the known ones of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a known {0}")]
pub struct UnknownText(pub &'static str);
