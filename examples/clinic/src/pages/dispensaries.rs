//! The list of dispensaries a person may work in.

use billing_domain::{Dispensary, ProcessorId};
use maud::{Markup, html};

use crate::pages::{Frame, layout};

/// A dispensary and where its card payments go.
#[derive(Clone, Debug)]
pub struct PlaceRow {
    /// The dispensary.
    pub dispensary: Dispensary,
    /// The processor in use; absent if there is none, or if the person may not know.
    pub in_use: Option<ProcessorId>,
}

/// Choose where to work.
pub fn dispensaries(frame: &Frame<'_>, rows: &[PlaceRow]) -> Markup {
    let _ = rows;
    layout(frame, "Dispensaries", &html! {})
}
