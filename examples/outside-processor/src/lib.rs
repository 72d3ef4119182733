//! A payment processor written elsewhere.
