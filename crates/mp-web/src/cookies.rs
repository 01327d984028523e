//! Cookies.
//!
//! Owns their names, attributes and lifetimes. Must never hold a value longer than a request.

use http::{HeaderMap, HeaderValue, header};

use crate::public_origin::PublicOrigin;

const DAY: u32 = 86_400;

/// A cookie of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// Who is signed in: the session's secret.
    Session,
    /// A browser that has signed in before, so that others' failures do not lock it out.
    Known,
    /// What the form token of a browser without a session is made of.
    Form,
    /// The language chosen.
    Language,
}

/// The names of the cookies. Under `https` the prefix `__Host-` has browsers refuse one from a neighbouring host
/// (RFC 6265bis §4.1.3).
#[derive(Debug, Clone, Copy)]
pub(crate) struct CookieNames {
    secure: bool,
}

impl CookieNames {
    /// The names for pages under this origin.
    pub(crate) fn under(origin: &PublicOrigin) -> Self {
        Self { secure: origin.is_https() }
    }

    /// The name of `cookie`.
    pub(crate) fn name(self, cookie: Cookie) -> &'static str {
        match (cookie, self.secure) {
            (Cookie::Session, true) => "__Host-marketpass",
            (Cookie::Session, false) => "marketpass",
            (Cookie::Known, true) => "__Host-marketpass-known",
            (Cookie::Known, false) => "marketpass-known",
            (Cookie::Form, true) => "__Host-marketpass-form",
            (Cookie::Form, false) => "marketpass-form",
            (Cookie::Language, _) => "lang",
        }
    }

    /// What the request brings as `cookie`; of several values the first, which a browser sends for the longest path.
    pub(crate) fn read(self, headers: &HeaderMap, cookie: Cookie) -> Option<&str> {
        let name = self.name(cookie);
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        lines
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, value)| *key == name && !value.is_empty())
            .map(|(_, value)| value)
    }

    /// The line that sets `cookie`. Values are of our own alphabets and need no quoting.
    pub(crate) fn set(self, cookie: Cookie, value: &str) -> HeaderValue {
        let age = match cookie {
            Cookie::Session => Some(90 * DAY),
            Cookie::Known | Cookie::Language => Some(365 * DAY),
            Cookie::Form => None,
        };
        self.line(cookie, value, age)
    }

    /// The line that removes `cookie`.
    pub(crate) fn remove(self, cookie: Cookie) -> HeaderValue {
        self.line(cookie, "", Some(0))
    }

    fn line(self, cookie: Cookie, value: &str, age: Option<u32>) -> HeaderValue {
        let age = age.map(|age| format!("; Max-Age={age}")).unwrap_or_default();
        let secure = if self.secure { "; Secure" } else { "" };
        let line = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{age}{secure}", self.name(cookie));
        HeaderValue::try_from(line).expect("names, values and attributes are visible ASCII")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn under_https_cookies_are_of_this_host_alone() {
        let names = CookieNames::under(&PublicOrigin::of("https://pass.example.org"));
        let line = names.set(Cookie::Session, "abc");
        assert_eq!(line, "__Host-marketpass=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=7776000; Secure");
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let names = CookieNames::under(&PublicOrigin::of("http://localhost"));
        let mut headers = HeaderMap::new();
        headers.append(
            header::COOKIE,
            HeaderValue::from_static("a=b; xmarketpass=1; marketpass=; marketpass=x=y"),
        );
        assert_eq!(names.read(&headers, Cookie::Session), Some("x=y"));
        assert_eq!(names.read(&headers, Cookie::Known), None);
    }
}
