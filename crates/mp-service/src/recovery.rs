//! Getting back in without the password, by a link sent to the verified address.
//!
//! Must never tell whether an account exists: the letter is written and sent behind the answer.

use std::time::Duration;

use mp_domain::account::{Account, Login};
use mp_domain::event::{Actor, EventKind, Subject};
use mp_domain::link::{OneTimeLink, Purpose};
use mp_domain::secret::PlainSecret;
use mp_store::{StoreError, account, one_time_link};

use crate::browser::Browser;
use crate::letters::{self, Language};
use crate::links;
use crate::mailer::Letter;
use crate::passwords::{Busy, Queue, UnacceptablePassword, acceptable, hash_at};
use crate::service::{Recorder, Service};
use crate::sessions::end_all;
use crate::throttle::Key;

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
    #[expect(
        clippy::unused_async,
        reason = "use cases are awaited, and this one waits for nothing lest the wait tell something"
    )]
    pub async fn begin_recovery(
        &self,
        browser: &Browser<'_>,
        login_or_email: &str,
    ) -> Result<(), RecoveryError> {
        let Some(post) = &self.post else { return Err(RecoveryError::NoMail) };
        let keys = [Key::address(browser.address), Key::Recovery(self.typed_digest(login_or_email))];
        let too_many = |retry_after| RecoveryError::TooManyAttempts { retry_after };
        drop(self.throttle.attempt(self.clock.now(), &keys).map_err(too_many)?);
        let (service, typed, language) = (self.clone(), login_or_email.to_owned(), browser.language);
        post.send_later(async move {
            service.recovery_letter(&typed, language).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "a letter for a recovery was not written");
                None
            })
        });
        Ok(())
    }

    async fn recovery_letter(&self, typed: &str, language: Language) -> Result<Option<Letter>, StoreError> {
        let person = self.person_named(typed).await?.filter(is_reachable);
        let Some(person) = person else { return Ok(None) };
        let (link, token) = self.make_link(Purpose::Recovery, Some(person.id), person.email.clone());
        let seen = person.clone();
        let is_made = self.commit("make_recovery_link", move |tx| {
            account::lock(tx, seen.id)?;
            // What ended all links meanwhile must not miss this one.
            let is_same = account::find_by_id(tx, seen.id)?.is_some_and(|present| {
                is_reachable(&present)
                    && (present.credential_epoch, &present.email) == (seen.credential_epoch, &seen.email)
            });
            if is_same {
                one_time_link::insert(tx, &link)?;
            }
            Ok::<_, StoreError>(is_same)
        });
        if !is_made.await? {
            return Ok(None);
        }
        let url = self.link_url(Purpose::Recovery, &token);
        Ok(Some(letters::recovery(language, person.email, &person.login, &url)))
    }

    /// Whose password a live link is for.
    pub async fn recovery_target(&self, token: &str) -> Result<Option<Login>, StoreError> {
        let Some(link) = self.live_link(Purpose::Recovery, token).await? else { return Ok(None) };
        let Some(id) = link.account_id else { return Ok(None) };
        let person = self.store.read("recovery_target", move |conn| account::find_by_id(conn, id)).await?;
        Ok(person.filter(|person| may_recover(person, &link)).map(|person| person.login))
    }

    /// Sets the new password. Ends all sessions and tokens of the person; a second factor stays on.
    pub async fn recover(&self, token: &str, new: PlainSecret) -> Result<(), RecoveryError> {
        acceptable(&new)?;
        // Nothing is hashed for whoever has no link.
        if self.recovery_target(token).await?.is_none() {
            return Err(RecoveryError::LinkOver);
        }
        let place = self.passwords.place(Queue::Known).await.map_err(|Busy| RecoveryError::Busy)?;
        let hash = hash_at(place, new, &*self.entropy).await;
        let (digests, now) = (self.digests(token), self.clock.now());
        self.commit("recover", move |tx| {
            let link = links::use_up(tx, Purpose::Recovery, &digests, now)?.ok_or(RecoveryError::LinkOver)?;
            let id = link.account_id.ok_or(RecoveryError::LinkOver)?;
            account::lock(tx, id)?;
            let person = account::find_by_id(tx, id)?.filter(|person| may_recover(person, &link));
            let mut person = person.ok_or(RecoveryError::LinkOver)?;
            person.password_hash = hash.clone();
            end_all(tx, &mut person)?;
            let record = Recorder { at: now, actor: Actor::Account(id) };
            let (kind, subject) = (EventKind::AccountRecovered, Subject::Account(id));
            Ok(record.append(tx, kind, subject, None, person.login.as_str())?)
        })
        .await
    }
}

/// A link proves something only about who reads the present address.
fn may_recover(person: &Account, link: &OneTimeLink) -> bool {
    is_reachable(person) && person.email == link.email
}

fn is_reachable(person: &Account) -> bool {
    person.disabled_at.is_none() && person.email_verified_at.is_some()
}
