//! A billing store written elsewhere.
