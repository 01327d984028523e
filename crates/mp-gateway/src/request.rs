//! The head of a request on its way to the upstream.
//!
//! Owns what passes and what is said in the caller's place. Must never let through a header by which a caller could pose
//! as marketpass, hand on a credential, or name another verb or path than those that were judged.

use mp_market::forwarded::Forwarded;
use mp_market::passport::{IDENTITY_PREFIX, Passport};

use crate::fields::{self, Lines, write_line};
use crate::upstream_url::UpstreamUrl;

/// What callers identify themselves with: it was for marketpass.
pub(crate) const CREDENTIALS: [&str; 5] =
    ["api-key", "authorization", "cookie", "cookie2", "proxy-authorization"];

/// A request that was let in.
#[derive(Clone, Copy)]
pub struct Admitted<'a, L> {
    /// Its verb.
    pub verb: &'a str,
    /// Its path and query; a slash comes first.
    pub target: &'a str,
    /// The lines of its head: names in any case, and values.
    pub lines: L,
    /// The host that the caller asked for, as it stands in the request.
    pub host: Option<&'a [u8]>,
    /// Whose it is.
    pub passport: &'a Passport,
    /// Where it comes from, if that is to be told.
    pub forwarded: Option<&'a Forwarded>,
    /// All of its body.
    pub body: &'a [u8],
}

/// A request as it is said to the upstream.
pub struct Printed {
    /// Its head and all of its body.
    pub bytes: Vec<u8>,
    pub(crate) is_head: bool,
    /// Whether it does no harm if it arrives twice.
    pub(crate) changes_nothing: bool,
}

impl Printed {
    /// Verb and path, for whoever looks for the call in a log. A query may hold what is nobody's business there.
    pub(crate) fn call(&self) -> &str {
        let line = self.bytes.split(|byte| matches!(byte, b'?' | b'\r')).next().unwrap_or_default();
        let line = line.strip_suffix(b" HTTP/1.1").unwrap_or(line);
        str::from_utf8(line).unwrap_or_default()
    }

    /// The trace by which its answer is found.
    pub(crate) fn traceparent(&self) -> Option<&str> {
        let mut lines = self.bytes.split(|byte| *byte == b'\n').take_while(|line| *line != b"\r");
        let value = lines.find_map(|line| line.strip_prefix(b"traceparent: "));
        value.and_then(|value| str::from_utf8(value.trim_ascii()).ok())
    }
}

/// Prints an admitted request into `buffer`. `host` stands for the caller's own `Host`, if it is given.
pub(crate) fn print<'a>(
    buffer: Vec<u8>,
    url: &UpstreamUrl,
    host: Option<&[u8]>,
    request: &Admitted<'a, impl Lines<'a>>,
) -> Printed {
    let mut bytes = buffer;
    write(&mut bytes, url, host, request);
    let is_safe = matches!(request.verb, "GET" | "HEAD" | "OPTIONS" | "TRACE");
    Printed { bytes, is_head: request.verb == "HEAD", changes_nothing: is_safe && request.body.is_empty() }
}

fn write<'a>(
    out: &mut Vec<u8>,
    url: &UpstreamUrl,
    host: Option<&[u8]>,
    request: &Admitted<'a, impl Lines<'a>>,
) {
    for part in [request.verb, " ", url.prefix(), request.target, " HTTP/1.1\r\n"] {
        out.extend_from_slice(part.as_bytes());
    }
    // A caller of an older version may have named none (RFC 9112 §3.2).
    write_line(out, "host", host.or(request.host).unwrap_or(url.authority().as_str().as_bytes()));
    fields::each_passing(request.lines.clone(), is_unwanted, |name, value| write_line(out, name, value));
    if let Some(forwarded) = request.forwarded {
        forwarded.each_header(|name, value| write_line(out, name.as_str(), value.as_bytes()));
    }
    for (name, value) in request.passport.headers() {
        write_line(out, name.as_str(), value.as_bytes());
    }
    // An empty body is worth a word only where one is usual (RFC 9110 §8.6).
    if !request.body.is_empty() || matches!(request.verb, "POST" | "PUT" | "PATCH") {
        write_line(out, "content-length", itoa::Buffer::new().format(request.body.len()).as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(request.body);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_found_in_the_log_by_verb_path_and_trace() {
        let printed = |text: &str| Printed { bytes: text.into(), is_head: false, changes_nothing: true };
        let call = printed("GET /v2/x?token=secret HTTP/1.1\r\nhost: a\r\ntraceparent: 00-1-2-01\r\n\r\n");
        assert_eq!((call.call(), call.traceparent()), ("GET /v2/x", Some("00-1-2-01")));
        let bare = printed("POST /v2/x HTTP/1.1\r\nhost: a\r\n\r\ntraceparent: of the body\r\n");
        assert_eq!((bare.call(), bare.traceparent()), ("POST /v2/x", None));
    }
}
