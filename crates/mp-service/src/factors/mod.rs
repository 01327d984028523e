//! The second factor: time-based codes, passkeys and backup codes.
//!
//! Owns what a person has of them and why one is refused. Must never accept the same answer twice.

mod answer;
mod backup_codes;
mod passkeys;
mod totp;

use std::time::Duration;

use mp_domain::name::Name;
use mp_domain::secret::PlainSecret;
use mp_domain::time::Timestamp;
use mp_store::StoreError;

use crate::browser::SignedIn;
use crate::service::Service;

pub use totp::TotpEnrolment;

/// The second factors of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factors {
    /// Since when codes of an authenticator application are asked for.
    pub totp: Option<Timestamp>,
    /// Their passkeys, oldest first.
    pub passkeys: Vec<Passkey>,
    /// How many backup codes are unused.
    pub backup_codes_left: u32,
}

impl Factors {
    /// Whether a password alone does not open the account.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.totp.is_some() || !self.passkeys.is_empty()
    }
}

/// A passkey as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// What it is removed by (WebAuthn §4, credential id).
    pub credential_id: Vec<u8>,
    /// As its owner calls it.
    pub name: Name,
    /// Since when it is used here.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// Ten codes, each of which stands for the second factor once. Shown once.
pub struct BackupCodes(pub Vec<PlainSecret>);

/// Why a factor was not accepted or not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FactorError {
    /// The code is wrong, or was used already.
    #[error("the code is wrong or was used already: wait for the next one")]
    WrongCode,
    /// The answer of the passkey does not fit.
    #[error("the passkey was not recognised: try again")]
    WrongPasskey,
    /// Too many wrong codes.
    #[error("there were too many attempts: try again in {} seconds", .retry_after.as_secs())]
    TooManyAttempts {
        /// When to try again.
        retry_after: Duration,
    },
    /// What is to be finished was never begun, began too long ago or was finished already.
    #[error("this was not begun or took too long: begin again")]
    NotBegun,
    /// The session is not in the stage for this, or has ended meanwhile.
    #[error("the session has ended or is not in the state for this: sign in again")]
    SessionOver,
    /// The person must prove who they are first.
    #[error("this needs a fresh sign-in: give your password again")]
    NotFresh,
    /// It is on already.
    #[error("this second factor is on already")]
    AlreadyOn,
    /// There is no such factor.
    #[error("this second factor is not on")]
    NotOn,
    /// The person has as many passkeys as one may have.
    #[error("there are {0} passkeys already: remove one first")]
    TooManyPasskeys(usize),
    /// Passkeys do not work here.
    #[error("passkeys are not available: {0}")]
    Unavailable(&'static str),
    /// The database did not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Service {
    /// What second factors the person has.
    pub async fn second_factors(&self, who: &SignedIn) -> Result<Factors, StoreError> {
        let _ = who;
        todo!()
    }
}
