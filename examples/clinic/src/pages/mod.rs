//! The pages: functions from the library's values to HTML. They read no request, call nobody and decide nothing
//! about money.
//!
//! Everything typed by a person goes through maud's escaping; there is no script and no style inside a page.

mod dispensaries;
mod draining;
mod finding;
mod frame;
mod help_centre;
mod invoice;
mod invoice_form;
mod parts;
mod pay;
mod payments;
mod problem;
mod refunds;
mod settings;
mod sign_in;
#[cfg(test)]
mod tests;
mod transactions;

pub use dispensaries::{PlaceRow, dispensaries};
pub use finding::FindingForm;
pub use frame::{Frame, Place, layout};
pub use help_centre::{LockRow, help_centre};
pub use invoice::{InvoicePage, invoice};
pub use invoice_form::{InvoiceForm, InvoiceFormErrors, LINES, LineForm, Wrong, invoice_form};
pub use pay::{CardFields, PayPage, cannot_pay, in_progress, pay};
pub use payments::{PaymentPage, payment, payments};
pub use problem::{problem, refused};
pub use refunds::RefundOffer;
pub use settings::{OfferedKeys, Refused, Rejection, SettingsExtras, settings};
pub use sign_in::sign_in;
pub use transactions::{InvoiceRow, transactions};
