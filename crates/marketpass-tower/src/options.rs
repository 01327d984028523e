//! What a gate is made of.
//!
//! Owns what is wrong with options, in sentences. Must never read a file or an environment: the service does.

use std::net::IpAddr;
use std::sync::Arc;

use http::Uri;
use http::request::Parts;
use mp_domain::entropy::Entropy;
use mp_domain::secret::PlainSecret;

/// Whose request it is, among its extensions, where the service finds that out before the layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// How a service finds out whose request it is.
pub(crate) type FindAddress = Arc<dyn Fn(&Parts) -> Option<IpAddr> + Send + Sync>;

/// Options that no gate can be made of.
#[derive(Debug, thiserror::Error)]
pub enum UnusableOptions {
    /// There is no such address.
    #[error(
        "'{0}' is no address of a marketpass server: http:// or https://, a host and perhaps a port are expected"
    )]
    Address(String),
    /// The secret cannot be sent.
    #[error(
        "the gateway secret holds what no header can hold: give it as `marketpass gateway secret` prints it"
    )]
    Secret,
}

/// What a gate is made of.
#[derive(Clone)]
pub struct GateOptions {
    /// Scheme, host and port of the server's own listener (`http.listen`).
    pub(crate) server: Uri,
    pub(crate) secret: PlainSecret,
    /// What the service is called in the server's log.
    pub(crate) name: String,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) find_address: FindAddress,
    /// Certificates in PEM that are trusted beside those of the system.
    pub(crate) roots: Vec<u8>,
    pub(crate) most_credentials: usize,
}

impl GateOptions {
    /// A gate that asks this server, `http://127.0.0.1:8080`, with the secret that `marketpass gateway secret` prints
    /// there. Whose requests are is looked for among their extensions, as a [`ClientAddress`]. Without TLS the secret and
    /// the credentials can be read on the way: use `http` on a machine of your own alone.
    pub fn new(server: &str, secret: impl Into<String>) -> Result<Self, UnusableOptions> {
        let unusable = || UnusableOptions::Address(server.to_owned());
        let server: Uri = server.parse().map_err(|_| unusable())?;
        let is_known = matches!(server.scheme_str(), Some("http" | "https"));
        if !is_known || server.host().is_none_or(str::is_empty) || server.path() != "/" {
            return Err(unusable());
        }
        let secret = secret.into();
        if secret.is_empty() || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(UnusableOptions::Secret);
        }
        Ok(Self {
            server,
            secret: PlainSecret::new(secret),
            name: env!("CARGO_PKG_NAME").to_owned(),
            entropy: Arc::new(SystemEntropy),
            find_address: Arc::new(|head| head.extensions.get::<ClientAddress>().map(|found| found.0)),
            roots: Vec::new(),
            most_credentials: 100_000,
        })
    }

    /// Another source of randomness than that of the operating system, for tests.
    #[must_use]
    pub fn entropy(self, entropy: Arc<dyn Entropy>) -> Self {
        Self { entropy, ..self }
    }

    /// What the service is called in the server's log.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// How to find out whose request it is: the peer's, or that of whoever a proxy speaks for that you trust. Keys that are
    /// bound to networks are refused where nobody can tell.
    #[must_use]
    pub fn client_address(self, find: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static) -> Self {
        Self { find_address: Arc::new(find), ..self }
    }

    /// Certificates in PEM that are trusted beside those of the system.
    #[must_use]
    pub fn trust(self, pem: impl Into<Vec<u8>>) -> Self {
        Self { roots: pem.into(), ..self }
    }

    /// How many credentials are remembered at most. Default 100 000.
    #[must_use]
    pub fn remember(self, credentials: usize) -> Self {
        Self { most_credentials: credentials.max(2), ..self }
    }
}

/// The randomness of the operating system.
struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "this is the Entropy that everything else takes")]
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("the operating system has randomness once the machine has started");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_server_and_a_secret_make_options() {
        let made = |server: &str, secret: &str| GateOptions::new(server, secret).is_ok();
        assert!(made("http://127.0.0.1:8080", "s3cret"));
        assert!(made("https://marketpass.example.org", "s3cret"));
        for server in ["", "127.0.0.1:8080", "ftp://x", "http://x/path", "/x", "http://"] {
            assert!(!made(server, "s3cret"), "{server}");
        }
        for secret in ["", "a b", "a\nb", "ключ"] {
            assert!(!made("http://x", secret), "{secret}");
        }
    }
}
