//! The way from an admitted request to the service behind marketpass, and back.
//!
//! Owns the connections to the upstream and which headers pass in either direction. Must never decide anything: a
//! request without a [`mp_market::passport::Passport`] among its extensions does not pass, whoever sent it.

mod connection;
mod connector;
mod ext_authz;
mod failure;
mod fetch;
mod fields;
mod framing;
mod pool;
mod relay;
mod reply;
mod request;
mod service;
mod upstream;
mod upstream_url;

pub use connector::UpstreamError;
pub use ext_authz::ext_authz;
pub use fetch::{FetchError, fetch};
pub use fields::Lines;
pub use relay::{BrokenOff, Relay};
pub use reply::Reply;
pub use request::{Admitted, Printed};
pub use upstream::{Patience, Upstream, UpstreamParts, upstream};
pub use upstream_url::{InvalidUpstreamUrl, UpstreamUrl};
