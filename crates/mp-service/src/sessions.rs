//! Browsers in which people are signed in: recognising, listing and ending them.

use std::time::Duration;

use mp_domain::ids::{AccountId, SessionId};
use mp_domain::session::Session;
use mp_store::StoreError;

use crate::browser::{Browser, SignedIn};
use crate::service::Service;

/// How long a sign-in counts as fresh.
pub const FRESH: Duration = Duration::from_secs(10 * 60);

impl Service {
    /// The live session that a cookie belongs to, with its person. Notes its last use, to the minute.
    pub async fn session(&self, cookie: &str, browser: &Browser<'_>) -> Result<Option<SignedIn>, StoreError> {
        let _ = (cookie, browser);
        todo!()
    }

    /// Whether the person proved who they are within the last ten minutes ([`FRESH`]).
    #[must_use]
    pub fn is_fresh(&self, session: &Session) -> bool {
        self.clock.now().since(session.authenticated_at) < FRESH
    }

    /// The browsers in which a person is signed in, most recently used first.
    pub async fn list_sessions(&self, account: AccountId) -> Result<Vec<Session>, StoreError> {
        let _ = account;
        todo!()
    }

    /// Ends one of the person's sessions. Ending one that is over already changes nothing.
    pub async fn end_session(&self, who: &SignedIn, id: SessionId) -> Result<(), StoreError> {
        let _ = (who, id);
        todo!()
    }

    /// Ends the session itself.
    pub async fn sign_out(&self, who: &SignedIn) -> Result<(), StoreError> {
        self.end_session(who, who.session.id).await
    }

    /// Ends all sessions and tokens of the person, this session included. API keys belong to businesses and stay.
    pub async fn log_out_everywhere_by(&self, who: &SignedIn) -> Result<(), StoreError> {
        let _ = who;
        todo!()
    }
}
