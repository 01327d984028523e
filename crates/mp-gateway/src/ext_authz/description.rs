//! How Envoy describes the request it asks about.
//!
//! Owns where each part of it stands. A part that is missing or stands in two places is refused, never guessed.

use std::net::IpAddr;

use mp_market::api_error::ApiError;
use mp_market::described::Described;
use mp_market::protocol::unclear_description;

use super::messages::{AttributedRequest, CheckRequest, HttpRequest};

/// Headers of which a caller may have sent one line only.
const SINGLE: [&str; 2] = ["api-key", "authorization"];

/// The lines of every header, as its caller sent them if Envoy was told to say so (`encode_raw_headers`).
///
/// Otherwise it has put the lines of a header into one, with commas between them. No credential needs a comma save the
/// oldest form of `Authorization`; what may have been two is taken for two, and refused.
pub(super) fn header_lines(question: &CheckRequest) -> Vec<(&str, &[u8])> {
    let Some(http) = http(question) else { return Vec::new() };
    let mut lines = Vec::with_capacity(32);
    if let Some(raw) = &http.header_map {
        for line in &raw.headers {
            let value = if line.raw_value.is_empty() { line.value.as_bytes() } else { &line.raw_value };
            lines.push((&*line.key, value));
        }
    } else {
        for joined in &http.headers {
            let is_single = SINGLE.iter().any(|name| joined.key.eq_ignore_ascii_case(name));
            let parts = joined.value.as_bytes().split(|byte| is_single && *byte == b',');
            lines.extend(parts.map(|part| (&*joined.key, part)));
        }
    }
    // Verb, path and authority stand there once more.
    lines.retain(|(name, _)| !name.starts_with(':'));
    lines
}

/// The request that is asked about.
pub(super) fn described<'a>(
    question: &'a CheckRequest,
    headers: &'a [(&'a str, &'a [u8])],
) -> Result<Described<'a>, ApiError> {
    let http = http(question).ok_or_else(|| unclear_description("attributes.request.http", "is missing"))?;
    let verb = present("attributes.request.http.method", &http.method)?;
    let target = present("attributes.request.http.path", &http.path)?;
    for (name, part) in [("query", &http.query), ("fragment", &http.fragment)] {
        if !part.is_empty() {
            return Err(unclear_description(name, "does not stand in the path"));
        }
    }
    Ok(Described { verb, target, headers, peer: peer(question)? })
}

fn http(question: &CheckRequest) -> Option<&HttpRequest> {
    let AttributedRequest { http } = question.attributes.as_ref()?.request.as_ref()?;
    http.as_ref()
}

fn present<'a>(name: &'static str, part: &'a str) -> Result<&'a str, ApiError> {
    if part.is_empty() { Err(unclear_description(name, "is missing")) } else { Ok(part) }
}

/// Whose connection to Envoy it is.
fn peer(question: &CheckRequest) -> Result<IpAddr, ApiError> {
    const NAME: &str = "attributes.source.address";
    let source = question.attributes.as_ref().and_then(|attributes| attributes.source.as_ref());
    let address = source.and_then(|source| source.address.as_ref()?.socket_address.as_ref());
    let address = address.ok_or_else(|| unclear_description(NAME, "is missing"))?;
    address.address.parse().map_err(|_| unclear_description(NAME, "is no IP address"))
}
