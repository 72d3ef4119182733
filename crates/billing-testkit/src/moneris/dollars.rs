//! Amounts as Moneris writes them: dollars as text, always with two decimals. Inside, whole cents.

/// The most that one request may move: 9,999,999.99.
const MAX_CENTS: i64 = 999_999_999;

/// The cents of `10.00`; None for any other way to write it. Zero is an amount: whether it makes sense is not said here.
pub(super) fn cents(text: &str) -> Option<i64> {
    let (dollars, cents) = text.split_once('.')?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(dollars) || !digits(cents) || cents.len() != 2 {
        return None;
    }
    let total = format!("{dollars}{cents}").parse().ok()?;
    (total <= MAX_CENTS).then_some(total)
}

/// The same without zero.
pub(super) fn cents_to_move(text: &str) -> Option<i64> {
    cents(text).filter(|cents| *cents > 0)
}

pub(super) fn text(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

#[test]
fn an_amount_is_written_in_one_way() {
    assert_eq!(
        (cents("10.00"), cents("0.01"), cents("9999999.99")),
        (Some(1000), Some(1), Some(999_999_999))
    );
    for wrong in ["10", "10.5", "10.000", "1,000.00", "1e2", "-1.00", "+1.00", ".50", "1.", "10000000.00", ""]
    {
        assert_eq!(cents(wrong), None, "{wrong}");
    }
    assert_eq!((cents_to_move("0.00"), cents_to_move("0.01")), (None, Some(1)));
    assert_eq!((text(1000), text(1), text(123_456)), ("10.00".into(), "0.01".into(), "1234.56".into()));
}
