//! Where the upstream is: `http://host`, `https://host:port/prefix`.
//!
//! Owns reading it and joining a request's path to it. Must never repeat a URL in an error: it may hold a password.

use std::fmt;
use std::str::FromStr;

use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};

/// A base address: scheme, authority and perhaps a path that every request's path is appended to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamUrl {
    scheme: Scheme,
    authority: Authority,
    /// Empty, or with a slash in front and none at its end.
    prefix: String,
}

/// A text that is no such address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is no address of an upstream: http:// or https:// with a host is expected, perhaps with a port and a path, \
     without a user, a query or a fragment, for example http://127.0.0.1:9000"
)]
pub struct InvalidUpstreamUrl;

impl UpstreamUrl {
    pub(crate) fn is_encrypted(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// Host and port, as the `Host` header names them.
    pub(crate) fn authority(&self) -> &Authority {
        &self.authority
    }

    /// What every request's path is appended to.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Where connections lead.
    pub(crate) fn root(&self) -> Uri {
        let mut parts = http::uri::Parts::default();
        (parts.scheme, parts.authority) = (Some(self.scheme.clone()), Some(self.authority.clone()));
        parts.path_and_query = Some(PathAndQuery::from_static("/"));
        Uri::from_parts(parts).expect("scheme, authority and a path are a URI")
    }
}

impl FromStr for UpstreamUrl {
    type Err = InvalidUpstreamUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUpstreamUrl> {
        // Fragments are cut off silently by the parser.
        let url: Uri =
            (!text.contains('#')).then(|| text.parse().ok()).flatten().ok_or(InvalidUpstreamUrl)?;
        let http::uri::Parts { scheme, authority, .. } = url.clone().into_parts();
        let (scheme, authority) = scheme.zip(authority).ok_or(InvalidUpstreamUrl)?;
        let is_http = scheme == Scheme::HTTP || scheme == Scheme::HTTPS;
        // A user in front of the host leaves something that is no port behind it.
        let port = authority.as_str().strip_prefix(authority.host()).unwrap_or("@");
        let is_port = port.is_empty() || port[1..].parse::<u16>().is_ok();
        if !is_http || authority.host().is_empty() || !is_port || url.query().is_some() {
            return Err(InvalidUpstreamUrl);
        }
        let prefix = url.path().trim_end_matches('/').to_owned();
        Ok(Self { scheme, authority, prefix })
    }
}

impl fmt::Display for UpstreamUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_scheme_host_and_perhaps_a_path() {
        for (text, shown) in [
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
            ("https://api.example.org/", "https://api.example.org"),
            ("https://api.example.org/market/v1/", "https://api.example.org/market/v1"),
            ("http://[::1]:80", "http://[::1]:80"),
        ] {
            assert_eq!(text.parse::<UpstreamUrl>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn anything_else_is_refused_and_not_repeated() {
        for bad in [
            "",
            "api.example.org",
            "/path",
            "ftp://api.example.org",
            "http://",
            "http://:80",
            "http://host:",
            "http://host:99999",
            "http://olga:s3cret@host",
            "http://host?query",
            "http://host/#fragment",
            "http://ho st",
        ] {
            let refusal = bad.parse::<UpstreamUrl>().unwrap_err().to_string();
            assert!(!refusal.contains("s3cret"), "{bad}");
        }
    }
}
