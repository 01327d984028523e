//! What marketpass does: the use cases that change things, and the check that runs before everything else.
//!
//! Owns the order of steps, who may do what, and the memory the check works on. Must never know HTTP, SQL or the
//! spelling of an answer.

pub mod accounts;
pub mod api_keys;
pub mod businesses;
mod caller_address;
mod counter_keeper;
mod directory;
pub mod enforcer;
mod feed;
pub mod import;
mod last_use;
mod limiter;
mod node;
mod passwords;
pub mod peppers;
mod service;
pub mod staff;

pub use caller_address::CallerAddress;
pub use enforcer::{Enforcer, Presented};
pub use node::{Gauges, Health, Node, NodeError, NodeOptions, PepperSource};
pub use passwords::UnacceptablePassword;
pub use service::Service;
