//! What one call to the processor costs, ours and others', on one server in one run. The table is printed by the program `calls`.
//!
//! [`driver`] is the loop that every Rust contender runs, [`ours`] and [`floors`] are the contenders of this workspace, [`stub`] is the
//! server, [`mod@bench`] starts them all in turn, and [`table`] says what is good.

pub mod bench;
pub mod contenders;
mod distance;
pub mod driver;
pub mod floors;
mod intent;
pub mod ours;
pub mod stub;
pub mod table;
mod trust;
pub mod work;
