//! Patient billing's use cases behind one facade, [`Billing`]: settings, the rule of precedence, card payments,
//! the sweep, audit and outbox.
//!
//! Thin: decisions are pure functions of `billing-domain`; this crate loads, calls and stores. It knows no
//! adapter: processors and stores come in through ports.

mod accounts;
mod actor;
mod billing;
mod config;
mod entitlements;
mod error;
mod history;
mod invoices;
mod notices;
mod payments;
mod precedence;
mod refunds;
mod settings;
mod steps;
mod sweep;
mod system;
mod tasks;

pub use actor::{Actor, Permission};
pub use billing::{Billing, BillingBuilder};
pub use config::BillingConfig;
pub use entitlements::{Entitlements, StoredEntitlements};
pub use error::BillingError;
pub use notices::{InvalidNoticeAddress, NoticeAddress, NoticeAnswer, NoticeError};
pub use payments::{PayableSource, PaymentView, PaymentWindow, SendRequest, Sent, WindowField};
pub use precedence::{ConnectedAccounts, NoProcessor, Ranking, Standing, choose};
pub use refunds::{RefundRequest, RefundView};
pub use settings::{
    BillingSettings, DrainingAccount, Erased, NoticesOnPane, Pane, PaneState, Removed, SaveKeys, Saved,
    SavedAccount, ServedBy, Warning,
};
pub use sweep::SweepReport;
pub use system::{LoggedAlarm, RandomIds, SystemClock};
