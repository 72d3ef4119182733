//! The people of this demo, called by their role: who may do what, and in which dispensaries. A host authenticates its
//! own people and makes an [`Actor`] of whoever is signed in.

use billing_app::{Actor, Permission};
use billing_domain::{ActorId, DispensaryId, InvalidId};

use crate::places::{OFFICE, PERSONAL};

/// Whoever can be signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Person {
    /// Leads the front desk: takes payments and gives money back, in both dispensaries.
    FrontDeskA,
    /// Takes payments in the office only.
    FrontDeskB,
    /// Unlocks processors, anywhere.
    HelpCentre,
    /// Everything but unlocking.
    PracticeOwner,
}

impl Person {
    /// Everybody.
    pub const ALL: [Self; 4] = [Self::FrontDeskA, Self::FrontDeskB, Self::PracticeOwner, Self::HelpCentre];

    /// Their id: in forms, in the session, and in the library's audit.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FrontDeskA => "front-desk-a",
            Self::FrontDeskB => "front-desk-b",
            Self::HelpCentre => "help-centre",
            Self::PracticeOwner => "practice-owner",
        }
    }

    /// Whose id this is.
    pub fn of_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|person| person.as_str() == id)
    }

    /// What they may do.
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Self::FrontDeskA => {
                &[Permission::CreateInvoice, Permission::RefundPayment, Permission::TakePayment]
            }
            Self::FrontDeskB => &[Permission::CreateInvoice, Permission::TakePayment],
            Self::HelpCentre => &[Permission::UnlockProcessor],
            Self::PracticeOwner => &[
                Permission::CreateInvoice,
                Permission::ManageBillingSettings,
                Permission::RefundPayment,
                Permission::ResolveReview,
                Permission::TakePayment,
                Permission::ViewAudit,
                Permission::VoidInvoice,
            ],
        }
    }

    /// Whether they may do that, in the dispensaries they have.
    pub fn may(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }

    /// Their dispensaries.
    pub const fn dispensaries(self) -> &'static [DispensaryId] {
        match self {
            Self::FrontDeskB => &[OFFICE],
            Self::FrontDeskA | Self::HelpCentre | Self::PracticeOwner => &[OFFICE, PERSONAL],
        }
    }

    /// Them at work in `dispensary`; none if it is not one of theirs.
    pub fn actor_in(self, dispensary: DispensaryId) -> Result<Option<Actor>, InvalidId> {
        if !self.dispensaries().contains(&dispensary) {
            return Ok(None);
        }
        let id = ActorId::parse(self.as_str())?;
        Ok(Some(Actor::new(id, dispensary, self.permissions().iter().copied())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_found_by_their_id_and_nobody_else_is() {
        for person in Person::ALL {
            assert_eq!(Person::of_id(person.as_str()), Some(person));
        }
        assert_eq!(Person::of_id("somebody-else"), None);
    }

    #[test]
    fn nobody_acts_in_a_dispensary_that_is_not_theirs() {
        assert_eq!(Person::FrontDeskB.actor_in(PERSONAL), Ok(None));
        let actor = Person::FrontDeskB.actor_in(OFFICE).unwrap().unwrap();
        assert_eq!((actor.id.as_str(), actor.dispensary), ("front-desk-b", OFFICE));
    }

    #[test]
    fn only_the_help_centre_unlocks_and_it_does_nothing_else() {
        let may_unlock = |person: &Person| person.may(Permission::UnlockProcessor);
        assert_eq!(Person::ALL.into_iter().filter(may_unlock).collect::<Vec<_>>(), [Person::HelpCentre]);
        assert_eq!(Person::HelpCentre.permissions().len(), 1);
    }
}
