//! The help centre's page: which dispensaries may use which processor.

use billing_domain::{Dispensary, ProcessorId};
use maud::{Markup, html};

use crate::pages::{Frame, layout};

/// A dispensary and a processor that needs unlocking.
#[derive(Clone, Debug)]
pub struct LockRow {
    /// The dispensary.
    pub dispensary: Dispensary,
    /// The processor.
    pub processor: ProcessorId,
}

/// Every lock, and a button for each that is closed.
pub fn help_centre(frame: &Frame<'_>, rows: &[LockRow]) -> Markup {
    let _ = rows;
    layout(frame, "Help centre", &html! {})
}
