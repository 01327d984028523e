//! The head of an upstream's answer on its way to the caller.
//!
//! Owns what passes. Must never let through a header that works beyond the one answer: the caller's browser may keep
//! cookies and promises for a whole host, on which marketpass signs people in.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Version, header};
use hyper::body::Incoming;
use hyper::ext::ReasonPhrase;
use mp_market::passport::IDENTITY_PREFIX;

use crate::fields;
use crate::relay::Relay;

/// The answer to a request with this `verb`, as the caller gets it.
pub(crate) fn rewrite(
    verb: &Method,
    answer: http::Response<Incoming>,
    relay: impl FnOnce(Incoming) -> Relay,
) -> Response {
    let (mut head, body) = answer.into_parts();
    let is_bodiless = *verb == Method::HEAD || is_bodiless(head.status);
    // The length that a body would have is worth knowing where none comes.
    let length = told_length(&head.headers).filter(|_| is_bodiless && head.status != StatusCode::NO_CONTENT);
    fields::remove(&mut head.headers, is_unwanted);
    if let Some(length) = length {
        head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    head.headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    head.version = Version::HTTP_11;
    // What the client of the upstream noted there is nobody else's business, except the words after the number.
    let phrase = head.extensions.remove::<ReasonPhrase>();
    head.extensions.clear();
    if let Some(phrase) = phrase {
        head.extensions.insert(phrase);
    }
    let relay = if is_bodiless { Relay::nothing() } else { relay(body) };
    Response::from_parts(head, Body::new(relay))
}

fn told_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Answers that have no body whatever the verb was (RFC 9110 §6.4.1).
fn is_bodiless(status: StatusCode) -> bool {
    status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED
}

/// Whether an upstream's header stays here.
fn is_unwanted(name: &str) -> bool {
    fields::is_hop_by_hop(name)
        || name.starts_with(IDENTITY_PREFIX)
        // The limits are kept here, and told from here.
        || name.starts_with("x-ratelimit-resource-")
        || matches!(
            name,
            // A browser sends cookies to every port of the host, and with them to the pages.
            "set-cookie" | "set-cookie2"
            // Between a client and the next proxy.
            | "proxy-authenticate" | "proxy-authentication-info"
            // Promises about the host, which are marketpass's to make; and the end of all of its cookies.
            | "strict-transport-security" | "public-key-pins" | "alt-svc" | "clear-site-data"
        )
}
