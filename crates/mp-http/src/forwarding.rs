//! What an upstream is told of the way a request came.
//!
//! Owns whom that is believed. Must never pass on what a peer says that is not trusted.

use std::net::IpAddr;

use http::uri::Authority;
use mp_market::forwarded::Forwarded;

use crate::edge::Origin;
use crate::header_lines::HeaderLines;

/// What is known of the way of a request from this client.
pub(crate) fn forwarded<H: HeaderLines + ?Sized>(
    client: IpAddr,
    origin: Origin,
    headers: &H,
    target: Option<&Authority>,
) -> Forwarded {
    Forwarded {
        client,
        is_encrypted: is_encrypted(origin, headers),
        host: asked_host(origin, headers, target),
    }
}

/// Whether the caller's own connection is encrypted: ours, or the one that a trusted proxy speaks of.
fn is_encrypted<H: HeaderLines + ?Sized>(origin: Origin, headers: &H) -> bool {
    // What the nearest proxy says stands last.
    let said = last_word(headers, "x-forwarded-proto").filter(|_| origin.is_proxy);
    said.map_or(origin.is_encrypted, |proto| proto.eq_ignore_ascii_case(b"https"))
}

/// The host the caller asked for, perhaps by the target of the request.
fn asked_host<H: HeaderLines + ?Sized>(
    origin: Origin,
    headers: &H,
    target: Option<&Authority>,
) -> Option<Authority> {
    let said = last_word(headers, "x-forwarded-host").filter(|_| origin.is_proxy);
    let host = headers.lines("host").next();
    let named = said.or_else(|| target.map(|target| target.as_str().as_bytes())).or(host)?;
    Authority::try_from(named).ok().filter(|host| !host.as_str().contains('@'))
}

fn last_word<'a, H: HeaderLines + ?Sized>(headers: &'a H, name: &'a str) -> Option<&'a [u8]> {
    headers.lines(name).next_back()?.rsplit(|byte| *byte == b',').next().map(<[u8]>::trim_ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head<'a>(lines: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a [u8])> {
        lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect()
    }

    const fn origin(is_proxy: bool, is_encrypted: bool) -> Origin {
        Origin { peer: IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), is_proxy, is_gateway: false, is_encrypted }
    }

    #[test]
    fn only_a_trusted_proxy_says_whether_the_callers_connection_is_encrypted() {
        let said = head(&[("x-forwarded-proto", "http, HTTPS")]);
        assert!(is_encrypted(origin(true, false), &said[..]));
        assert!(!is_encrypted(origin(false, false), &said[..]));
        let denied = head(&[("x-forwarded-proto", "https"), ("x-forwarded-proto", "http")]);
        assert!(!is_encrypted(origin(true, true), &denied[..]));
        assert!(is_encrypted(origin(false, true), &denied[..]));
        assert!(is_encrypted(origin(true, true), &head(&[])[..]), "it says nothing");
    }

    #[test]
    fn only_a_trusted_proxy_names_another_host() {
        let named = |is_proxy, lines: &[(&str, &str)]| {
            asked_host(origin(is_proxy, false), &head(lines)[..], None).map(|host| host.to_string())
        };
        let said = [("host", "inner"), ("x-forwarded-host", "api.example.org")];
        assert_eq!(named(true, &said).as_deref(), Some("api.example.org"));
        assert_eq!(named(false, &said).as_deref(), Some("inner"));
        for no_host in ["", "a b", "a\"b", "olga@host", "a/b"] {
            assert_eq!(named(false, &[("host", no_host)]), None, "{no_host}");
        }
    }
}
