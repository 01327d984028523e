//! The pages, asked as a browser asks, on a real database.

#![expect(clippy::unwrap_used, reason = "what a test stands on either works or fails the test")]

mod access;
mod account;
mod applications;
mod authorize;
mod breakage;
mod forms;
mod headers;
mod keys;
mod languages;
mod links;
mod refusals;
mod sign_in;
mod templates;
mod throttled;
mod world;
