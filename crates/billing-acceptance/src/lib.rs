//! What the acceptance stories share: a clinic with real adapters, a real store, and processors that are fakes.
//!
//! A story reads as its own story: given a clinic, when someone does something, then. No story sleeps.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a story that cannot go on fails where it stands"
)]

mod books;
mod clinic;
pub mod crash;
mod crowd;
mod database;
mod hooked;
mod meanwhile;
mod moments;
mod moneris;
mod noticing;
mod people;
pub mod simulation;
mod standing_still;
mod world;

pub use books::are_books_in_memory;
pub use clinic::{Clinic, handover_of, key_ring, money, request};
pub use crowd::{invoice, stripe_keys};
pub use hooked::{Hook, HookedExchange, HookedStore, Instead};
pub use meanwhile::{Meanwhile, When};
pub use moments::{Ending, Moments};
pub use moneris::frame_of;
pub use noticing::{noticing, quiet};
pub use people::{bookkeeper, colleague, front_desk, help_centre, manager, owner};
pub use world::{TOTAL, Till, World};

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// So do those of Moneris's page.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/moneris.md")]
struct Moneris;
