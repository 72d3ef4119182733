//! A card payment's use cases: window, send request, resume, settle, cancel, finding. Each in its own room.

mod cancel;
mod dispatch;
mod finding;
mod hand_over;
mod record;
mod schedule;
mod send;
mod settle;
mod view;
mod window;

pub(crate) use record::Move;
pub(crate) use schedule::{next_look, wait};
pub use send::{PayableSource, SendRequest, Sent};
pub use view::PaymentView;
pub use window::{PaymentWindow, WindowField};
