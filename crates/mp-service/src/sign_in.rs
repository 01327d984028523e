//! Signing in by password.
//!
//! Owns the order: throttle, then hash, then tell. Must never let wording or time say whether an account exists.

use std::time::Duration;

use mp_domain::secret::PlainSecret;
use mp_store::StoreError;

use crate::browser::{Browser, Cookies, SignedIn};
use crate::service::Service;

/// How far a right password leads.
pub enum SignInOutcome {
    /// All the way.
    SignedIn(Cookies),
    /// To the second factor: the session of these cookies opens nothing but that.
    SecondFactorNeeded(Cookies),
}

/// Why nobody was signed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// There is no such account, or the password is wrong: which of them is not told.
    #[error("the login or the password is wrong")]
    WrongCredentials,
    /// Too many attempts from here or for this login.
    #[error("there were too many attempts: try again in {} seconds", .retry_after.as_secs())]
    TooManyAttempts {
        /// When to try again.
        retry_after: Duration,
    },
    /// Too many people sign in at this moment.
    #[error("too many people sign in at this moment: try again in a few seconds")]
    Busy,
    /// The account is switched off. Told only after the right password.
    #[error("the account is switched off: ask whoever runs the service")]
    Disabled,
    /// The database did not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Service {
    /// Signs a person in who knows their login, or their verified address if exactly one account has it, and their
    /// password.
    pub async fn sign_in(
        &self,
        browser: &Browser<'_>,
        login_or_email: &str,
        password: PlainSecret,
    ) -> Result<SignInOutcome, SignInError> {
        let _ = (browser, login_or_email, password);
        todo!()
    }

    /// Makes a session fresh again by the password. A wrong one costs the budget of the session alone.
    pub async fn confirm_password(
        &self,
        who: &SignedIn,
        browser: &Browser<'_>,
        password: PlainSecret,
    ) -> Result<Cookies, SignInError> {
        let _ = (who, browser, password);
        todo!()
    }
}
