//! The currencies and the smallest and largest charge (<https://docs.stripe.com/currencies>). Never an exchange rate.

use super::error::ApiError;

const KNOWN: &str = "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn \
    bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl \
    hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk \
    mnt mop mro mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf \
    sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst xaf \
    xcd xof xpf yer zar zmw";

const LARGEST: i64 = 99_999_999;

/// Refuses a currency that is not lowercase and known, and an amount outside its bounds.
pub(super) fn check(amount: i64, currency: &str) -> Result<(), ApiError> {
    if !KNOWN.split_ascii_whitespace().any(|known| known == currency) {
        let message = format!("Invalid currency: {currency}. Stripe supports lowercase three-letter codes.");
        return Err(ApiError::invalid(&message).param("currency"));
    }
    if amount < 1 {
        let message = "This value must be greater than or equal to 1.";
        return Err(ApiError::invalid(message).code("parameter_invalid_integer").param("amount"));
    }
    let smallest = smallest(currency);
    if amount < smallest {
        let message = format!("Amount must be at least {smallest} {currency} in the smallest unit.");
        return Err(ApiError::invalid(&message).code("amount_too_small").param("amount"));
    }
    if amount > LARGEST {
        let message = format!("Amount must be no more than {LARGEST} {currency} in the smallest unit.");
        return Err(ApiError::invalid(&message).code("amount_too_large").param("amount"));
    }
    Ok(())
}

/// As if every account settled in the currency of the charge.
fn smallest(currency: &str) -> i64 {
    match currency {
        "aud" | "brl" | "cad" | "chf" | "eur" | "inr" | "jpy" | "nzd" | "sgd" | "usd" => 50,
        "aed" | "myr" | "pln" | "ron" => 200,
        "czk" => 1_500,
        "dkk" => 250,
        "gbp" => 30,
        "hkd" => 400,
        "huf" => 17_500,
        "mxn" | "thb" => 1_000,
        "nok" | "sek" => 300,
        _ => 1,
    }
}
