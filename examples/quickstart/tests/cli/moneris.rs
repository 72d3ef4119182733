//! The story with Moneris.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use crate::run::{Place, Run, cards_with, finish, run};

fn moneris(options: &[&str]) -> Run {
    run(&[&["--processor", "moneris"], options].concat())
}

fn moneris_at(place: &Place, options: &[&str]) -> Run {
    place.run_on_data(&[&["--processor", "moneris"], options].concat())
}

/// Neither the store's API token nor any card's token.
fn assert_shows_no_secret(run: &Run) {
    for text in [&run.out, &run.err] {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        let token = |word: &str| word.starts_with("ot-") && word.len() == 28;
        assert_eq!(words.filter(|word| token(word)).count(), 0, "a card's token is shown");
        assert!(!text.contains("KJ7l2A"), "the API token is shown");
        assert!(!text.contains("42424242"), "a card's number is shown");
    }
}

/// The order ids, oldest first, without the payment they begin with.
fn attempts(out: &str) -> Vec<&str> {
    let lines = out.lines().filter(|line| line.trim_start().starts_with("payment.handed_over"));
    lines.filter_map(|line| line.rsplit_once('-')).map(|(_, attempt)| attempt).collect()
}

#[test]
fn it_ends_with_a_paid_invoice() {
    let run = moneris(&[]);
    run.assert_paid();
    for told in [
        "A clinic connects its Moneris account",
        "Moneris needs no unlocking. Its pane takes store_id, api_token, profile_id and checkout_id.",
        "profile_id          ht4RXXmonca04321",
        "api_token           …Qw8e, version 1",
        "/HPPtoken/index.php?id=ht4RXXmonca04321&…",
        "Moneris's frame does not ask for it",
        "calls to Moneris      0",
        "payment.sending     attempt 1 of 123.45 CAD on moneris",
        "payment.charging    attempt 1 of 123.45 CAD",
        "sealed; erased with the answer",
        "one, unspent; it may be asked from",
        "it was sent           store_id, api_token, res_purchase_cc, data_key, order_id, cust_id, amount,",
        "[REDACTED]",
        "captured              123.45 CAD, visa …4242",
        "Moneris's ledger      123.45 CAD, captures of this payment: 1",
        "nothing is open, nothing to look at",
    ] {
        assert!(run.out.contains(told), "{told}\n{}", run.out);
    }
    assert_eq!(run.err, "");
    assert_shows_no_secret(&run);
}

#[test]
fn send_request_asks_moneris_nothing() {
    let out = moneris(&[]).out;
    let (_, send) = out.split_once("\n4  ").unwrap();
    let (send, _) = send.split_once("\n5  ").unwrap();
    assert!(send.contains("calls to Moneris      0"), "{send}");
}

#[test]
fn each_step_fits_a_screen() {
    for options in [
        &[][..],
        &["--card", "lost", "--then", "times-out-unpaid"],
        &["--card", "times-out", "--refund", "all"],
        &["--card", "number", "--then", "refund-declined", "--refund", "5"],
    ] {
        let out = moneris(options).out;
        // What comes before the steps names files, whose paths may be as long as they like.
        for step in out.split("\n\n").skip(1) {
            assert!(step.lines().count() <= 22, "{step}");
            assert!(step.lines().all(|line| line.chars().count() <= 100), "{step}");
        }
    }
}

#[test]
fn a_declined_card_ends_the_attempt_and_the_next_takes_a_new_order_id() {
    let run = moneris(&["--card", "insufficient", "--then", "visa"]);
    run.assert_paid();
    assert!(run.out.contains("insufficient_funds (076)"), "{}", run.out);
    assert!(run.out.contains("It is the same payment. The order id before is used up"), "{}", run.out);
    assert_eq!(attempts(&run.out)[..2], ["1", "2"], "{}", run.out);
    assert_shows_no_secret(&run);
}

#[test]
fn a_declined_card_alone_leaves_nothing_to_cancel() {
    let run = moneris(&["--card", "declined"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("there is nothing to cancel"), "{}", run.out);
    assert!(run.last_line().ends_with("nothing was taken. To try a second card, add --then visa."));
}

#[test]
fn a_lost_card_is_told_to_staff_and_not_to_the_patient() {
    let run = moneris(&["--card", "lost"]);
    let (staff, patients) = run.out.split_once("patients read").unwrap();
    assert!(staff.contains("The card is suspected"), "{staff}");
    let (patients, _) = patients.split_once("   invoice").unwrap();
    assert!(patients.contains("Your bank declined") && patients.contains("Votre banque a refusé"));
    assert!(!patients.contains("lost") && !patients.contains("perdue"));
}

#[test]
fn a_mistyped_number_charges_nothing_and_the_same_frame_takes_another_card() {
    let run = moneris(&["--card", "number", "--then", "visa"]);
    run.assert_paid();
    assert!(run.out.contains("no token: 943"), "{}", run.out);
    assert_eq!(run.out.matches("\n4  Send Request").count(), 1, "{}", run.out);
}

#[test]
fn a_lost_answer_blocks_the_invoice_until_the_one_status_check_finds_the_money() {
    let run = moneris(&["--card", "times-out"]);
    run.assert_paid();
    let (doubt, found) = run.out.split_once("\n7  45 seconds later").unwrap();
    for told in ["payment               not known yet", "sealed, 94 bytes", "a card payment is in progress"] {
        assert!(doubt.contains(told), "{told}\n{doubt}");
    }
    let told_plainly = "Nobody waited: the demo moved its clock 45 s ahead";
    for told in
        [told_plainly, "looked at 1, of which ended 1", "payment.check_sent", "status_check,", "…0131"]
    {
        assert!(found.contains(told), "{told}\n{found}");
    }
    assert_shows_no_secret(&run);
}

#[test]
fn a_check_that_finds_nothing_proves_nothing_and_a_person_looks() {
    let run = moneris(&["--card", "times-out-unpaid", "--then", "visa"]);
    run.assert_paid();
    let (_, found) = run.out.split_once("\n7  45 seconds later").unwrap();
    for told in ["of which ended 0", "spent: nobody asks again", "\"Not found\" proves nothing", "the owner"]
    {
        assert!(found.contains(told), "{told}\n{found}");
    }
    assert_eq!(attempts(&run.out)[..2], ["1", "2"], "{}", run.out);
}

#[test]
fn every_card_ends_well_and_leaves_nothing_open() {
    let place = Place::new();
    for card in cards_with("Moneris") {
        let run = moneris_at(&place, &["--card", &card]);
        assert_eq!(run.code, 0, "{card}: {}{}", run.out, run.err);
        assert!(run.out.contains("nothing is open"), "{card}: {}", run.out);
        assert_shows_no_secret(&run);
    }
}

#[test]
fn a_card_of_the_other_processor_is_refused_with_those_of_this_one() {
    moneris(&["--card", "3ds"]).assert_stopped("the cards are visa, mastercard, amex, declined", &["3ds"]);
    run(&["--card", "times-out"]).assert_stopped("the cards are visa, mastercard, amex, 3ds", &["times-out"]);
}

#[test]
fn credentials_of_nobody_are_refused_with_a_hint_and_never_repeated() {
    let token = "Zk41Zk41Zk41Zk41";
    let run = moneris(&["--store-id", "gwca0999", "--api-token", token]);
    run.assert_stopped("the processor rejected the keys", &[token, "Zk41"]);
    run.assert_stopped("Nothing was stored", &[]);
    run.assert_stopped("paste what --show-keys prints", &[]);
    assert_eq!(run.code, 1);
}

#[test]
fn the_published_test_stores_are_refused_before_anything_is_sent() {
    let run = moneris(&["--store-id", "store5", "--api-token", "yesguy"]);
    run.assert_stopped("store_id belongs to a test store that Moneris publishes", &["yesguy", "store5"]);
    run.assert_stopped("Nothing was stored or sent.", &[]);
}

#[test]
fn a_profile_of_nobody_ends_with_the_payment_cancelled() {
    let place = Place::new();
    let run = moneris_at(&place, &["--profile-id", "ht4RXXnobodys"]);
    run.assert_stopped("the profile id is not one of the store's", &[]);
    assert!(run.out.contains("cancelled"), "{}", run.out);
    let next = moneris_at(&place, &[]);
    next.assert_paid();
    assert!(!next.out.contains("left payment"), "{}", next.out);
}

#[test]
fn the_demos_own_keys_can_be_pasted() {
    let place = Place::new();
    let shown = moneris_at(&place, &["--show-keys"]);
    let options: Vec<_> = shown.out.split_whitespace().collect();
    assert_eq!(options.len(), 6, "{}", shown.out);
    let run = moneris_at(&place, &options);
    run.assert_paid();
    assert_shows_no_secret(&run);
}

#[test]
fn the_token_may_come_by_input_or_environment_and_keys_of_the_other_processor_are_not_read() {
    let token = "Zk41Zk41Zk41Zk41";
    let place = Place::new();
    let mut child = place
        .command(&["--processor", "moneris", "--api-token", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{token}").unwrap();
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && err.contains("rejected the keys") && !err.contains("Zk41"), "{err}");

    let story = ["--processor", "moneris"];
    let run = finish(place.command(&story).env("MONERIS_API_TOKEN", token));
    run.assert_stopped("the processor rejected the keys", &["Zk41"]);
    finish(place.command(&story).env("STRIPE_SECRET_KEY", "sk_test_51qrstuvwxyzabcdef")).assert_paid();
    finish(place.command(&[]).env("MONERIS_API_TOKEN", token)).assert_paid();
}

#[test]
fn the_two_processors_take_turns_on_the_same_data() {
    let place = Place::new();
    place.run_on_data(&[]).assert_paid();
    let second = moneris_at(&place, &[]);
    second.assert_paid();
    assert!(second.out.contains("so the owner removes its account"), "{}", second.out);
    let third = moneris_at(&place, &[]);
    third.assert_paid();
    assert!(third.out.contains("Keys are saved already, version 1"), "{}", third.out);
    let fourth = place.run_on_data(&[]);
    fourth.assert_paid();
    assert!(fourth.out.contains("moneris               saved, not in use"), "{}", fourth.out);
    assert!(fourth.last_line().starts_with("Invoice 4 "), "{}", fourth.out);
}

#[test]
fn a_run_killed_after_the_hand_over_leaves_a_payment_that_the_next_cancels_without_asking() {
    let place = Place::new();
    let data = place.data();
    let mut child = place
        .command(&["--processor", "moneris", "--data", &data, "--pause"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"\n\n\n").unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    assert!(output.lines().any(|line| line.unwrap().contains("press Enter for step 5")));
    child.kill().unwrap();
    child.wait().unwrap();

    let next = moneris_at(&place, &[]);
    next.assert_paid();
    assert!(next.out.contains("A former run left payment"), "{}", next.out);
    assert!(next.out.contains("nothing was charged and nobody need be asked"), "{}", next.out);
    assert!(next.out.contains("nothing is open"), "{}", next.out);
}
