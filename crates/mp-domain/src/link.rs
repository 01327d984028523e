//! Links in letters that prove who reads them.
//!
//! Owns what such a link is for and how long it is good. Must never hold a readable one.

use std::time::Duration;

use crate::account::Email;
use crate::ids::AccountId;
use crate::secret::SecretDigest;
use crate::spelling::spelled_enum;
use crate::time::Timestamp;

spelled_enum!(
    /// What a link is for.
    Purpose, UnknownPurpose, "purpose of a link", {
        /// A new password for whoever forgot theirs.
        Recovery = "recovery",
        /// Proving that an address reaches its person, or is to become theirs.
        Verification = "verification",
        /// Registering.
        Invitation = "invitation",
    }
);

impl Purpose {
    /// How long a link is good: the less it takes to be misused, the shorter.
    #[must_use]
    pub fn lifetime(self) -> Duration {
        match self {
            Self::Recovery => Duration::from_secs(30 * 60),
            Self::Verification => Duration::from_secs(24 * 3_600),
            Self::Invitation => Duration::from_secs(7 * 86_400),
        }
    }
}

/// A link: everything but the link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTimeLink {
    /// What its token is recognised by.
    pub digest: SecretDigest,
    /// What for.
    pub purpose: Purpose,
    /// Whose; nobody's yet for an invitation.
    pub account_id: Option<AccountId>,
    /// Where it was sent, or whom it invites.
    pub email: Email,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is good for nothing.
    pub expires_at: Timestamp,
}
