//! Who acts in the stories. Ids of roles, not of people.

use billing_app::{Actor, Permission};
use billing_domain::{ActorId, DispensaryId};

fn actor(id: &str, dispensary: DispensaryId, permissions: &[Permission]) -> Actor {
    Actor::new(ActorId::parse(id).unwrap(), dispensary, permissions.iter().copied())
}

/// May do everything but unlock processors.
pub fn owner(dispensary: DispensaryId) -> Actor {
    use Permission as P;
    let all = [
        P::CreateInvoice,
        P::ManageBillingSettings,
        P::RefundPayment,
        P::ResolveReview,
        P::TakePayment,
        P::ViewAudit,
        P::VoidInvoice,
    ];
    actor("owner", dispensary, &all)
}

/// Makes invoices and takes payments.
pub fn front_desk(dispensary: DispensaryId) -> Actor {
    actor("front-desk", dispensary, &[Permission::CreateInvoice, Permission::TakePayment])
}

/// The same at another desk.
pub fn colleague(dispensary: DispensaryId) -> Actor {
    actor("other-desk", dispensary, &[Permission::CreateInvoice, Permission::TakePayment])
}

/// The front desk, and gives money back.
pub fn manager(dispensary: DispensaryId) -> Actor {
    use Permission as P;
    actor("manager", dispensary, &[P::CreateInvoice, P::RefundPayment, P::TakePayment])
}

/// Reads only.
pub fn bookkeeper(dispensary: DispensaryId) -> Actor {
    actor("bookkeeper", dispensary, &[Permission::ViewAudit])
}

/// Unlocks processors, and nothing else.
pub fn help_centre(dispensary: DispensaryId) -> Actor {
    actor("help-centre", dispensary, &[Permission::UnlockProcessor])
}
