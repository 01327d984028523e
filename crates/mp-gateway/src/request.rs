//! The head of a request on its way to the upstream.
//!
//! Owns what passes and what is said in the caller's place. Must never let through a header by which a caller could pose
//! as marketpass, hand on a credential, or name another verb or path than those that were judged.

use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Method, Uri, Version, header};
use hyper::body::Body;
use mp_market::forwarded::Forwarded;
use mp_market::passport::{IDENTITY_PREFIX, Passport};

use crate::fields;

/// What callers identify themselves with: it was for marketpass.
pub(crate) const CREDENTIALS: [&str; 5] =
    ["api-key", "authorization", "cookie", "cookie2", "proxy-authorization"];

/// Rewrites the head of an admitted request whose body is `body`. `host` stands for the caller's own `Host`, if it is
/// given.
pub(crate) fn rewrite(
    head: &mut Parts,
    passport: Passport,
    uri: Uri,
    host: Option<HeaderValue>,
    body: &impl Body,
) {
    let headers = &mut head.headers;
    let host = host.or_else(|| asked_host(&head.uri, headers));
    fields::remove(headers, is_unwanted);
    announce(headers, &head.method, body);
    if let Some(host) = host {
        headers.insert(header::HOST, host);
    }
    if let Some(forwarded) = head.extensions.get::<Forwarded>() {
        forwarded.stamp(headers);
    }
    passport.stamp(headers);
    head.uri = uri;
    head.version = Version::HTTP_11;
    // Whatever else travels among them is not for the client of the upstream.
    head.extensions.clear();
}

/// The host that the caller asked for, where the target names it and where the header does.
fn asked_host(asked: &Uri, headers: &HeaderMap) -> Option<HeaderValue> {
    let named = asked.authority().map(Authority::as_str).filter(|host| !host.contains('@'));
    let named = named.map(|host| HeaderValue::from_str(host).expect("authorities are visible ASCII"));
    named.or_else(|| headers.get(header::HOST).cloned())
}

/// Says how the body is framed where hyper would not: it takes one of unknown length for none with some verbs, and an
/// empty one for nothing worth a word with all of them.
fn announce(headers: &mut HeaderMap, method: &Method, body: &impl Body) {
    if !body.is_end_stream() && body.size_hint().exact().is_none() {
        headers.insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    } else if body.is_end_stream() && [Method::POST, Method::PUT, Method::PATCH].contains(method) {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
}

/// Whether a caller's header stays here.
fn is_unwanted(name: &str) -> bool {
    fields::is_hop_by_hop(name)
        || is_deceptive(name)
        || CREDENTIALS.contains(&name)
        || name.starts_with("x-forwarded-")
        || matches!(
            name,
            // Whether the body is wanted is known here.
            "expect"
            // The upstream has a name of its own.
            | "host"
        )
}

/// Whether a caller's header could make a service believe what marketpass alone may say, or serve something else than was
/// judged. What `X-Forwarded-…` says is another matter: each door knows itself whom it believes.
pub(crate) fn is_deceptive(name: &str) -> bool {
    is_ambiguous(name)
        || name.starts_with(IDENTITY_PREFIX)
        || name.starts_with("x-original-")
        || matches!(
            name,
            // marketpass says itself where a request comes from. These are what servers believe of a proxy.
            "forwarded" | "x-real-ip" | "x-client-ip" | "client-ip" | "true-client-ip" | "x-cluster-client-ip"
            | "cf-connecting-ip" | "fastly-client-ip"
            // Other verbs and other paths than those that were judged.
            | "x-http-method" | "x-http-method-override" | "x-method-override" | "x-rewrite-url"
            // Becomes a variable of the environment that sends a program's own requests astray.
            | "proxy"
            // Names another host in some servers.
            | "x-host"
        )
}

/// Whether servers that fold header names into variables could take the name for another one.
fn is_ambiguous(name: &str) -> bool {
    !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
