//! How a caller reached marketpass, as an upstream is told: `Forwarded` (RFC 7239) and its three forerunners.
//!
//! Owns printing them. Must never repeat what a caller wrote about himself: whoever makes a [`Forwarded`] knows whom to
//! believe.

use std::net::IpAddr;

use http::uri::Authority;
use http::{HeaderName, header};

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
    /// Hands the headers to `emit`.
    pub fn each_header(&self, mut emit: impl FnMut(HeaderName, &str)) {
        let proto = if self.is_encrypted { "https" } else { "http" };
        let client = (!self.client.is_unspecified()).then(|| self.client.to_string());
        let client = client.as_deref().unwrap_or("unknown");
        emit(X_FORWARDED_FOR, client);
        emit(X_FORWARDED_PROTO, proto);
        let mut line = String::with_capacity(96);
        let is_bracketed = self.client.is_ipv6() && client != "unknown";
        let [before, behind] = if is_bracketed { ["\"[", "]\""] } else { [""; 2] };
        for part in ["for=", before, client, behind, ";proto=", proto] {
            line.push_str(part);
        }
        if let Some(host) = &self.host {
            emit(X_FORWARDED_HOST, host.as_str());
            for part in [";host=\"", host.as_str(), "\""] {
                line.push_str(part);
            }
        }
        emit(header::FORWARDED, &line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(client: &str, is_encrypted: bool, host: Option<&str>) -> Vec<String> {
        let host = host.map(|host| host.parse().unwrap());
        let mut lines = Vec::new();
        Forwarded { client: client.parse().unwrap(), is_encrypted, host }
            .each_header(|name, value| lines.push(format!("{name}: {value}")));
        lines.sort();
        lines
    }

    #[test]
    fn the_way_of_a_request_is_told_in_both_spellings() {
        assert_eq!(
            told("192.0.2.1", true, Some("api.example.org:443")),
            [
                "forwarded: for=192.0.2.1;proto=https;host=\"api.example.org:443\"",
                "x-forwarded-for: 192.0.2.1",
                "x-forwarded-host: api.example.org:443",
                "x-forwarded-proto: https",
            ]
        );
        assert_eq!(
            told("2001:db8::1", false, None),
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
            let lines = told(unspecified, false, None);
            assert_eq!(lines[..2], ["forwarded: for=unknown;proto=http", "x-forwarded-for: unknown"]);
        }
    }
}
