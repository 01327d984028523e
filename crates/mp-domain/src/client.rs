//! Applications: programs that ask people for tokens (a "client" in RFC 6749 §1.1).
//!
//! Owns what an application is and which changes end its tokens. Must never hold a readable secret.

use serde::Serialize;

use crate::account::Email;
use crate::ids::{AccountId, ClientId};
use crate::name::Name;
use crate::oauth_scope::OAuthScopes;
use crate::redirect_uri::RedirectUri;
use crate::secret::SealedBytes;
use crate::spelling::spelled_enum;
use crate::time::Timestamp;

/// The most redirect URIs an application may have.
pub const MAX_REDIRECT_URIS: usize = 20;
/// The most groups of rights an application for user authorization may ask for (yandex-oauth §2.2).
pub const MAX_SCOPE_GROUPS: usize = 3;

spelled_enum!(
    /// Which of the two forms an application was registered with; fixed for ever (yandex-oauth §2.2).
    ClientKind, UnknownClientKind, "kind of application", {
        /// For people who sign in with it.
        Id = "id",
        /// For its owner's own data: no `login:` rights, and its only redirect is `/verification_code`.
        Api = "api",
    }
);

spelled_enum!(
    /// A way to a token (RFC 7591 §2, `grant_types`).
    #[derive(PartialOrd, Ord)]
    GrantType, UnknownGrantType, "grant type", {
        /// The token in the redirect (RFC 6749 §4.2).
        Implicit = "implicit",
        /// A code for the token (RFC 6749 §4.1).
        AuthorizationCode = "authorization_code",
        /// A new token for an old one (RFC 6749 §6).
        RefreshToken = "refresh_token",
        /// For the application itself (RFC 6749 §4.4).
        ClientCredentials = "client_credentials",
        /// For devices without a browser (RFC 8628).
        DeviceCode = "urn:ietf:params:oauth:grant-type:device_code",
    }
);

impl GrantType {
    /// Every way.
    pub const ALL: [Self; 5] = [
        Self::Implicit,
        Self::AuthorizationCode,
        Self::RefreshToken,
        Self::ClientCredentials,
        Self::DeviceCode,
    ];
}

/// What the owner of an application decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClientProfile {
    /// What people see.
    pub name: Name,
    /// Whom people can write to.
    pub email: Email,
    /// In order: the first is taken where a request names none. Never empty.
    pub redirect_uris: Vec<RedirectUri>,
    /// What it may ask people for. Never empty.
    pub scopes: OAuthScopes,
    /// The ways to a token it may use.
    pub grant_types: Vec<GrantType>,
    /// Whether the query is left out when redirect URIs are compared (product.md §3.15).
    pub ignores_redirect_query: bool,
}

/// A secret that was renewed and still works for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerSecret {
    /// The secret.
    pub secret: SealedBytes,
    /// The end of the overlap.
    pub until: Timestamp,
}

/// An application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// `client_id`.
    pub id: ClientId,
    /// Whose it is.
    pub owner: AccountId,
    /// By which form it was made.
    pub kind: ClientKind,
    /// What its owner decides.
    pub profile: ClientProfile,
    /// A PNG of at most 128 × 128 pixels.
    pub icon: Option<Vec<u8>>,
    /// `client_secret`, sealed; `None` for a public application (RFC 6749 §2.1).
    pub secret: Option<SealedBytes>,
    /// The secret before a renewal, during the overlap.
    pub former_secret: Option<FormerSecret>,
    /// Raised when its rights change: every token of an earlier epoch is dead (yandex-oauth §2.6).
    pub token_epoch: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was deleted; every token it ever got is dead since.
    pub deleted_at: Option<Timestamp>,
}

impl Client {
    /// The application with another profile. Other rights end every token it ever got.
    #[must_use]
    pub fn edit(self, profile: ClientProfile) -> Self {
        let rights_changed = profile.scopes != self.profile.scopes;
        Self { token_epoch: self.token_epoch + i64::from(rights_changed), profile, ..self }
    }
}
