//! The penny simulator: the amount decides what the bank answers
//! (<https://developer.moneris.com/moneris-api/docs/simulator>). Answers at once, also where the real one is slow.

use super::cards::Brand;
use super::host::HostAnswer;

/// Cents, then the ISO and the response code; any other cents are approved.
const CENTS: &[(i64, u8, u16)] = &[
    (0, 0, 27),
    (1, 2, 483),
    (2, 2, 484),
    (3, 3, 476),
    (4, 4, 421),
    (5, 5, 481),
    (6, 6, 50),
    (7, 7, 421),
    (8, 8, 4),
    (9, 9, 78),
    (12, 12, 421),
    (13, 13, 476),
    (14, 14, 421),
    (15, 15, 421),
    (19, 19, 476),
    (20, 81, 486),
    (51, 51, 481),
    (54, 54, 482),
    (68, 68, 113),
    (91, 0, 27),
];

/// What the bank answers to a charge of so many cents to such a card. The Visa bands and the American Express amount
/// come before the cents.
pub(super) fn answer(amount: i64, brand: Brand) -> HostAnswer {
    match (brand, amount) {
        (Brand::Amex, 500) => HostAnswer { code: 438, iso: 50 },
        (Brand::Visa, 5_100..=6_000) => HostAnswer { code: 421, iso: 41 },
        (Brand::Visa, 12_000..=13_000) => HostAnswer { code: 482, iso: 54 },
        (Brand::Visa, 1_100..=5_099 | 6_001..=11_999 | 13_001..=15_000) => HostAnswer::APPROVED,
        _ => by_cents(amount % 100),
    }
}

fn by_cents(cents: i64) -> HostAnswer {
    let row = CENTS.iter().find(|(wanted, ..)| *wanted == cents);
    row.map_or(HostAnswer::APPROVED, |(_, iso, code)| HostAnswer { code: *code, iso: *iso })
}

#[test]
fn cents_decide() {
    let code = |amount| answer(amount, Brand::Mastercard).code;
    assert_eq!([1_000, 205, 108, 909, 768, 254, 991].map(code), [27, 481, 4, 78, 113, 482, 27]);
    assert!(answer(108, Brand::Visa).is_approval() && !answer(106, Brand::Visa).is_approval());
}

#[test]
fn the_bands_of_visa_and_the_amount_of_american_express_come_first() {
    let visa = |amount| answer(amount, Brand::Visa).code;
    assert_eq!(
        [2_005, 5_099, 5_100, 6_000, 6_001, 12_500, 13_001, 15_005].map(visa),
        [27, 27, 421, 421, 27, 482, 27, 481]
    );
    assert_eq!(answer(500, Brand::Amex).code, 438);
}
