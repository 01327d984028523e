//! Operations of the seller API: what opens them and how much of them is allowed.
//!
//! Owns the facts of each operation. Must never carry prose of the official document, only facts.

use crate::scope::ScopeSet;
use crate::window::{Period, Quota};

/// An operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// Its number for counters (`resource_id` of the catalogue); never reused.
    pub number: u16,
    /// `operationId`.
    pub id: &'static str,
    /// How refusals name it: the path without version, with `.json` (market-api §5.2).
    pub resource: &'static str,
    /// Holding any one of these is enough.
    pub any_of: ScopeSet,
    /// How often it may be called.
    pub quota: Quota,
}

/// `POST /v2/auth/token`: says what an API key is (market-api §2).
pub const GET_AUTH_TOKEN_INFO: Operation = Operation {
    number: 256,
    id: "getAuthTokenInfo",
    resource: "/auth/token.json",
    any_of: ScopeSet::ALL,
    quota: Quota { amount: 100, period: Period::HOUR },
};
