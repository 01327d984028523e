//! Who an admitted request comes from and what it may, as an upstream is told (product.md §4).
//!
//! Owns the names of the five identity headers, and that all of them stand on a request: one that were missing could be
//! replaced by what a caller wrote. Must never be made for a request that was refused.

use http::{HeaderMap, HeaderName, HeaderValue};

/// What all identity headers begin with. Whatever a caller sends under such a name is his own invention.
pub const IDENTITY_PREFIX: &str = "x-auth-";

/// The identity headers of one admitted request; it travels among the request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passport {
    /// `key:<id>` or `account:<id>`.
    pub subject: HeaderValue,
    /// The cabinet; empty unless exactly one is addressed or owns the key.
    pub business: HeaderValue,
    /// The stores in reach, with commas between them; `*` for all.
    pub campaigns: HeaderValue,
    /// The accesses.
    pub scope: HeaderValue,
    /// The operation's id.
    pub operation: HeaderValue,
}

impl Passport {
    /// Every header with its value, always in this order.
    #[must_use]
    pub fn headers(self) -> [(HeaderName, HeaderValue); 5] {
        [
            (HeaderName::from_static("x-auth-subject"), self.subject),
            (HeaderName::from_static("x-auth-business"), self.business),
            (HeaderName::from_static("x-auth-campaigns"), self.campaigns),
            (HeaderName::from_static("x-auth-scope"), self.scope),
            (HeaderName::from_static("x-auth-operation"), self.operation),
        ]
    }

    /// Sets every header, in place of whatever stands there under its name.
    pub fn stamp(self, headers: &mut HeaderMap) {
        for (name, value) in self.headers() {
            headers.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_header_is_set_and_replaces_what_stood_there() {
        let passport = Passport {
            subject: HeaderValue::from_static("key:1"),
            business: HeaderValue::from_static(""),
            campaigns: HeaderValue::from_static("*"),
            scope: HeaderValue::from_static("pricing"),
            operation: HeaderValue::from_static("getPrices"),
        };
        let mut headers = HeaderMap::new();
        headers.append("x-auth-subject", HeaderValue::from_static("key:2"));
        headers.append("x-auth-subject", HeaderValue::from_static("key:3"));
        passport.stamp(&mut headers);
        let lines: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        assert_eq!(lines.len(), 5, "{lines:?}");
        assert!(lines.iter().all(|(name, _)| name.starts_with(IDENTITY_PREFIX)));
        assert_eq!(headers["x-auth-subject"], "key:1");
        assert_eq!(headers["x-auth-business"], "", "an empty one is set as well");
    }
}
