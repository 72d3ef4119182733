//! The one status check: when it may be asked, by whom, how often; and what is kept sealed for it no longer than that.

use std::time::Duration;

use billing_domain::payment::{
    Attempt, AttemptState, CheckSlot, CheckStep, Event, Finding, Reference, Review, ServerCharge, StatusCheck,
};
use billing_domain::{
    ChargeFact, CheckId, Decline, DeclineCategory, Difference, Observed, Proof, SealedBytes, Why,
};
use jiff::Timestamp;
use proptest::prelude::*;

use crate::samples::{AMOUNT, at, attempt, capture, id};

/// Of a charge sent at second 0, to be asked about from second 40 to second 110.
fn check(slot: CheckSlot) -> StatusCheck {
    StatusCheck { slot, ..StatusCheck::new(at(0), Duration::from_secs(40), Duration::from_secs(110)) }
}

fn claimed(by: u32, second: i64) -> CheckSlot {
    CheckSlot::Claimed { by: id(by), at: at(second) }
}

fn charged(state: AttemptState, slot: CheckSlot) -> Attempt {
    let charge = Some(ServerCharge { sent_at: Some(at(0)), check: Some(check(slot)) });
    Attempt { charge, sealed: Some(sealed()), ..attempt(state) }
}

fn sealed() -> SealedBytes {
    SealedBytes(vec![1, 2, 3])
}

fn slot(attempt: &Attempt) -> CheckSlot {
    attempt.charge.unwrap().check.unwrap().slot
}

fn after(attempt: &Attempt, event: &Event, now: Timestamp) -> Option<Attempt> {
    attempt.apply(AMOUNT, event, now).map(|applied| applied.attempt)
}

fn claim(by: u32) -> Event {
    Event::CheckClaimed(id(by))
}

fn give_back(by: u32) -> Event {
    Event::CheckGivenBack(id(by))
}

#[test]
fn what_is_to_be_done_about_a_check_is_read_off_its_slot_and_the_clock() {
    let far = 1_000_000;
    for (slot, second, step) in [
        (CheckSlot::Unspent, -far, CheckStep::Wait(at(40))),
        (CheckSlot::Unspent, 39, CheckStep::Wait(at(40))),
        (CheckSlot::Unspent, 40, CheckStep::Ask),
        (CheckSlot::Unspent, 110, CheckStep::Ask),
        (CheckSlot::Unspent, 111, CheckStep::GiveUp),
        (CheckSlot::Unspent, far, CheckStep::GiveUp),
        (claimed(1, 50), 50, CheckStep::Wait(at(110))),
        (claimed(1, 50), 109, CheckStep::Wait(at(110))),
        (claimed(1, 50), 110, CheckStep::GiveUp),
        (claimed(1, 109), 168, CheckStep::Wait(at(169))), // an answer may come after the window closed
        (claimed(1, 109), 169, CheckStep::GiveUp),
        (CheckSlot::Spent, -far, CheckStep::Nothing),
        (CheckSlot::Spent, 50, CheckStep::Nothing),
        (CheckSlot::Spent, far, CheckStep::Nothing),
    ] {
        assert_eq!(check(slot).step(at(second)), step, "{slot:?} at {second}");
    }
}

#[test]
fn a_check_is_claimed_only_while_it_is_open() {
    for state in [AttemptState::Charging, AttemptState::Unknown] {
        let open = charged(state.clone(), CheckSlot::Unspent);
        for early_or_late in [0, 39, 111, 10_000] {
            assert_eq!(after(&open, &claim(1), at(early_or_late)), None, "{state:?} at {early_or_late}");
        }
        for second in [40, 75, 110] {
            let asked = after(&open, &claim(1), at(second)).unwrap();
            assert_eq!((slot(&asked), &asked.state), (claimed(1, second), &state));
            assert_eq!((asked.revision, &asked.sealed), (2, &Some(sealed())));
        }
    }
}

#[test]
fn nobody_claims_a_check_that_somebody_has_claimed_or_spent() {
    for taken in [claimed(1, 50), CheckSlot::Spent] {
        let open = charged(AttemptState::Unknown, taken);
        for by in [1, 2] {
            assert_eq!(after(&open, &claim(by), at(60)), None, "{taken:?} by {by}");
        }
    }
}

#[test]
fn only_who_claimed_a_check_gives_it_back() {
    let asked = charged(AttemptState::Charging, claimed(1, 50));
    assert_eq!(after(&asked, &give_back(2), at(55)), None);
    let free = after(&asked, &give_back(1), at(55)).unwrap();
    assert_eq!(slot(&free), CheckSlot::Unspent);
    assert_eq!(after(&free, &give_back(1), at(56)), None, "once");
    assert_eq!(slot(&after(&free, &claim(2), at(56)).unwrap()), claimed(2, 56));
    let spent = charged(AttemptState::Charging, CheckSlot::Spent);
    assert_eq!(after(&spent, &give_back(1), at(55)), None);
}

#[test]
fn there_is_no_claim_where_there_is_no_check() {
    let bare = attempt(AttemptState::Charging);
    let charge = Some(ServerCharge { sent_at: Some(at(0)), check: None });
    let observable = Attempt { charge, ..bare.clone() };
    for attempt in [bare, observable] {
        for event in [claim(1), give_back(1)] {
            assert_eq!(after(&attempt, &event, at(60)), None, "{event:?}");
        }
    }
    for state in [
        AttemptState::AwaitingCardholder,
        AttemptState::NeedsReview(Review::KeysErased),
        AttemptState::Processing,
        AttemptState::Sending,
        AttemptState::Succeeded(capture("ch_1")),
        AttemptState::Dead(Proof::NeverSent),
    ] {
        assert_eq!(after(&charged(state.clone(), CheckSlot::Unspent), &claim(1), at(60)), None, "{state:?}");
        assert_eq!(after(&charged(state, claimed(1, 50)), &give_back(1), at(60)), None);
    }
}

#[test]
fn a_spent_check_calls_a_person_and_leaves_no_secret() {
    for slot_before in [CheckSlot::Unspent, claimed(1, 50)] {
        for state in [AttemptState::Charging, AttemptState::Unknown] {
            let spent = after(&charged(state, slot_before), &Event::CheckSpent, at(200)).unwrap();
            assert_eq!(spent.state, AttemptState::NeedsReview(Review::CheckSpent));
            assert_eq!((slot(&spent), spent.sealed), (CheckSlot::Spent, None));
        }
    }
}

#[test]
fn what_is_sealed_is_kept_for_as_long_as_something_can_be_asked_with_it() {
    let decline = ChargeFact::Declined(Decline::new(DeclineCategory::ExpiredCard));
    let differs = ChargeFact::Mismatch(Observed { differs: vec![Difference::Amount], captured: None });
    let charging = charged(AttemptState::Charging, CheckSlot::Unspent);
    let ticket = Attempt { charge: None, ..charged(AttemptState::AwaitingCardholder, CheckSlot::Unspent) };
    let found = Event::Found(Finding::NothingMoved);
    let moved = Event::Found(Finding::MoneyMoved { reference: Reference("1-0_1".to_owned()) });
    let review = AttemptState::NeedsReview(Review::TicketLimit);
    let observable =
        Attempt { charge: Some(ServerCharge { sent_at: Some(at(0)), check: None }), ..charging.clone() };
    for (what, before, event, kept) in [
        ("doubt", &charging, Event::AnswerUnknown, true),
        ("no evidence", &charging, Event::Fact(ChargeFact::NoEvidence(Why::TimedOut)), true),
        ("a claim", &charging, claim(1), true),
        ("success", &charging, Event::Fact(ChargeFact::Succeeded(capture("ch_1"))), false),
        ("a decline", &charging, Event::Fact(decline), false),
        ("a refusal", &charging, Event::Refused, false),
        ("never sent", &charging, Event::NotSent, false),
        ("another's answer", &charging, Event::Fact(differs.clone()), false),
        ("erased keys", &charging, Event::KeysErased, false),
        ("erased keys, where any time is good", &observable, Event::KeysErased, true),
        ("another's answer to a ticket", &ticket, Event::Fact(differs), true),
        ("a ticket's limit", &ticket, Event::TicketLimit, true),
        ("a cancelled ticket", &ticket, Event::Fact(ChargeFact::Dead(Proof::Canceled)), false),
        (
            "a finding about a ticket",
            &Attempt { state: review.clone(), ..ticket.clone() },
            found.clone(),
            true,
        ),
        ("money found for a ticket", &Attempt { state: review.clone(), ..ticket.clone() }, moved, false),
        ("a finding about a charge", &Attempt { state: review, ..charging.clone() }, found, false),
    ] {
        let next = after(before, &event, at(60)).unwrap();
        assert_eq!(next.sealed.is_some(), kept, "{what}");
    }
}

/// What may happen to a charge once it was sent, by three people and the processor.
fn an_event() -> impl Strategy<Value = Event> {
    let told = [
        ChargeFact::NoEvidence(Why::NotFound),
        ChargeFact::Succeeded(capture("ch_1")),
        ChargeFact::Declined(Decline::new(DeclineCategory::ExpiredCard)),
    ];
    let mut events: Vec<_> = (1..=3).flat_map(|by| [claim(by), claim(by), give_back(by)]).collect();
    events.extend(told.map(Event::Fact));
    events.extend([
        Event::AnswerUnknown,
        Event::CheckSpent,
        Event::KeysErased,
        Event::Found(Finding::NothingMoved),
    ]);
    proptest::sample::select(events)
}

proptest! {
    /// Whoever tries whenever, again and again: a question leaves only while the check is open, and no second one unless whoever
    /// had claimed the first says that it never left.
    #[test]
    fn the_question_is_asked_at_most_once(
        story in proptest::collection::vec((an_event(), 0_i64..30), 0..60),
    ) {
        let mut now = 0;
        let mut open = charged(AttemptState::Charging, CheckSlot::Unspent);
        let mut asking: Option<CheckId> = None;
        let mut was_spent = false;
        for (event, seconds) in story {
            now += seconds;
            let Some(next) = after(&open, &event, at(now)) else { continue };
            match event {
                Event::CheckClaimed(by) => {
                    prop_assert!(asking.is_none() && !was_spent, "a second question");
                    prop_assert!((40..=110).contains(&now), "asked at {}", now);
                    asking = Some(by);
                }
                Event::CheckGivenBack(by) => {
                    prop_assert_eq!(asking, Some(by));
                    asking = None;
                }
                _ => {}
            }
            was_spent |= slot(&next) == CheckSlot::Spent;
            prop_assert!(!was_spent || slot(&next) == CheckSlot::Spent, "spent is spent");
            prop_assert!(open.sealed.is_some() || next.sealed.is_none(), "a secret does not come back");
            if was_spent || next.state.is_resolved() {
                prop_assert_eq!(&next.sealed, &None);
            }
            open = next;
        }
    }
}
