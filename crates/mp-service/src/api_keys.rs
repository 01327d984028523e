//! API keys: making, listing, editing, rotating, pausing, deleting. Owners and managers only (market-api §1.3).

use std::time::Duration;

use mp_domain::api_key::{
    ApiKey, KeyGrant, KeyState, LONGEST_OVERLAP, MAX_LIVE_KEYS, RefusedTransition, StoredSecret,
};
use mp_domain::event::{Actor, EventKind, Subject};
use mp_domain::ids::{ApiKeyId, BusinessId};
use mp_domain::name::Name;
use mp_domain::scope::ScopeSet;
use mp_domain::secret::PlainSecret;
use mp_domain::time::Timestamp;
use mp_store::{Conn, StoreError, Tx, api_key, business, member};

use crate::businesses::{BusinessError, check_campaigns};
use crate::service::Service;

/// A key and its token, readable this once.
pub struct IssuedKey {
    /// The key.
    pub key: ApiKey,
    /// What a caller presents.
    pub token: PlainSecret,
}

/// Why nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyError {
    /// Neither owner nor manager.
    #[error("only an owner or a manager of business {0} may manage its keys")]
    NotAllowed(BusinessId),
    /// No such key.
    #[error("there is no key {0}: `marketpass key list --business ID` shows those of a business")]
    Unknown(ApiKeyId),
    /// Another key has the name.
    #[error("business {business} has a key named '{name}' already: choose another name")]
    NameTaken {
        /// Where.
        business: BusinessId,
        /// Which.
        name: Name,
    },
    /// The most there may be.
    #[error(
        "business {0} has {MAX_LIVE_KEYS} live keys, the most there may be: delete one that is not used any more"
    )]
    TooMany(BusinessId),
    /// A key that may do nothing is a mistake.
    #[error("the key has no access: name at least one")]
    NoScope,
    /// A key that never works is a mistake.
    #[error("the key would have expired already: choose a later moment")]
    ExpiredAtBirth,
    /// Too long for two secrets at once.
    #[error("the old token may work for at most {} days longer: choose a shorter overlap", LONGEST_OVERLAP.as_secs() / 86_400)]
    OverlapTooLong,
    /// Somebody else was first.
    #[error("the key {0} was given another token meanwhile: rotate it again only if that was not you")]
    RotatedMeanwhile(ApiKeyId),
    /// The key's state does not allow it.
    #[error(transparent)]
    Refused(#[from] RefusedTransition),
    /// Business or stores do not exist.
    #[error(transparent)]
    Business(#[from] BusinessError),
    /// The database did not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Service {
    /// Makes a key. Its token is returned here and never again.
    pub async fn create_api_key(
        &self,
        actor: Actor,
        business_id: BusinessId,
        grant: KeyGrant,
    ) -> Result<IssuedKey, ApiKeyError> {
        let record = self.record(actor);
        let (token, secret) = self.new_secret();
        let made = ApiKey {
            id: ApiKeyId::generate(record.at, &*self.entropy),
            business_id,
            grant,
            secret,
            state: KeyState::Active,
            created_at: record.at,
            created_by: actor,
            last_used_at: None,
        };
        let key = self.commit("create_api_key", move |tx| {
            insert_checked(tx, actor, &made, record.at)?;
            let (kind, subject) = (EventKind::ApiKeyCreated, Subject::ApiKey(made.id));
            record.append(tx, kind, subject, Some(business_id), made.grant.name.as_str())?;
            Ok::<_, ApiKeyError>(made.clone())
        });
        Ok(IssuedKey { key: key.await?, token })
    }

    /// The keys of a business that are not deleted.
    pub async fn list_api_keys(
        &self,
        actor: Actor,
        business_id: BusinessId,
    ) -> Result<Vec<ApiKey>, ApiKeyError> {
        let listed = self.store.read("list_api_keys", move |conn| {
            if business::find(conn, business_id)?.is_none() {
                return Ok(Err(BusinessError::UnknownBusiness(business_id).into()));
            }
            if !may_manage(conn, actor, business_id)? {
                return Ok(Err(ApiKeyError::NotAllowed(business_id)));
            }
            api_key::of_business(conn, business_id).map(Ok)
        });
        listed.await?
    }

    /// The keys of a business whose token before the last one still works, and until when.
    pub async fn running_overlaps(
        &self,
        actor: Actor,
        business_id: BusinessId,
    ) -> Result<Vec<(ApiKeyId, Timestamp)>, ApiKeyError> {
        let now = self.clock.now();
        let found = self.store.read("running_overlaps", move |conn| {
            if !may_manage(conn, actor, business_id)? {
                return Ok(Err(ApiKeyError::NotAllowed(business_id)));
            }
            api_key::running_overlaps(conn, business_id, now).map(Ok)
        });
        found.await?
    }

    /// Gives a key another name or other accesses; its token stays.
    pub async fn edit_api_key(
        &self,
        actor: Actor,
        id: ApiKeyId,
        name: Option<Name>,
        scopes: Option<ScopeSet>,
    ) -> Result<ApiKey, ApiKeyError> {
        if scopes.is_some_and(ScopeSet::is_empty) {
            return Err(ApiKeyError::NoScope);
        }
        self.change_api_key(actor, id, "edit_api_key", EventKind::ApiKeyEdited, move |tx, key, _| {
            if let Some(name) = &name {
                check_name(tx, key.business_id, name, Some(id))?;
            }
            Ok(key.edit(name.clone(), scopes)?)
        })
        .await
    }

    /// Gives a key a new token; the old one works for `overlap` longer, and those replaced before it no longer than it.
    /// Whoever says which secret they have `seen` replaces no other.
    pub async fn rotate_api_key(
        &self,
        actor: Actor,
        id: ApiKeyId,
        overlap: Duration,
        seen: Option<StoredSecret>,
    ) -> Result<IssuedKey, ApiKeyError> {
        if overlap > LONGEST_OVERLAP {
            return Err(ApiKeyError::OverlapTooLong);
        }
        let (token, secret) = self.new_secret();
        let kind = EventKind::ApiKeyRotated;
        let key = self.change_api_key(actor, id, "rotate_api_key", kind, move |tx, key, now| {
            if seen.is_some_and(|seen| seen != key.secret) {
                return Err(ApiKeyError::RotatedMeanwhile(id));
            }
            let (key, retired) = key.rotate(secret, overlap, now)?;
            // The new digest first: a digest stands in one table only.
            api_key::update(tx, &key)?;
            api_key::shorten_overlaps(tx, id, retired.until)?;
            api_key::retire(tx, &retired)?;
            Ok(key)
        });
        Ok(IssuedKey { key: key.await?, token })
    }

    /// Refuses a key's use until it is resumed.
    pub async fn pause_api_key(&self, actor: Actor, id: ApiKeyId) -> Result<ApiKey, ApiKeyError> {
        let pause = |_: &mut Tx<'_>, key: ApiKey, now| Ok(key.pause(now)?);
        self.change_api_key(actor, id, "pause_api_key", EventKind::ApiKeyPaused, pause).await
    }

    /// Allows a key's use again.
    pub async fn resume_api_key(&self, actor: Actor, id: ApiKeyId) -> Result<ApiKey, ApiKeyError> {
        let resume = |_: &mut Tx<'_>, key: ApiKey, _| Ok(key.resume()?);
        self.change_api_key(actor, id, "resume_api_key", EventKind::ApiKeyResumed, resume).await
    }

    /// Ends a key for good.
    pub async fn delete_api_key(&self, actor: Actor, id: ApiKeyId) -> Result<ApiKey, ApiKeyError> {
        let delete = |_: &mut Tx<'_>, key: ApiKey, now| Ok(key.delete(now)?);
        self.change_api_key(actor, id, "delete_api_key", EventKind::ApiKeyDeleted, delete).await
    }

    async fn change_api_key(
        &self,
        actor: Actor,
        id: ApiKeyId,
        transaction: &'static str,
        kind: EventKind,
        change: impl Fn(&mut Tx<'_>, ApiKey, Timestamp) -> Result<ApiKey, ApiKeyError> + Send + 'static,
    ) -> Result<ApiKey, ApiKeyError> {
        let record = self.record(actor);
        self.commit(transaction, move |tx| {
            let business_id = api_key::find(tx, id)?.ok_or(ApiKeyError::Unknown(id))?.business_id;
            business::lock(tx, business_id)?;
            if !may_manage(tx, actor, business_id)? {
                return Err(ApiKeyError::NotAllowed(business_id));
            }
            // Read again under the lock: another node may have changed it in between.
            let key = api_key::find(tx, id)?.ok_or(ApiKeyError::Unknown(id))?;
            let changed = change(tx, key, record.at)?;
            api_key::update(tx, &changed)?;
            let detail = changed.grant.name.as_str();
            record.append(tx, kind, Subject::ApiKey(id), Some(business_id), detail)?;
            Ok(changed)
        })
        .await
    }

    fn new_secret(&self) -> (PlainSecret, StoredSecret) {
        let token = self.format.generate(&*self.entropy);
        let peppers = self.peppers.load();
        let pepper = peppers.current();
        let digest = pepper.digest(token.expose().as_bytes());
        (token, StoredSecret { digest, pepper: pepper.number() })
    }
}

/// Inserts a key if every rule about new keys allows it.
fn insert_checked(tx: &mut Tx<'_>, actor: Actor, key: &ApiKey, now: Timestamp) -> Result<(), ApiKeyError> {
    let business = key.business_id;
    if key.grant.scopes.is_empty() {
        return Err(ApiKeyError::NoScope);
    }
    if key.has_expired(now) {
        return Err(ApiKeyError::ExpiredAtBirth);
    }
    if !business::lock(tx, business)? {
        return Err(BusinessError::UnknownBusiness(business).into());
    }
    if !may_manage(tx, actor, business)? {
        return Err(ApiKeyError::NotAllowed(business));
    }
    check_campaigns(tx, business, &key.grant.campaigns)?;
    check_name(tx, business, &key.grant.name, None)?;
    if api_key::count_live(tx, business, now)? >= MAX_LIVE_KEYS {
        return Err(ApiKeyError::TooMany(business));
    }
    Ok(api_key::insert(tx, key)?)
}

fn check_name(
    conn: &mut Conn,
    business: BusinessId,
    name: &Name,
    except: Option<ApiKeyId>,
) -> Result<(), ApiKeyError> {
    match api_key::find_named(conn, business, name.as_str())? {
        Some(taken) if Some(taken) != except => Err(ApiKeyError::NameTaken { business, name: name.clone() }),
        _ => Ok(()),
    }
}

fn may_manage(conn: &mut Conn, actor: Actor, business: BusinessId) -> Result<bool, StoreError> {
    match actor {
        Actor::Operator | Actor::System => Ok(true),
        Actor::Account(account) => {
            let member = member::find(conn, business, account)?;
            Ok(member.is_some_and(|member| member.role.may_manage_keys()))
        }
    }
}
