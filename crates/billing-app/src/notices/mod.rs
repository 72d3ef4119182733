//! A processor's notices: where they come in, how they are kept, and what is looked at for them. Each in its own room.

mod address;
mod handle;
mod receive;
mod secrets;

pub use address::{InvalidNoticeAddress, NoticeAddress};
pub use receive::{NoticeAnswer, NoticeError};
