//! The contract of [`BillingStore`](billing_domain::BillingStore), line by line.
