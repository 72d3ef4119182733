//! What a table's row holds, and its way to the domain's values and back. No statement and no connection.
//!
//! A second database reads and binds the same rows: it adds its own `impl` to [`row`] and nothing else here.

mod account;
mod attempt;
mod capture;
mod dispensary;
mod invoice;
mod payable;
mod payment;
mod refund;
mod step;
mod values;

pub(crate) use account::AccountRow;
pub(crate) use attempt::{AttemptRow, TryRow};
pub(crate) use capture::StrayRow;
pub(crate) use dispensary::DispensaryRow;
pub(crate) use invoice::InvoiceRow;
pub(crate) use payable::{PayableRow, StateRow};
pub(crate) use payment::{PaymentRow, assembled};
pub(crate) use refund::RefundRow;
pub(crate) use step::StepRow;
pub(crate) use values::{Id, nanos, signed, timestamp, unsigned};

/// Defines a row: its columns in order, and what to call it in [`billing_domain::StoreError::Corrupt`].
macro_rules! row {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($column:ident: $type:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) struct $name {
            $(pub(crate) $column: $type,)+
        }

        impl $name {
            /// What the row is, to a reader of errors.
            pub(crate) const WHAT: &'static str = $what;
            /// The columns, in the order they are read and bound.
            pub(crate) const COLUMNS: &'static [&'static str] = &[$(stringify!($column)),+];
        }

        impl $crate::sqlite::Row for $name {
            fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
                let mut columns = 0..;
                let mut next = || columns.next().unwrap_or(usize::MAX);
                Ok(Self { $($column: row.get(next())?,)+ })
            }

            fn bind(&self, statement: &mut rusqlite::Statement<'_>) -> rusqlite::Result<()> {
                let mut places = 1..;
                let mut next = || places.next().unwrap_or(usize::MAX);
                $(statement.raw_bind_parameter(next(), &self.$column)?;)+
                Ok(())
            }
        }
    };
}

pub(crate) use row;
