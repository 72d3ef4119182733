//! A card payment's use cases: window, send request, resume, settle, cancel, finding. Each in its own room.

mod cancel;
mod charge;
mod check;
mod dispatch;
mod finding;
mod hand_over;
mod order;
mod record;
mod schedule;
mod send;
mod settle;
mod view;
mod window;

pub(crate) use dispatch::DispatchWindow;
pub(crate) use finding::{check_note, checked, kept_note};
pub(crate) use record::Move;
pub(crate) use schedule::{next_look, wait};
pub use send::{PayableSource, SendRequest, Sent};
pub(crate) use settle::{asks_once, calls_to_settle, may_be_listed};
pub use view::PaymentView;
pub use window::{PaymentWindow, WindowField};
