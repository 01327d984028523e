//! A person gives themselves another password.

use std::time::Duration;

use mp_domain::secret::PlainSecret;
use mp_store::StoreError;

use crate::browser::{Browser, Cookies, SignedIn};
use crate::passwords::UnacceptablePassword;
use crate::service::Service;

/// Why the password stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordChangeError {
    /// The present password is another one.
    #[error("the present password is wrong")]
    WrongPassword,
    /// Too many wrong passwords in this session.
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
    Unacceptable(#[from] UnacceptablePassword),
    /// The session has ended meanwhile.
    #[error("the session has ended: sign in again")]
    SessionOver,
    /// The database did not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Service {
    /// Gives the person another password. Ends all their tokens and all their other sessions.
    pub async fn change_password(
        &self,
        who: &SignedIn,
        browser: &Browser<'_>,
        current: PlainSecret,
        new: PlainSecret,
    ) -> Result<Cookies, PasswordChangeError> {
        let _ = (who, browser, current, new);
        todo!()
    }
}
