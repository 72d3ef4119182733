//! An owner who now and then removes an account and saves its keys again, while payments go on.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::sleep;

use super::clinics::TILLS;
use super::dice::Dice;
use super::load::Load;
use super::wire::{Answer, Keys, Question};
use crate::Till;

/// So many payments are begun between two removals.
const PAYMENTS_BETWEEN: u64 = 60;

/// Until the clinics close.
pub(crate) async fn change_keys(load: Arc<Load>, mut dice: Dice) {
    let mut next = PAYMENTS_BETWEEN;
    while !load.is_closing() {
        if load.begun() < next {
            sleep(Duration::from_millis(20)).await;
            continue;
        }
        next = load.begun() + PAYMENTS_BETWEEN;
        let till = dice.pick(&TILLS);
        if insist(&load, &mut dice, till, &Keys::Remove).await {
            load.removals.fetch_add(1, Ordering::Relaxed);
        }
        sleep(Duration::from_millis(dice.between(0..=300))).await;
        let pasted = load.clinics.keys(till);
        insist(&load, &mut dice, till, &Keys::Save(pasted)).await;
    }
}

/// Until it is done, or was done before: whoever was cut off does not know.
async fn insist(load: &Load, dice: &mut Dice, till: Till, keys: &Keys) -> bool {
    while !load.is_closing() {
        let place = dice.place(load.hosts.number());
        match load.hosts.ask(place, Question::Owner(till, keys.clone())).await {
            Some(Answer::Done) => return true,
            Some(Answer::Failed(code)) => {
                load.failed(&code);
                if code == "not_found" {
                    return true;
                }
            }
            _ => {}
        }
        sleep(Duration::from_millis(20)).await;
    }
    false
}
