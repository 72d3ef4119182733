//! The list of dispensaries a person may work in.

use billing_domain::{Dispensary, DispensaryKind, ProcessorId};
use maud::{Markup, html};

use crate::pages::parts::{Column, at, table};
use crate::pages::{Frame, layout};
use crate::words::processor;

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
    let words = frame.words();
    let cells = |row: &PlaceRow| {
        let kind = match row.dispensary.kind {
            DispensaryKind::Office(_) => words.kind_office,
            DispensaryKind::Personal(_) => words.kind_personal,
        };
        vec![
            html! { a href=(at(row.dispensary.id, "transactions")) { (row.dispensary.name) } },
            html! { (kind) },
            html! { (row.in_use.as_ref().map_or("—", processor)) },
        ]
    };
    let columns = [words.dispensary, words.kind, words.card_payments_go_to].map(Column::text);
    let rows: Vec<_> = rows.iter().map(cells).collect();
    let main = html! {
        p class="lead" { (words.dispensaries_hint) }
        @if rows.is_empty() {
            p class="empty" { (words.dispensaries_none) }
        } @else {
            (table(words.dispensaries, &columns, &rows))
        }
    };
    layout(frame, words.dispensaries, &main)
}
