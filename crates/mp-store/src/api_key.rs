//! The `api_key` and `api_key_retired_secret` tables. Keys are never removed: a deleted one is its own tombstone.

use mp_domain::api_key::{ApiKey, KeyGrant, KeyState, RetiredSecret, StoredSecret};
use mp_domain::ids::{ApiKeyId, BusinessId};
use mp_domain::scope::ScopeSet;
use mp_domain::secret::SecretDigest;
use mp_domain::time::Timestamp;

use crate::columns::{
    campaigns, campaigns_text, moment, name, networks, networks_text, parsed, pepper, scopes,
};
use crate::conn::{Conn, Row, Tx, bind};
use crate::error::StoreError;

/// Adds a new key: active, and never used.
pub fn insert(tx: &mut Tx<'_>, key: &ApiKey) -> Result<(), StoreError> {
    write(
        tx,
        "INSERT INTO api_key (id, business_id, name, digest, pepper, scopes, campaigns, networks, expires_at, \
         created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        key,
    )
    .map(drop)
}

/// Adds a key if neither its name nor its current secret is taken. Says whether it did.
pub fn insert_new(tx: &mut Tx<'_>, key: &ApiKey) -> Result<bool, StoreError> {
    let added = write(
        tx,
        "INSERT INTO api_key (id, business_id, name, digest, pepper, scopes, campaigns, networks, expires_at, \
         created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
        key,
    )?;
    Ok(added > 0)
}

fn write(tx: &mut Tx<'_>, sql: &'static str, key: &ApiKey) -> Result<u64, StoreError> {
    let (campaigns, networks) = (campaigns_text(&key.grant.campaigns), networks_text(&key.grant.networks));
    let created_by = key.created_by.to_string();
    tx.execute(
        sql,
        bind![
            key.id.as_bytes(),
            key.business_id.number(),
            key.grant.name.as_str(),
            key.secret.digest.as_bytes(),
            i64::from(key.secret.pepper),
            i64::from(key.grant.scopes.bits()),
            campaigns.as_deref(),
            networks.as_deref(),
            key.grant.expires_at.map(Timestamp::micros),
            key.created_at.micros(),
            &created_by,
        ],
    )
}

/// Writes everything about a key that can change.
pub fn update(tx: &mut Tx<'_>, key: &ApiKey) -> Result<(), StoreError> {
    let (paused_at, deleted_at) = match key.state {
        KeyState::Active => (None, None),
        KeyState::Paused { since } => (Some(since.micros()), None),
        KeyState::Deleted { at } => (None, Some(at.micros())),
    };
    tx.execute(
        "UPDATE api_key SET name = $1, digest = $2, pepper = $3, scopes = $4, paused_at = $5, deleted_at = $6 \
         WHERE id = $7",
        bind![
            key.grant.name.as_str(),
            key.secret.digest.as_bytes(),
            i64::from(key.secret.pepper),
            i64::from(key.grant.scopes.bits()),
            paused_at,
            deleted_at,
            key.id.as_bytes(),
        ],
    )?;
    Ok(())
}

/// Lets no secret of the key that a rotation replaced work beyond this moment.
pub fn shorten_overlaps(tx: &mut Tx<'_>, id: ApiKeyId, until: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE api_key_retired_secret SET until = $1 WHERE key_id = $2 AND until > $1",
        bind![until.micros(), id.as_bytes()],
    )?;
    Ok(())
}

/// Keeps a secret that a rotation replaced.
pub fn retire(tx: &mut Tx<'_>, retired: &RetiredSecret) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO api_key_retired_secret (digest, key_id, pepper, until) VALUES ($1, $2, $3, $4)",
        bind![
            retired.secret.digest.as_bytes(),
            retired.key_id.as_bytes(),
            i64::from(retired.secret.pepper),
            retired.until.micros(),
        ],
    )?;
    Ok(())
}

/// Replaces the digest of a current secret by the digest of the same secret under another pepper. Says whether the
/// secret was still current.
pub fn repepper(
    tx: &mut Tx<'_>,
    id: ApiKeyId,
    old: SecretDigest,
    new: StoredSecret,
) -> Result<bool, StoreError> {
    let touched = tx.execute(
        "UPDATE api_key SET digest = $1, pepper = $2, replaced_digest = $3 WHERE id = $4 AND digest = $3",
        bind![new.digest.as_bytes(), i64::from(new.pepper), old.as_bytes(), id.as_bytes()],
    )?;
    Ok(touched > 0)
}

/// Writes when a key was last used, unless another node has seen a later use.
pub fn mark_used(tx: &mut Tx<'_>, id: ApiKeyId, at: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE api_key SET last_used_at = $1 WHERE id = $2 AND (last_used_at IS NULL OR last_used_at < $1)",
        bind![at.micros(), id.as_bytes()],
    )?;
    Ok(())
}

/// The key with this id.
pub fn find(conn: &mut Conn, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
    conn.first(
        "SELECT id, business_id, name, digest, pepper, scopes, campaigns, networks, expires_at, paused_at, deleted_at, \
         created_at, created_by, last_used_at FROM api_key WHERE id = $1",
        bind![id.as_bytes()],
        read,
    )
}

/// The keys of a cabinet that are not deleted, oldest first.
pub fn of_business(conn: &mut Conn, business: BusinessId) -> Result<Vec<ApiKey>, StoreError> {
    conn.all(
        "SELECT id, business_id, name, digest, pepper, scopes, campaigns, networks, expires_at, paused_at, deleted_at, \
         created_at, created_by, last_used_at FROM api_key WHERE business_id = $1 AND deleted_at IS NULL ORDER BY seq",
        bind![business.number()],
        read,
    )
}

/// How many keys of a cabinet are live: neither deleted nor expired.
pub fn count_live(conn: &mut Conn, business: BusinessId, now: Timestamp) -> Result<i64, StoreError> {
    conn.number(
        "SELECT COUNT(*) FROM api_key WHERE business_id = $1 AND deleted_at IS NULL \
         AND (expires_at IS NULL OR expires_at > $2)",
        bind![business.number(), now.micros()],
    )
}

/// Whether a cabinet has room for one more live key and the secret was never replaced by a rotation: what the unique
/// indexes do not see. Lock the cabinet first.
pub fn has_room(
    conn: &mut Conn,
    business: BusinessId,
    now: Timestamp,
    most_live: i64,
    digest: SecretDigest,
) -> Result<bool, StoreError> {
    let fits = conn.number(
        "SELECT COUNT(*) FROM business WHERE id = $1 \
         AND NOT EXISTS (SELECT 1 FROM api_key_retired_secret WHERE digest = $2) \
         AND $3 > (SELECT COUNT(*) FROM api_key WHERE business_id = $1 AND deleted_at IS NULL \
         AND (expires_at IS NULL OR expires_at > $4))",
        bind![business.number(), digest.as_bytes(), most_live, now.micros()],
    )?;
    Ok(fits > 0)
}

/// The keys of a cabinet of which a secret that a rotation replaced still works, and until when.
pub fn running_overlaps(
    conn: &mut Conn,
    business: BusinessId,
    now: Timestamp,
) -> Result<Vec<(ApiKeyId, Timestamp)>, StoreError> {
    conn.all(
        "SELECT k.id, MAX(r.until) FROM api_key_retired_secret r JOIN api_key k ON k.id = r.key_id \
         WHERE k.business_id = $1 AND k.deleted_at IS NULL AND r.until > $2 GROUP BY k.id",
        bind![business.number(), now.micros()],
        |row| Ok((ApiKeyId::from_bytes(row.bytes(0)?), Timestamp::from_micros(row.int(1)?))),
    )
}

/// The key of a cabinet that has this name and is not deleted.
pub fn find_named(conn: &mut Conn, business: BusinessId, name: &str) -> Result<Option<ApiKeyId>, StoreError> {
    conn.first(
        "SELECT id FROM api_key WHERE business_id = $1 AND name = $2 AND deleted_at IS NULL",
        bind![business.number(), name],
        |row| Ok(ApiKeyId::from_bytes(row.bytes(0)?)),
    )
}

/// The key that has this secret, or had it before a rotation.
pub fn find_by_digest(conn: &mut Conn, digest: SecretDigest) -> Result<Option<ApiKey>, StoreError> {
    let id = conn.first(
        "SELECT id FROM api_key WHERE digest = $1 \
         UNION ALL SELECT key_id FROM api_key_retired_secret WHERE digest = $1",
        bind![digest.as_bytes()],
        |row| Ok(ApiKeyId::from_bytes(row.bytes(0)?)),
    )?;
    id.map_or(Ok(None), |id| find(conn, id))
}

fn read(row: &Row<'_>) -> Result<ApiKey, StoreError> {
    Ok(ApiKey {
        id: ApiKeyId::from_bytes(row.bytes(0)?),
        business_id: BusinessId::new(row.int(1)?).map_err(StoreError::corrupt)?,
        grant: KeyGrant {
            name: name(row.text(2)?)?,
            scopes: scopes(row.int(5)?)?,
            campaigns: campaigns(row.opt_text(6)?)?,
            networks: networks(row.opt_text(7)?)?,
            expires_at: moment(row.opt_int(8)?),
        },
        secret: StoredSecret {
            digest: SecretDigest::from_bytes(row.bytes(3)?),
            pepper: pepper(row.int(4)?)?,
        },
        state: state(row.opt_int(9)?, row.opt_int(10)?),
        created_at: Timestamp::from_micros(row.int(11)?),
        created_by: parsed(row.text(12)?)?,
        last_used_at: moment(row.opt_int(13)?),
    })
}

/// What the check needs of one secret: borrowed, because a start reads millions of them.
#[derive(Debug, Clone, Copy)]
pub struct SecretRow<'a> {
    /// Of the current or a retired secret.
    pub digest: SecretDigest,
    /// Whose.
    pub key_id: ApiKeyId,
    /// Whose key.
    pub business_id: BusinessId,
    /// The key's name.
    pub name: &'a str,
    /// What it may do.
    pub scopes: ScopeSet,
    /// Where the key is in its life.
    pub state: KeyState,
    /// When the key stops working.
    pub expires_at: Option<Timestamp>,
    /// When the secret stops working, if a rotation replaced it.
    pub retires_at: Option<Timestamp>,
    /// CIDRs separated by spaces.
    pub networks: Option<&'a str>,
    /// The only stores it reaches, numbers separated by spaces; `None` for all.
    pub campaigns: Option<&'a str>,
    /// When the key was last used.
    pub last_used_at: Option<Timestamp>,
    /// A digest of the same secret under a former pepper, to be forgotten.
    pub replaced_digest: Option<SecretDigest>,
}

/// The range of internal numbers that keys have: first and last, for reading them in parts.
pub fn sequence_range(conn: &mut Conn) -> Result<Option<(i64, i64)>, StoreError> {
    conn.first("SELECT COALESCE(MIN(seq), 0), COALESCE(MAX(seq), 0) FROM api_key", bind![], |row| {
        Ok((row.int(0)?, row.int(1)?))
    })
    .map(|range| range.filter(|(_, last)| *last > 0))
}

/// Shows the current secret of each key whose internal number lies in `first..=last`.
pub fn each_secret(
    conn: &mut Conn,
    first: i64,
    last: i64,
    mut visit: impl FnMut(&SecretRow<'_>),
) -> Result<(), StoreError> {
    conn.each(
        "SELECT id, business_id, name, scopes, digest, expires_at, paused_at, deleted_at, networks, last_used_at, \
         campaigns FROM api_key WHERE seq BETWEEN $1 AND $2",
        bind![first, last],
        |row| {
            let current = SecretDigest::from_bytes(row.bytes(4)?);
            visit(&secret_row(row, current, None, None)?);
            Ok(())
        },
    )
}

/// Shows every secret that a rotation replaced.
pub fn each_retired_secret(conn: &mut Conn, mut visit: impl FnMut(&SecretRow<'_>)) -> Result<(), StoreError> {
    conn.each(
        "SELECT k.id, k.business_id, k.name, k.scopes, r.digest, k.expires_at, k.paused_at, k.deleted_at, k.networks, \
         k.last_used_at, k.campaigns, r.until FROM api_key_retired_secret r JOIN api_key k ON k.id = r.key_id",
        bind![],
        |row| {
            let retired = SecretDigest::from_bytes(row.bytes(4)?);
            visit(&secret_row(row, retired, moment(row.opt_int(11)?), None)?);
            Ok(())
        },
    )
}

/// Shows every secret of one key, the current one first.
pub fn secrets_of(
    conn: &mut Conn,
    id: ApiKeyId,
    mut visit: impl FnMut(&SecretRow<'_>),
) -> Result<(), StoreError> {
    conn.each(
        "SELECT id, business_id, name, scopes, digest, expires_at, paused_at, deleted_at, networks, last_used_at, \
         campaigns, replaced_digest FROM api_key WHERE id = $1",
        bind![id.as_bytes()],
        |row| {
            let replaced = row.opt_bytes(11)?.map(SecretDigest::from_bytes);
            visit(&secret_row(row, SecretDigest::from_bytes(row.bytes(4)?), None, replaced)?);
            Ok(())
        },
    )?;
    conn.each(
        "SELECT k.id, k.business_id, k.name, k.scopes, r.digest, k.expires_at, k.paused_at, k.deleted_at, k.networks, \
         k.last_used_at, k.campaigns, r.until FROM api_key_retired_secret r JOIN api_key k ON k.id = r.key_id WHERE r.key_id = $1",
        bind![id.as_bytes()],
        |row| {
            let retired = SecretDigest::from_bytes(row.bytes(4)?);
            visit(&secret_row(row, retired, moment(row.opt_int(11)?), None)?);
            Ok(())
        },
    )
}

fn secret_row<'r>(
    row: &'r Row<'_>,
    digest: SecretDigest,
    retires_at: Option<Timestamp>,
    replaced_digest: Option<SecretDigest>,
) -> Result<SecretRow<'r>, StoreError> {
    Ok(SecretRow {
        digest,
        key_id: ApiKeyId::from_bytes(row.bytes(0)?),
        business_id: BusinessId::new(row.int(1)?).map_err(StoreError::corrupt)?,
        name: row.text(2)?,
        scopes: scopes(row.int(3)?)?,
        state: state(row.opt_int(6)?, row.opt_int(7)?),
        expires_at: moment(row.opt_int(5)?),
        retires_at,
        networks: row.opt_text(8)?,
        last_used_at: moment(row.opt_int(9)?),
        campaigns: row.opt_text(10)?,
        replaced_digest,
    })
}

fn state(paused_at: Option<i64>, deleted_at: Option<i64>) -> KeyState {
    match (deleted_at, paused_at) {
        (Some(at), _) => KeyState::Deleted { at: Timestamp::from_micros(at) },
        (None, Some(since)) => KeyState::Paused { since: Timestamp::from_micros(since) },
        (None, None) => KeyState::Active,
    }
}
