//! How a caller reached marketpass, as an upstream is told: `Forwarded` (RFC 7239) and its three forerunners.
//!
//! Owns printing them. Must never repeat what a caller wrote about himself: whoever makes a [`Forwarded`] knows whom to
//! believe.

use std::net::IpAddr;

use http::uri::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, header};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// What is known of the way of one request; it travels among the request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forwarded {
    /// The client. The unspecified address stands for one nobody knows.
    pub client: IpAddr,
    /// Whether nobody could read along between the client and marketpass, or the proxy in front of it.
    pub is_encrypted: bool,
    /// The host that was asked for.
    pub host: Option<Authority>,
}

impl Forwarded {
    /// Sets the headers, in place of whatever stands there under their names.
    pub fn stamp(&self, headers: &mut HeaderMap) {
        let proto = if self.is_encrypted { "https" } else { "http" };
        let client = (!self.client.is_unspecified()).then(|| self.client.to_string());
        let client = client.as_deref().unwrap_or("unknown");
        let node = if self.client.is_ipv6() && client != "unknown" {
            format!("\"[{client}]\"")
        } else {
            client.to_owned()
        };
        let mut line = format!("for={node};proto={proto}");
        headers.insert(X_FORWARDED_FOR, printed(client));
        headers.insert(X_FORWARDED_PROTO, HeaderValue::from_static(proto));
        headers.remove(X_FORWARDED_HOST);
        if let Some(host) = &self.host {
            headers.insert(X_FORWARDED_HOST, printed(host.as_str()));
            line.push_str(";host=\"");
            line.push_str(host.as_str());
            line.push('"');
        }
        headers.insert(header::FORWARDED, printed(&line));
    }
}

fn printed(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("addresses and authorities are visible ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamped(client: &str, is_encrypted: bool, host: Option<&str>) -> Vec<String> {
        let host = host.map(|host| host.parse().unwrap());
        let mut headers = HeaderMap::new();
        for name in ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "forwarded"] {
            headers.append(name, HeaderValue::from_static("a lie"));
            headers.append(name, HeaderValue::from_static("another"));
        }
        Forwarded { client: client.parse().unwrap(), is_encrypted, host }.stamp(&mut headers);
        let mut lines: Vec<_> =
            headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        lines.sort();
        lines
    }

    #[test]
    fn the_way_of_a_request_is_told_in_both_spellings() {
        assert_eq!(
            stamped("192.0.2.1", true, Some("api.example.org:443")),
            [
                "forwarded: for=192.0.2.1;proto=https;host=\"api.example.org:443\"",
                "x-forwarded-for: 192.0.2.1",
                "x-forwarded-host: api.example.org:443",
                "x-forwarded-proto: https",
            ]
        );
        assert_eq!(
            stamped("2001:db8::1", false, None),
            [
                "forwarded: for=\"[2001:db8::1]\";proto=http",
                "x-forwarded-for: 2001:db8::1",
                "x-forwarded-proto: http"
            ]
        );
    }

    #[test]
    fn a_client_nobody_knows_is_called_unknown() {
        for unspecified in ["0.0.0.0", "::"] {
            let lines = stamped(unspecified, false, None);
            assert_eq!(lines[..2], ["forwarded: for=unknown;proto=http", "x-forwarded-for: unknown"]);
        }
    }
}
