//! Canadian sales tax and discounts: published figures, and laws that hold for every invoice.
#![allow(clippy::inconsistent_digit_grouping, reason = "31_95 reads as 31.95 dollars")]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use billing_domain::invoice::{
    Discount, DiscountError, InvoiceError, ItemDescription, LineDetails, LineItem, LineItemError, Percent,
    PercentError, PlaceOfSupply, Quantity, TaxError, TaxGroup, TaxStatus, Totals,
};
use billing_domain::{Currency, Money};
use jiff::civil::{Date, date};
use proptest::prelude::*;
use rust_decimal::Decimal;

const TODAY: Date = date(2026, 11, 22);

fn cad(minor: i64) -> Money {
    Money::new(minor, Currency::CAD)
}

fn percent(text: &str) -> Percent {
    Percent::new(text.parse().unwrap()).unwrap()
}

fn details(minor: i64, tax: TaxStatus) -> LineDetails {
    LineDetails {
        description: ItemDescription::parse("Vitamin D drops").unwrap(),
        practitioner: None,
        quantity: Quantity::ONE,
        unit_price: cad(minor),
        discount: None,
        tax,
    }
}

fn line(minor: i64, tax: TaxStatus) -> LineItem {
    LineItem::new(details(minor, tax)).unwrap()
}

fn taxed(minor: i64, place: PlaceOfSupply) -> LineItem {
    line(minor, TaxStatus::Taxable(place.tax_group()))
}

/// The taxes of lines in minor units, in order.
fn taxes(lines: &[LineItem], on: Date) -> Vec<i64> {
    let totals = Totals::of(lines, None, on).unwrap();
    totals.taxes().iter().map(|tax| tax.amount.minor()).collect()
}

#[test]
fn story_54_published_amounts_are_met_to_the_cent() {
    use PlaceOfSupply::{Ontario, Quebec};
    assert_eq!(taxes(&[taxed(31_95, Ontario)], TODAY), [4_15]);
    assert_eq!(taxes(&[taxed(50, Ontario)], TODAY), [7], "half a cent goes up");
    assert_eq!(taxes(&[taxed(10_10, Quebec)], TODAY), [51, 1_01], "each tax on the price, before the other");
}

#[test]
fn story_54_tax_is_rounded_once_per_invoice_not_once_per_line() {
    let lines = vec![taxed(96, PlaceOfSupply::Ontario); 3];
    assert_eq!(taxes(&lines, TODAY), [37]);
}

#[test]
fn story_54_nova_scotia_changes_its_rate_on_the_first_of_april_2025() {
    let lines = [taxed(100_00, PlaceOfSupply::NovaScotia)];
    assert_eq!(taxes(&lines, date(2025, 3, 31)), [15_00]);
    assert_eq!(taxes(&lines, date(2025, 4, 1)), [14_00]);
    assert_eq!(taxes(&lines, TODAY), [14_00]);
}

#[test]
fn story_54_exempt_and_zero_rated_items_add_no_tax() {
    let lines = [
        taxed(10_00, PlaceOfSupply::Ontario),
        line(120_00, TaxStatus::Exempt),
        line(5_00, TaxStatus::ZeroRated),
    ];
    let totals = Totals::of(&lines, None, TODAY).unwrap();
    assert_eq!(totals.subtotal(), cad(135_00));
    assert_eq!(totals.taxes().len(), 1);
    assert_eq!(totals.taxes()[0].base, cad(10_00));
    assert_eq!(totals.total(), cad(136_30));
}

#[test]
fn every_place_charges_the_rates_of_2026() {
    let expected = [
        ("AB", vec![5_000]),
        ("BC", vec![5_000, 7_000]),
        ("MB", vec![5_000, 7_000]),
        ("NB", vec![15_000]),
        ("NL", vec![15_000]),
        ("NT", vec![5_000]),
        ("NS", vec![14_000]),
        ("NU", vec![5_000]),
        ("ON", vec![13_000]),
        ("PE", vec![15_000]),
        ("QC", vec![5_000, 9_975]),
        ("SK", vec![5_000, 6_000]),
        ("YT", vec![5_000]),
    ];
    assert_eq!(expected.len(), PlaceOfSupply::ALL.len());
    for (code, rates) in expected {
        let place: PlaceOfSupply = code.parse().unwrap();
        assert_eq!(taxes(&[taxed(1_000_00, place)], TODAY), rates, "{code}");
    }
}

#[test]
fn the_table_of_places_passes_the_checks_of_any_tax_group() {
    for place in PlaceOfSupply::ALL {
        let group = place.tax_group();
        assert_eq!(TaxGroup::new(group.name().clone(), place.rates()), Ok(group));
    }
}

#[test]
fn a_day_before_the_table_is_refused_not_untaxed() {
    let lines = [taxed(10_00, PlaceOfSupply::Saskatchewan)];
    let refused = Totals::of(&lines, None, date(2017, 3, 22));
    assert!(matches!(refused, Err(InvoiceError::Tax(TaxError::NoRateInForce { .. }))));
}

#[test]
fn two_rates_of_one_tax_on_one_day_are_refused() {
    let mut rates = PlaceOfSupply::NovaScotia.rates();
    rates[0].to = Some(date(2025, 4, 1));
    let group = TaxGroup::new("HST".parse().unwrap(), rates);
    assert!(matches!(group, Err(TaxError::Overlap { .. })));
}

#[test]
fn a_service_can_bear_the_federal_tax_alone() {
    let mut rates = PlaceOfSupply::BritishColumbia.rates();
    rates.retain(|rate| rate.component.name.as_str() == "GST");
    let federal = TaxGroup::new("BC services".parse().unwrap(), rates).unwrap();
    let lines = [taxed(10_00, PlaceOfSupply::BritishColumbia), line(20_00, TaxStatus::Taxable(federal))];
    let totals = Totals::of(&lines, None, TODAY).unwrap();
    let bases: Vec<_> = totals.taxes().iter().map(|tax| tax.base.minor()).collect();
    assert_eq!(bases, [30_00, 10_00], "one GST on both lines, PST on the first");
}

#[test]
fn tax_is_computed_after_discounts() {
    let discounted = LineItem::new(LineDetails {
        discount: Some(Discount::Percent(percent("10"))),
        ..details(100_00, TaxStatus::Taxable(PlaceOfSupply::Ontario.tax_group()))
    });
    let totals = Totals::of(&[discounted.unwrap()], Some(Discount::Amount(cad(40_00))), TODAY).unwrap();
    assert_eq!(totals.discount(), cad(50_00));
    assert_eq!(totals.tax(), cad(6_50));
    assert_eq!(totals.total(), cad(56_50));
}

#[test]
fn a_discount_on_the_invoice_is_shared_by_largest_remainder() {
    let lines = vec![line(33_33, TaxStatus::Exempt); 3];
    let totals = Totals::of(&lines, Some(Discount::Amount(cad(10_00))), TODAY).unwrap();
    let shares: Vec<_> = totals.lines().iter().map(|line| line.invoice_discount.minor()).collect();
    assert_eq!(shares, [3_34, 3_33, 3_33]);
}

#[test]
fn a_discount_is_never_more_than_what_it_is_taken_off_nor_negative() {
    for (amount, why) in [(10_01, DiscountError::ExceedsBase), (-1, DiscountError::Negative)] {
        let discount = Some(Discount::Amount(cad(amount)));
        let on_line = LineItem::new(LineDetails { discount, ..details(10_00, TaxStatus::Exempt) });
        assert_eq!(on_line, Err(LineItemError::Discount(why)));
        let on_invoice = Totals::of(&[line(10_00, TaxStatus::Exempt)], discount, TODAY);
        assert_eq!(on_invoice, Err(InvoiceError::Discount(why)));
    }
}

#[test]
fn quantity_times_price_is_never_rounded() {
    let priced = |quantity: &str, minor| {
        let quantity = Quantity::new(quantity.parse().unwrap()).unwrap();
        LineItem::new(LineDetails { quantity, ..details(minor, TaxStatus::Exempt) }).map(|line| line.gross())
    };
    assert_eq!(priced("1.5", 80_00), Ok(cad(120_00)));
    assert_eq!(priced("1.5", 33_33), Err(LineItemError::NotWholeMinorUnits));
    assert!(matches!(priced("100000", i64::MAX), Err(LineItemError::Money(_))));
}

#[test]
fn quantities_and_percentages_keep_their_bounds() {
    for refused in ["0", "-1", "100000.001", "1.0001"] {
        assert_eq!(Quantity::new(refused.parse().unwrap()), Err(LineItemError::Quantity), "{refused}");
    }
    assert_eq!(Percent::new("100.0001".parse().unwrap()), Err(PercentError::OutOfRange));
    assert_eq!(Percent::new("-0.1".parse().unwrap()), Err(PercentError::OutOfRange));
    assert_eq!(Percent::new("9.97501".parse().unwrap()), Err(PercentError::ExcessDigits));
    assert_eq!(percent("5.00"), percent("5"));
}

fn place() -> impl Strategy<Value = PlaceOfSupply> {
    prop::sample::select(PlaceOfSupply::ALL.to_vec())
}

fn status() -> impl Strategy<Value = TaxStatus> {
    prop_oneof![
        Just(TaxStatus::Exempt),
        Just(TaxStatus::ZeroRated),
        place().prop_map(|place| TaxStatus::Taxable(place.tax_group())),
    ]
}

fn lines() -> impl Strategy<Value = Vec<LineItem>> {
    let one = (0_i64..1_000_000_00, status()).prop_map(|(minor, status)| line(minor, status));
    prop::collection::vec(one, 1..12)
}

fn any_percent() -> impl Strategy<Value = Percent> {
    (0_i64..=1_000_000).prop_map(|n| Percent::new(Decimal::new(n, 4)).unwrap())
}

proptest! {
    #[test]
    fn spreading_a_discount_loses_no_cent(lines in lines(), share in 0_i64..=1_000) {
        let net: i64 = lines.iter().map(|line| line.net().minor()).sum();
        let amount = net / 1_000 * share;
        let totals = Totals::of(&lines, Some(Discount::Amount(cad(amount))), TODAY).unwrap();
        let shares: i64 = totals.lines().iter().map(|line| line.invoice_discount.minor()).sum();
        prop_assert_eq!(shares, amount);
        prop_assert_eq!(totals.subtotal(), cad(net - amount));
        for figure in totals.lines() {
            prop_assert!((0..=figure.gross.minor()).contains(&figure.net.minor()));
        }
    }

    #[test]
    fn each_share_is_within_a_cent_of_its_exact_part(lines in lines(), percent in any_percent()) {
        let net: i64 = lines.iter().map(|line| line.net().minor()).sum();
        let totals = Totals::of(&lines, Some(Discount::Percent(percent)), TODAY).unwrap();
        let off = i128::from(totals.discount().minor());
        for figure in totals.lines() {
            let drift = i128::from(figure.invoice_discount.minor()) * i128::from(net)
                - off * i128::from(figure.gross.minor());
            prop_assert!(drift.abs() < i128::from(net.max(1)));
        }
    }

    #[test]
    fn a_discount_of_everything_leaves_nothing(lines in lines()) {
        let totals = Totals::of(&lines, Some(Discount::Percent(percent("100"))), TODAY).unwrap();
        prop_assert!(totals.total().is_zero());
    }

    #[test]
    fn the_figures_of_an_invoice_add_up(lines in lines(), percent in any_percent()) {
        let totals = Totals::of(&lines, Some(Discount::Percent(percent)), TODAY).unwrap();
        prop_assert_eq!(totals.gross().checked_sub(totals.discount()), Ok(totals.subtotal()));
        prop_assert_eq!(totals.subtotal().checked_add(totals.tax()), Ok(totals.total()));
        let taxes: i64 = totals.taxes().iter().map(|tax| tax.amount.minor()).sum();
        prop_assert_eq!(totals.tax(), cad(taxes));
    }

    #[test]
    fn a_higher_price_never_bears_less_tax(place in place(), a in 0_i64..1_000_000_00, more in 0_i64..1_000_00) {
        let lower = Totals::of(&[taxed(a, place)], None, TODAY).unwrap();
        let higher = Totals::of(&[taxed(a + more, place)], None, TODAY).unwrap();
        prop_assert!(higher.tax().minor() >= lower.tax().minor());
    }

    #[test]
    fn a_percentage_is_within_half_a_cent_and_half_goes_up(base in 0_i64..1_000_000_00, percent in any_percent()) {
        let exact = Decimal::from(base) * percent.value() / Decimal::ONE_HUNDRED;
        let drift = Decimal::from(percent.of(cad(base)).unwrap().minor()) - exact;
        let half = Decimal::new(5, 1);
        prop_assert!(-half < drift && drift <= half);
    }

    #[test]
    fn the_order_of_lines_does_not_change_the_total(lines in lines()) {
        let reversed: Vec<_> = lines.iter().rev().cloned().collect();
        let totals = Totals::of(&lines, None, TODAY).unwrap();
        prop_assert_eq!(Totals::of(&reversed, None, TODAY).unwrap().total(), totals.total());
    }
}
