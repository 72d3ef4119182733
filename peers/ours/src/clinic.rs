//! The one dispensary of this host and the people in it. A real host has them in its own tables.

use std::error::Error;

use billing_app::{Actor, Billing, BillingError, Permission, SaveKeys};
use billing_credentials::{Submitted, fields};
use billing_domain::{ActorId, Dispensary, DispensaryId, DispensaryKind, InvalidId, OfficeId, ProcessorId};
use uuid::Uuid;

const DISPENSARY: DispensaryId =
    DispensaryId::new(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0001));
const OFFICE: OfficeId = OfficeId::new(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0002));

/// Records the dispensary, unless an earlier run has, and saves its Stripe keys: checked with Stripe, then sealed.
pub(crate) async fn prepare(
    billing: &Billing,
    publishable: &str,
    secret: &str,
) -> Result<(), Box<dyn Error>> {
    let owner = actor("owner", Permission::ManageBillingSettings)?;
    if let Err(BillingError::NotFound(_)) = billing.settings(&owner).await {
        let dispensary = Dispensary::new(DISPENSARY, DispensaryKind::Office(OFFICE), "Main Street Clinic");
        billing.add_dispensary(&owner, dispensary).await?;
    }
    let help_centre = actor("help-centre", Permission::UnlockProcessor)?;
    billing.unlock_processor(&help_centre, ProcessorId::STRIPE).await?;
    let pasted = Submitted::from_iter([(fields::PUBLISHABLE_KEY, publishable), (fields::SECRET_KEY, secret)]);
    billing.save_keys(&owner, SaveKeys::checked(ProcessorId::STRIPE, pasted)).await?;
    Ok(())
}

/// Who takes payments.
pub(crate) fn front_desk() -> Result<Actor, InvalidId> {
    actor("front-desk", Permission::TakePayment)
}

fn actor(id: &str, may: Permission) -> Result<Actor, InvalidId> {
    Ok(Actor::new(ActorId::parse(id)?, DISPENSARY, [may]))
}
