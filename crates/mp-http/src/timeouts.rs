//! How long a caller may take.
//!
//! Owns the defaults. Must never hold a limit of the seller API: those are quotas, not seconds.

use std::time::Duration;

/// How long a caller may take for each part of a conversation.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// From the first byte of a request to the end of its head.
    pub head: Duration,
    /// Between two requests, and to take a piece of an answer.
    pub idle: Duration,
    /// From the end of the head to the end of the body.
    pub body: Duration,
    /// From the wish to stop to the end of the last request in flight.
    pub drain: Duration,
}

impl Default for Timeouts {
    /// Ten seconds, as the seller API grants its callers (market-api §6), and the usual 75 between requests.
    fn default() -> Self {
        let ten = Duration::from_secs(10);
        Self { head: ten, idle: Duration::from_secs(75), body: ten, drain: ten }
    }
}
