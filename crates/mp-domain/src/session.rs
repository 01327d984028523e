//! Browsers in which people are signed in.
//!
//! Owns the stages of signing in. Must never hold a readable cookie.

use crate::ids::{AccountId, SessionId};
use crate::secret::{SealedBytes, SecretDigest};
use crate::spelling::spelled_enum;
use crate::time::Timestamp;

spelled_enum!(
    /// How far a browser has come.
    Stage, UnknownStage, "stage of signing in", {
        /// The password was right; the second factor is still to come. Opens nothing.
        AwaitingSecondFactor = "awaiting_second_factor",
        /// Signed in.
        SignedIn = "signed_in",
    }
);

/// A browser's session. Ended ones are not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Shown to its owner, who ends it by it; never the cookie.
    pub id: SessionId,
    /// Whose.
    pub account_id: AccountId,
    /// What the cookie is recognised by. A new cookie is made at every change of stage (no session fixation).
    pub digest: SecretDigest,
    /// The person's `credential_epoch` when it began: a session of an earlier epoch is over.
    pub account_epoch: i64,
    /// How far it has come.
    pub stage: Stage,
    /// As the browser calls itself, cut to 300 characters.
    pub user_agent: String,
    /// Where it was last used from.
    pub address: String,
    /// What it is in the middle of (a TOTP seed not confirmed yet, the challenge of a passkey), sealed.
    pub pending: Option<SealedBytes>,
    /// When it began.
    pub created_at: Timestamp,
    /// When the person last proved who they are, for what asks for a fresh sign-in.
    pub authenticated_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Timestamp,
}
