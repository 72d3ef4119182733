//! The program as a visitor meets it: what it prints, how it ends, and what a second run on the same data finds.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "helpers of tests")]

mod moneris;
mod refunds;
mod run;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::Stdio;

use run::{Place, cards_with, finish, ids, run};

#[test]
fn without_options_it_ends_with_a_paid_invoice() {
    let run = run(&[]);
    run.assert_paid();
    for told in [
        "locked: contact the help centre",
        "active: card payments go here",
        "Maple Street Clinic Inc.",
        "HST 13 % of 25.18 CAD",
        "calls to Stripe       0",
        "it was sent         allowed_payment_method_types, amount, capture_method, currency, metadata",
        "[REDACTED]",
        "captured              123.45 CAD, visa …4242",
        "nothing is open, nothing to look at",
    ] {
        assert!(run.out.contains(told), "{told}\n{}", run.out);
    }
    assert_eq!(ids(&run.out, "pi_").len(), 1);
    assert!(!run.out.contains("_secret_"), "a client secret is shown");
    assert_eq!(run.err, "");
    let (_, metadata) = run.out.split_once("requires_payment_method\n").unwrap();
    let (metadata, _) = metadata.split_once("     it was sent").unwrap();
    let names: Vec<_> = metadata.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names, ["invoice_id", "payment_id"]);
}

#[test]
fn the_window_shows_its_fields_in_order_and_no_brand() {
    let out = run(&[]).out;
    let fields = ["1 Total", "2 Name on card", "3 Card number", "4 Expiry", "5 CVC", "6 Postal code"];
    let places: Vec<_> = fields.iter().map(|field| out.find(field).unwrap()).collect();
    assert!(places.is_sorted(), "{out}");
    assert!(!out.to_lowercase().contains("brand"));
}

#[test]
fn each_step_fits_a_screen() {
    for options in [&[][..], &["--card", "lost", "--then", "3ds-fails"], &["--card", "processing"]] {
        let out = run(options).out;
        // What comes before the steps names files, whose paths may be as long as they like.
        for step in out.split("\n\n").skip(1) {
            assert!(step.lines().count() <= 22, "{step}");
            assert!(step.lines().all(|line| line.chars().count() <= 100), "{step}");
        }
    }
}

#[test]
fn test_keys_are_refused_with_the_cure_and_never_repeated() {
    let (publishable, secret) = ("pk_test_51abcdefghijklmnop", "sk_test_51qrstuvwxyzabcdef");
    let run = run(&["--publishable-key", publishable, "--secret-key", secret]);
    run.assert_stopped("publishable_key starts with pk_test", &[publishable, secret]);
    run.assert_stopped("toggle to view live keys", &["51abc", "51qrs"]);
}

#[test]
fn live_looking_keys_of_nobody_are_refused_with_a_hint() {
    let secret = "sk_live_51qrstuvwxyzabcdef";
    let run = run(&["--publishable-key", "pk_live_51abcdefghijklmnop", "--secret-key", secret]);
    run.assert_stopped("the processor rejected the keys", &["51qrs"]);
    run.assert_stopped("paste what --show-keys prints", &[]);
}

#[test]
fn a_publishable_key_of_nobody_ends_with_the_payment_cancelled() {
    let place = Place::new();
    let run = place.run_on_data(&["--publishable-key", "pk_live_51abcdefghijklmnop"]);
    run.assert_stopped("the publishable key is not one of the account's", &["--amount"]);
    run.assert_stopped("paste what --show-keys prints", &[]);
    assert!(run.out.contains("cancelled"), "{}", run.out);
    let next = place.run_on_data(&[]);
    next.assert_paid();
    assert!(!next.out.contains("left payment"), "{}", next.out);
}

#[test]
fn the_demos_own_keys_can_be_pasted() {
    let place = Place::new();
    let shown = place.run_on_data(&["--show-keys"]);
    let options: Vec<_> = shown.out.split_whitespace().collect();
    assert_eq!(options.len(), 4, "{}", shown.out);
    let run = place.run_on_data(&options);
    run.assert_paid();
    assert!(!run.out.contains(options[3]), "the secret key is shown");
}

#[test]
fn a_secret_key_may_come_by_input_or_environment() {
    let secret = "sk_test_51qrstuvwxyzabcdef";
    let place = Place::new();
    let mut child = place
        .command(&["--secret-key", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{secret}").unwrap();
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && err.contains("secret_key starts with sk_test"), "{err}");

    let run = finish(place.command(&[]).env("STRIPE_SECRET_KEY", secret));
    run.assert_stopped("secret_key starts with sk_test", &[secret]);
    finish(place.command(&[]).env("STRIPE_SECRET_KEY", "")).assert_paid();
}

#[test]
fn input_without_an_end_is_not_read_to_its_end() {
    let place = Place::new();
    let mut child = place
        .command(&["--secret-key", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    // More than a pipe holds: this ends only because the program does.
    let endless = std::io::copy(&mut std::io::repeat(b'k'), &mut input);
    assert_eq!(endless.unwrap_err().kind(), std::io::ErrorKind::BrokenPipe);
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(err.contains("longer than any key") && !err.contains("kkk"), "{err}");
}

#[test]
fn a_lost_card_is_told_to_staff_and_not_to_the_patient() {
    let run = run(&["--card", "lost"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let (staff, patients) = run.out.split_once("patients read").unwrap();
    assert!(staff.contains("The card is suspected"), "{staff}");
    let (patients, _) = patients.split_once("   invoice").unwrap();
    assert!(patients.contains("Your bank declined") && patients.contains("Votre banque a refusé"));
    assert!(!patients.contains("lost") && !patients.contains("perdue"));
    assert!(run.out.contains("cancelled") && run.out.contains("nothing is open"), "{}", run.out);
    assert!(
        run.last_line().ends_with("is unpaid, nothing was taken. To try a second card, add --then visa.")
    );
}

#[test]
fn after_a_second_declined_card_no_second_card_is_advised() {
    let run = run(&["--card", "lost", "--then", "stolen"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.last_line().ends_with("To see one paid, leave --card and --then out."), "{}", run.out);
}

#[test]
fn a_second_card_pays_in_the_same_window() {
    let run = run(&["--card", "insufficient", "--then", "visa"]);
    run.assert_paid();
    assert!(run.out.contains("insufficient_funds"), "{}", run.out);
    assert_eq!(ids(&run.out, "pi_").len(), 1, "one PaymentIntent for both cards");
}

#[test]
fn every_card_ends_well_and_leaves_nothing_open() {
    let place = Place::new();
    for card in cards_with("Stripe") {
        let run = place.run_on_data(&["--card", &card]);
        assert_eq!(run.code, 0, "{card}: {}{}", run.out, run.err);
        assert!(run.out.contains("nothing is open"), "{card}: {}", run.out);
    }
}

#[test]
fn the_banks_challenge_decides() {
    let passed = run(&["--card", "3ds"]);
    passed.assert_paid();
    assert!(passed.out.contains("requires_action"), "{}", passed.out);
    let failed = run(&["--card", "3ds-fails"]);
    assert!(failed.out.contains("authentication_failed"), "{}", failed.out);
    assert!(failed.last_line().contains("unpaid"), "{}", failed.out);
}

#[test]
fn a_slow_bank_is_waited_for() {
    let run = run(&["--card", "processing"]);
    run.assert_paid();
    assert!(run.out.contains("payment               processing"), "{}", run.out);
}

#[test]
fn a_second_run_on_the_same_data_goes_on() {
    let place = Place::new();
    let (first, second) = (place.run_on_data(&[]), place.run_on_data(&[]));
    first.assert_paid();
    second.assert_paid();
    assert!(first.last_line().starts_with("Invoice 1 "), "{}", first.out);
    assert!(second.last_line().starts_with("Invoice 2 "), "{}", second.out);
    assert!(second.out.contains("Keys are saved already, version 1"), "{}", second.out);
    assert!(second.out.contains(", version 2"), "{}", second.out);
    assert_ne!(ids(&first.out, "pi_"), ids(&second.out, "pi_"), "an id twice");
}

#[test]
fn a_run_killed_after_the_hand_over_leaves_a_payment_that_stays_open() {
    let place = Place::new();
    let data = place.data();
    let mut child = place
        .command(&["--data", &data, "--pause"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"\n\n\n").unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let reached = output.lines().any(|line| line.unwrap().contains("press Enter for step 5"));
    assert!(reached);
    child.kill().unwrap();
    child.wait().unwrap();

    let next = place.run_on_data(&[]);
    next.assert_paid();
    assert!(next.out.contains("A former run left payment"), "{}", next.out);
    assert!(next.out.contains("it stays open"), "{}", next.out);
    assert!(next.out.contains("something is open"), "{}", next.out);
}

#[test]
fn the_sealing_key_is_the_owners_alone_and_its_loss_is_survived() {
    let place = Place::new();
    place.run_on_data(&[]).assert_paid();
    let file = place.seal_key();
    assert_private(Path::new(&file));
    std::fs::remove_file(&file).unwrap();
    place.run_on_data(&[]).assert_paid();
}

#[test]
fn a_damaged_sealing_key_is_named_with_its_cure_and_left_alone() {
    let place = Place::new();
    for damaged in ["", "\n", "demo-1:00ff", "no key"] {
        std::fs::write(place.seal_key(), damaged).unwrap();
        let run = place.run_on_data(&[]);
        run.assert_stopped("clinic.sqlite.seal-key holds no sealing key", &["00ff"]);
        run.assert_stopped("delete it: then the next run draws a new key", &[]);
        assert_eq!(std::fs::read_to_string(place.seal_key()).unwrap(), damaged);
    }
    std::fs::remove_file(place.seal_key()).unwrap();
    place.run_on_data(&[]).assert_paid();
}

#[test]
fn sealing_keys_may_come_by_environment_and_empty_ones_count_as_unset() {
    let place = Place::new();
    let with = |keys: &str| finish(place.command(&["--data", &place.data()]).env("BILLING_SEAL_KEYS", keys));
    let kept = format!("kept:{}", "0a".repeat(32));
    let run = with(&kept);
    run.assert_paid();
    assert!(run.out.contains("from BILLING_SEAL_KEYS"), "{}", run.out);
    assert!(!Path::new(&place.seal_key()).exists());
    with("kept:0a0b").assert_stopped("BILLING_SEAL_KEYS: a sealing key is 64", &["0a0b"]);
    let run = with("");
    run.assert_paid();
    assert!(run.out.contains("seal-key (new)"), "{}", run.out);
    assert!(place.run(&["--help"]).out.contains("BILLING_SEAL_KEYS"));
}

#[test]
fn runs_that_start_at_once_on_new_data_agree_on_the_clinic_and_its_sealing_key() {
    let place = Place::new();
    let data = place.data();
    let start = || {
        let mut command = place.command(&["--data", &data]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    for child in [start(), start(), start(), start()] {
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        // They may still roll each other's keys: that is another story.
        assert!(!err.contains("dispensary") && !err.contains("seal"), "{err}");
    }
    // Of several that end at once none may be the last to hold the file: the log is folded in by the next.
    place.run_on_data(&[]).assert_paid();
    assert_eq!(place.files(), ["clinic.sqlite", "clinic.sqlite.seal-key"]);
}

#[test]
fn data_is_one_file_and_its_key_after_a_run() {
    let place = Place::new();
    place.run_on_data(&[]).assert_paid();
    assert_eq!(place.files(), ["clinic.sqlite", "clinic.sqlite.seal-key"]);
}

#[test]
fn data_that_nobody_asked_for_is_told_with_the_way_to_be_rid_of_it() {
    let place = Place::new();
    let run = place.run(&[]);
    run.assert_paid();
    let [folder] = &place.files()[..] else { panic!("{:?}", place.files()) };
    let told = run.out.split_once("to be rid of it, delete the folder").unwrap().1;
    assert!(told.lines().take(2).any(|line| line.ends_with(folder.as_str())), "{}", run.out);
}

#[test]
fn a_run_that_tells_no_story_leaves_nothing_behind() {
    let place = Place::new();
    assert_eq!(place.run(&["--show-keys"]).code, 0);
    let broken = finish(place.command(&[]).env("BILLING_SEAL_KEYS", "broken"));
    assert_eq!(broken.code, 1);
    assert_eq!(place.files(), [""; 0]);
}

#[cfg(unix)]
fn assert_private(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[cfg(not(unix))]
fn assert_private(file: &Path) {
    assert!(file.exists());
}

const AMOUNT_HINT: &str = "Try another --amount, such as 123.45.";

#[test]
fn what_is_no_price_is_refused_before_anything_begins() {
    for (amount, why) in [
        ("-1", "a price cannot be negative"),
        ("-5.00", "a price cannot be negative"),
        ("12.345", "more decimal digits than its currency"),
        ("79228162514264337593543950335", "the amount is too large"),
        ("a lot", "not a number of dollars"),
        ("", "not a number of dollars"),
    ] {
        let run = run(&["--amount", amount]);
        run.assert_stopped(why, &[]);
        run.assert_stopped(AMOUNT_HINT, &[]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{amount}");
    }
}

#[test]
fn an_impossible_amount_is_refused_in_the_librarys_words_and_leaves_nothing_open() {
    let place = Place::new();
    for (amount, why) in [
        ("0", "nothing is outstanding"),
        ("0.10", "less than the processor takes"),
        ("1000000", "more than the processor takes"),
    ] {
        let run = place.run_on_data(&["--amount", amount]);
        run.assert_stopped(why, &[]);
        run.assert_stopped(AMOUNT_HINT, &[]);
        assert_eq!(run.code, 1);
    }
    let run = place.run_on_data(&["--amount", "0.50"]);
    run.assert_paid();
    assert!(run.out.contains("nothing is open") && !run.out.contains("left payment"), "{}", run.out);
}

#[test]
fn wrong_options_are_refused_with_a_way_out() {
    let cards = run(&["--card", "gold"]);
    cards.assert_stopped("visa, mastercard, amex, 3ds", &[]);
    let unknown = run(&["--processor", "square"]);
    unknown.assert_stopped("the processors are stripe, moneris", &["square"]);
    assert_eq!(unknown.code, 2);
    run(&["--colour"]).assert_stopped("Try --help.", &[]);
    run(&["--card"]).assert_stopped("--card takes a value", &[]);
    run(&["--data", "no/such/directory/clinic.sqlite"]).assert_stopped("cannot be opened", &[]);
    run(&["--data", ""]).assert_stopped("names no file", &[]);
}

#[test]
fn a_key_in_the_wrong_place_is_never_repeated() {
    let secret = "sk_live_51qrstuvwxyzabcdef";
    for (options, why) in [
        (&[secret][..], "a value without an option"),
        (&["--amount", secret], "not a number of dollars"),
        (&["--card", secret], "no such card"),
        (&["--then", secret], "no such card"),
        (&["--processor", secret], "no such processor"),
        (&["--refund", secret], "not a number of dollars"),
        (&["--store-id", secret], "--store-id is for Moneris"),
        (&["--processor", "moneris", "--secret-key", secret], "--secret-key is for Stripe"),
        (&[&format!("--{secret}")], "an option that this program does not have"),
        (&[&format!("--{secret}=x")], "an option that this program does not have"),
        (&[&format!("-{secret}")], "an option that this program does not have"),
        (&[&format!("--pause={secret}")], "--pause takes no value"),
        (&["--secret-key", &format!("--{secret}")], "--secret-key takes a value"),
    ] {
        let run = run(options);
        run.assert_stopped(why, &["sk_live", "51qrs"]);
        assert_eq!(run.code, 2, "{options:?}");
    }
}

#[test]
fn an_option_is_never_taken_for_the_value_of_the_one_before_it() {
    for option in [
        "--amount",
        "--api-token",
        "--card",
        "--data",
        "--processor",
        "--profile-id",
        "--publishable-key",
        "--refund",
        "--secret-key",
        "--store-id",
        "--then",
    ] {
        let run = run(&[option, "--publishable-key", "pk_live_51abcdefghijklmnop"]);
        run.assert_stopped(&format!("{option} takes a value, and another option follows it"), &["51abc"]);
        assert_eq!(run.code, 2);
    }
}
