//! What a table's row holds, and its way to the domain's values and back. No statement and no connection.
//!
//! Each database reads and binds the same rows: it has its own `impl` in [`row`] and nothing else here.

mod account;
mod attempt;
mod capture;
mod dispensary;
mod invoice;
mod notice;
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
pub(crate) use notice::NoticeRow;
pub(crate) use payable::PayableRow;
pub(crate) use payment::{PaymentRow, assembled};
pub(crate) use refund::RefundRow;
pub(crate) use step::StepRow;
#[cfg(feature = "sqlite")]
pub(crate) use values::{Id, signed};
pub(crate) use values::{nanos, timestamp, unsigned};

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

        #[cfg(feature = "postgres")]
        impl $crate::postgres::Row for $name {
            fn read(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
                let mut columns = 0..;
                let mut next = || columns.next().unwrap_or(usize::MAX);
                Ok(Self { $($column: row.try_get(next())?,)+ })
            }

            fn values(&self) -> Vec<$crate::postgres::Value<'_>> {
                vec![$(&self.$column),+]
            }
        }

        #[cfg(feature = "sqlite")]
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
