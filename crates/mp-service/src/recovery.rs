//! Getting back in without the password, by a link sent to the verified address.
//!
//! Must never tell whether an account exists: the letter is written and sent behind the answer.

use std::time::Duration;

use mp_domain::account::Login;
use mp_domain::secret::PlainSecret;
use mp_store::StoreError;

use crate::browser::Browser;
use crate::passwords::UnacceptablePassword;
use crate::service::Service;

/// Why nothing was recovered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryError {
    /// Letters cannot be sent.
    #[error("no mail is configured: ask whoever runs the service for a new password")]
    NoMail,
    /// The link was used, is over or never existed.
    #[error("the link does not work any more: ask for another one")]
    LinkOver,
    /// Too many attempts from here or for this login.
    #[error("there were too many attempts: try again in {} seconds", .retry_after.as_secs())]
    TooManyAttempts {
        /// When to try again.
        retry_after: Duration,
    },
    /// Too many people sign in at this moment.
    #[error("too many people sign in at this moment: try again in a few seconds")]
    Busy,
    /// The new password will not do.
    #[error(transparent)]
    Password(#[from] UnacceptablePassword),
    /// The database did not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Service {
    /// Sends a letter with a link for a new password, good for half an hour, if there is such an account and its address
    /// is verified. The answer is the same if not.
    pub async fn begin_recovery(
        &self,
        browser: &Browser<'_>,
        login_or_email: &str,
    ) -> Result<(), RecoveryError> {
        let _ = (browser, login_or_email);
        todo!()
    }

    /// Whose password a live link is for.
    pub async fn recovery_target(&self, token: &str) -> Result<Option<Login>, StoreError> {
        let _ = token;
        todo!()
    }

    /// Sets the new password. Ends all sessions and tokens of the person; a second factor stays on.
    pub async fn recover(&self, token: &str, new: PlainSecret) -> Result<(), RecoveryError> {
        let _ = (token, new);
        todo!()
    }
}
