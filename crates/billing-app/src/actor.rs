//! Who acts, where, and what they may do. The host authenticates; this library checks permissions.

use std::collections::BTreeSet;

use billing_domain::{ActorId, DispensaryId};

/// A person or job acting in one dispensary. Every call of the facade stays inside that dispensary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The host's id of them, kept in the audit.
    pub id: ActorId,
    /// Where they act.
    pub dispensary: DispensaryId,
    /// What they may do there.
    pub permissions: BTreeSet<Permission>,
}

impl Actor {
    /// An actor with `permissions` in `dispensary`.
    pub fn new(
        id: ActorId,
        dispensary: DispensaryId,
        permissions: impl IntoIterator<Item = Permission>,
    ) -> Self {
        Self { id, dispensary, permissions: permissions.into_iter().collect() }
    }

    /// Whether they may.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }
}

/// What an actor may be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Permission {
    /// Save and finalise invoices, and record the figures of a host's own.
    CreateInvoice,
    /// Read, save, check and remove processor keys.
    ManageBillingSettings,
    /// Give money back.
    RefundPayment,
    /// Record what a person found out about a payment or a refund under review.
    ResolveReview,
    /// Open the payment window, send, charge, settle and cancel card payments.
    TakePayment,
    /// Unlock a processor for a dispensary: the help centre's.
    UnlockProcessor,
    /// Read the audit.
    ViewAudit,
    /// Reopen and void invoices.
    VoidInvoice,
}

impl Permission {
    /// Its name in the audit.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreateInvoice => "create_invoice",
            Self::ManageBillingSettings => "manage_billing_settings",
            Self::RefundPayment => "refund_payment",
            Self::ResolveReview => "resolve_review",
            Self::TakePayment => "take_payment",
            Self::UnlockProcessor => "unlock_processor",
            Self::ViewAudit => "view_audit",
            Self::VoidInvoice => "void_invoice",
        }
    }
}
