//! Money given back, with both processors.

use crate::run::{Run, run};

fn refunding(processor: &str, options: &[&str]) -> Run {
    run(&[&["--processor", processor], options].concat())
}

#[test]
fn a_part_is_given_back_and_the_books_agree() {
    for (processor, name) in [("stripe", "Stripe"), ("moneris", "Moneris")] {
        let run = refunding(processor, &["--refund", "12.34"]);
        assert_eq!(run.code, 0, "{}", run.err);
        for told in [
            "7  The owner gives 12.34 CAD back",
            "refund.sending",
            "a refund: new money goes to the card",
            "it is                 succeeded",
            "invoice               partly settled; 12.34 CAD outstanding",
            "our ledger            123.45 CAD, 12.34 CAD given back",
        ] {
            assert!(run.out.contains(told), "{told}\n{}", run.out);
        }
        let theirs = format!("{name}'s ledger");
        let theirs = format!("{theirs:<22}123.45 CAD, 12.34 CAD given back, captures of this payment: 1");
        assert!(run.out.contains(&theirs), "{theirs}\n{}", run.out);
        assert!(
            run.last_line().ends_with("123.45 CAD, taken once; 12.34 CAD, given back once."),
            "{}",
            run.out
        );
    }
}

#[test]
fn the_whole_is_given_back_and_at_moneris_the_same_day_it_is_a_reversal() {
    let stripe = refunding("stripe", &["--refund", "all"]);
    assert!(stripe.out.contains("a refund: new money"), "{}", stripe.out);
    let moneris = refunding("moneris", &["--refund", "all"]);
    // Whoever runs this late in the Eastern evening sees the other way.
    let reversed = moneris.out.contains("a reversal: the whole charge");
    assert_ne!(reversed, moneris.out.contains("too late for a reversal"), "{}", moneris.out);
    for run in [stripe, moneris] {
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(
            run.out.contains("123.45 CAD, 123.45 CAD given back, captures of this payment: 1"),
            "{}",
            run.out
        );
        assert!(run.last_line().contains("is unpaid again: 123.45 CAD, taken once"), "{}", run.out);
    }
}

#[test]
fn the_whole_by_its_figure_is_the_whole() {
    let run = refunding("moneris", &["--amount", "40", "--refund", "40.00"]);
    assert!(run.last_line().contains("is unpaid again: 40.00 CAD"), "{}{}", run.out, run.err);
}

#[test]
fn more_than_was_taken_is_refused_with_what_is_left() {
    for processor in ["stripe", "moneris"] {
        let run = refunding(processor, &["--refund", "123.46"]);
        run.assert_stopped("only 123.45 CAD of this charge can still be given back", &[]);
        run.assert_stopped("Try another --refund, such as 12.34, or all.", &[]);
        assert_eq!(run.code, 1);
    }
}

#[test]
fn a_declined_refund_gives_nothing_back() {
    let run = refunding("moneris", &["--card", "refund-declined", "--refund", "5"]);
    run.assert_paid();
    assert!(run.out.contains("Declined: nothing was given back"), "{}", run.out);
    assert!(run.out.contains("our ledger            123.45 CAD\n"), "{}", run.out);
}

#[test]
fn without_a_payment_there_is_nothing_to_give_back() {
    for processor in ["stripe", "moneris"] {
        let run = refunding(processor, &["--card", "declined", "--refund", "all"]);
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(run.out.contains("Nothing was taken, so nothing can be given back."), "{}", run.out);
    }
}

#[test]
fn money_that_was_found_by_the_status_check_can_be_given_back() {
    let run = refunding("moneris", &["--card", "times-out", "--refund", "23.45"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("\n8  The owner gives 23.45 CAD back"), "{}", run.out);
    assert!(run.out.contains("\n9  What the books say"), "{}", run.out);
}

#[test]
fn what_is_no_refund_is_refused_before_anything_begins() {
    for (amount, why) in [
        ("0", "a refund gives something back"),
        ("-1", "a refund gives something back"),
        ("12.345", "more decimal digits than its currency"),
        ("some", "not a number of dollars"),
    ] {
        let run = run(&["--refund", amount]);
        run.assert_stopped(why, &[]);
        run.assert_stopped("Try another --refund", &[]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{amount}");
    }
}
