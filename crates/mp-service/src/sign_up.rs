//! How people come to have an account: by themselves or by invitation.

use std::time::Duration;

use mp_domain::account::{Email, Login};
use mp_domain::event::Actor;
use mp_domain::secret::PlainSecret;
use mp_domain::time::Timestamp;
use mp_store::StoreError;

use crate::accounts::NewAccount;
use crate::browser::{Browser, Cookies};
use crate::letters::Language;
use crate::passwords::UnacceptablePassword;
use crate::service::Service;

/// Who may register themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignUp {
    /// Nobody: the operator registers people.
    Closed,
    /// Whoever has an invitation.
    Invitation,
    /// Everybody.
    Open,
}

/// An invitation that was made.
pub struct Invitation {
    /// Shown once; works once.
    pub url: PlainSecret,
    /// Until when it works.
    pub expires_at: Timestamp,
    /// Whether it was also sent by mail.
    pub is_sent: bool,
}

/// Why nobody was registered or invited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignUpError {
    /// People cannot register themselves here.
    #[error("people cannot register themselves here: set [accounts] sign_up to \"invitation\" or \"open\"")]
    Closed,
    /// An invitation is needed.
    #[error("registering needs an invitation: ask whoever runs the service")]
    InvitationNeeded,
    /// The invitation was used, is over or never existed.
    #[error("the invitation does not work any more: ask for another one")]
    InvitationOver,
    /// The login belongs to somebody.
    #[error("the login {0} is taken: choose another one")]
    LoginTaken(Login),
    /// The password will not do.
    #[error(transparent)]
    Password(#[from] UnacceptablePassword),
    /// Too many attempts from this address.
    #[error("there were too many attempts: try again in {} seconds", .retry_after.as_secs())]
    TooManyAttempts {
        /// When to try again.
        retry_after: Duration,
    },
    /// Too many people sign in at this moment.
    #[error("too many people sign in at this moment: try again in a few seconds")]
    Busy,
    /// The database did not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Service {
    /// Who may register themselves.
    #[must_use]
    pub fn sign_up_policy(&self) -> SignUp {
        self.sign_up
    }

    /// Registers a person who asks for it and signs them in. Whoever has an invitation gets the invited address, verified;
    /// otherwise a letter asks for the verification if mail is configured.
    pub async fn sign_up(
        &self,
        browser: &Browser<'_>,
        new: NewAccount,
        invitation: Option<&str>,
    ) -> Result<Cookies, SignUpError> {
        let _ = (browser, new, invitation);
        todo!()
    }

    /// The address that a live invitation is for.
    pub async fn invited_email(&self, invitation: &str) -> Result<Option<Email>, StoreError> {
        let _ = invitation;
        todo!()
    }

    /// Invites whoever has this address, for seven days. Sent by mail too if that is configured.
    pub async fn invite(
        &self,
        actor: Actor,
        email: Email,
        language: Language,
    ) -> Result<Invitation, SignUpError> {
        let _ = (actor, email, language);
        todo!()
    }
}
