//! Issuing one token inside a transaction, or giving the one again that lives.
//!
//! Owns what makes a token another one: its serial. Must never run without person and application locked: their epochs
//! are written into the grant.

use std::sync::Arc;
use std::time::Duration;

use mp_domain::account::Account;
use mp_domain::api_key::StoredSecret;
use mp_domain::client::Client;
use mp_domain::event::{Actor, EventKind, Subject};
use mp_domain::grant::{Device, Grant, IssuedToken, MAX_DEVICES};
use mp_domain::ids::{AccountId, ClientId, GrantId};
use mp_domain::oauth_scope::OAuthScopes;
use mp_domain::oauth_token::derive_access_token;
use mp_domain::redirect_uri::RedirectUri;
use mp_domain::secret::Peppers;
use mp_domain::time::Timestamp;
use mp_store::{StoreError, Tx, account, grant};

use super::{IssuedAccessToken, revoke};
use crate::applications::lock_live;
use crate::service::{Recorder, Service};

/// What must be at hand before the transaction begins.
pub(crate) struct Prepared {
    pub(crate) record: Recorder,
    new_id: GrantId,
    peppers: Arc<Peppers>,
}

impl Prepared {
    pub(crate) fn new(service: &Service, actor: Actor) -> Self {
        let record = service.record(actor);
        let new_id = GrantId::generate(record.at, &*service.entropy);
        Self { record, new_id, peppers: service.peppers.load_full() }
    }
}

/// Person and application, for one transaction alone, so that neither's epoch moves before the commit.
pub(crate) struct Locked {
    pub(crate) account: Account,
    pub(crate) client: Client,
}

impl Locked {
    /// Both, if both are there and the application is not deleted. Always in this order, so that no two transactions wait
    /// for each other.
    pub(crate) fn take(
        tx: &mut Tx<'_>,
        account_id: AccountId,
        client_id: ClientId,
        own: &RedirectUri,
    ) -> Result<Option<Self>, StoreError> {
        account::lock(tx, account_id)?;
        let account = account::find_by_id(tx, account_id)?;
        let client = lock_live(tx, client_id, own)?;
        Ok(account.zip(client).map(|(account, client)| Self { account, client }))
    }
}

/// A token that is wanted.
pub(crate) struct Issuing<'a> {
    /// By whom and for which application.
    pub(crate) locked: &'a Locked,
    /// On which device.
    pub(crate) device: Option<&'a Device>,
    /// To do what.
    pub(crate) scopes: OAuthScopes,
    /// How long it is to live; as long as its rights allow where nothing is said, and then the present one will do.
    pub(crate) lifetime: Option<Duration>,
}

/// The token that lives already, with the time it has left, or the next one of the grant.
pub(crate) fn issue(
    tx: &mut Tx<'_>,
    prepared: &Prepared,
    wanted: &Issuing<'_>,
) -> Result<IssuedAccessToken, StoreError> {
    let Locked { account, client } = wanted.locked;
    let device_id = wanted.device.map(|device| device.id.as_str());
    let known = grant::find_of(tx, account.id, client.id, device_id)?;
    let (peppers, now) = (&*prepared.peppers, prepared.record.at);
    let live = known.as_ref().filter(|_| wanted.lifetime.is_none());
    let again = live.and_then(|grant| give_again(grant, wanted.scopes, wanted.locked, peppers, now));
    if let Some(again) = again {
        return Ok(again);
    }
    let id = known.as_ref().map_or(prepared.new_id, |grant| grant.id);
    let serial = known.as_ref().map_or(1, |grant| grant.token.serial + 1);
    let plain = derive_access_token(peppers.current(), id, serial);
    let lifetime = wanted.lifetime.unwrap_or_else(|| wanted.scopes.lifetime());
    let digest = peppers.current().digest(plain.expose().as_bytes());
    let pepper = peppers.current().number();
    let next = Grant {
        id,
        account_id: account.id,
        client_id: client.id,
        device: wanted.device.cloned(),
        scopes: wanted.scopes,
        token: IssuedToken {
            serial,
            derived_under: pepper,
            secret: StoredSecret { digest, pepper },
            account_epoch: account.credential_epoch,
            client_epoch: client.token_epoch,
            issued_at: now,
            expires_at: now.plus(lifetime),
            revoked_at: None,
        },
        created_at: known.as_ref().map_or(now, |grant| grant.created_at),
        last_used_at: known.as_ref().and_then(|grant| grant.last_used_at),
    };
    if known.is_some() { grant::update(tx, &next) } else { grant::insert(tx, &next) }?;
    let detail = client.profile.name.as_str();
    prepared.record.append(tx, EventKind::GrantIssued, Subject::Grant(id), None, detail)?;
    end_oldest_device(tx, prepared.record, &next, wanted.locked)?;
    Ok(IssuedAccessToken { token: plain, expires_in: lifetime.as_secs(), scopes: wanted.scopes })
}

/// The grant's token, if it lives, has these rights and can be derived again.
pub(crate) fn give_again(
    grant: &Grant,
    scopes: OAuthScopes,
    whose: &Locked,
    peppers: &Peppers,
    now: Timestamp,
) -> Option<IssuedAccessToken> {
    let token = &grant.token;
    let is_live = token.is_live(whose.account.credential_epoch, whose.client.token_epoch, now);
    if !is_live || grant.scopes != scopes {
        return None;
    }
    let plain = derive_access_token(peppers.numbered(token.derived_under)?, grant.id, token.serial);
    let digest = peppers.numbered(token.secret.pepper)?.digest(plain.expose().as_bytes());
    let expires_in = token.expires_at.since(now).as_secs();
    let works = digest == token.secret.digest && expires_in > 0;
    works.then_some(IssuedAccessToken { token: plain, expires_in, scopes })
}

/// Ends the devices that are one too many (yandex-oauth §4.4), the token issued longest ago first.
fn end_oldest_device(
    tx: &mut Tx<'_>,
    record: Recorder,
    newest: &Grant,
    whose: &Locked,
) -> Result<(), StoreError> {
    if newest.device.is_none() {
        return Ok(());
    }
    let mut devices = grant::of_account_and_client(tx, newest.account_id, newest.client_id)?;
    devices.retain(|grant| {
        let (account, client) = (whose.account.credential_epoch, whose.client.token_epoch);
        grant.device.is_some() && grant.token.is_live(account, client, record.at)
    });
    let too_many = devices.len().saturating_sub(MAX_DEVICES);
    // All may have been issued in the same moment: the newest one is never the oldest.
    devices.retain(|grant| grant.id != newest.id);
    devices.into_iter().take(too_many).try_for_each(|oldest| revoke(tx, record, oldest))
}
