//! What people have allowed applications, and the tokens of that: issuing, listing, withdrawing.
//!
//! Owns the rules of yandex-oauth §4.4: one token for person, application and device, given again while it lives. Must
//! never store a token or hand one to anybody but its person.

mod issue;
mod listing;

use std::time::Duration;

use mp_domain::account::Login;
use mp_domain::client::Client;
use mp_domain::event::{Actor, EventKind, Subject};
use mp_domain::grant::Grant;
use mp_domain::ids::{AccountId, ClientId};
use mp_domain::oauth_scope::OAuthScopes;
use mp_domain::secret::PlainSecret;
use mp_store::{StoreError, Tx, account, client, grant};

pub(crate) use issue::{Issuing, Locked, Prepared, give_again, issue};
pub(crate) use listing::with_names;
pub use listing::{GrantsOf, ListedGrant};

use crate::browser::SignedIn;
use crate::service::{Recorder, Service};

/// A token for its person.
pub struct IssuedAccessToken {
    /// What an application presents.
    pub token: PlainSecret,
    /// The seconds it goes on living.
    pub expires_in: u64,
    /// What it may do.
    pub scopes: OAuthScopes,
}

/// Why nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// No such application.
    #[error("there is no application {0}: `marketpass client list` shows them all")]
    UnknownClient(ClientId),
    /// Nobody has the login.
    #[error("there is no account with the login {0}: `marketpass account list` shows them all")]
    UnknownLogin(Login),
    /// Switched off.
    #[error("the account {0} is switched off: `marketpass account enable --login {0}` switches it on again")]
    Disabled(Login),
    /// More than was registered.
    #[error("the application is registered for {registered} and not for all of {asked}")]
    ScopeNotRegistered {
        /// What it is registered for.
        registered: OAuthScopes,
        /// What was asked for.
        asked: OAuthScopes,
    },
    /// Longer than a token with these rights may live.
    #[error("a token with these rights lives for at most {} days: choose a shorter time", .0.as_secs() / 86_400)]
    LivesTooLong(Duration),
    /// Not even a second.
    #[error("the token would have expired already: choose a longer time")]
    ExpiredAtBirth,
    /// The database did not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Service {
    /// Issues a token without a browser, for administrators and tests: what a person would get by allowing it. With a
    /// time to live it is a new one, else the one that lives already is given again.
    pub async fn issue_token(
        &self,
        actor: Actor,
        client_id: ClientId,
        login: &Login,
        scopes: Option<OAuthScopes>,
        lifetime: Option<Duration>,
    ) -> Result<IssuedAccessToken, GrantError> {
        if lifetime.is_some_and(|span| span < Duration::from_secs(1)) {
            return Err(GrantError::ExpiredAtBirth);
        }
        let prepared = Prepared::new(self, actor);
        let (own, login) = (self.verification_code_uri(), login.clone());
        self.commit("issue_token", move |tx| {
            let person = account::find(tx, &login)?.ok_or_else(|| GrantError::UnknownLogin(login.clone()))?;
            let locked = Locked::take(tx, person.id, client_id, &own)?;
            let locked = locked.ok_or(GrantError::UnknownClient(client_id))?;
            if locked.account.disabled_at.is_some() {
                return Err(GrantError::Disabled(login.clone()));
            }
            let scopes = asked(&locked, scopes)?;
            if lifetime.is_some_and(|span| span > scopes.lifetime()) {
                return Err(GrantError::LivesTooLong(scopes.lifetime()));
            }
            Ok(issue(tx, &prepared, &Issuing { locked: &locked, device: None, scopes, lifetime })?)
        })
        .await
    }

    /// What a person has allowed that lives, by application.
    pub async fn connected_applications(
        &self,
        account_id: AccountId,
    ) -> Result<Vec<(Client, Vec<Grant>)>, StoreError> {
        let (now, own) = (self.clock.now(), self.verification_code_uri());
        self.store
            .read("connected_applications", move |conn| listing::connected(conn, account_id, now, &own))
            .await
    }

    /// Ends everything that the person has allowed an application.
    pub async fn withdraw_access(&self, who: &SignedIn, client_id: ClientId) -> Result<(), StoreError> {
        let account_id = who.account.id;
        let record = self.record(Actor::Account(account_id));
        self.commit("withdraw_access", move |tx| {
            account::lock(tx, account_id)?;
            let grants = grant::of_account_and_client(tx, account_id, client_id)?;
            grants.into_iter().try_for_each(|grant| revoke(tx, record, grant))
        })
        .await
    }

    /// Ends a token. Says whether it was one that had not been ended before.
    pub async fn revoke_token(&self, actor: Actor, token: &PlainSecret) -> Result<bool, StoreError> {
        let digests = self.digests(token.expose());
        let record = self.record(actor);
        self.commit("revoke_token", move |tx| {
            for digest in &digests {
                let Some(found) = grant::find_by_digest(tx, *digest)? else { continue };
                // Found again, because another token may have taken its place before the person was locked.
                account::lock(tx, found.account_id)?;
                let Some(found) = grant::find_by_digest(tx, *digest)? else { continue };
                let was_live = found.token.revoked_at.is_none();
                revoke(tx, record, found)?;
                return Ok(was_live);
            }
            Ok(false)
        })
        .await
    }
}

/// What the token is asked for; everything registered where nothing is named.
fn asked(locked: &Locked, scopes: Option<OAuthScopes>) -> Result<OAuthScopes, GrantError> {
    let registered = locked.client.profile.scopes;
    let asked = scopes.unwrap_or(registered);
    let fits = asked.is_within(registered);
    if fits { Ok(asked) } else { Err(GrantError::ScopeNotRegistered { registered, asked }) }
}

/// Ends a grant, unless it has ended already.
fn revoke(tx: &mut Tx<'_>, record: Recorder, mut ended: Grant) -> Result<(), StoreError> {
    if ended.token.revoked_at.is_some() {
        return Ok(());
    }
    ended.token.revoked_at = Some(record.at);
    grant::update(tx, &ended)?;
    let client = client::find(tx, ended.client_id)?;
    let detail = client.map(|client| client.profile.name.to_string()).unwrap_or_default();
    record.append(tx, EventKind::GrantRevoked, Subject::Grant(ended.id), None, detail)
}
