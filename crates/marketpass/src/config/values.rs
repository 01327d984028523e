//! The kinds of value a setting can have, each read from a text.
//!
//! Owns what is a valid value and how a wrong one is explained. Must never look at a file, a variable or a flag: where
//! a text comes from is told by whoever reads it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use ipnet::IpNet;
use mp_domain::key_token::TokenFormat;
use mp_domain::network::parse_network;
use mp_gateway::{InvalidUpstreamUrl, UpstreamUrl};
use mp_mail::{InvalidSender, InvalidSmtpUrl, Sender, SmtpUrl};
use mp_service::SignUp;
use serde::{Deserialize, Serialize};
use tracing::level_filters::LevelFilter;

/// A text that is no value of the wanted kind; the message says what is expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct InvalidValue(pub(crate) String);

macro_rules! text_value {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = InvalidValue;

            fn try_from(text: String) -> Result<Self, InvalidValue> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    };
}

/// Where a server listens: an IP address and a port. Port 0 takes any free one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct ListenAddress(SocketAddr);

text_value!(ListenAddress);

impl ListenAddress {
    /// Loopback with this port.
    #[must_use]
    pub(crate) const fn loopback(port: u16) -> Self {
        Self(SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), port))
    }

    /// The address to bind.
    #[must_use]
    pub(crate) fn socket_address(self) -> SocketAddr {
        self.0
    }
}

impl FromStr for ListenAddress {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        text.parse().map(Self).map_err(|_| {
            InvalidValue(format!(
                "'{text}' is no address to listen on: an IP address and a port are expected, for example 127.0.0.1:8080 or [::]:8080"
            ))
        })
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Under which address people reach the server: scheme and host, perhaps a port, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct PublicUrl(String);

text_value!(PublicUrl);

impl PublicUrl {
    /// Whether what people send there travels readable over a network.
    #[must_use]
    pub(crate) fn is_unprotected(&self) -> bool {
        self.0.strip_prefix("http://").is_some_and(|authority| !is_loopback(authority))
    }
}

impl FromStr for PublicUrl {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let url = text.strip_suffix('/').unwrap_or(text);
        let authority = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let fits = authority.is_some_and(|authority| {
            !authority.is_empty()
                && authority.bytes().all(|b| b.is_ascii_graphic() && !b"/?#@\\\"<>".contains(&b))
        });
        if fits {
            return Ok(Self(url.to_owned()));
        }
        // The text may hold a password before an `@`, so it is not repeated.
        Err(InvalidValue(
            "this is no public URL: http:// or https:// with a host and nothing after it is expected, for example https://auth.example.org"
                .to_owned(),
        ))
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn is_loopback(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || host.ends_with(".localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// A network whose peers are believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct TrustedNetwork(IpNet);

text_value!(TrustedNetwork);

impl TrustedNetwork {
    /// The network.
    pub(crate) fn network(self) -> IpNet {
        self.0
    }
}

impl FromStr for TrustedNetwork {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        parse_network(text).map(Self).map_err(|invalid| InvalidValue(invalid.to_string()))
    }
}

impl fmt::Display for TrustedNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What every limit is multiplied by: a finite number above 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub(crate) struct LimitScale(f64);

impl LimitScale {
    /// Limits as documented.
    pub(crate) const NEUTRAL: Self = Self(1.0);

    /// Whether limits are other than documented.
    pub(crate) fn is_unusual(self) -> bool {
        self != Self::NEUTRAL
    }

    /// The factor.
    #[must_use]
    pub(crate) fn factor(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for LimitScale {
    type Error = InvalidValue;

    fn try_from(factor: f64) -> Result<Self, InvalidValue> {
        if factor.is_finite() && factor > 0.0 {
            return Ok(Self(factor));
        }
        Err(InvalidValue(format!("limits cannot be multiplied by {factor}: a number above 0 is expected")))
    }
}

impl From<LimitScale> for f64 {
    fn from(scale: LimitScale) -> Self {
        scale.0
    }
}

/// What the tokens of API keys begin with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct KeyPrefix {
    text: String,
    format: TokenFormat,
}

text_value!(KeyPrefix);

impl KeyPrefix {
    /// The format of tokens with this prefix.
    #[must_use]
    pub(crate) fn token_format(&self) -> &TokenFormat {
        &self.format
    }
}

impl FromStr for KeyPrefix {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        TokenFormat::with_prefix(text)
            .map(|format| Self { text: text.to_owned(), format })
            .map_err(|invalid| InvalidValue(invalid.to_string()))
    }
}

impl fmt::Display for KeyPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

/// From which weight on things are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub(crate) enum LogLevel {
    /// What failed.
    Error,
    /// What will fail if nobody looks.
    Warn,
    /// What an operator wants to know.
    Info,
    /// What a developer wants to know.
    Debug,
    /// Everything.
    Trace,
}

impl TryFrom<String> for LogLevel {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        match text.as_str() {
            "error" => Ok(Self::Error),
            "warn" => Ok(Self::Warn),
            "info" => Ok(Self::Info),
            "debug" => Ok(Self::Debug),
            "trace" => Ok(Self::Trace),
            _ => Err(InvalidValue(format!(
                "'{text}' is no weight: error, warn, info, debug or trace is expected"
            ))),
        }
    }
}

impl From<LogLevel> for LevelFilter {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
            LogLevel::Trace => Self::TRACE,
        }
    }
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

impl TryFrom<String> for LogFormat {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        match text.as_str() {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(InvalidValue(format!("'{text}' is no format of a log line: text or json is expected"))),
        }
    }
}

/// Whom letters come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct MailSender(Sender);

text_value!(MailSender);

impl MailSender {
    /// The sender.
    pub(crate) fn sender(&self) -> &Sender {
        &self.0
    }
}

impl FromStr for MailSender {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        text.parse().map(Self).map_err(|invalid: InvalidSender| InvalidValue(invalid.to_string()))
    }
}

impl fmt::Display for MailSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The mail server. Shown without its password.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct MailServer(SmtpUrl);

text_value!(MailServer);

impl MailServer {
    /// Its URL.
    pub(crate) fn url(&self) -> &SmtpUrl {
        &self.0
    }
}

impl FromStr for MailServer {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        text.parse().map(Self).map_err(|invalid: InvalidSmtpUrl| InvalidValue(invalid.to_string()))
    }
}

impl fmt::Display for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who answers behind the gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Upstream(UpstreamUrl);

text_value!(Upstream);

impl Upstream {
    /// Its URL.
    pub(crate) fn url(&self) -> &UpstreamUrl {
        &self.0
    }
}

impl FromStr for Upstream {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        text.parse().map(Self).map_err(|invalid: InvalidUpstreamUrl| InvalidValue(invalid.to_string()))
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who may register themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub(crate) enum SignUpPolicy {
    /// Nobody.
    #[default]
    Closed,
    /// Whoever was invited.
    Invitation,
    /// Everybody.
    Open,
}

impl TryFrom<String> for SignUpPolicy {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        match text.as_str() {
            "closed" => Ok(Self::Closed),
            "invitation" => Ok(Self::Invitation),
            "open" => Ok(Self::Open),
            _ => Err(InvalidValue(format!(
                "'{text}' does not say who may register: closed, invitation or open is expected"
            ))),
        }
    }
}

impl From<SignUpPolicy> for SignUp {
    fn from(policy: SignUpPolicy) -> Self {
        match policy {
            SignUpPolicy::Closed => Self::Closed,
            SignUpPolicy::Invitation => Self::Invitation,
            SignUpPolicy::Open => Self::Open,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listen_address_needs_address_and_port() {
        for good in ["127.0.0.1:8080", "[::]:0", "0.0.0.0:443"] {
            assert_eq!(good.parse::<ListenAddress>().unwrap().to_string(), good);
        }
        for bad in ["", "8080", ":8080", "localhost:8080", "127.0.0.1", "127.0.0.1:99999"] {
            assert!(bad.parse::<ListenAddress>().unwrap_err().to_string().contains("for example"), "{bad}");
        }
    }

    #[test]
    fn a_public_url_is_scheme_and_host_only() {
        assert_eq!(
            "https://auth.example.org/".parse::<PublicUrl>().unwrap().to_string(),
            "https://auth.example.org"
        );
        for bad in [
            "",
            "auth.example.org",
            "https://",
            "ftp://x",
            "https://x/y",
            "https://x?y",
            "https://a:b@x",
            "http://a b",
        ] {
            assert!(bad.parse::<PublicUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn plain_http_is_fine_on_this_machine_only() {
        let unprotected = |url: &str| url.parse::<PublicUrl>().unwrap().is_unprotected();
        for local in
            ["http://localhost:8080", "http://127.0.0.1", "http://[::1]:80", "https://auth.example.org"]
        {
            assert!(!unprotected(local), "{local}");
        }
        for remote in ["http://auth.example.org", "http://192.0.2.1:8080", "http://localhost.example.org"] {
            assert!(unprotected(remote), "{remote}");
        }
    }

    #[test]
    fn limits_are_multiplied_by_something_above_zero() {
        assert!(LimitScale::try_from(0.5).is_ok());
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(LimitScale::try_from(bad).is_err(), "{bad}");
        }
    }
}
