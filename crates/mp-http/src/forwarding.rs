//! What an upstream is told of the way a request came.
//!
//! Owns whom that is believed. Must never pass on what a peer says that is not trusted.

use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, header};
use mp_market::forwarded::Forwarded;

use crate::edge::{Edge, Origin};
use crate::header_lines::HeaderLines;
use crate::routes::client_address;

/// What is known of the way of this request.
pub(crate) fn forwarded(edge: &Edge, origin: Origin, head: &Parts) -> Forwarded {
    Forwarded {
        client: client_address(edge, origin, &head.headers),
        is_encrypted: is_encrypted(origin, &head.headers),
        host: asked_host(origin, head),
    }
}

/// Whether the caller's own connection is encrypted: ours, or the one that a trusted proxy speaks of.
fn is_encrypted(origin: Origin, headers: &HeaderMap) -> bool {
    // What the nearest proxy says stands last.
    let said = last_word(headers, "x-forwarded-proto").filter(|_| origin.is_proxy);
    said.map_or(origin.is_encrypted, |proto| proto.eq_ignore_ascii_case(b"https"))
}

/// The host the caller asked for.
fn asked_host(origin: Origin, head: &Parts) -> Option<Authority> {
    let said = last_word(&head.headers, "x-forwarded-host").filter(|_| origin.is_proxy);
    let host = head.headers.get(header::HOST).map(HeaderValue::as_bytes);
    let named = said.or_else(|| head.uri.authority().map(|target| target.as_str().as_bytes())).or(host)?;
    Authority::try_from(named).ok().filter(|host| !host.as_str().contains('@'))
}

fn last_word<'a>(headers: &'a HeaderMap, name: &'a str) -> Option<&'a [u8]> {
    headers.lines(name).next_back()?.rsplit(|byte| *byte == b',').next().map(<[u8]>::trim_ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(lines: &[(&str, &str)]) -> Parts {
        let request = http::Request::builder().uri("/");
        let request = lines.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.body(()).unwrap().into_parts().0
    }

    const fn origin(is_proxy: bool, is_encrypted: bool) -> Origin {
        Origin {
            peer: std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
            is_proxy,
            is_gateway: false,
            is_encrypted,
        }
    }

    #[test]
    fn only_a_trusted_proxy_says_whether_the_callers_connection_is_encrypted() {
        let said = head(&[("x-forwarded-proto", "http, HTTPS")]);
        assert!(is_encrypted(origin(true, false), &said.headers));
        assert!(!is_encrypted(origin(false, false), &said.headers));
        let denied = head(&[("x-forwarded-proto", "https"), ("x-forwarded-proto", "http")]);
        assert!(!is_encrypted(origin(true, true), &denied.headers));
        assert!(is_encrypted(origin(false, true), &denied.headers));
        assert!(is_encrypted(origin(true, true), &head(&[]).headers), "it says nothing");
    }

    #[test]
    fn only_a_trusted_proxy_names_another_host() {
        let named = |is_proxy, lines: &[(&str, &str)]| {
            asked_host(origin(is_proxy, false), &head(lines)).map(|host| host.to_string())
        };
        let said = [("host", "inner"), ("x-forwarded-host", "api.example.org")];
        assert_eq!(named(true, &said).as_deref(), Some("api.example.org"));
        assert_eq!(named(false, &said).as_deref(), Some("inner"));
        for no_host in ["", "a b", "a\"b", "olga@host", "a/b"] {
            assert_eq!(named(false, &[("host", no_host)]), None, "{no_host}");
        }
    }
}
