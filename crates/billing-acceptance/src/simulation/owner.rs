//! The owner of a dispensary: saves keys, rolls them, removes accounts, changes the processor, in both directions.

use std::sync::Arc;
use std::time::Duration;

use billing_app::SaveKeys;
use billing_credentials::{Submitted, fields};
use billing_domain::{AccountRecord, AccountState, BillingStore as _, DispensaryId, ProcessorId};
use billing_testkit::stripe::Mode;

use super::chance::Luck;
use super::plan::Beginning;
use super::world::World;
use super::{Fault, lock};
use crate::{help_centre, owner};

/// An account at a processor, as the owner knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A Moneris store, paid in Checkout or through the frame.
    Moneris { till: usize, checkout: bool },
    /// A Stripe account.
    Stripe { account: usize },
}

impl Place {
    pub(super) fn processor(self) -> ProcessorId {
        match self {
            Self::Moneris { .. } => ProcessorId::MONERIS,
            Self::Stripe { .. } => ProcessorId::STRIPE,
        }
    }
}

impl World {
    /// The accounts that dispensary `no` has.
    fn places_of(&self, no: usize) -> (Place, Place) {
        let own = if self.plan.shares_accounts { 0 } else { no };
        let checkout = self.chance.stream("checkout", u64::try_from(no).unwrap_or(0)).per_mille(450);
        (Place::Stripe { account: own }, Place::Moneris { till: own, checkout })
    }

    /// What the owner pastes, as it is at the processor now. Whose keys they are is known from now on.
    fn pasted(&self, place: Place) -> SaveKeys {
        let pasted: Submitted = match place {
            Place::Moneris { till, checkout } => {
                let till = &self.tills[till];
                lock(&self.truth).key(format!("{}/{}", till.id(), till.api_token()), till.id());
                let chosen = if checkout {
                    (fields::CHECKOUT_ID, till.checkout_id())
                } else {
                    (fields::PROFILE_ID, till.profile_id())
                };
                let store = (fields::STORE_ID, till.id().to_owned());
                [store, (fields::API_TOKEN, till.api_token()), chosen].into_iter().collect()
            }
            Place::Stripe { account } => {
                let account = &self.accounts[account];
                let (public, secret) = (account.publishable_key(Mode::Live), account.secret_key(Mode::Live));
                lock(&self.truth).key(secret.clone(), account.id());
                [(fields::PUBLISHABLE_KEY, public), (fields::SECRET_KEY, secret)].into_iter().collect()
            }
        };
        SaveKeys::checked(place.processor(), pasted)
    }

    /// The owner pastes the keys of this account until they are saved.
    pub(super) async fn save(&self, dispensary: DispensaryId, place: Place, luck: &mut Luck) -> bool {
        for _ in 0..20 {
            let process = self.wait_for_a_process(luck).await;
            self.note(|| format!("owner saves {place:?}"));
            match process.billing.save_keys(&owner(dispensary), self.pasted(place)).await {
                Ok(_) => return true,
                Err(error) => self.note(|| format!("owner saves {place:?}: {}", error.code())),
            }
            tokio::time::sleep(luck.patience(Duration::from_mins(2))).await;
        }
        false
    }

    /// The owner supplies today's keys to every account that only finishes what it began.
    pub(super) async fn supply_drain_keys(&self, dispensary: DispensaryId, luck: &mut Luck) {
        for record in self.store.accounts(dispensary).await.unwrap_or_default() {
            if matches!(record.state, AccountState::Draining { .. }) {
                self.supply(&record, luck).await;
            }
        }
    }

    /// The owner supplies today's keys of this account, which is not in use.
    pub(super) async fn supply(&self, record: &AccountRecord, luck: &mut Luck) {
        let checkout = record.public.field(fields::CHECKOUT_ID).is_some();
        let Some(place) = record.external_id.as_deref().and_then(|id| self.place_of(id, checkout)) else {
            return;
        };
        let process = self.wait_for_a_process(luck).await;
        let (dispensary, account) = (record.account.dispensary, record.account.account);
        let pasted = self.pasted(place).pasted;
        let supplied = process.billing.supply_drain_keys(&owner(dispensary), account, pasted).await;
        self.note(|| {
            let told = supplied.as_ref().map_or_else(billing_app::BillingError::code, |()| "done");
            format!("owner supplies keys to finish with, {place:?}: {told}")
        });
    }

    /// Which account a saved one is.
    pub(super) fn place_of(&self, external_id: &str, checkout: bool) -> Option<Place> {
        let account = self.accounts.iter().position(|account| account.id() == external_id);
        let till = self.tills.iter().position(|till| till.id() == external_id);
        account
            .map(|account| Place::Stripe { account })
            .or(till.map(|till| Place::Moneris { till, checkout }))
    }
}

/// Records the dispensaries and saves what they begin with. Nothing goes wrong yet.
pub(super) async fn opens(world: &Arc<World>) {
    let mut luck = world.chance.stream("opening", 0);
    let process = world.wait_for_a_process(&mut luck).await;
    for (no, (dispensary, begins_with)) in world.dispensaries.iter().zip(&world.plan.begins_with).enumerate()
    {
        use billing_domain::{Dispensary, DispensaryKind, OfficeId};
        let office = DispensaryKind::Office(OfficeId::new(uuid::Uuid::from_u128(0x0f)));
        let added = Dispensary::new(*dispensary, office, "clinic");
        process.billing.add_dispensary(&owner(*dispensary), added).await.unwrap();
        process.billing.unlock_processor(&help_centre(*dispensary), ProcessorId::STRIPE).await.unwrap();
        let (stripe, moneris) = world.places_of(no);
        if *begins_with != Beginning::Moneris {
            assert!(world.save(*dispensary, stripe, &mut luck).await, "keys are saved at first");
        }
        if *begins_with != Beginning::Stripe {
            assert!(world.save(*dispensary, moneris, &mut luck).await, "keys are saved at first");
        }
    }
}

/// What the owner of dispensary `no` does all day.
pub(super) async fn owns(world: Arc<World>, no: usize) {
    let dispensary = world.dispensaries[no];
    let number = u64::try_from(no).unwrap_or(0);
    let mut luck = world.chance.stream("owner", number);
    let (stripe, moneris) = world.places_of(no);
    while world.time.so_far() < world.plan.opening_hours {
        tokio::time::sleep(luck.between(Duration::from_mins(2), Duration::from_mins(25))).await;
        let menu = [Fault::KeyRolled, Fault::AccountRemoved, Fault::Switched, Fault::AccountErased];
        let Some((fault, mut luck)) = world.strikes("owner", number, &menu) else { continue };
        let place = luck.one_of(&[stripe, moneris]);
        match fault {
            Fault::KeyRolled => {
                roll(&world, place, &mut luck);
                tokio::time::sleep(luck.patience(Duration::from_mins(12))).await;
                if is_active(&world, dispensary, &place.processor()).await {
                    world.save(dispensary, place, &mut luck).await;
                }
                world.supply_drain_keys(dispensary, &mut luck).await;
            }
            Fault::AccountRemoved => {
                remove(&world, dispensary, place.processor(), &mut luck).await;
                tokio::time::sleep(luck.patience(Duration::from_mins(30))).await;
                world.save(dispensary, place, &mut luck).await;
            }
            Fault::AccountErased => {
                erase(&world, dispensary, &mut luck).await;
                tokio::time::sleep(luck.patience(Duration::from_mins(30))).await;
                world.save(dispensary, place, &mut luck).await;
            }
            _ => switch(&world, dispensary, (stripe, moneris), &mut luck).await,
        }
    }
}

/// To the other processor, or to another account at the same one.
async fn switch(world: &World, dispensary: DispensaryId, (stripe, moneris): (Place, Place), luck: &mut Luck) {
    match luck.below(4) {
        0 => {
            world.save(dispensary, Place::Stripe { account: 2 }, luck).await;
        }
        1 => {
            let Place::Moneris { till, checkout } = moneris else { return };
            let other = if luck.per_mille(500) { till } else { 1 - till };
            world.save(dispensary, Place::Moneris { till: other, checkout: !checkout }, luck).await;
        }
        // To Stripe, which comes first where both are saved; or from Stripe to Moneris.
        2 => {
            world.save(dispensary, stripe, luck).await;
        }
        _ => {
            world.save(dispensary, moneris, luck).await;
            remove(world, dispensary, ProcessorId::STRIPE, luck).await;
        }
    }
}

async fn remove(world: &World, dispensary: DispensaryId, processor: ProcessorId, luck: &mut Luck) {
    for _ in 0..5 {
        let process = world.wait_for_a_process(luck).await;
        world.note(|| format!("owner removes {processor}"));
        match process.billing.remove_account(&owner(dispensary), processor.clone()).await {
            Ok(_) => return,
            Err(error) if error.code() == "not_found" => return,
            Err(error) => world.note(|| format!("owner removes {processor}: {}", error.code())),
        }
        tokio::time::sleep(luck.patience(Duration::from_mins(1))).await;
    }
}

/// Erases the keys of some account at once, whatever is open on it.
async fn erase(world: &World, dispensary: DispensaryId, luck: &mut Luck) {
    let records = world.store.accounts(dispensary).await.unwrap_or_default();
    let kept: Vec<_> = records.iter().filter(|record| record.sealed.is_some()).collect();
    if kept.is_empty() {
        return;
    }
    let record = luck.one_of(&kept);
    let process = world.wait_for_a_process(luck).await;
    world.note(|| format!("owner erases the keys of {}", record.account.processor));
    drop(process.billing.erase_account(&owner(dispensary), record.account.account).await);
}

/// New keys at the processor; the old ones end at once, or at Stripe perhaps in a week.
fn roll(world: &World, place: Place, luck: &mut Luck) {
    world.set_processors_clocks();
    world.note(|| format!("owner rolls the keys of {place:?}"));
    match place {
        Place::Moneris { till, .. } => {
            let letters: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').collect();
            let token: String = (0..20).map(|_| luck.one_of(&letters)).collect();
            world.tills[till].replace_api_token(token);
        }
        Place::Stripe { account } => {
            drop(world.accounts[account].roll_secret(Mode::Live, luck.per_mille(600)));
        }
    }
}

async fn is_active(world: &World, dispensary: DispensaryId, processor: &ProcessorId) -> bool {
    let records = world.store.accounts(dispensary).await.unwrap_or_default();
    records
        .iter()
        .any(|record| record.account.processor == *processor && record.state == AccountState::Active)
}
