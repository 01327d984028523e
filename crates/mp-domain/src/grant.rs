//! What a person has allowed an application, and the token it has for that.
//!
//! Owns when a grant's token is live. One grant per person, application and device (yandex-oauth §4.4); a new token of
//! the same grant replaces the one before. Must never hold a readable token: it is derived again when it is wanted.

use crate::api_key::StoredSecret;
use crate::ids::{AccountId, ClientId, GrantId};
use crate::oauth_scope::OAuthScopes;
use crate::secret::PepperNumber;
use crate::time::Timestamp;

/// The most devices of a person that may have a token of one application (yandex-oauth §4.4).
pub const MAX_DEVICES: usize = 30;

/// A device that names itself (`device_id`, yandex-oauth §3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// 6 to 50 printable ASCII characters.
    pub id: String,
    /// At most 100 characters, for people; an unknown device without.
    pub name: Option<String>,
}

/// A person's permission for an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Stays through every token.
    pub id: GrantId,
    /// Who allowed it.
    pub account_id: AccountId,
    /// To whom.
    pub client_id: ClientId,
    /// On which device; `None` for the ordinary token of person and application.
    pub device: Option<Device>,
    /// What was allowed.
    pub scopes: OAuthScopes,
    /// The current token.
    pub token: IssuedToken,
    /// When it was first allowed.
    pub created_at: Timestamp,
    /// When its token was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// The token of a grant: everything but the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedToken {
    /// Counts the tokens the grant has had.
    pub serial: i64,
    /// The pepper it is derived under.
    pub derived_under: PepperNumber,
    /// What a presented token is recognised by.
    pub secret: StoredSecret,
    /// The person's `credential_epoch` when it was issued.
    pub account_epoch: i64,
    /// The application's `token_epoch` when it was issued.
    pub client_epoch: i64,
    /// When.
    pub issued_at: Timestamp,
    /// When its time is over.
    pub expires_at: Timestamp,
    /// When it was withdrawn.
    pub revoked_at: Option<Timestamp>,
}

impl IssuedToken {
    /// Whether the token opens anything: neither withdrawn nor expired, and of the present epochs.
    #[must_use]
    pub fn is_live(&self, account_epoch: i64, client_epoch: i64, now: Timestamp) -> bool {
        self.revoked_at.is_none()
            && now < self.expires_at
            && self.account_epoch == account_epoch
            && self.client_epoch == client_epoch
    }
}
