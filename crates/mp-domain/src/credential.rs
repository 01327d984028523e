//! What a caller's `Authorization` header comes to (RFC 6750 §2.1, market-api §1.1).
//!
//! Owns the outcome of reading it. Must never hold more than a borrow: a presented token is never kept.

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
