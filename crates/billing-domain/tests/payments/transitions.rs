//! An attempt's transition table, row by row, and its laws under permutation and repetition of events.

use billing_domain::payment::{
    Attempt, AttemptState, Capture, Event, Finding, Outcome, PaymentState, Reference, Review, Try, transition,
};
use billing_domain::{ChargeFact, Decline, DeclineCategory, Difference, Observed, Proof, Why};
use proptest::prelude::*;

use crate::samples::{AMOUNT, at, attempt, capture, id, payment};

fn refused(charge: &str) -> Try {
    Try { charge: Some(charge.to_owned()), decline: Decline::new(DeclineCategory::InsufficientFunds) }
}

fn mismatch(captured: Option<Capture>) -> ChargeFact {
    ChargeFact::Mismatch(Observed { differs: vec![Difference::Amount], captured: captured.map(Box::new) })
}

fn states() -> Vec<AttemptState> {
    vec![
        AttemptState::Sending,
        AttemptState::AwaitingCardholder,
        AttemptState::Processing,
        AttemptState::Charging,
        AttemptState::Unknown,
        AttemptState::NeedsReview(Review::CheckSpent),
        AttemptState::Succeeded(capture("ch_1")),
        AttemptState::Dead(Proof::Canceled),
        AttemptState::Dead(Proof::Finding),
        AttemptState::Dead(Proof::NeverHandedOver),
    ]
}

fn events() -> Vec<Event> {
    let facts = [
        ChargeFact::Dead(Proof::Canceled),
        ChargeFact::Declined(Decline::new(DeclineCategory::ExpiredCard)),
        ChargeFact::Live { last: None },
        ChargeFact::Live { last: Some(refused("ch_0")) },
        mismatch(None),
        mismatch(Some(capture("ch_9"))),
        ChargeFact::NoEvidence(Why::NotFound),
        ChargeFact::Processing,
        ChargeFact::Succeeded(capture("ch_1")),
        ChargeFact::Succeeded(capture("ch_2")),
    ];
    let acts = [
        Event::AnswerUnknown,
        Event::CancelledBeforeHandOver,
        Event::CheckClaimed(id(7)),
        Event::CheckGivenBack(id(7)),
        Event::CheckSpent,
        Event::Found(Finding::NothingMoved),
        Event::Found(Finding::MoneyMoved { reference: Reference("ch_by_hand".to_owned()) }),
        Event::GrantClaimed,
        Event::HandedOver,
        Event::KeysErased,
        Event::NeverCharged,
        Event::NotSent,
        Event::Overdue,
        Event::Refused,
        Event::Superseded,
        Event::TicketLimit,
    ];
    facts.into_iter().map(Event::Fact).chain(acts).collect()
}

fn to(state: &AttemptState, event: &Event) -> Outcome {
    transition(state, AMOUNT, event)
}

#[test]
fn a_sending_attempt_is_handed_over_or_ends_as_never_handed_over() {
    let sending = AttemptState::Sending;
    assert_eq!(to(&sending, &Event::HandedOver), Outcome::To(AttemptState::AwaitingCardholder));
    for event in [Event::Refused, Event::Superseded, Event::CancelledBeforeHandOver, Event::KeysErased] {
        assert_eq!(
            to(&sending, &event),
            Outcome::To(AttemptState::Dead(Proof::NeverHandedOver)),
            "{event:?}"
        );
    }
    assert_eq!(to(&sending, &Event::NotSent), Outcome::To(AttemptState::Dead(Proof::NeverSent)));
}

#[test]
fn once_handed_over_nothing_but_evidence_or_a_person_ends_it() {
    let awaiting = AttemptState::AwaitingCardholder;
    for event in [Event::Refused, Event::Superseded, Event::CancelledBeforeHandOver, Event::NotSent] {
        assert_eq!(to(&awaiting, &event), Outcome::Refused, "{event:?}");
    }
    let ended = to(&awaiting, &Event::Fact(ChargeFact::Dead(Proof::Canceled)));
    assert_eq!(ended, Outcome::To(AttemptState::Dead(Proof::Canceled)));
}

#[test]
fn awaiting_and_processing_go_back_and_forth() {
    let processing = to(&AttemptState::AwaitingCardholder, &Event::Fact(ChargeFact::Processing));
    assert_eq!(processing, Outcome::To(AttemptState::Processing));
    let live = to(&AttemptState::Processing, &Event::Fact(ChargeFact::Live { last: None }));
    assert_eq!(live, Outcome::To(AttemptState::AwaitingCardholder));
}

#[test]
fn a_server_side_charge_ends_in_the_truth_or_in_review() {
    assert_eq!(
        to(&AttemptState::AwaitingCardholder, &Event::GrantClaimed),
        Outcome::To(AttemptState::Charging)
    );
    assert_eq!(to(&AttemptState::Charging, &Event::AnswerUnknown), Outcome::To(AttemptState::Unknown));
    assert_eq!(
        to(&AttemptState::Charging, &Event::NotSent),
        Outcome::To(AttemptState::Dead(Proof::NeverSent))
    );
    let never_charged = Outcome::To(AttemptState::Dead(Proof::NeverCharged));
    assert_eq!(to(&AttemptState::Charging, &Event::Refused), never_charged);
    assert_eq!(to(&AttemptState::AwaitingCardholder, &Event::NeverCharged), never_charged);
    for event in [Event::NotSent, Event::Refused, Event::NeverCharged, Event::AnswerUnknown] {
        assert_eq!(to(&AttemptState::Unknown, &event), Outcome::Refused, "doubt is sticky: {event:?}");
    }
    assert_eq!(to(&AttemptState::Charging, &Event::NeverCharged), Outcome::Refused, "it may be on its way");
    for state in [AttemptState::Charging, AttemptState::Unknown] {
        let review = Outcome::To(AttemptState::NeedsReview(Review::CheckSpent));
        assert_eq!(to(&state, &Event::CheckSpent), review, "{state:?}");
    }
}

#[test]
fn a_finding_ends_a_review_and_nothing_else() {
    for state in states() {
        let outcome = to(&state, &Event::Found(Finding::NothingMoved));
        if matches!(state, AttemptState::NeedsReview(_)) {
            assert_eq!(outcome, Outcome::To(AttemptState::Dead(Proof::Finding)));
        } else {
            assert_eq!(outcome, Outcome::Refused, "{state:?}");
        }
    }
}

#[test]
fn money_found_after_the_end_is_a_stray_charge_and_repeating_the_known_charge_is_not() {
    let paid = AttemptState::Succeeded(capture("ch_1"));
    assert_eq!(to(&paid, &Event::Fact(ChargeFact::Succeeded(capture("ch_1")))), Outcome::Same);
    let unnamed = Capture { charge: None, ..capture("ch_1") };
    assert_eq!(to(&paid, &Event::Fact(ChargeFact::Succeeded(unnamed))), Outcome::Same);
    let other = Event::Fact(ChargeFact::Succeeded(capture("ch_2")));
    assert_eq!(to(&paid, &other), Outcome::Stray(capture("ch_2")));
    assert_eq!(to(&AttemptState::Dead(Proof::Finding), &other), Outcome::Stray(capture("ch_2")));
    let wrong = Event::Fact(mismatch(Some(capture("ch_2"))));
    assert_eq!(to(&AttemptState::Dead(Proof::Canceled), &wrong), Outcome::Stray(capture("ch_2")));
}

#[test]
fn money_under_another_reference_than_was_asked_about_is_none_of_an_ended_attempt() {
    let observed =
        Observed { differs: vec![Difference::Reference], captured: Some(Box::new(capture("ch_2"))) };
    let another = Event::Fact(ChargeFact::Mismatch(observed.clone()));
    let known_as = |state, reference: &str| {
        let known = Attempt { reference: Some(Reference(reference.to_owned())), ..attempt(state) };
        known.apply(AMOUNT, &another, at(9)).unwrap()
    };
    for ended in [AttemptState::Succeeded(capture("ch_1")), AttemptState::Dead(Proof::Canceled)] {
        let applied = known_as(ended.clone(), "pi_another");
        assert_eq!((applied.stray, applied.changed), (None, false));
        // Something else in the answer is another's, and the money is under our own reference.
        assert_eq!(known_as(ended, "pi_1").stray, Some(capture("ch_2")));
    }
    let review = Outcome::To(AttemptState::NeedsReview(Review::Mismatch(observed)));
    assert_eq!(
        to(&AttemptState::AwaitingCardholder, &another),
        review,
        "of an open one a person has to see it"
    );
}

#[test]
fn a_processor_confirming_a_persons_finding_is_not_a_second_charge() {
    let review = AttemptState::NeedsReview(Review::KeysErased);
    let finding = Event::Found(Finding::MoneyMoved { reference: Reference("ch_by_hand".to_owned()) });
    let Outcome::To(paid) = to(&review, &finding) else { panic!("a finding ends a review") };
    assert_eq!(to(&paid, &Event::Fact(ChargeFact::Succeeded(capture("ch_1")))), Outcome::Same);
}

/// A person may be wrong about nothing having moved. What was ended stays so, and the money is not lost.
#[test]
fn a_person_who_finds_the_money_after_all_finds_a_stray_charge() {
    let found = Event::Found(Finding::MoneyMoved { reference: Reference("ch_by_hand".to_owned()) });
    let ended = attempt(AttemptState::Dead(Proof::Finding));
    let applied = ended.apply(AMOUNT, &found, at(9)).unwrap();
    assert_eq!(applied.attempt, ended);
    assert!(applied.changed, "there is a stray charge to store");
    let stray = applied.stray.unwrap();
    assert_eq!((stray.amount, stray.reference.0.as_str()), (AMOUNT, "ch_by_hand"));
    for proof in [Proof::Canceled, Proof::NeverSent, Proof::NeverCharged, Proof::NeverHandedOver] {
        assert_eq!(to(&AttemptState::Dead(proof), &found), Outcome::Refused);
    }
}

#[test]
fn whatever_was_handed_over_can_come_to_need_a_person() {
    let review = Outcome::To(AttemptState::NeedsReview(Review::Overdue));
    for state in [
        AttemptState::AwaitingCardholder,
        AttemptState::Charging,
        AttemptState::Processing,
        AttemptState::Unknown,
    ] {
        assert_eq!(to(&state, &Event::Overdue), review, "{state:?}");
    }
    assert_eq!(to(&AttemptState::Sending, &Event::Overdue), Outcome::Refused, "it is superseded instead");
}

#[test]
fn a_mismatch_parks_every_open_state() {
    for state in states().into_iter().filter(|state| !state.is_resolved()) {
        let outcome = to(&state, &Event::Fact(mismatch(None)));
        assert!(matches!(outcome, Outcome::To(AttemptState::NeedsReview(Review::Mismatch(_)))), "{state:?}");
    }
}

#[test]
fn no_evidence_changes_no_state() {
    for state in states() {
        for why in [Why::DuplicateKey, Why::NotFound, Why::NotFinished, Why::TimedOut, Why::Unrecognised] {
            assert_eq!(to(&state, &Event::Fact(ChargeFact::NoEvidence(why))), Outcome::Same, "{state:?}");
        }
    }
}

#[test]
fn no_event_moves_a_finished_attempt() {
    for state in states().into_iter().filter(AttemptState::is_resolved) {
        for event in events() {
            assert!(!matches!(to(&state, &event), Outcome::To(_)), "{state:?} on {event:?}");
        }
    }
}

#[test]
fn a_fact_is_never_refused() {
    for state in states() {
        for event in events().into_iter().filter(|event| matches!(event, Event::Fact(_))) {
            assert_ne!(to(&state, &event), Outcome::Refused, "{state:?} on {event:?}");
        }
    }
}

#[test]
fn a_refused_card_is_logged_once_however_often_it_is_told() {
    let live = |charge| Event::Fact(ChargeFact::Live { last: Some(refused(charge)) });
    let mut open = attempt(AttemptState::AwaitingCardholder);
    for charge in ["ch_1", "ch_1", "ch_2", "ch_1", "ch_2"] {
        open = open.apply(AMOUNT, &live(charge), at(1)).unwrap().attempt;
    }
    assert_eq!(open.tries, [refused("ch_1"), refused("ch_2")]);
    assert_eq!(open.revision, 3);
}

#[test]
fn an_ended_attempt_has_an_end_and_no_next_look() {
    let paid = attempt(AttemptState::AwaitingCardholder)
        .apply(AMOUNT, &Event::Fact(ChargeFact::Succeeded(capture("ch_1"))), at(5))
        .unwrap();
    assert_eq!((paid.attempt.resolved_at, paid.attempt.due_at), (Some(at(5)), None));
}

#[test]
fn a_payment_stands_as_its_newest_attempt_does() {
    let payment = |state| payment(vec![attempt(AttemptState::Dead(Proof::Canceled)), attempt(state)]);
    let declined = AttemptState::Dead(Proof::Declined(Decline::new(DeclineCategory::ExpiredCard)));
    for (state, expected) in [
        (AttemptState::Sending, PaymentState::Open),
        (AttemptState::AwaitingCardholder, PaymentState::Open),
        (AttemptState::Processing, PaymentState::Open),
        (AttemptState::Charging, PaymentState::Unknown),
        (AttemptState::Unknown, PaymentState::Unknown),
        (AttemptState::NeedsReview(Review::KeysErased), PaymentState::Unknown),
        (AttemptState::Succeeded(capture("ch_1")), PaymentState::Succeeded),
        (declined, PaymentState::Declined),
        (AttemptState::Dead(Proof::NeverSent), PaymentState::Cancelled),
    ] {
        assert_eq!(payment(state).state(), expected);
    }
}

fn an_event() -> impl Strategy<Value = Event> {
    proptest::sample::select(events())
}

proptest! {
    /// Whatever comes in whatever order: an attempt ends at most once, and its end never changes.
    #[test]
    fn an_end_is_for_ever(sequence in proptest::collection::vec(an_event(), 0..40)) {
        let mut now = attempt(AttemptState::Sending);
        let mut end: Option<AttemptState> = None;
        for event in sequence {
            let Some(applied) = now.apply(AMOUNT, &event, at(1)) else { continue };
            now = applied.attempt;
            match &end {
                Some(end) => prop_assert_eq!(end, &now.state),
                None if now.state.is_resolved() => end = Some(now.state.clone()),
                None => {}
            }
        }
    }

    /// Telling a fact twice is telling it once.
    #[test]
    fn a_repeated_event_changes_nothing_more(
        sequence in proptest::collection::vec(an_event(), 0..12),
        event in an_event(),
    ) {
        let mut now = attempt(AttemptState::Sending);
        for event in sequence {
            now = now.apply(AMOUNT, &event, at(1)).map_or(now, |applied| applied.attempt);
        }
        if let Some(first) = now.apply(AMOUNT, &event, at(1)) {
            let second = first.attempt.apply(AMOUNT, &event, at(2));
            let again = second.map_or(first.attempt.clone(), |applied| applied.attempt);
            prop_assert_eq!(again, first.attempt);
        }
    }

    /// Facts arrive in any order: if one of them is that the money was taken, the attempt ends as paid, or the
    /// money is kept as a stray charge because a proof that it could not be came first.
    #[test]
    fn captured_money_is_never_lost(mut facts in proptest::collection::vec(
        proptest::sample::select(vec![
            ChargeFact::Live { last: None }, ChargeFact::Processing, ChargeFact::NoEvidence(Why::NotFound),
            ChargeFact::Dead(Proof::Canceled), mismatch(None),
        ]), 0..10), place in any::<prop::sample::Index>()) {
        let place = place.index(facts.len() + 1);
        facts.insert(place, ChargeFact::Succeeded(capture("ch_1")));
        let mut now = attempt(AttemptState::AwaitingCardholder);
        let mut kept = false;
        for fact in facts {
            let applied = now.apply(AMOUNT, &Event::Fact(fact), at(1)).unwrap();
            kept |= applied.stray.is_some() || matches!(applied.attempt.state, AttemptState::Succeeded(_));
            now = applied.attempt;
        }
        prop_assert!(kept);
    }
}
