//! The layer in front of a small service, before a real server.

#![expect(clippy::unwrap_used, reason = "what a test stands on either works or fails the test")]

mod limits;
mod relay;
mod sight;
mod silence;
mod slots;
mod vectors;
mod world;
