//! A request as a gateway describes it, and what the gateway is told about it (product.md §4).
//!
//! Owns the shapes in which a door of another crate asks for the decision. Must never know how a gateway spells either.

use std::net::IpAddr;

use http::{HeaderMap, Response};

use crate::passport::Passport;

/// The request that is asked about, as its caller sent it to the gateway.
#[derive(Debug, Clone, Copy)]
pub struct Described<'a> {
    /// The verb.
    pub verb: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// Every line of every header, names in any case.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// Whose connection it came over: the caller's, or that of a proxy in front of the gateway.
    pub peer: IpAddr,
}

/// What comes of it.
#[derive(Debug)]
pub enum Ruling {
    /// It may pass.
    Admitted {
        /// For the service behind the gateway.
        passport: Passport,
        /// For the caller: what is left of a limit, and the announced end of the operation.
        facts: HeaderMap,
    },
    /// It may not. This is the seller API's answer, for the caller.
    Refused(Response<Vec<u8>>),
}
