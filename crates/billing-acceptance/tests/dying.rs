//! Story 40: the process dies, the handler is dropped, or what is on its way is lost, at every write and every send of send request,
//! settle, charge, status check, cancel, removal, erasure and refund, at both processors. Afterwards there is one charge and one refund at
//! most, and both ledgers agree: by themselves where the processor can tell, and through a person's finding where it cannot.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

mod story;

use std::sync::Arc;
use std::time::Duration;

use billing_acceptance::{Ending, Moments, World, are_books_in_memory};
use billing_app::Sent;
use billing_testkit::moneris::{InFlightCheck, Readings, SecondCheck};
use story::{Afterwards, MONERIS, STRIPE, Story, come_to_rest, review, tell};

/// What all ends of a set of stories came to.
#[derive(Debug, Default)]
struct Ends {
    points: usize,
    reviews: usize,
}

/// Ends the story at one moment, lets the next process clean up, and judges: how many things a person had to find out. `None` if
/// there is no such moment.
async fn end_at(
    moment: usize,
    story: Story,
    ending: Ending,
    afterwards: Afterwards,
    readings: Readings,
) -> Option<usize> {
    let world = World::with(story.till()).await;
    world.moneris.set_readings(readings);
    let moments = Arc::new(Moments::ending_at(moment, ending));
    let billing = world.process(moments.clone());
    let told = format!("{story:?}, {ending:?} at moment {moment}, {afterwards:?}, {readings:?}");
    tokio::select! {
        biased;
        () = moments.reached() => {}
        told_to_its_end = tell(story, &world, &billing) => {
            // The last moment's news may come with the story's end.
            if moments.counted() <= moment {
                told_to_its_end.unwrap();
                return None;
            }
        }
    }
    match ending {
        Ending::ProcessDies => billing.abort(),
        Ending::AnswerIsLost | Ending::HandlerIsDropped => {
            assert!(billing.shutdown(Duration::from_mins(5)).await, "{told}");
        }
    }
    let next = world.process(Arc::new(Moments::counting()));
    world.advance(Duration::from_secs(30));
    match afterwards {
        Afterwards::NobodyCares => {}
        Afterwards::ComesBackLate => world.advance(Duration::from_mins(10)),
        Afterwards::DoesItAgain => {
            // Whatever it answers, it must do no harm.
            if let Ok(sent @ Sent::HandOver(_)) = world.send(&next).await {
                drop(story.pay(&world, &next, sent).await);
            }
            if let Some(cents) = story.gives_back() {
                drop(world.give_back(&next, cents).await);
            }
        }
    }
    come_to_rest(&world, &next).await;
    let reviews = review(&world, &next).await;
    assert!(reviews == 0 || story.may_need_a_person(), "{told}: Stripe can tell, and a person was asked");
    come_to_rest(&world, &next).await;
    world.judge(&next, &told).await;
    Some(reviews)
}

async fn end_at_every_moment(stories: &[Story], ending: Ending, readings: Readings) -> Ends {
    let mut ends = Ends::default();
    for story in stories {
        let mut moment = 0;
        'moments: loop {
            for afterwards in afterwards_of(moment) {
                let ended = end_at(moment, *story, ending, *afterwards, readings).await;
                let Some(reviews) = ended else { break 'moments };
                ends.points += 1;
                ends.reviews += reviews;
            }
            moment += 1;
        }
        assert!(moment >= 6, "{story:?} has only {moment} moments: the hooks are not in place");
    }
    ends
}

/// Every one after every moment; on a database, which takes many times as long, they take turns.
fn afterwards_of(moment: usize) -> &'static [Afterwards] {
    let turn = moment % Afterwards::ALL.len();
    if are_books_in_memory() { &Afterwards::ALL } else { &Afterwards::ALL[turn..=turn] }
}

async fn at_stripe(ending: Ending) {
    let Ends { points, reviews } = end_at_every_moment(&STRIPE, ending, Readings::default()).await;
    println!(
        "Stripe, {ending:?} at {points} points: 0 charged twice, 0 refunded twice, 0 lost, 0 left open, {reviews} for a person"
    );
}

/// Under each reading of what no document of Moneris settles.
async fn at_moneris(ending: Ending) {
    let (asking, others): (Vec<_>, Vec<_>) = MONERIS.into_iter().partition(|story| story.may_ask());
    let Ends { points, reviews } = end_at_every_moment(&others, ending, Readings::default()).await;
    println!(
        "Moneris without status checks, {ending:?} at {points} points: 0 charged twice, 0 refunded twice, 0 lost, 0 left open, \
         {reviews} for a person"
    );
    // Of a database nothing is known better by another reading.
    let readings = if are_books_in_memory() { 2 } else { 1 };
    for in_flight_check in [InFlightCheck::NotFound, InFlightCheck::Waits].into_iter().take(readings) {
        for second_check in [SecondCheck::Answered, SecondCheck::Refused].into_iter().take(readings) {
            let readings = Readings { in_flight_check, second_check, ..Readings::default() };
            let Ends { points, reviews } = end_at_every_moment(&asking, ending, readings).await;
            // A third of these ends come too late to ask, on purpose; a library that always gave up would need a person at each.
            assert!(reviews * 2 < points, "{reviews} of {points} needed a person");
            println!(
                "Moneris, {ending:?} at {points} points, check in flight {in_flight_check:?}, second check {second_check:?}: \
                 0 charged twice, 0 refunded twice, 0 lost, 0 left open, {reviews} for a person"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn story_40_a_process_that_dies_at_any_write_or_send_charges_and_refunds_once_at_most_at_stripe() {
    at_stripe(Ending::ProcessDies).await;
}

#[tokio::test(start_paused = true)]
async fn story_40_a_handler_dropped_at_any_write_or_send_charges_and_refunds_once_at_most_at_stripe() {
    at_stripe(Ending::HandlerIsDropped).await;
}

#[tokio::test(start_paused = true)]
async fn story_40_an_answer_lost_at_any_write_or_send_charges_and_refunds_once_at_most_at_stripe() {
    at_stripe(Ending::AnswerIsLost).await;
}

#[tokio::test(start_paused = true)]
async fn story_40_a_process_that_dies_at_any_write_or_send_charges_and_refunds_once_at_most_at_moneris() {
    at_moneris(Ending::ProcessDies).await;
}

#[tokio::test(start_paused = true)]
async fn story_40_a_handler_dropped_at_any_write_or_send_charges_and_refunds_once_at_most_at_moneris() {
    at_moneris(Ending::HandlerIsDropped).await;
}

#[tokio::test(start_paused = true)]
async fn story_40_an_answer_lost_at_any_write_or_send_charges_and_refunds_once_at_most_at_moneris() {
    at_moneris(Ending::AnswerIsLost).await;
}
