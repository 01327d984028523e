//! A person gives themselves another password.
//!
//! Must never do so for a session alone: the present password is asked for.

use std::time::Duration;

use mp_domain::event::{Actor, EventKind, Subject};
use mp_domain::secret::PlainSecret;
use mp_store::StoreError;

use crate::browser::{Browser, Cookies, SignedIn};
use crate::passwords::{Busy, Queue, UnacceptablePassword, acceptable, hash_at};
use crate::service::Service;
use crate::sessions::{end_others, still_signed_in};
use crate::sign_in::{Refusal, has_same_password};
use crate::throttle::Key;

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

impl Refusal for PasswordChangeError {
    fn busy() -> Self {
        Self::Busy
    }

    fn too_many(retry_after: Duration) -> Self {
        Self::TooManyAttempts { retry_after }
    }
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
        acceptable(&new)?;
        let (keys, hash) = ([Key::Session(who.session.id)], who.account.password_hash.clone());
        if !self.is_right::<PasswordChangeError>(Queue::Known, &keys, current, Some(hash)).await? {
            return Err(PasswordChangeError::WrongPassword);
        }
        let place = self.passwords.place(Queue::Known).await.map_err(|Busy| PasswordChangeError::Busy)?;
        let hash = hash_at(place, new, &*self.entropy).await;
        let (renewed, cookie) = self.renewed(&who.session, browser);
        let (who, record) = (who.clone(), self.record(Actor::Account(who.account.id)));
        self.commit("change_password", move |tx| {
            let found = still_signed_in(tx, &who, record.at)?.ok_or(PasswordChangeError::SessionOver)?;
            let (mut person, _) = found;
            if !has_same_password(&person, &who.account) {
                return Err(PasswordChangeError::SessionOver);
            }
            person.password_hash = hash.clone();
            end_others(tx, &mut person, &mut renewed.clone())?;
            let (kind, subject) = (EventKind::AccountPasswordChanged, Subject::Account(person.id));
            Ok(record.append(tx, kind, subject, None, person.login.as_str())?)
        })
        .await?;
        Ok(Cookies { session: cookie, known: None })
    }
}
