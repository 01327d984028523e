//! Where a request comes from, as the use cases want to know it.
//!
//! Owns the one type that carries it. Must never be filled by anything but the listener: it alone knows which proxies
//! to believe.

use std::net::IpAddr;

/// The client's address: the peer's, or what a trusted proxy says of it. The unspecified address stands for a client
/// nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallerAddress(pub IpAddr);
