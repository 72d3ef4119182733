//! A refund's transition table, every state against every event, and its laws under permutation and repetition.

use billing_domain::payment::{Finding, Reference};
use billing_domain::refund::{
    Refund, RefundEvent, RefundFact, RefundFailure as Why, RefundReview, RefundState, transition,
};
use billing_domain::{Difference, Why as NoEvidence};
use proptest::prelude::*;

use crate::samples::{AMOUNT, TAKEN, at, refund};

fn reference(name: &str) -> Reference {
    Reference(name.to_owned())
}

fn failed(reason: Why) -> RefundEvent {
    RefundEvent::Fact(RefundFact::Failed { reference: None, reason })
}

fn pending() -> RefundEvent {
    RefundEvent::Fact(RefundFact::Pending(reference("re_1")))
}

fn succeeded() -> RefundEvent {
    RefundEvent::Fact(RefundFact::Succeeded(reference("re_1")))
}

fn mismatch() -> RefundEvent {
    RefundEvent::Fact(RefundFact::Mismatch(vec![Difference::Amount]))
}

fn no_evidence() -> RefundEvent {
    RefundEvent::Fact(RefundFact::NoEvidence(NoEvidence::NotFound))
}

fn found(money_moved: bool) -> RefundEvent {
    let reference = reference("re_by_hand");
    RefundEvent::Found(if money_moved { Finding::MoneyMoved { reference } } else { Finding::NothingMoved })
}

fn review() -> RefundState {
    RefundState::NeedsReview(RefundReview::NoAnswer)
}

fn states() -> Vec<RefundState> {
    let failures = [
        Why::Canceled,
        Why::CardUnusable,
        Why::Declined,
        Why::Disputed,
        Why::Finding,
        Why::InsufficientFunds,
        Why::NeverSent,
        Why::Refused,
        Why::Unspecified,
    ];
    let others = [RefundState::Pending, RefundState::Sending, RefundState::Succeeded, RefundState::Unknown];
    others.into_iter().chain([review()]).chain(failures.map(RefundState::Failed)).collect()
}

fn events() -> Vec<RefundEvent> {
    vec![
        RefundEvent::AnswerUnknown,
        failed(Why::Declined),
        failed(Why::Refused),
        mismatch(),
        no_evidence(),
        pending(),
        succeeded(),
        found(false),
        found(true),
        RefundEvent::KeysErased,
        RefundEvent::NotSent,
        RefundEvent::Overdue,
        RefundEvent::Refused,
        RefundEvent::Unanswerable,
    ]
}

/// One column for each of [`events`], in their order: what follows, `Some(None)` for the same state, `None` for "may not happen".
#[test]
fn every_state_answers_every_event_as_the_table_says() {
    type Answer = Option<Option<RefundState>>;
    let is = |state: &RefundState| Some(Some(state.clone()));
    let (unknown, pending, done) = (RefundState::Unknown, RefundState::Pending, RefundState::Succeeded);
    let (declined, refused) = (RefundState::Failed(Why::Declined), RefundState::Failed(Why::Refused));
    let (unsent, by_hand) = (RefundState::Failed(Why::NeverSent), RefundState::Failed(Why::Finding));
    let differs = RefundState::NeedsReview(RefundReview::Mismatch(vec![Difference::Amount]));
    let erased = RefundState::NeedsReview(RefundReview::KeysErased);
    let overdue = RefundState::NeedsReview(RefundReview::Overdue);
    let same = Some(None);
    #[rustfmt::skip]
    let table: [(RefundState, [Answer; 14]); 7] = [
        // answer unknown, declined, refused, mismatch, no evidence, pending, succeeded; nothing or money found; erased, not sent,
        // overdue, refused by the call, unanswerable
        (RefundState::Sending, [is(&unknown), is(&declined), is(&refused), is(&differs), same.clone(), is(&pending), is(&done),
            None, None, is(&erased), is(&unsent), is(&overdue), is(&refused), is(&review())]),
        (unknown.clone(), [None, is(&declined), is(&refused), is(&differs), same.clone(), is(&pending), is(&done),
            None, None, is(&erased), None, is(&overdue), None, is(&review())]),
        (pending.clone(), [None, is(&declined), is(&refused), is(&differs), same.clone(), same.clone(), is(&done),
            None, None, is(&erased), None, None, None, None]),
        (review(), [None, is(&declined), is(&refused), is(&differs), same.clone(), is(&pending), is(&done),
            is(&by_hand), is(&done), same.clone(), None, same.clone(), None, same.clone()]),
        (done.clone(), [None, is(&declined), same.clone(), same.clone(), same.clone(), same.clone(), same.clone(),
            None, None, same.clone(), None, None, None, same.clone()]),
        // Told by the processor: final. Believed for want of a word of it: not.
        (declined.clone(), [None, same.clone(), same.clone(), same.clone(), same.clone(), same.clone(), same.clone(),
            None, None, None, None, None, None, None]),
        (unsent.clone(), [None, is(&declined), same.clone(), same.clone(), same.clone(), is(&pending), is(&done),
            None, None, None, None, None, None, None]),
    ];
    for (state, answers) in table {
        for (event, expected) in events().into_iter().zip(answers) {
            let expected = expected.map(|next| next.unwrap_or_else(|| state.clone()));
            assert_eq!(transition(&state, &event), expected, "{state:?} on {event:?}");
        }
    }
}

#[test]
fn what_a_processor_told_of_a_refund_is_final_and_what_was_believed_is_not() {
    for state in states() {
        let RefundState::Failed(reason) = state else { continue };
        let told = !matches!(reason, Why::Finding | Why::NeverSent | Why::Refused);
        assert_eq!(reason.is_told(), told, "{reason:?}");
        let after = transition(&state, &succeeded());
        assert_eq!(after, Some(if told { state } else { RefundState::Succeeded }));
    }
}

#[test]
fn a_fact_is_never_refused() {
    for state in states() {
        for event in events().into_iter().filter(|event| matches!(event, RefundEvent::Fact(_))) {
            assert!(transition(&state, &event).is_some(), "{state:?} on {event:?}");
        }
    }
}

#[test]
fn a_refund_that_ends_is_looked_at_no_more_and_one_that_is_open_again_at_once() {
    let sent = refund(100, TAKEN, AMOUNT, RefundState::Sending);
    let unsent = sent.apply(&RefundEvent::NotSent, at(61)).unwrap();
    assert_eq!((unsent.resolved_at, unsent.due_at, unsent.revision), (Some(at(61)), None, 2));
    let open = unsent.apply(&pending(), at(200)).unwrap();
    assert_eq!(open.state, RefundState::Pending);
    assert_eq!((open.resolved_at, open.due_at, open.revision), (None, Some(at(200)), 3));
    let done = open.apply(&succeeded(), at(300)).unwrap();
    assert_eq!((done.resolved_at, done.due_at), (Some(at(300)), None));
    let back = done.apply(&failed(Why::CardUnusable), at(900)).unwrap();
    assert_eq!(back.state, RefundState::Failed(Why::CardUnusable));
    assert_eq!(
        (back.resolved_at, back.due_at, back.revision),
        (Some(at(900)), None, 5),
        "when it ended otherwise"
    );
}

#[test]
fn the_processors_newest_word_of_a_refunds_own_id_is_kept_and_a_persons_only_without_one() {
    let sent = refund(100, TAKEN, AMOUNT, RefundState::Unknown);
    let known = sent.apply(&pending(), at(61)).unwrap();
    assert_eq!(known.reference, Some(reference("re_1")));
    let other = RefundEvent::Fact(RefundFact::Succeeded(reference("re_2")));
    assert_eq!(known.apply(&other, at(62)).unwrap().reference, Some(reference("re_2")));
    assert_eq!(known.apply(&no_evidence(), at(62)).unwrap().reference, Some(reference("re_1")));
    let known_and_parked = Refund { state: review(), ..known };
    let by_hand = known_and_parked.apply(&found(true), at(62)).unwrap();
    assert_eq!(by_hand.reference, Some(reference("re_1")));
    let parked = Refund { state: review(), ..sent };
    let by_hand = parked.apply(&found(true), at(62)).unwrap();
    assert_eq!(by_hand.reference, Some(reference("re_by_hand")));
    assert_eq!(parked.apply(&found(false), at(62)).unwrap().reference, None);
}

fn an_event() -> impl Strategy<Value = RefundEvent> {
    proptest::sample::select(events())
}

/// What processors say, told and late, in any order and as often as they like.
fn a_word() -> impl Strategy<Value = RefundEvent> {
    proptest::sample::select(vec![
        failed(Why::Unspecified),
        mismatch(),
        no_evidence(),
        pending(),
        succeeded(),
    ])
}

proptest! {
    /// Failed stands above succeeded, succeeded above pending: whoever hears the same words in another order believes the same.
    #[test]
    fn late_facts_in_any_order_end_alike(
        start in proptest::sample::select(states()),
        words in proptest::collection::vec(a_word(), 1..12),
    ) {
        let heard = |word: &RefundEvent| words.contains(word);
        let told = matches!(&start, RefundState::Failed(reason) if reason.is_told());
        let end = words.iter().try_fold(start.clone(), |state, word| transition(&state, word)).unwrap();
        if told {
            prop_assert_eq!(end, start);
        } else if heard(&failed(Why::Unspecified)) {
            prop_assert_eq!(end, RefundState::Failed(Why::Unspecified));
        } else if heard(&succeeded()) || start == RefundState::Succeeded {
            prop_assert_eq!(end, RefundState::Succeeded);
        }
    }

    /// Telling an event twice is telling it once.
    #[test]
    fn a_repeated_event_changes_nothing_more(
        start in proptest::sample::select(states()),
        sequence in proptest::collection::vec(an_event(), 0..12),
        event in an_event(),
    ) {
        let mut now = refund(100, TAKEN, AMOUNT, start);
        for event in sequence {
            now = now.apply(&event, at(80)).unwrap_or(now);
        }
        if let Some(first) = now.apply(&event, at(81)) {
            let again = first.apply(&event, at(82)).unwrap_or_else(|| first.clone());
            prop_assert_eq!(again, first);
        }
    }

    /// Whatever happens: a row never contradicts itself, what it gives back stays, and its revision counts its changes.
    #[test]
    fn a_refund_stays_one_refund(
        start in proptest::sample::select(states()),
        sequence in proptest::collection::vec(an_event(), 0..30),
    ) {
        let mut now = refund(100, TAKEN, AMOUNT, start);
        for event in sequence {
            let Some(next) = now.apply(&event, at(80)) else { continue };
            prop_assert!(next.is_same(&now));
            prop_assert_eq!(next.resolved_at.is_some(), next.state.is_resolved());
            prop_assert!(next.due_at.is_none() == next.state.is_resolved());
            prop_assert_eq!(next.revision, now.revision + u64::from(next != now));
            now = next;
        }
    }
}
