//! How people come to have an account: by themselves or by invitation.
//!
//! Must never register anybody whom the policy does not admit, nor let an invitation work twice.

use std::time::Duration;

use mp_domain::account::{Account, Email, Login};
use mp_domain::event::{Actor, EventKind, Subject};
use mp_domain::link::{OneTimeLink, Purpose};
use mp_domain::secret::PlainSecret;
use mp_domain::time::Timestamp;
use mp_store::{StoreError, account, one_time_link};

use crate::accounts::NewAccount;
use crate::browser::{Browser, Cookies};
use crate::email::is_taken;
use crate::letters;
use crate::links;
use crate::passwords::{Busy, Queue, UnacceptablePassword, acceptable, hash_at};
use crate::service::Service;
use crate::sessions;
use crate::sign_in::record_start;
use crate::throttle::Key;

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
    /// The login looks like an address.
    #[error("a login that looks like an e-mail address would be mistaken for one: choose one without @")]
    LoginLikeAddress,
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
        match (self.sign_up, invitation) {
            (SignUp::Closed, _) => return Err(SignUpError::Closed),
            (SignUp::Invitation, None) => return Err(SignUpError::InvitationNeeded),
            (SignUp::Invitation | SignUp::Open, _) => {}
        }
        if new.login.as_str().contains('@') {
            return Err(SignUpError::LoginLikeAddress);
        }
        acceptable(&new.password)?;
        let too_many = |retry_after| SignUpError::TooManyAttempts { retry_after };
        let key = Key::sign_up(browser.address);
        drop(self.throttle.attempt(self.clock.now(), &[key]).map_err(too_many)?);
        let letter = self.throttle.attempt(self.clock.now(), &[self.letters_to(&new.email)]);
        let letter = letter.map_err(too_many)?;
        let place = self.passwords.place(Queue::Strangers).await.map_err(|Busy| SignUpError::Busy)?;
        let hash = hash_at(place, new.password, &*self.entropy).await;
        let person = self.person(new.login, new.email, new.name, hash);
        let proof = self.make_link(Purpose::Verification, Some(person.id), person.email.clone());
        let (link, token) = proof;
        let registered = self.register(browser, person, link, invitation).await;
        if !registered.as_ref().is_ok_and(|(signed_up, _)| signed_up.email_verified_at.is_none()) {
            letter.give_back();
        }
        let (signed_up, cookie) = registered?;
        if signed_up.email_verified_at.is_none() {
            self.send_proof(browser.language, &signed_up, signed_up.email.clone(), &token);
        }
        let known = Some(self.remember_browser(None, signed_up.id, signed_up.credential_epoch));
        Ok(Cookies { session: cookie, known })
    }

    async fn register(
        &self,
        browser: &Browser<'_>,
        person: Account,
        proof: OneTimeLink,
        invitation: Option<&str>,
    ) -> Result<(Account, PlainSecret), SignUpError> {
        let (begun, cookie) = self.begun(&person, browser);
        let record = self.record(Actor::Account(person.id));
        let invited = invitation.map(|token| self.digests(token));
        let signed_up = self.commit("sign_up", move |tx| {
            let mut person = person.clone();
            if let Some(digests) = &invited {
                let link = links::use_up(tx, Purpose::Invitation, digests, record.at)?;
                person.email = link.ok_or(SignUpError::InvitationOver)?.email;
                person.email_verified_at = (!is_taken(tx, person.id, &person.email)?).then_some(record.at);
            }
            if !account::insert_new(tx, &person)? {
                return Err(SignUpError::LoginTaken(person.login.clone()));
            }
            let (kind, subject) = (EventKind::AccountSignedUp, Subject::Account(person.id));
            record.append(tx, kind, subject, None, person.login.as_str())?;
            if person.email_verified_at.is_none() {
                one_time_link::insert(tx, &proof)?;
            }
            sessions::insert(tx, &begun)?;
            record_start(tx, record, &begun)?;
            Ok(person)
        });
        Ok((signed_up.await?, cookie))
    }

    /// The address that a live invitation is for.
    pub async fn invited_email(&self, invitation: &str) -> Result<Option<Email>, StoreError> {
        Ok(self.live_link(Purpose::Invitation, invitation).await?.map(|link| link.email))
    }

    /// Invites whoever has this address, for seven days. Sent by mail too if that is configured.
    pub async fn invite(&self, actor: Actor, email: Email) -> Result<Invitation, SignUpError> {
        if self.sign_up == SignUp::Closed {
            return Err(SignUpError::Closed);
        }
        let (link, token) = self.make_link(Purpose::Invitation, None, email.clone());
        let (record, expires_at) = (self.record(actor), link.expires_at);
        self.commit("invite", move |tx| {
            one_time_link::insert(tx, &link)?;
            record.append(tx, EventKind::AccountInvited, Subject::Server, None, link.email.as_str())
        })
        .await?;
        let url = self.link_url(Purpose::Invitation, &token);
        let is_sent = match &self.post {
            None => false,
            Some(post) => match post.send(letters::invitation(email, &url)).await {
                Ok(()) => true,
                Err(error) => {
                    tracing::warn!(%error, "the invitation was made but not sent");
                    false
                }
            },
        };
        Ok(Invitation { url, expires_at, is_sent })
    }
}
