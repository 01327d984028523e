//! The way to an upstream and back over real sockets: what passes, what does not, and what becomes of upstreams that are
//! slow, broken or gone.

#![expect(clippy::unwrap_used, reason = "what a test stands on either works or fails the test")]

mod answers;
mod bodies;
mod failures;
mod fetching;
mod requests;
mod silence;
mod tls;
mod wire;
mod world;
