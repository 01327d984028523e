//! What a caller's `Authorization` header comes to (RFC 6750 §2.1, market-api §1.1).
//!
//! Owns the outcome of reading it, and what a request presents on the whole. Must never hold more than a borrow: a
//! presented token is never kept.

use crate::denial::Denial;

/// What a caller presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presented<'a> {
    /// No credential.
    Nothing,
    /// The token of the one `Authorization` header, and no `Api-Key`.
    OAuth(OAuthCredential<'a>),
    /// `Authorization` headers that hold no token, and no `Api-Key`.
    FlawedAuthorization(FlawedAuthorization),
    /// The value of the one `Api-Key` header.
    ApiKey(&'a [u8]),
    /// More than one `Api-Key` header.
    RepeatedApiKey,
    /// An `Api-Key`, and beside it more than one `Authorization` header.
    RepeatedAuthorization,
}

impl<'a> Presented<'a> {
    /// Whether it is about OAuth.
    #[must_use]
    pub fn is_oauth(&self) -> bool {
        matches!(self, Self::OAuth(_) | Self::FlawedAuthorization(_))
    }

    /// The token of the API key, where nothing else will do.
    pub fn api_key(self) -> Result<&'a [u8], Denial> {
        match self {
            Self::Nothing => Err(Denial::CredentialsMissing),
            Self::OAuth(_) | Self::FlawedAuthorization(_) | Self::ApiKey(b"") => Err(Denial::ApiKeyMissing),
            Self::RepeatedApiKey => Err(Denial::ApiKeyRepeated),
            Self::RepeatedAuthorization => Err(Denial::Authorization(FlawedAuthorization::Repeated)),
            Self::ApiKey(token) => Ok(token),
        }
    }
}

/// A token from an `Authorization` header, and the application it was sent with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OAuthCredential<'a> {
    /// Never empty; visible ASCII.
    pub token: &'a [u8],
    /// The oldest form names the application too: `OAuth oauth_token="…", oauth_client_id="…"`.
    pub client_id: Option<&'a [u8]>,
}

/// Why an `Authorization` header holds no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlawedAuthorization {
    /// It stands there twice.
    Repeated,
    /// It cannot be taken apart.
    Syntax,
    /// It is of another scheme than `Bearer` and `OAuth`.
    Scheme,
    /// The scheme is right and nothing follows it.
    TokenMissing,
}
