//! The machine-facing side: the seller API and the operations listener over HTTP.
//!
//! Owns sockets, connections, routes and metrics. Must never decide whether a request is allowed (`mp-service` does),
//! invent a wire format (`mp-market` does) or touch the database.
//!
//! A connection begins in `front`, which answers plain token-info requests without a framework in between. The first
//! request that is anything else takes its connection over to hyper and the router, for the rest of its life: to
//! `general` with HTTP/1, to `http2` otherwise. All ways ask the same `token_info` and print the same `Answer`.

mod answer;
mod business_settings;
mod campaigns;
mod client_address;
mod connections;
mod credential;
mod door;
mod edge;
mod enveloped;
mod explain;
mod forward_auth;
mod forwarding;
mod front;
mod gate;
mod gatekeeper;
mod general;
mod head;
mod header_lines;
mod http2;
mod linger;
mod listener;
mod metrics;
mod ops;
mod outposts;
mod own;
mod pages;
mod plain;
mod question;
mod request_body;
mod rewound;
mod routes;
mod server;
mod settlement;
mod timeouts;
mod tls;
mod token_info;
mod turns;

pub use edge::{EdgeParts, MakeRoutes, Upstream};
pub use explain::{Asked, Outcome, Verdict};
pub use gatekeeper::Gatekeeper;
pub use question::Names;
pub use server::{Addresses, BindError, Server};
pub use timeouts::Timeouts;
pub use tls::{Tls, TlsError};
