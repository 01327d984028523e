//! Wire formats of the seller API: what a request and an answer look like, and nothing else.
//!
//! Owns every status, code, message, header name and path spelling of `market-api`. Parses and prints; must never
//! decide whether a request is allowed, open a socket or read a clock.

pub mod api_error;
pub mod authorization;
pub mod business_header;
pub mod business_settings;
pub mod campaigns;
pub mod denial;
pub mod deprecation_headers;
pub mod described;
pub mod forwarded;
pub mod header_lines;
pub mod http_date;
mod json_text;
pub mod names;
pub mod paging;
pub mod passport;
pub mod path;
pub mod presented;
pub mod protocol;
pub mod rate_headers;
pub mod request_body;
pub mod scan;
pub mod token_info;
pub mod trace_parent;

/// The type of every answer. JSON is UTF-8 by definition (RFC 8259 §8.1), so no `charset` is added.
pub const CONTENT_TYPE: &str = "application/json";
