//! Who acts in the story, and what each may do. A host makes an [`Actor`] of whoever is signed in.

use billing_app::{Actor, Permission};
use billing_domain::{ActorId, DispensaryId, InvalidId};

/// The people of the story.
#[derive(Debug)]
pub(crate) struct People {
    /// Somebody at another desk, with the same permissions.
    pub(crate) colleague: Actor,
    pub(crate) front_desk: Actor,
    pub(crate) help_centre: Actor,
    pub(crate) owner: Actor,
}

impl People {
    pub(crate) fn of(dispensary: DispensaryId) -> Result<Self, InvalidId> {
        let actor = |id, permissions: &[Permission]| {
            Ok(Actor::new(ActorId::parse(id)?, dispensary, permissions.iter().copied()))
        };
        let desk = [Permission::CreateInvoice, Permission::TakePayment];
        Ok(Self {
            colleague: actor("other-desk", &desk)?,
            front_desk: actor("front-desk", &desk)?,
            help_centre: actor("help-centre", &[Permission::UnlockProcessor])?,
            owner: actor(
                "owner",
                &[
                    Permission::ManageBillingSettings,
                    Permission::RefundPayment,
                    Permission::ResolveReview,
                    Permission::ViewAudit,
                    Permission::VoidInvoice,
                ],
            )?,
        })
    }
}
