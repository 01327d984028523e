//! What marketpass does: the use cases that change things, and the check that runs before everything else.
//!
//! Owns the order of steps, who may do what, and the memory the check works on. Must never know HTTP, SQL or the
//! spelling of an answer.

pub mod accounts;
mod admission;
pub mod api_keys;
pub mod applications;
pub mod authorization;
pub mod browser;
pub mod businesses;
mod caller_address;
pub mod catalogs;
mod counter_keeper;
mod directory;
pub mod email;
pub mod enforcer;
mod expiry_notices;
pub mod factors;
mod feed;
pub mod grants;
mod icon;
pub mod import;
mod judgement;
mod known_browser;
mod last_use;
pub mod letters;
mod limiter;
mod links;
pub mod mailer;
mod node;
mod old_peppers;
pub mod password_change;
mod passwords;
mod pending;
pub mod peppers;
mod post;
pub mod reach;
pub mod recovery;
pub mod refusals;
pub mod rehearsal;
pub mod sealing;
mod service;
pub mod sessions;
pub mod sign_in;
pub mod sign_up;
mod slots;
pub mod staff;
mod staging;
pub mod stores;
mod throttle;
mod upkeep;
mod usage;

pub use admission::{Admitted, Charge, Extent, Request, UnreadableNames};
pub use browser::{Browser, Cookies, SignedIn};
pub use caller_address::CallerAddress;
pub use enforcer::Enforcer;
pub use letters::Language;
pub use mp_domain::credential::Presented;
pub use mailer::{Letter, MailError, Mailer, Sending};
pub use node::{Gauges, Health, Node, NodeError, NodeOptions, PepperSource};
pub use passwords::UnacceptablePassword;
pub use service::{Service, ServiceParts};
pub use sign_up::SignUp;
pub use slots::Slot;
pub use staging::{Ended, Stage};
