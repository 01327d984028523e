//! Where the mail server is.
//!
//! Owns the spelling of its URL. Must never show the password in it, in an error neither.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use mp_domain::secret::PlainSecret;
use url::{Host, Url};

/// `smtps://USER:PASSWORD@HOST[:PORT]` for TLS from the beginning (RFC 8314 §3.3), `smtp://…` for STARTTLS (RFC 3207),
/// which is insisted on unless the host is this machine.
#[derive(Clone)]
pub struct SmtpUrl {
    pub(crate) is_tls_at_once: bool,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// User and password.
    pub(crate) credentials: Option<(String, PlainSecret)>,
    pub(crate) is_this_machine: bool,
}

/// Why a text is no such URL. It is not repeated: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is no URL of a mail server: smtps://USER:PASSWORD@HOST or smtp://HOST:PORT is expected, special characters of \
     the password written as %XX"
)]
pub struct InvalidSmtpUrl;

impl FromStr for SmtpUrl {
    type Err = InvalidSmtpUrl;

    fn from_str(text: &str) -> Result<Self, InvalidSmtpUrl> {
        let url = Url::parse(text).map_err(|_| InvalidSmtpUrl)?;
        let is_bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        let (is_tls_at_once, usual_port) = match url.scheme() {
            "smtps" => (true, 465),
            "smtp" => (false, 587),
            _ => return Err(InvalidSmtpUrl),
        };
        let host = url.host_str().filter(|host| is_bare && !host.is_empty()).ok_or(InvalidSmtpUrl)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            ("", Some(_)) | (_, None) => return Err(InvalidSmtpUrl),
            (user, Some(password)) => Some((decoded(user)?.expose().to_owned(), decoded(password)?)),
        };
        let is_this_machine = is_this_machine(&host);
        Ok(Self {
            is_tls_at_once,
            port: url.port().unwrap_or(usual_port),
            host,
            credentials,
            is_this_machine,
        })
    }
}

/// Takes `%XX` for the byte it stands for.
fn decoded(text: &str) -> Result<PlainSecret, InvalidSmtpUrl> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        if *first != b'%' {
            bytes.push(*first);
            rest = behind;
            continue;
        }
        let (digits, behind) = behind.split_at_checked(2).ok_or(InvalidSmtpUrl)?;
        let digits = std::str::from_utf8(digits).map_err(|_| InvalidSmtpUrl)?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| InvalidSmtpUrl)?);
        rest = behind;
    }
    String::from_utf8(bytes).map(PlainSecret::new).map_err(|_| InvalidSmtpUrl)
}

fn is_this_machine(host: &str) -> bool {
    let is_loopback = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    is_loopback || matches!(Host::parse(host), Ok(Host::Domain(name)) if name == "localhost")
}

impl fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_tls_at_once { "smtps" } else { "smtp" };
        let user = self.credentials.as_ref().map(|(user, _)| format!("{user}:***@")).unwrap_or_default();
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        write!(f, "{scheme}://{user}{host}:{}", self.port)
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        text.parse::<SmtpUrl>().map_or_else(|error| error.to_string(), |url| url.to_string())
    }

    #[test]
    fn a_url_is_shown_without_its_password() {
        assert_eq!(shown("smtps://olga:s3cret@smtp.example.org"), "smtps://olga:***@smtp.example.org:465");
        assert_eq!(shown("smtp://smtp.example.org"), "smtp://smtp.example.org:587");
        assert_eq!(shown("smtp://127.0.0.1:2525/"), "smtp://127.0.0.1:2525");
        assert_eq!(shown("smtp://[::1]:2525"), "smtp://[::1]:2525");
        assert!(!format!("{:?}", "smtp://a:s3cret@b".parse::<SmtpUrl>()).contains("s3cret"));
    }

    #[test]
    fn a_password_may_hold_anything() {
        let url: SmtpUrl = "smtps://olga%40example.org:p%40ss%3A%2Fword%25@smtp.example.org".parse().unwrap();
        let (user, password) = url.credentials.unwrap();
        assert_eq!((user.as_str(), password.expose()), ("olga@example.org", "p@ss:/word%"));
    }

    #[test]
    fn only_this_machine_may_be_spoken_to_without_encryption() {
        let is_here = |text: &str| text.parse::<SmtpUrl>().unwrap().is_this_machine;
        for here in ["smtp://localhost:25", "smtp://127.0.0.1:25", "smtp://[::1]:25"] {
            assert!(is_here(here), "{here}");
        }
        for elsewhere in ["smtp://localhost.example.org", "smtp://192.0.2.1", "smtp://smtp.example.org"] {
            assert!(!is_here(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn anything_else_is_refused_without_repeating_it() {
        for bad in [
            "",
            "smtp.example.org",
            "http://s3cret@x",
            "smtp://",
            "smtp://x/y",
            "smtp://x?tls=none",
            "smtp://:s3cret@x",
            "smtp://olga@x",
            "smtp://olga:s3cret%f@x",
        ] {
            assert_eq!(shown(bad), InvalidSmtpUrl.to_string(), "{bad}");
        }
    }
}
