//! Redirect URIs: where a browser is sent back to with a token (RFC 6749 §3.1.2).
//!
//! Owns what may be registered and when a requested one is the registered one (product.md §3.15). Compared letter for
//! letter: no normalisation, so no trick of spelling opens a door. Must never send anybody anywhere.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use url::{Host, Url};

/// The longest that is accepted, in bytes.
const LONGEST: usize = 2000;
/// Schemes that are no app's own: a browser runs them, shows its insides by them, or hands them to a program that would
/// do something with the token. So is every scheme that begins with one of [`REFUSED_PREFIXES`].
#[rustfmt::skip]
const REFUSED_SCHEMES: [&str; 52] = [
    // Run in the page.
    "javascript", "vbscript", "livescript", "mocha", "jscript", "data", "blob", "filesystem",
    // The inside of a browser, its extensions and its tools.
    "about", "chrome", "chrome-extension", "chrome-search", "chrome-untrusted", "devtools", "edge", "extension",
    "isolated-app", "jar", "moz-extension", "resource", "safari-extension", "safari-web-extension", "view-source",
    // Files, and what shows parts of them.
    "content", "file", "hcp", "its", "mhtml", "mk", "res", "search", "search-ms", "shell",
    // Calls, letters and apps that others choose.
    "callto", "facetime", "feed", "intent", "mailto", "mms", "sms", "smsto", "tel",
    // Other protocols, and names that lead nowhere.
    "cid", "ftp", "ftps", "ldap", "mid", "sftp", "telnet", "urn", "ws", "wss",
];
/// Beginnings of schemes that belong to an operating system.
const REFUSED_PREFIXES: [&str; 2] = ["ms-", "android-"];

/// A redirect URI that may be registered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RedirectUri(String);

/// Why a text is no redirect URI that may be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRedirectUri {
    /// Not an absolute URI in plain ASCII.
    #[error(
        "it is no absolute address: something like https://example.org/callback is expected, in plain ASCII"
    )]
    Unreadable,
    /// Longer than anything sensible.
    #[error("it is too long: at most {LONGEST} characters are accepted")]
    TooLong,
    /// `#…`, which belongs to the answer.
    #[error(
        "it contains a #: the answer is put there, so a redirect URI must not have one (RFC 6749 §3.1.2)"
    )]
    Fragment,
    /// `user:password@`.
    #[error("it contains a user name or password before the host: remove everything up to the @")]
    UserInfo,
    /// Something that is run, shown or handed on instead of followed.
    #[error("its scheme is not accepted: use https, http for this machine, or the scheme of your own app")]
    Scheme,
    /// `http://` to another machine.
    #[error(
        "it would send the token unencrypted: use https; http is for localhost, 127.0.0.1 and [::1] only"
    )]
    Unencrypted,
    /// `..`, `//`, `\` and the like in the path.
    #[error(
        "its path is ambiguous (dot segments, \\, or encoded / and .): write the address as the browser shows it"
    )]
    AmbiguousPath,
    /// A host that looks like another one, or like none.
    #[error(
        "its host is not spelled in its final form: write it in lower case, with letters, digits, - and . alone, for \
         example xn--e1afmkfd.xn--p1ai"
    )]
    Host,
}

impl RedirectUri {
    /// The server's own `/verification_code`, whose address its operator chose (`http.public_url`), encrypted or not.
    #[must_use]
    pub fn verification_code(public_url: &str) -> Self {
        Self(format!("{}/verification_code", public_url.trim_end_matches('/')))
    }

    /// A text that was accepted when it was registered.
    #[must_use]
    pub fn registered(text: String) -> Self {
        Self(text)
    }

    /// The text, as registered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a requested address is this one: the same text; on a loopback address of any port (RFC 8252 §7.3); with
    /// any query where the application says so.
    #[must_use]
    pub fn matches(&self, requested: &Self, ignores_query: bool) -> bool {
        let (registered, requested) = if ignores_query {
            (self.without_query(), requested.without_query())
        } else {
            (self.as_str(), requested.as_str())
        };
        registered == requested
            || loopback_without_port(registered)
                .is_some_and(|registered| loopback_without_port(requested) == Some(registered))
    }

    fn without_query(&self) -> &str {
        self.0.split_once('?').map_or(self.as_str(), |(before, _)| before)
    }
}

/// Host and rest of an `http` address of this machine, the port left out.
fn loopback_without_port(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("http://")?;
    let host = ["127.0.0.1", "[::1]", "localhost"].into_iter().find(|host| rest.starts_with(host))?;
    let after = &rest[host.len()..];
    let after =
        after.strip_prefix(':').map_or(after, |port| port.trim_start_matches(|c: char| c.is_ascii_digit()));
    (after.is_empty() || after.starts_with(['/', '?'])).then_some((host, after))
}

impl FromStr for RedirectUri {
    type Err = InvalidRedirectUri;

    fn from_str(text: &str) -> Result<Self, InvalidRedirectUri> {
        if text.len() > LONGEST {
            return Err(InvalidRedirectUri::TooLong);
        }
        if !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(InvalidRedirectUri::Unreadable);
        }
        if text.contains('#') {
            return Err(InvalidRedirectUri::Fragment);
        }
        let parsed = Url::parse(text).map_err(|_| InvalidRedirectUri::Unreadable)?;
        check_scheme(&parsed, text)?;
        check_path(text)?;
        Ok(Self(text.to_owned()))
    }
}

fn check_scheme(parsed: &Url, text: &str) -> Result<(), InvalidRedirectUri> {
    let scheme = parsed.scheme();
    if is_refused(scheme) {
        return Err(InvalidRedirectUri::Scheme);
    }
    if !text.starts_with(scheme) {
        return Err(InvalidRedirectUri::Unreadable);
    }
    if !matches!(scheme, "http" | "https") {
        return Ok(());
    }
    let authority = text.strip_prefix(scheme).and_then(|rest| rest.strip_prefix("://"));
    let authority = authority.and_then(|rest| rest.split(['/', '?']).next()).unwrap_or_default();
    if authority.contains('@') || !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(InvalidRedirectUri::UserInfo);
    }
    if !parsed.host().is_some_and(|host| is_plain(&host)) {
        return Err(InvalidRedirectUri::Host);
    }
    let host = parsed.host_str().unwrap_or_default();
    let rest = authority.strip_prefix(host).ok_or(InvalidRedirectUri::Host)?;
    if !(rest.is_empty() || rest.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())) {
        return Err(InvalidRedirectUri::Host);
    }
    if scheme == "http" && !is_loopback(parsed) {
        return Err(InvalidRedirectUri::Unencrypted);
    }
    Ok(())
}

fn is_refused(scheme: &str) -> bool {
    REFUSED_SCHEMES.contains(&scheme) || REFUSED_PREFIXES.iter().any(|prefix| scheme.starts_with(prefix))
}

/// An address, or labels of letters, digits and hyphens (RFC 1123 §2.1). A URL may have more in its host, down to `*`
/// and `;`, which mean something in the header that lets a form lead there.
fn is_plain(host: &Host<&str>) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    match host {
        Host::Domain(domain) => domain.split('.').all(is_label),
        Host::Ipv4(_) | Host::Ipv6(_) => true,
    }
}

fn is_loopback(parsed: &Url) -> bool {
    match parsed.host() {
        Some(Host::Domain(domain)) => domain == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn check_path(text: &str) -> Result<(), InvalidRedirectUri> {
    let path = text.split('?').next().unwrap_or_default().to_ascii_lowercase();
    let path = path.split_once("://").map_or(path.as_str(), |(_, rest)| rest);
    let path = path.find('/').map_or("", |start| &path[start..]);
    let ambiguous = ["\\", "%2f", "%5c", "%2e", "%00", "%25", "//"].iter().any(|trick| path.contains(trick))
        || path.split('/').any(|segment| segment == "." || segment == "..")
        || text.contains('\\');
    if ambiguous { Err(InvalidRedirectUri::AmbiguousPath) } else { Ok(()) }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for RedirectUri {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> RedirectUri {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn tricks_cannot_be_registered() {
        use InvalidRedirectUri::*;
        let cases = [
            ("/callback", Unreadable),
            ("https://example.org/a b", Unreadable),
            ("https://пример.рф/", Unreadable),
            ("https://example.org/#", Fragment),
            ("https://me@example.org/", UserInfo),
            ("https://example.org@evil.example/", UserInfo),
            ("https://@example.org/", UserInfo),
            ("javascript:alert(1)", Scheme),
            ("data:text/html,x", Scheme),
            ("http://example.org/", Unencrypted),
            ("http://127.0.0.1.example.org/", Unencrypted),
            ("https://example.org/a/../b", AmbiguousPath),
            ("https://example.org/a%2Fb", AmbiguousPath),
            ("https://example.org/%2e%2e/b", AmbiguousPath),
            ("https://example.org//b", AmbiguousPath),
            ("https://EXAMPLE.org/", Host),
            ("https:example.org/", Host),
            ("https://0x7f.1/", Host),
            ("HTTPS://example.org/", Unreadable),
            ("https://*/", Host),
            ("https://*.example/", Host),
            ("https://*;sandbox;script-src-elem/", Host),
            ("https://ok.example;x/", Host),
            ("https://ok.example,x/", Host),
            ("https://ok.example'/", Host),
            ("https://ok_example/", Host),
            ("https://ok..example/", Host),
            ("https://ok.example./", Host),
            ("https://%2a.example/", Host),
            ("https://ok.example:/", Host),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<RedirectUri>(), Err(expected), "{text}");
        }
        assert_eq!(format!("https://example.org/{}", "a".repeat(2000)).parse::<RedirectUri>(), Err(TooLong));
    }

    #[test]
    fn a_scheme_that_is_no_apps_own_cannot_be_registered() {
        for scheme in [
            "javascript",
            "vbscript",
            "livescript",
            "mocha",
            "data",
            "blob",
            "about",
            "jar",
            "chrome",
            "chrome-extension",
            "moz-extension",
            "resource",
            "view-source",
            "file",
            "intent",
            "android-app",
            "tel",
            "sms",
            "mailto",
            "feed",
            "urn",
            "cid",
            "mid",
            "ftp",
            "ws",
            "wss",
            "ms-settings",
            "ms-word",
        ] {
            let text = format!("{scheme}:token");
            assert_eq!(text.parse::<RedirectUri>(), Err(InvalidRedirectUri::Scheme), "{text}");
        }
        for unreadable in
            ["1app://token", "my_app://token", "my*app:x", "-app:x", "MyApp://token", "app;x://token"]
        {
            assert_eq!(
                unreadable.parse::<RedirectUri>(),
                Err(InvalidRedirectUri::Unreadable),
                "{unreadable}"
            );
        }
    }

    #[test]
    fn what_people_use_can_be_registered() {
        for text in [
            "https://example.org",
            "https://example.org/callback?from=market",
            "https://xn--e1afmkfd.xn--p1ai/",
            "http://localhost:8080/verification_code",
            "http://127.0.0.1/",
            "http://[::1]:7000/x",
            "myapp://token",
            "com.example.app:/oauth",
            "my-app+1.x://token",
            "msal1234://auth",
            "https://192.0.2.7/callback",
            "https://[2001:db8::7]:8443/callback",
        ] {
            uri(text);
        }
    }

    #[test]
    fn only_the_same_text_matches() {
        let registered = uri("https://example.org/callback");
        for other in [
            "https://example.org/callback/",
            "https://example.org/callback?x=1",
            "https://example.org/Callback",
            "https://example.org:8443/callback",
            "https://www.example.org/callback",
        ] {
            assert!(!registered.matches(&uri(other), false), "{other}");
        }
        assert!(registered.matches(&registered, false));
        assert!(registered.matches(&uri("https://example.org/callback?x=1"), true));
        assert!(!registered.matches(&uri("https://example.org/other?x=1"), true));
    }

    #[test]
    fn a_loopback_address_may_use_any_port_and_nothing_else() {
        let registered = uri("http://127.0.0.1/callback");
        assert!(registered.matches(&uri("http://127.0.0.1:51004/callback"), false));
        assert!(!registered.matches(&uri("http://127.0.0.1:51004/other"), false));
        assert!(!registered.matches(&uri("http://localhost:51004/callback"), false));
        assert!(!uri("https://example.org/").matches(&uri("https://example.org:51004/"), false));
    }
}
