//! The addresses of people: proving that one reaches its person, and changing it.
//!
//! Must never take an address for a person's before a letter to it was answered.

use std::time::Duration;

use mp_domain::account::{Account, Email, Login};
use mp_domain::event::{Actor, EventKind, Subject};
use mp_domain::ids::{AccountId, SessionId};
use mp_domain::link::Purpose;
use mp_domain::secret::{PlainSecret, SecretDigest};
use mp_domain::time::Timestamp;
use mp_store::{Conn, StoreError, Tx, account, one_time_link};

use crate::browser::{Browser, SignedIn};
use crate::letters::{self, Language};
use crate::links;
use crate::service::{Recorder, Service};
use crate::sessions::{end_links_and_sessions, still_signed_in};
use crate::throttle::Key;

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
        self.post.is_some()
    }

    /// Sends the person a letter with a link that verifies their address, good for a day.
    pub async fn send_verification(&self, who: &SignedIn, browser: &Browser<'_>) -> Result<(), EmailError> {
        self.ask_for_proof(who, browser, who.account.email.clone()).await
    }

    /// Sends a letter to another address, whose link makes it the person's. Needs a fresh sign-in.
    pub async fn begin_email_change(
        &self,
        who: &SignedIn,
        browser: &Browser<'_>,
        email: Email,
    ) -> Result<(), EmailError> {
        if !self.is_fresh(&who.session) {
            return Err(EmailError::NotFresh);
        }
        self.ask_for_proof(who, browser, email.clone()).await?;
        let present = &who.account;
        if let Some(post) =
            self.post.as_ref().filter(|_| present.email_verified_at.is_some() && present.email != email)
        {
            let letter = letters::email_change_asked(present.email.clone(), &present.login, &email);
            post.send_later(async move { Some(letter) });
        }
        Ok(())
    }

    /// Uses the link of either letter. Gives the address that is verified now. Another address than before ends all open
    /// links of the person and all their sessions, except the one in which the link is opened if it is theirs; tokens
    /// live on.
    pub async fn verify_email(&self, token: &str, opened_in: Option<&SignedIn>) -> Result<Email, EmailError> {
        let (digests, now) = (self.digests(token), self.clock.now());
        let kept = opened_in.map(|who| who.session.id);
        let proved = self.commit("verify_email", move |tx| prove(tx, &digests, kept, now)).await?;
        let Proved { former, person } = proved;
        if let (Some(post), Some(former)) = (&self.post, former) {
            let letter = letters::email_changed(former, &person.login, &person.email);
            post.send_later(async move { Some(letter) });
        }
        Ok(person.email)
    }

    /// Whom the live link of either letter belongs to, and the address it verifies.
    pub async fn verification_target(&self, token: &str) -> Result<Option<(Login, Email)>, StoreError> {
        let Some(link) = self.live_link(Purpose::Verification, token).await? else { return Ok(None) };
        let Some(id) = link.account_id else { return Ok(None) };
        let person =
            self.store.read("verification_target", move |conn| account::find_by_id(conn, id)).await?;
        let person = person.filter(|person| person.disabled_at.is_none());
        Ok(person.map(|person| (person.login, link.email)))
    }

    async fn ask_for_proof(
        &self,
        who: &SignedIn,
        browser: &Browser<'_>,
        email: Email,
    ) -> Result<(), EmailError> {
        if self.post.is_none() {
            return Err(EmailError::NoMail);
        }
        let too_many = |retry_after| EmailError::TooManyAttempts { retry_after };
        let keys =
            [Key::Letters(who.account.id), self.letters_to(&email), Key::letters_from(browser.address)];
        drop(self.throttle.attempt(self.clock.now(), &keys).map_err(too_many)?);
        let (link, token) = self.make_link(Purpose::Verification, Some(who.account.id), email.clone());
        let (asking, now) = (who.clone(), self.clock.now());
        self.commit("make_verification_link", move |tx| {
            // What ended the session meanwhile must not miss this link.
            still_signed_in(tx, &asking, now)?.ok_or(EmailError::NotFresh)?;
            Ok::<_, EmailError>(one_time_link::insert(tx, &link)?)
        })
        .await?;
        self.send_proof(browser.language, &who.account, email, &token);
        Ok(())
    }

    /// The budget of an address for letters that verify it.
    pub(crate) fn letters_to(&self, email: &Email) -> Key {
        Key::LettersTo(self.digest(&email.folded()))
    }

    /// Sends the letter with a verification link where mail is configured. To an address that belongs to another account
    /// it says so and brings no link; whoever asked learns nothing of it.
    pub(crate) fn send_proof(&self, language: Language, person: &Account, email: Email, token: &PlainSecret) {
        let Some(post) = &self.post else { return };
        let (service, id, login) = (self.clone(), person.id, person.login.clone());
        let url = self.link_url(Purpose::Verification, token);
        post.send_later(async move {
            let asked = email.clone();
            let belongs_to_another =
                service.store.read("is_address_taken", move |conn| is_taken(conn, id, &asked));
            match belongs_to_another.await {
                Ok(true) => Some(letters::address_taken(language, email)),
                Ok(false) => Some(letters::verification(language, email, &login, &url)),
                Err(error) => {
                    tracing::warn!(%error, "a letter for a verification was not written");
                    None
                }
            }
        });
    }
}

/// Whether another account has this address verified.
pub(crate) fn is_taken(conn: &mut Conn, id: AccountId, email: &Email) -> Result<bool, StoreError> {
    let holders = account::find_by_email(conn, email)?;
    Ok(holders.iter().any(|holder| holder.id != id && holder.email_verified_at.is_some()))
}

/// What came of a verification link.
struct Proved {
    /// The address before, if it was another one.
    former: Option<Email>,
    person: Account,
}

fn prove(
    tx: &mut Tx<'_>,
    digests: &[SecretDigest],
    kept: Option<SessionId>,
    now: Timestamp,
) -> Result<Proved, EmailError> {
    let link = links::use_up(tx, Purpose::Verification, digests, now)?.ok_or(EmailError::LinkOver)?;
    let id = link.account_id.ok_or(EmailError::LinkOver)?;
    account::lock(tx, id)?;
    let person = account::find_by_id(tx, id)?.filter(|person| person.disabled_at.is_none());
    let mut person = person.ok_or(EmailError::LinkOver)?;
    if is_taken(tx, id, &link.email)? {
        return Err(EmailError::LinkOver);
    }
    let former = (person.email != link.email).then(|| person.email.clone());
    person.email = link.email;
    person.email_verified_at = Some(now);
    account::update(tx, &person)?;
    if former.is_some() {
        // Whoever reads letters can come back in: nobody stays whom the person does not see here.
        end_links_and_sessions(tx, id, kept)?;
    } else {
        // A letter to an address that the person has thought better of must not bring it back.
        one_time_link::delete_of_account(tx, id)?;
    }
    let kind =
        if former.is_some() { EventKind::AccountEmailChanged } else { EventKind::AccountEmailVerified };
    let record = Recorder { at: now, actor: Actor::Account(id) };
    record.append(tx, kind, Subject::Account(id), None, person.email.as_str())?;
    Ok(Proved { former, person })
}
