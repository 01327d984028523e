//! OAuth 2.0 and Yandex's dialect of it on the wire: reading requests, writing answers.
//!
//! Owns the spelling of parameters, error codes and their descriptions. Must never decide whether a request is granted,
//! do I/O, or fail on any input.

pub mod authorization_request;
pub mod authorization_response;
mod encoding;
