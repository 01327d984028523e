//! The origin under which people reach the pages.
//!
//! Owns what follows from the public URL: whose forms are ours, and whether cookies can be kept to TLS. Must never be
//! taken from a request: the `Host` header is the caller's to choose.

/// Scheme, host and port of the public URL (RFC 6454 §4).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PublicOrigin {
    text: String,
    is_https: bool,
}

impl PublicOrigin {
    /// The origin of an `http` or `https` URL, in the spelling of the `Origin` header.
    pub(crate) fn of(public_url: &str) -> Self {
        // The configuration has read the URL already; what cannot be read is nobody's origin.
        let text = url::Url::parse(public_url)
            .map_or_else(|_| String::from("null origin"), |url| url.origin().ascii_serialization());
        let is_https = text.starts_with("https://");
        Self { text, is_https }
    }

    /// As the `Origin` header spells it.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether people come over TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.is_https
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_unusual_port() {
        assert_eq!(PublicOrigin::of("https://Pass.Example.org:443/x").as_str(), "https://pass.example.org");
        assert_eq!(PublicOrigin::of("http://localhost:8080").as_str(), "http://localhost:8080");
        assert!(!PublicOrigin::of("http://localhost:8080").is_https());
    }
}
