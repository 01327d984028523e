//! Lists of grants, for people and for operators.

use mp_domain::account::Login;
use mp_domain::client::Client;
use mp_domain::grant::Grant;
use mp_domain::ids::{AccountId, ClientId};
use mp_domain::name::Name;
use mp_domain::redirect_uri::RedirectUri;
use mp_domain::time::Timestamp;
use mp_store::{Conn, StoreError, account, client, grant};

use super::GrantError;
use crate::applications::find_live;
use crate::service::Service;

/// Whose grants to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GrantsOf {
    /// What a person has allowed.
    Account(Login),
    /// What an application was allowed.
    Client(ClientId),
}

/// A grant with the names that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedGrant {
    /// The grant.
    pub grant: Grant,
    /// Who allowed it.
    pub login: Login,
    /// The application's name.
    pub client_name: Name,
    /// Whether its token opens anything now.
    pub is_live: bool,
}

impl Service {
    /// What a person has allowed, or an application was allowed, ended grants included, the oldest tokens first.
    pub async fn list_grants(&self, of: GrantsOf) -> Result<Vec<ListedGrant>, GrantError> {
        let now = self.clock.now();
        let listed = self.store.read("list_grants", move |conn| {
            let grants = match of {
                GrantsOf::Account(login) => match account::find(conn, &login)? {
                    Some(person) => grant::of_account(conn, person.id)?,
                    None => return Ok(Err(GrantError::UnknownLogin(login))),
                },
                GrantsOf::Client(id) => match client::find(conn, id)? {
                    Some(_) => grant::of_client(conn, id)?,
                    None => return Ok(Err(GrantError::UnknownClient(id))),
                },
            };
            let listed: Result<Vec<_>, _> =
                grants.into_iter().map(|grant| with_names(conn, grant, now)).collect();
            Ok(Ok(listed?.into_iter().flatten().collect()))
        });
        listed.await?
    }
}

pub(crate) fn with_names(
    conn: &mut Conn,
    grant: Grant,
    now: Timestamp,
) -> Result<Option<ListedGrant>, StoreError> {
    let account = account::find_by_id(conn, grant.account_id)?;
    let client = client::find(conn, grant.client_id)?;
    Ok(account.zip(client).map(|(account, client)| ListedGrant {
        is_live: client.deleted_at.is_none()
            && account.disabled_at.is_none()
            && grant.token.is_live(account.credential_epoch, client.token_epoch, now),
        login: account.login,
        client_name: client.profile.name,
        grant,
    }))
}

/// A person's live grants by application, in the order in which the applications got their oldest token.
pub(super) fn connected(
    conn: &mut Conn,
    account_id: AccountId,
    now: Timestamp,
    own: &RedirectUri,
) -> Result<Vec<(Client, Vec<Grant>)>, StoreError> {
    let Some(account) = account::find_by_id(conn, account_id)? else { return Ok(Vec::new()) };
    let mut connected: Vec<(Client, Vec<Grant>)> = Vec::new();
    for grant in grant::of_account(conn, account_id)? {
        let place = connected.iter().position(|(client, _)| client.id == grant.client_id);
        let client = match place {
            Some(place) => Some(connected[place].0.clone()),
            None => find_live(conn, grant.client_id, own)?,
        };
        let Some(client) = client else { continue };
        if !grant.token.is_live(account.credential_epoch, client.token_epoch, now) {
            continue;
        }
        match place {
            Some(place) => connected[place].1.push(grant),
            None => connected.push((client, vec![grant])),
        }
    }
    Ok(connected)
}
