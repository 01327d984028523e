//! What the use cases and the check promise, on a real database.
//!
//! Must never be fed by mocks: each world is a folder with a database of its own.

#![expect(clippy::unwrap_used, reason = "what a test stands on either works or fails the test")]

mod catalogs;
mod check;
mod email;
mod events;
mod expiry;
mod factors;
mod keys;
mod limits;
mod limits_of_tokens;
mod matrix;
mod nodes;
mod old_peppers;
mod people;
mod peppers;
mod reach;
mod recovery;
mod refusals;
mod rehearsal;
mod sessions;
mod shadow;
mod sign_in;
mod sign_up;
mod staff;
mod staging;
mod tokens;
mod upkeep;
mod world;
