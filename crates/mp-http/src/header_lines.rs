//! The lines of a request's headers.
//!
//! Owns nothing: how doors look at headers belongs to `mp-market`. Must never look at them in a way of its own.

pub(crate) use mp_market::header_lines::{HeaderLines, Repeated};
