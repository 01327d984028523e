//! The configuration: what can be set, from where, and what is in force.
//!
//! Owns `marketpass.toml`, `MARKETPASS__SECTION__KEY` and their defaults. Must never act on a value: commands do.

mod database_url;
mod layers;
mod load;
mod paths;
mod problem;
mod settings;
mod values;

use std::path::PathBuf;

use mp_store::DatabaseUrl;
use serde::{Deserialize, Serialize};

pub(crate) use layers::{Source, misspelt_variables};
pub(crate) use load::{Flags, Loaded, load, load_named};
pub(crate) use problem::{Problem, Problems};
pub(crate) use settings::SETTINGS;
pub(crate) use values::{
    KeyPrefix, LimitScale, ListenAddress, LogFormat, LogLevel, MailSender, MailServer, PublicUrl,
    SignUpPolicy, TrustedNetwork, Upstream,
};

/// Everything that can be set. Serialised, it shows no secret.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// `[http]`
    pub(crate) http: Http,
    /// `[api]`
    pub(crate) api: Api,
    /// `[gateway]`
    pub(crate) gateway: Gateway,
    /// `[ops]`
    pub(crate) ops: Ops,
    /// `[database]`
    pub(crate) database: Database,
    /// `[data]`
    pub(crate) data: Data,
    /// `[limits]`
    pub(crate) limits: Limits,
    /// `[keys]`
    pub(crate) keys: Keys,
    /// `[mail]`
    pub(crate) mail: Mail,
    /// `[accounts]`
    pub(crate) accounts: Accounts,
    /// `[log]`
    pub(crate) log: Log,
}

impl Config {
    /// The database in force.
    #[must_use]
    pub(crate) fn database_url(&self) -> &DatabaseUrl {
        self.database.url.as_ref().expect("loading puts the embedded database where none is named")
    }
}

/// People and everything marketpass answers itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Http {
    /// Where to listen.
    pub(crate) listen: ListenAddress,
    /// How people reach it.
    pub(crate) public_url: PublicUrl,
    /// Whose forwarding headers are believed; nobody's by default.
    pub(crate) trusted_proxies: Vec<TrustedNetwork>,
    /// The certificate, where the listener itself encrypts.
    #[serde(deserialize_with = "paths::file")]
    pub(crate) tls_certificate: Option<PathBuf>,
    /// Its key.
    #[serde(deserialize_with = "paths::file")]
    pub(crate) tls_key: Option<PathBuf>,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: ListenAddress::loopback(8080),
            public_url: "http://localhost:8080".parse().expect("a host and a port"),
            trusted_proxies: Vec::new(),
            tls_certificate: None,
            tls_key: None,
        }
    }
}

/// The seller API on an origin of its own.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Api {
    /// Where to listen; nowhere by default.
    pub(crate) listen: Option<ListenAddress>,
    /// The certificate, where the listener itself encrypts.
    #[serde(deserialize_with = "paths::file")]
    pub(crate) tls_certificate: Option<PathBuf>,
    /// Its key.
    #[serde(deserialize_with = "paths::file")]
    pub(crate) tls_key: Option<PathBuf>,
}

/// The gate in front of whoever answers the seller API.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Gateway {
    /// Which peers may ask whether requests of others may pass.
    pub(crate) trusted: Vec<TrustedNetwork>,
    /// Where Envoy asks over gRPC; nowhere by default.
    pub(crate) extauthz_listen: Option<ListenAddress>,
    /// The certificate, where the listener itself encrypts.
    #[serde(deserialize_with = "paths::file")]
    pub(crate) extauthz_tls_certificate: Option<PathBuf>,
    /// Its key.
    #[serde(deserialize_with = "paths::file")]
    pub(crate) extauthz_tls_key: Option<PathBuf>,
    /// Where requests go that may pass; nowhere by default.
    pub(crate) upstream: Option<Upstream>,
    /// The certificates of the authorities it is believed for, instead of the machine's.
    #[serde(deserialize_with = "paths::file")]
    pub(crate) upstream_authorities: Option<PathBuf>,
    /// Whether it is told the host that the caller asked for.
    pub(crate) preserve_host: bool,
}

impl Default for Gateway {
    fn default() -> Self {
        let loopback = ["127.0.0.0/8", "::1/128"].map(|network| network.parse().expect("a network"));
        Self {
            trusted: loopback.into(),
            extauthz_listen: None,
            extauthz_tls_certificate: None,
            extauthz_tls_key: None,
            upstream: None,
            upstream_authorities: None,
            preserve_host: false,
        }
    }
}

/// Health and metrics.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Ops {
    /// Where to listen.
    pub(crate) listen: ListenAddress,
}

impl Default for Ops {
    fn default() -> Self {
        // Not 9090: Prometheus itself listens there, often on the same machine.
        Self { listen: ListenAddress::loopback(8090) }
    }
}

/// The database.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Database {
    /// Which one; once loaded, never `None`.
    #[serde(with = "database_url")]
    url: Option<DatabaseUrl>,
}

/// Files.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Data {
    /// The folder for the embedded database, the secrets and the limit counters; relative to the working directory.
    #[serde(deserialize_with = "paths::folder")]
    pub(crate) dir: PathBuf,
}

impl Default for Data {
    fn default() -> Self {
        Self { dir: PathBuf::from("./marketpass-data") }
    }
}

/// Limits of the seller API.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Limits {
    /// Multiplies every amount, for load tests.
    pub(crate) scale: LimitScale,
    /// Whether answers also carry `Retry-After`, `RateLimit` and `RateLimit-Policy`.
    pub(crate) standard_headers: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { scale: LimitScale::NEUTRAL, standard_headers: false }
    }
}

/// API keys.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Keys {
    /// What their tokens begin with.
    pub(crate) prefix: KeyPrefix,
}

impl Default for Keys {
    fn default() -> Self {
        Self { prefix: "ACMA".parse().expect("four capital letters") }
    }
}

/// Letters to people; none are sent unless a server or a folder is named.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Mail {
    /// Whom letters come from.
    pub(crate) from: MailSender,
    /// The mail server.
    pub(crate) smtp_url: Option<MailServer>,
    /// Where letters are put as files instead.
    #[serde(deserialize_with = "paths::letters_folder")]
    pub(crate) folder: Option<PathBuf>,
}

impl Default for Mail {
    fn default() -> Self {
        let from = "marketpass <marketpass@localhost>".parse().expect("a name and an address");
        Self { from, smtp_url: None, folder: None }
    }
}

/// People who have an account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Accounts {
    /// Who may register themselves.
    pub(crate) sign_up: SignUpPolicy,
}

/// Logging to standard error.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    /// From which weight on.
    pub(crate) level: LogLevel,
    /// How a line looks.
    pub(crate) format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: LogLevel::Info, format: LogFormat::Text }
    }
}
