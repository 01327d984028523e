//! The HTTP behaviour, over real sockets, with the real check on a real database behind it.

#![expect(clippy::unwrap_used, reason = "what a test stands on either works or fails the test")]

mod authorization;
mod bodies;
mod both_ways;
mod business_settings;
mod campaigns;
mod connections;
mod credentials;
mod envoy;
mod ext_authz;
mod failing_upstream;
mod forward_auth;
mod gate;
mod http2;
mod http2_wire;
mod lost_slots;
mod operations;
mod outposts;
mod pages;
mod passages;
mod paths;
mod proxies;
mod races;
mod refusals;
mod shadow;
mod shutdown;
mod slots;
mod slow_bodies;
mod tls;
mod token_info;
mod wire;
mod world;
