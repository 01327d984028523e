//! The question to a person whether an application may have what it asks for, and the answer.
//!
//! Owns the ticket that binds an answer to its question: it works once, in the browser session it was made for, for ten
//! minutes, and what it stands for is kept here and never in the page. Must never take anything of the request from the
//! answer.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mp_domain::authorization::{AuthorizationParameters, Parameter};
use mp_domain::event::Actor;
use mp_domain::ids::SessionId;
use mp_domain::oauth_scope::OAuthScopes;
use mp_domain::redirect_uri::RedirectUri;
use mp_domain::secret::{PlainSecret, SecretDigest};
use mp_domain::time::Timestamp;
use mp_store::authorization_request::{self, AuthorizationRequest};
use mp_store::{StoreError, Tx};

use super::{AuthorizationRefusal, Examined, examine};
use crate::browser::SignedIn;
use crate::grants::{IssuedAccessToken, Issuing, Locked, Prepared, issue};
use crate::reach::{Reach, reach};
use crate::service::Service;
use crate::sessions::still_signed_in;

/// How long a person may think.
const TIME_TO_ANSWER: Duration = Duration::from_secs(10 * 60);
/// How many questions a browser may have open: more tabs than anybody answers.
const MOST_OPEN: i64 = 50;

/// A question to a person.
pub struct Consent {
    /// What the answer must bring back.
    pub ticket: PlainSecret,
    /// What the application would reach.
    pub reach: Reach,
}

/// What became of a question.
pub struct Decided {
    /// Where the answer goes.
    pub redirect_uri: RedirectUri,
    /// What the application wants back unchanged.
    pub state: Option<String>,
    /// What it asked for.
    pub requested: OAuthScopes,
    /// What the person said.
    pub outcome: Outcome,
}

/// What a person said.
pub enum Outcome {
    /// Yes.
    Allowed(IssuedAccessToken),
    /// No.
    Denied,
}

/// Why an answer does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConsentError {
    /// Answered already, asked too long ago or in another browser.
    #[error(
        "this question was answered already, was asked more than ten minutes ago, or was asked in another browser: go \
         back to the application and begin again"
    )]
    NotOpen,
    /// The person is signed in no more.
    #[error("you are signed out: sign in and begin again")]
    SignedOut,
    /// The application has changed since.
    #[error(transparent)]
    Refused(#[from] AuthorizationRefusal),
    /// The database did not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Service {
    /// Asks the person. The ticket belongs to this session alone; other questions in other tabs go on being open.
    pub async fn begin_consent(&self, who: &SignedIn, examined: &Examined) -> Result<Consent, StoreError> {
        let mut random = [0; 32];
        self.entropy.fill(&mut random);
        let ticket = PlainSecret::new(URL_SAFE_NO_PAD.encode(random));
        let now = self.clock.now();
        let request = AuthorizationRequest {
            digest: self.digest(ticket.expose()),
            session_id: who.session.id,
            parameters: written(&pinned(examined)),
            created_at: now,
            expires_at: now.plus(TIME_TO_ANSWER),
        };
        let account_id = who.account.id;
        let asked = self.store.write("begin_consent", move |tx| -> Result<_, StoreError> {
            authorization_request::tidy(tx, request.session_id, now, MOST_OPEN - 1)?;
            authorization_request::insert(tx, &request)?;
            reach(tx, account_id)
        });
        Ok(Consent { reach: asked.await?, ticket })
    }

    /// Takes the person's answer. The request is examined again: an application that has lost a right or an address
    /// meanwhile gets nothing.
    pub async fn decide_consent(
        &self,
        who: &SignedIn,
        ticket: &str,
        allow: bool,
    ) -> Result<Decided, ConsentError> {
        let answer = Answer::new(self, who, ticket);
        if allow {
            self.commit("allow_access", move |tx| answer.allow(tx)).await
        } else {
            // Nothing has changed that anybody else must hear of.
            self.store.write("deny_access", move |tx| answer.deny(tx)).await
        }
    }
}

/// An answer on its way into a transaction.
struct Answer {
    who: SignedIn,
    digests: Vec<SecretDigest>,
    own: RedirectUri,
    prepared: Prepared,
}

impl Answer {
    fn new(service: &Service, who: &SignedIn, ticket: &str) -> Self {
        Self {
            who: who.clone(),
            // The pepper may have been replaced since the question.
            digests: service.digests(ticket),
            own: service.verification_code_uri(),
            prepared: Prepared::new(service, Actor::Account(who.account.id)),
        }
    }

    fn allow(&self, tx: &mut Tx<'_>) -> Result<Decided, ConsentError> {
        self.check_session(tx)?;
        let examined = self.take(tx)?;
        let locked = Locked::take(tx, self.who.account.id, examined.client.id, &self.own)?;
        let locked = locked.ok_or(AuthorizationRefusal::UnknownClient)?;
        // Between the examination and the lock an owner may have changed the rights.
        let examined = examine(tx, &examined.parameters, &self.own)?;
        let (device, scopes) = (examined.device.as_ref(), examined.scopes);
        let token = issue(tx, &self.prepared, &Issuing { locked: &locked, device, scopes, lifetime: None })?;
        Ok(decided(examined, Outcome::Allowed(token)))
    }

    fn deny(&self, tx: &mut Tx<'_>) -> Result<Decided, ConsentError> {
        self.check_session(tx)?;
        self.take(tx).map(|examined| decided(examined, Outcome::Denied))
    }

    /// A password may have been changed, or the session ended, while the question stood there.
    fn check_session(&self, tx: &mut Tx<'_>) -> Result<(), ConsentError> {
        let session = still_signed_in(tx, &self.who, self.prepared.record.at)?;
        session.map(drop).ok_or(ConsentError::SignedOut)
    }

    /// What the ticket stands for, which it does no longer afterwards.
    fn take(&self, tx: &mut Tx<'_>) -> Result<Examined, ConsentError> {
        let (session, now) = (self.who.session.id, self.prepared.record.at);
        let parameters = take_any(tx, &self.digests, session, now)?.ok_or(ConsentError::NotOpen)?;
        Ok(examine(tx, &read(&parameters)?, &self.own)?)
    }
}

fn take_any(
    tx: &mut Tx<'_>,
    digests: &[SecretDigest],
    session: SessionId,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    for digest in digests {
        let taken = authorization_request::take(tx, *digest, session, now)?;
        if taken.is_some() {
            return Ok(taken);
        }
    }
    Ok(None)
}

fn decided(examined: Examined, outcome: Outcome) -> Decided {
    let Examined { redirect_uri, state, scopes: requested, .. } = examined;
    Decided { redirect_uri, state, requested, outcome }
}

/// The request with everything named that it left open: nobody is answered a question they did not see.
fn pinned(examined: &Examined) -> AuthorizationParameters {
    let (redirect_uri, scopes) = (examined.redirect_uri.as_str(), examined.scopes.to_string());
    let parameters = examined.parameters.clone();
    parameters.with(Parameter::RedirectUri, redirect_uri).with(Parameter::Scope, &scopes)
}

fn written(parameters: &AuthorizationParameters) -> String {
    serde_json::to_string(parameters).expect("names and texts can always be written as JSON")
}

fn read(text: &str) -> Result<AuthorizationParameters, StoreError> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::Corrupt(format!("a question to a person cannot be read ({error})")))
}
