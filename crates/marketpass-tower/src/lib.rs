//! A layer by which a Rust service decides for itself whether a request may pass, exactly as marketpass would.
//!
//! Owns the memory that such a service decides by, and the stream that fills it: a credential that is seen for the first
//! time is asked about, the answer remembered, every change heard of within a second, and everything forgotten when the
//! stream falls silent. Limits are kept by borrowing points ahead. It never holds the pepper or the store, remembers no
//! token but as a digest under a key of its own, and must never let a request pass on knowledge that may be out of date.

mod answer;
mod body;
mod decision;
mod gate;
mod generations;
mod layer;
mod lent;
mod link;
mod loans;
mod memory;
mod options;
mod questions;
mod server_time;
mod shared;
mod tls;

pub use answer::Refusal;
pub use body::Settling;
pub use gate::{Admitted, Asked, Gate};
pub use layer::{GateLayer, GateService};
pub use mp_domain::identity::{Identity, Scopes, Subject};
pub use mp_domain::ids::{AccountId, ApiKeyId, BusinessId, CampaignId};
pub use mp_domain::operation::Operation;
pub use options::{ClientAddress, GateOptions, UnusableOptions};
