//! Browsers in which people are signed in: recognising, listing and ending them.
//!
//! Owns how long a session lives and what ends it. Must never take a session for live by its cookie alone: its person may
//! have been switched off or have raised the epoch since.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mp_domain::account::Account;
use mp_domain::event::{Actor, EventKind, Subject};
use mp_domain::ids::{AccountId, SessionId};
use mp_domain::secret::{PlainSecret, SecretDigest};
use mp_domain::session::{Session, Stage};
use mp_domain::time::Timestamp;
use mp_store::{Conn, StoreError, Tx, account, one_time_link, session};

use crate::browser::{Browser, SignedIn};
use crate::refusals;
use crate::service::Service;

/// How long a sign-in counts as fresh.
pub const FRESH: Duration = Duration::from_secs(10 * 60);
/// A session unused for longer is over.
const LONGEST_PAUSE: Duration = Duration::from_secs(30 * 86_400);
/// A session begun longer ago is over.
const LONGEST_LIFE: Duration = Duration::from_secs(90 * 86_400);
/// How long a right password waits for the second factor.
const LONGEST_WAIT: Duration = Duration::from_secs(10 * 60);
/// Uses are noted no more often.
const NOTED_EVERY: Duration = Duration::from_secs(60);
/// As much of what a browser calls itself is kept, in characters.
const LONGEST_USER_AGENT: usize = 300;
/// A person's sessions beyond this number are ended, the least recently used first.
const MOST_SESSIONS: usize = 100;

impl Service {
    /// The live session that a cookie belongs to, with its person. Notes its last use, to the minute.
    pub async fn session(&self, cookie: &str, browser: &Browser<'_>) -> Result<Option<SignedIn>, StoreError> {
        if !is_cookie(cookie) {
            return Ok(None);
        }
        let (digests, now) = (self.digests(cookie), self.clock.now());
        let found = self.store.read("find_session", move |conn| live_session(conn, &digests, now));
        let Some(mut who) = found.await? else { return Ok(None) };
        let address = browser.address.to_canonical().to_string();
        if now.since(who.session.last_used_at) >= NOTED_EVERY || who.session.address != address {
            self.note_use(&mut who.session, address, now).await;
        }
        Ok(Some(who))
    }

    async fn note_use(&self, used: &mut Session, address: String, now: Timestamp) {
        used.last_used_at = now;
        used.address.clone_from(&address);
        let id = used.id;
        let noted = self.store.write("note_session_use", move |tx| session::note_use(tx, id, &address, now));
        // A page is answered all the same where nothing can be written.
        if let Err(error) = noted.await {
            tracing::warn!(%error, "the last use of a session was not noted");
        }
    }

    /// Whether the person proved who they are within the last ten minutes ([`FRESH`]).
    #[must_use]
    pub fn is_fresh(&self, session: &Session) -> bool {
        session.stage == Stage::SignedIn && self.clock.now().since(session.authenticated_at) < FRESH
    }

    /// The browsers in which a person is signed in, most recently used first.
    pub async fn list_sessions(&self, account: AccountId) -> Result<Vec<Session>, StoreError> {
        let now = self.clock.now();
        let listed = self.store.read("list_sessions", move |conn| {
            let Some(person) = account::find_by_id(conn, account)? else { return Ok(Vec::new()) };
            let mut sessions = session::of_account(conn, account)?;
            sessions.retain(|each| each.stage == Stage::SignedIn && is_live(each, &person, now));
            Ok(sessions)
        });
        listed.await
    }

    /// Ends one of the person's sessions. Ending one that is over already changes nothing.
    pub async fn end_session(&self, who: &SignedIn, id: SessionId) -> Result<(), StoreError> {
        let (person, record) = (who.account.id, self.record(Actor::Account(who.account.id)));
        self.commit("end_session", move |tx| {
            if session::delete(tx, person, id)? {
                record.append(tx, EventKind::SessionEnded, Subject::Account(person), None, id.to_string())?;
            }
            Ok(())
        })
        .await
    }

    /// Ends the session itself.
    pub async fn sign_out(&self, who: &SignedIn) -> Result<(), StoreError> {
        self.end_session(who, who.session.id).await
    }

    /// Ends all sessions and tokens of the person, this session included. API keys belong to businesses and stay.
    pub async fn log_out_everywhere_by(&self, who: &SignedIn) -> Result<(), StoreError> {
        let (who, record) = (who.clone(), self.record(Actor::Account(who.account.id)));
        self.commit("log_out_everywhere_by", move |tx| {
            let Some((mut person, _)) = still_signed_in(tx, &who, record.at)? else { return Ok(()) };
            log_out_everywhere(tx, &mut person)?;
            let (kind, subject) = (EventKind::AccountLoggedOutEverywhere, Subject::Account(person.id));
            record.append(tx, kind, subject, None, person.login.as_str())
        })
        .await
    }

    /// Another cookie for the session, whose person has just proved who they are.
    pub(crate) fn renewed(&self, old: &Session, browser: &Browser<'_>) -> (Session, PlainSecret) {
        let (cookie, now) = (self.random_secret(), self.clock.now());
        let session = Session {
            digest: self.digest(cookie.expose()),
            pending: None,
            authenticated_at: now,
            last_used_at: now,
            address: browser.address.to_canonical().to_string(),
            user_agent: browser.user_agent.chars().take(LONGEST_USER_AGENT).collect(),
            ..old.clone()
        };
        (session, cookie)
    }

    /// A new session of a person, with its cookie.
    pub(crate) fn begun(&self, person: &Account, browser: &Browser<'_>) -> (Session, PlainSecret) {
        let now = self.clock.now();
        let blank = Session {
            id: SessionId::generate(now, &*self.entropy),
            account_id: person.id,
            digest: SecretDigest::from_bytes([0; 16]),
            account_epoch: person.credential_epoch,
            stage: Stage::SignedIn,
            user_agent: String::new(),
            address: String::new(),
            pending: None,
            created_at: now,
            authenticated_at: now,
            last_used_at: now,
        };
        self.renewed(&blank, browser)
    }

    /// Removes what is over: sessions nobody can use any more, links, notices.
    pub(crate) async fn forget_what_is_over(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let (used, begun) = (before(now, LONGEST_PAUSE), before(now, LONGEST_LIFE));
        let noted = before(now, refusals::KEPT);
        self.store
            .write("forget_what_is_over", move |tx| {
                session::delete_old(tx, used, begun)?;
                one_time_link::delete_old(tx, now)?;
                mp_store::authorization_request::delete_old(tx, now)?;
                mp_store::notice::delete_old(tx, now)?;
                mp_store::refusal::delete_old(tx, noted)?;
                Ok(())
            })
            .await
    }
}

/// Adds a session and ends what is too many.
pub(crate) fn insert(tx: &mut Tx<'_>, added: &Session) -> Result<(), StoreError> {
    session::insert(tx, added)?;
    for beyond in session::of_account(tx, added.account_id)?.iter().skip(MOST_SESSIONS) {
        session::delete(tx, beyond.account_id, beyond.id)?;
    }
    Ok(())
}

/// The person and the session as they are now, locked; `None` if the session has ended or its cookie was replaced.
pub(crate) fn still_there(
    tx: &mut Tx<'_>,
    who: &SignedIn,
    now: Timestamp,
) -> Result<Option<(Account, Session)>, StoreError> {
    account::lock(tx, who.account.id)?;
    let Some(person) = account::find_by_id(tx, who.account.id)? else { return Ok(None) };
    let Some(current) = session::find(tx, who.session.id)? else { return Ok(None) };
    let is_same = current.digest == who.session.digest && is_live(&current, &person, now);
    Ok(is_same.then_some((person, current)))
}

/// The same, of a session that opens something.
pub(crate) fn still_signed_in(
    tx: &mut Tx<'_>,
    who: &SignedIn,
    now: Timestamp,
) -> Result<Option<(Account, Session)>, StoreError> {
    Ok(still_there(tx, who, now)?.filter(|(_, session)| session.stage == Stage::SignedIn))
}

/// Ends all tokens and open links of the person and all their sessions but this one, and writes both down.
pub(crate) fn end_others(
    tx: &mut Tx<'_>,
    person: &mut Account,
    kept: &mut Session,
) -> Result<(), StoreError> {
    kept.account_epoch = person.credential_epoch + 1;
    session::update(tx, kept)?;
    raise_epoch(tx, person, Some(kept.id))
}

/// Ends all tokens, open links and sessions of the person, and writes the person down.
pub(crate) fn end_all(tx: &mut Tx<'_>, person: &mut Account) -> Result<(), StoreError> {
    raise_epoch(tx, person, None)
}

/// The one place where an epoch rises: nothing that was given out before may outlive it.
fn raise_epoch(tx: &mut Tx<'_>, person: &mut Account, kept: Option<SessionId>) -> Result<(), StoreError> {
    person.credential_epoch += 1;
    account::update(tx, person)?;
    end_links_and_sessions(tx, person.id, kept)
}

/// Ends the open links of a person and all their sessions but this one; tokens live on.
pub(crate) fn end_links_and_sessions(
    tx: &mut Tx<'_>,
    person: AccountId,
    kept: Option<SessionId>,
) -> Result<(), StoreError> {
    session::delete_all(tx, person, kept)?;
    one_time_link::delete_of_account(tx, person)
}

/// Ends all tokens and sessions of the person in a way that is told to whoever uses a token.
pub(crate) fn log_out_everywhere(tx: &mut Tx<'_>, person: &mut Account) -> Result<(), StoreError> {
    person.logout_epoch = person.credential_epoch + 1;
    end_all(tx, person)
}

fn live_session(
    conn: &mut Conn,
    digests: &[SecretDigest],
    now: Timestamp,
) -> Result<Option<SignedIn>, StoreError> {
    for digest in digests {
        let Some(session) = session::find_by_digest(conn, *digest)? else { continue };
        let person = account::find_by_id(conn, session.account_id)?;
        return Ok(person
            .filter(|person| is_live(&session, person, now))
            .map(|account| SignedIn { session, account }));
    }
    Ok(None)
}

fn is_live(session: &Session, person: &Account, now: Timestamp) -> bool {
    let waited_too_long =
        session.stage == Stage::AwaitingSecondFactor && now.since(session.created_at) >= LONGEST_WAIT;
    session.account_epoch == person.credential_epoch
        && person.disabled_at.is_none()
        && now.since(session.last_used_at) < LONGEST_PAUSE
        && now.since(session.created_at) < LONGEST_LIFE
        && !waited_too_long
}

/// Whether a text has the form of our cookies: nothing else is looked up.
fn is_cookie(text: &str) -> bool {
    text.len() == 43 && URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32)
}

fn before(now: Timestamp, span: Duration) -> Timestamp {
    let micros = i64::try_from(span.as_micros()).expect("the spans of this file are days");
    Timestamp::from_micros(now.micros().saturating_sub(micros))
}
