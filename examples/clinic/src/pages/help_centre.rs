//! The help centre's page: which dispensaries may use which processor.

use billing_domain::{Dispensary, ProcessorId};
use maud::{Markup, html};

use crate::pages::parts::{Column, pill, post, table};
use crate::pages::{Frame, layout};
use crate::words::{Tone, processor};

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
    let words = frame.words();
    let columns = [words.dispensary, words.processor, words.status, words.action].map(Column::text);
    let rows: Vec<_> = rows.iter().map(|row| cells(frame, row)).collect();
    let main = html! {
        p class="lead" { (words.help_centre_hint) }
        (table(words.help_centre, &columns, &rows))
    };
    layout(frame, words.help_centre, &main)
}

fn cells(frame: &Frame<'_>, row: &LockRow) -> Vec<Markup> {
    let words = frame.words();
    let is_unlocked = row.dispensary.unlocked.contains(&row.processor);
    let name = processor(&row.processor);
    let fields = html! {
        input type="hidden" name="dispensary" value=(row.dispensary.id);
        input type="hidden" name="processor" value=(row.processor);
        button class="primary" { (words.unlock) span class="unseen" { " " (name) ", " (row.dispensary.name) } }
    };
    vec![
        html! { (row.dispensary.name) },
        html! { (name) },
        pill(if is_unlocked { (Tone::Good, words.unlocked) } else { (Tone::Idle, words.locked) }),
        html! { @if is_unlocked { "—" } @else { (post(frame, "/help-centre/unlock", "inline", &fields)) } },
    ]
}
