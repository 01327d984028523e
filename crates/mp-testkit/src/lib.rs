//! What tests are made of: a clock they own, seeded randomness, and the real servers they talk to.
//!
//! Owns everything several crates' tests share. Must never be linked into the product: it is a dev-dependency only,
//! its randomness is predictable, and it panics where the product would return an error.

pub mod chromium;
pub mod clock;
pub mod entropy;
pub mod gateway;
pub mod mailbox;
pub mod postgres;
pub mod python;
pub mod upstream;
pub mod waiting;

pub use chromium::ChromeDriver;
pub use clock::ManualClock;
pub use entropy::SeededEntropy;
pub use gateway::Gateway;
pub use mailbox::Mailbox;
pub use postgres::{Durability, Postgres};
pub use upstream::Upstream;
pub use waiting::{PATIENCE, RunningTime, eventually, happens, promptly};
