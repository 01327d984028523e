//! Signing in by password.
//!
//! Owns the order: throttle, then hash, then tell. Must never let wording or time say whether an account exists.

use std::time::Duration;

use mp_domain::account::{Account, Email, Login, PasswordHash};
use mp_domain::event::{Actor, EventKind, Subject};
use mp_domain::secret::{PlainSecret, SecretDigest};
use mp_domain::session::{Session, Stage};
use mp_store::{StoreError, Tx, account, passkey, session};

use crate::browser::{Browser, Cookies, SignedIn};
use crate::known_browser::BrowserNumber;
use crate::passwords::{Busy, Queue, has_our_parameters, hash_at};
use crate::service::{Recorder, Service};
use crate::sessions::{self, still_signed_in};
use crate::throttle::Key;

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

/// Says why an attempt was refused, in the words of the use case.
pub(crate) trait Refusal: From<StoreError> + Send + 'static {
    fn busy() -> Self;
    fn too_many(retry_after: Duration) -> Self;
}

impl Refusal for SignInError {
    fn busy() -> Self {
        Self::Busy
    }

    fn too_many(retry_after: Duration) -> Self {
        Self::TooManyAttempts { retry_after }
    }
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
        let person = self.person_named(login_or_email).await?;
        let known = person.as_ref().and_then(|person| self.known_browser(browser.known, person));
        let (queue, keys) = if let (Some(person), Some(number)) = (&person, known) {
            // Neither a storm on the login nor one from the same address may lock this browser out.
            (Queue::Known, vec![Key::KnownBrowser(person.id, number)])
        } else {
            let name = Key::Name(self.typed_digest(login_or_email));
            (Queue::Strangers, vec![Key::address(browser.address), name])
        };
        let hash = person.as_ref().map(|person| person.password_hash.clone());
        if !self.is_right::<SignInError>(queue, &keys, password.clone(), hash).await? {
            return Err(SignInError::WrongCredentials);
        }
        let person = person.ok_or(SignInError::WrongCredentials)?;
        if person.disabled_at.is_some() {
            return Err(SignInError::Disabled);
        }
        let rehashed = self.rehashed(queue, &person, password).await;
        self.enter(person, rehashed, browser, known).await
    }

    /// Makes a session fresh again by the password. A wrong one costs the budget of the session alone.
    pub async fn confirm_password(
        &self,
        who: &SignedIn,
        browser: &Browser<'_>,
        password: PlainSecret,
    ) -> Result<Cookies, SignInError> {
        let (keys, hash) = ([Key::Session(who.session.id)], who.account.password_hash.clone());
        if !self.is_right::<SignInError>(Queue::Known, &keys, password, Some(hash)).await? {
            return Err(SignInError::WrongCredentials);
        }
        let (renewed, cookie) = self.renewed(&who.session, browser);
        let (who, now) = (who.clone(), self.clock.now());
        self.commit("confirm_password", move |tx| {
            let (person, current) = still_signed_in(tx, &who, now)?.ok_or(SignInError::WrongCredentials)?;
            if !has_same_password(&person, &who.account) {
                return Err(SignInError::WrongCredentials);
            }
            Ok(session::update(tx, &Session { pending: current.pending, ..renewed.clone() })?)
        })
        .await?;
        Ok(Cookies { session: cookie, known: None })
    }

    /// Whether the password is right. Charged before anything is hashed, and given back unless it was wrong.
    pub(crate) async fn is_right<E: Refusal>(
        &self,
        queue: Queue,
        keys: &[Key],
        password: PlainSecret,
        hash: Option<PasswordHash>,
    ) -> Result<bool, E> {
        let attempt = self.throttle.attempt(self.clock.now(), keys).map_err(E::too_many)?;
        match self.passwords.verify(queue, password, hash).await {
            Ok(false) => Ok(false),
            Ok(true) => {
                attempt.give_back();
                Ok(true)
            }
            Err(Busy) => {
                attempt.give_back();
                Err(E::busy())
            }
        }
    }

    /// The right password under our own parameters, where an imported hash has others. Whoever brought it is not kept
    /// waiting behind others for that: then the next sign-in does it.
    async fn rehashed(&self, queue: Queue, person: &Account, password: PlainSecret) -> Option<PasswordHash> {
        if has_our_parameters(&person.password_hash) {
            return None;
        }
        let place = self.passwords.place(queue).await.ok()?;
        Some(hash_at(place, password, &*self.entropy).await)
    }

    /// Begins a session after the right password.
    async fn enter(
        &self,
        person: Account,
        rehashed: Option<PasswordHash>,
        browser: &Browser<'_>,
        known: Option<BrowserNumber>,
    ) -> Result<SignInOutcome, SignInError> {
        let record = self.record(Actor::Account(person.id));
        let (begun, cookie) = self.begun(&person, browser);
        let id = person.id;
        let (stage, epoch) = self
            .commit("sign_in", move |tx| {
                account::lock(tx, person.id)?;
                let present = account::find_by_id(tx, person.id)?;
                // Another password may have been set while this one was verified.
                let mut present = present
                    .filter(|present| has_same_password(present, &person))
                    .ok_or(SignInError::WrongCredentials)?;
                if present.disabled_at.is_some() {
                    return Err(SignInError::Disabled);
                }
                if let Some(hash) = &rehashed {
                    present.password_hash.clone_from(hash);
                    account::update(tx, &present)?;
                }
                let needs_factor = present.totp.is_some() || passkey::count(tx, present.id)? > 0;
                let stage = if needs_factor { Stage::AwaitingSecondFactor } else { Stage::SignedIn };
                let account_epoch = present.credential_epoch;
                sessions::insert(tx, &Session { stage, account_epoch, ..begun.clone() })?;
                if stage == Stage::SignedIn {
                    record_start(tx, record, &begun)?;
                }
                Ok((stage, account_epoch))
            })
            .await?;
        Ok(match stage {
            Stage::SignedIn => {
                let known = Some(self.remember_browser(known, id, epoch));
                SignInOutcome::SignedIn(Cookies { session: cookie, known })
            }
            Stage::AwaitingSecondFactor => {
                SignInOutcome::SecondFactorNeeded(Cookies { session: cookie, known: None })
            }
        })
    }

    /// The person with this login, or else the only one with this verified address.
    pub(crate) async fn person_named(&self, typed: &str) -> Result<Option<Account>, StoreError> {
        let typed = typed.trim();
        let (login, email) = (typed.parse::<Login>().ok(), typed.parse::<Email>().ok());
        let found = self.store.read("find_person", move |conn| {
            let by_login = login.map(|login| account::find(conn, &login)).transpose()?.flatten();
            // Both are looked up in any case, so that neither answers sooner than the other.
            let mut by_email =
                email.map(|email| account::find_by_email(conn, &email)).transpose()?.unwrap_or_default();
            by_email.retain(|person| person.email_verified_at.is_some());
            let only = if by_email.len() == 1 { by_email.pop() } else { None };
            Ok(by_login.or(only))
        });
        found.await
    }

    /// What was typed as a login, as it is counted: without telling lower from upper case.
    pub(crate) fn typed_digest(&self, typed: &str) -> SecretDigest {
        self.digest(&typed.trim().to_lowercase())
    }
}

/// Whether the password verified against one reading of the account is that of another. A new password raises the epoch;
/// within one epoch another hash is the same password under other parameters.
pub(crate) fn has_same_password(present: &Account, verified: &Account) -> bool {
    present.password_hash == verified.password_hash || present.credential_epoch == verified.credential_epoch
}

/// Records that somebody is signed in, and where.
pub(crate) fn record_start(tx: &mut Tx<'_>, record: Recorder, started: &Session) -> Result<(), StoreError> {
    let (kind, subject) = (EventKind::SessionStarted, Subject::Account(started.account_id));
    record.append(tx, kind, subject, None, format!("{} from {}", started.id, started.address))
}
