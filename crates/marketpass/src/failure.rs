//! How a command fails: one line that says what, why and what to do.
//!
//! Owns that line. Must never carry a secret.

use std::fmt;

/// Why a command ends with status 1.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    /// A failure with its line, without `error:` before it.
    #[must_use]
    pub(crate) fn new(line: impl Into<String>) -> Self {
        Self(line.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Whatever a library put into its message, the promise is one line.
        f.write_str(&self.0.split('\n').map(str::trim).collect::<Vec<_>>().join(" "))
    }
}

macro_rules! complete_errors {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self(error.to_string())
            }
        })+
    };
}

// Errors whose own message already says what to do. An `io::Error` is none of them.
complete_errors!(
    crate::config::Problems,
    crate::gateway_secret::GatewaySecretError,
    crate::secrets::SecretsError,
    mp_catalog::Unreadable,
    mp_gateway::FetchError,
    mp_gateway::UpstreamError,
    mp_http::BindError,
    mp_http::TlsError,
    mp_mail::UnusableServer,
    mp_service::NodeError,
    mp_service::accounts::AccountError,
    mp_service::api_keys::ApiKeyError,
    mp_service::applications::ClientError,
    mp_service::businesses::BusinessError,
    mp_service::catalogs::CatalogError,
    mp_service::grants::GrantError,
    mp_service::import::ImportError,
    mp_service::peppers::PepperError,
    mp_service::refusals::RefusalsError,
    mp_service::rehearsal::RehearsalError,
    mp_service::sign_up::SignUpError,
    mp_store::StoreError,
);
