//! A billing store written elsewhere: the `BillingStore` port on redb, an embedded key-value file without SQL.
//!
//! Four rooms: how a row is written down (`rows`), which tables there are and how a step changes them (`books`), what is due and
//! who works on it (`due`), and the port (`store`). What a step may do is not decided here: [`billing_domain::Step::write_to`] decides, and this crate brings
//! the rows and the transaction. One process at a time may have the file open.

mod books;
mod due;
mod rows;
mod store;

pub use store::RedbStore;
