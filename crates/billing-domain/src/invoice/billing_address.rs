//! Who is billed and where: a snapshot of the payer, never of the patient's chart, and never a cardholder's data.

use serde::{Deserialize, Serialize};

use super::TextError;
use super::text::{no_card_number, private_text};

/// The payer's name and address as they stood when the invoice was written. The payer may be somebody else than
/// the patient (a child's parent).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillingAddress {
    /// The payer's full name: what the payment window shows.
    pub full_name: BillingName,
    /// Street, number, unit.
    pub street: Option<AddressLine>,
    /// City or town.
    pub city: Option<AddressLine>,
    /// Province, territory or state.
    pub region: Option<AddressLine>,
    /// Postal or ZIP code.
    pub postal_code: Option<PostalCode>,
    /// Country.
    pub country: Option<AddressLine>,
}

impl BillingAddress {
    /// An address of which only the name is known: enough for a card payment.
    pub const fn of(full_name: BillingName) -> Self {
        Self { full_name, street: None, city: None, region: None, postal_code: None, country: None }
    }
}

private_text! {
    /// A payer's full name, a person's or an organisation's: letters of any script, with the marks, spaces and
    /// fewer than 12 digits that names have.
    ///
    /// ```
    /// use billing_domain::BillingName;
    /// use billing_domain::invoice::TextError;
    /// let name = BillingName::parse("  Zoé O’Brien-Tremblay Jr. ").unwrap();
    /// assert_eq!(name.as_str(), "Zoé O’Brien-Tremblay Jr.");
    /// assert_eq!(format!("{name:?}"), "BillingName(..)");
    /// assert_eq!(BillingName::parse("4242 4242 4242 4242"), Err(TextError::LooksLikeCardNumber));
    /// ```
    BillingName, at most 100, checked by name
}

private_text! {
    /// One line of an address.
    AddressLine, at most 100, checked by no_card_number
}

private_text! {
    /// A postal code: ASCII letters, digits, spaces and hyphens. [`PostalCode::canonical`] is its tidy form.
    PostalCode, at most 12, checked by postal
}

impl PostalCode {
    /// The code in upper case, and as `A1A 1A1` if it has the shape of a Canadian one.
    ///
    /// D, F, I, O, Q and U are never used; W and Z never come first
    /// (<https://en.wikipedia.org/wiki/Postal_codes_in_Canada>).
    #[must_use]
    pub fn canonical(&self) -> Self {
        let upper = self.0.to_ascii_uppercase();
        let joined: String = upper.chars().filter(|c| *c != ' ').collect();
        if is_canadian(&joined) {
            let (area, unit) = joined.split_at(3);
            return Self(format!("{area} {unit}"));
        }
        Self(upper)
    }
}

/// Letters and digits in turn, six of them, without the letters Canada Post does not use.
fn is_canadian(joined: &str) -> bool {
    let letter = |c: char| c.is_ascii_uppercase() && !"DFIOQU".contains(c);
    let in_turn = |(place, c): (usize, char)| if place % 2 == 0 { letter(c) } else { c.is_ascii_digit() };
    joined.len() == 6 && !joined.starts_with(['W', 'Z']) && joined.chars().enumerate().all(in_turn)
}

/// The card field is next to the name field: 12 digits or more are a card number in the wrong one.
fn name(text: &str) -> Result<(), TextError> {
    if text.chars().filter(|c| c.is_numeric()).count() >= 12 {
        return Err(TextError::LooksLikeCardNumber);
    }
    // Accents may come as combining marks of their own.
    let part_of_letter = |c| matches!(c, '\u{300}'..='\u{36f}');
    let between = |c| matches!(c, ' ' | '\u{a0}' | '.' | '\'' | '’' | 'ʼ' | '-' | '‐' | '\u{2011}');
    // Payers may be organisations: "3M Canada", "Smith & Sons, Inc.".
    let in_company_names = |c: char| c.is_ascii_digit() || matches!(c, '&' | ',' | '(' | ')');
    let is_letter = |c: char| c.is_alphabetic();
    let allowed = |c| is_letter(c) || part_of_letter(c) || between(c) || in_company_names(c);
    if !text.chars().all(allowed) || !text.chars().any(is_letter) {
        return Err(TextError::ForbiddenCharacter);
    }
    Ok(())
}

fn postal(text: &str) -> Result<(), TextError> {
    if text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-')) {
        Ok(())
    } else {
        Err(TextError::ForbiddenCharacter)
    }
}
