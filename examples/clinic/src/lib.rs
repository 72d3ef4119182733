//! A small EMR host: the main job of patient billing in a browser. `cargo run -p clinic`.
//!
//! Read `app.rs` for how a host puts the library together, `routes` for what it calls, `answer.rs` for what becomes of
//! its errors, `guard.rs` and `session.rs` for what a host keeps itself. The HTML is in `pages`, its texts in `words`.

mod answer;
mod app;
pub mod args;
pub mod assets;
mod capture_code;
pub mod figures;
mod form;
mod guard;
mod kept;
pub mod lang;
mod moneris;
pub mod pages;
pub mod people;
pub mod places;
mod routes;
mod seal_key;
mod seed;
mod session;
mod stripe;
mod visitor;
pub mod words;

pub use app::{Clinic, Notices, Options, StartError, Which};
pub use moneris::{StandIn as MonerisStandIn, StoreKeys};
pub use stripe::StandIn;
