//! The addresses of people: proving that one reaches its person, and changing it.

use std::time::Duration;

use mp_domain::account::Email;
use mp_store::StoreError;

use crate::browser::{Browser, SignedIn};
use crate::service::Service;

/// Why an address was not verified or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Letters cannot be sent.
    #[error("no mail is configured: set [mail] first")]
    NoMail,
    /// The person must prove who they are first.
    #[error("this needs a fresh sign-in: give your password again")]
    NotFresh,
    /// The link was used, is over or never existed.
    #[error("the link does not work any more: ask for another one")]
    LinkOver,
    /// Too many letters were asked for.
    #[error("there were too many attempts: try again in {} seconds", .retry_after.as_secs())]
    TooManyAttempts {
        /// When to try again.
        retry_after: Duration,
    },
    /// The database did not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Service {
    /// Whether letters can be sent.
    #[must_use]
    pub fn can_send_mail(&self) -> bool {
        self.mailer.is_some()
    }

    /// Sends the person a letter with a link that verifies their address, good for a day.
    pub async fn send_verification(&self, who: &SignedIn, browser: &Browser<'_>) -> Result<(), EmailError> {
        let _ = (who, browser);
        todo!()
    }

    /// Sends a letter to another address, whose link makes it the person's. Needs a fresh sign-in.
    pub async fn begin_email_change(
        &self,
        who: &SignedIn,
        browser: &Browser<'_>,
        email: Email,
    ) -> Result<(), EmailError> {
        let _ = (who, browser, email);
        todo!()
    }

    /// Uses the link of either letter. Gives the address that is verified now.
    pub async fn verify_email(&self, token: &str) -> Result<Email, EmailError> {
        let _ = token;
        todo!()
    }
}
