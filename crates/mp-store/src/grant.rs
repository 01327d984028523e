//! The `oauth_grant` table: what people allowed applications, one row for person, application and device.

use mp_domain::api_key::StoredSecret;
use mp_domain::grant::{Device, Grant, IssuedToken};
use mp_domain::ids::{AccountId, ClientId, GrantId};
use mp_domain::oauth_scope::OAuthScopes;
use mp_domain::secret::{PepperNumber, SecretDigest};
use mp_domain::time::Timestamp;

use crate::columns::{moment, oauth_scopes, pepper};
use crate::conn::{Conn, Row, Tx, bind};
use crate::error::StoreError;

/// Adds a grant that was never used.
pub fn insert(tx: &mut Tx<'_>, grant: &Grant) -> Result<(), StoreError> {
    let (token, device) = (&grant.token, grant.device.as_ref());
    tx.execute(
        "INSERT INTO oauth_grant (id, account_id, client_id, device_id, device_name, scopes, serial, derived_under, \
         digest, pepper, account_epoch, client_epoch, issued_at, expires_at, revoked_at, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        bind![
            grant.id.as_bytes(),
            grant.account_id.as_bytes(),
            grant.client_id.as_bytes(),
            device.map_or("", |device| device.id.as_str()),
            device.and_then(|device| device.name.as_deref()),
            i64::from(grant.scopes.bits()),
            token.serial,
            i64::from(token.derived_under),
            token.secret.digest.as_bytes(),
            i64::from(token.secret.pepper),
            token.account_epoch,
            token.client_epoch,
            token.issued_at.micros(),
            token.expires_at.micros(),
            token.revoked_at.map(Timestamp::micros),
            grant.created_at.micros(),
        ],
    )?;
    Ok(())
}

/// Writes everything about a grant that can change, its last use left out. The token before, if this is another one, is
/// remembered as replaced.
pub fn update(tx: &mut Tx<'_>, grant: &Grant) -> Result<(), StoreError> {
    let (token, device) = (&grant.token, grant.device.as_ref());
    tx.execute(
        "UPDATE oauth_grant SET device_name = $1, scopes = $2, serial = $3, derived_under = $4, \
         replaced_digest = CASE WHEN digest = $5 THEN replaced_digest ELSE digest END, digest = $5, pepper = $6, \
         account_epoch = $7, client_epoch = $8, issued_at = $9, expires_at = $10, revoked_at = $11 WHERE id = $12",
        bind![
            device.and_then(|device| device.name.as_deref()),
            i64::from(grant.scopes.bits()),
            token.serial,
            i64::from(token.derived_under),
            token.secret.digest.as_bytes(),
            i64::from(token.secret.pepper),
            token.account_epoch,
            token.client_epoch,
            token.issued_at.micros(),
            token.expires_at.micros(),
            token.revoked_at.map(Timestamp::micros),
            grant.id.as_bytes(),
        ],
    )?;
    Ok(())
}

/// Replaces the digest of a current token by the digest of the same token under another pepper. Says whether the token
/// was still current.
pub fn repepper(
    tx: &mut Tx<'_>,
    id: GrantId,
    old: SecretDigest,
    new: StoredSecret,
) -> Result<bool, StoreError> {
    let touched = tx.execute(
        "UPDATE oauth_grant SET digest = $1, pepper = $2, replaced_digest = $3 WHERE id = $4 AND digest = $3",
        bind![new.digest.as_bytes(), i64::from(new.pepper), old.as_bytes(), id.as_bytes()],
    )?;
    Ok(touched > 0)
}

/// Writes when a grant's token was last used, unless another node has seen a later use.
pub fn mark_used(tx: &mut Tx<'_>, id: GrantId, at: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE oauth_grant SET last_used_at = $1 WHERE id = $2 AND (last_used_at IS NULL OR last_used_at < $1)",
        bind![at.micros(), id.as_bytes()],
    )?;
    Ok(())
}

/// The grant of person, application and device.
pub fn find_of(
    conn: &mut Conn,
    account: AccountId,
    client: ClientId,
    device_id: Option<&str>,
) -> Result<Option<Grant>, StoreError> {
    conn.first(
        "SELECT id, account_id, client_id, device_id, device_name, scopes, serial, derived_under, digest, pepper, \
         account_epoch, client_epoch, issued_at, expires_at, revoked_at, created_at, last_used_at FROM oauth_grant \
         WHERE account_id = $1 AND client_id = $2 AND device_id = $3",
        bind![account.as_bytes(), client.as_bytes(), device_id.unwrap_or_default()],
        read,
    )
}

/// The grant whose current token has this digest.
pub fn find_by_digest(conn: &mut Conn, digest: SecretDigest) -> Result<Option<Grant>, StoreError> {
    conn.first(
        "SELECT id, account_id, client_id, device_id, device_name, scopes, serial, derived_under, digest, pepper, \
         account_epoch, client_epoch, issued_at, expires_at, revoked_at, created_at, last_used_at FROM oauth_grant \
         WHERE digest = $1",
        bind![digest.as_bytes()],
        read,
    )
}

/// What a person has allowed, dead grants included, the ones issued longest ago first.
pub fn of_account(conn: &mut Conn, account: AccountId) -> Result<Vec<Grant>, StoreError> {
    conn.all(
        "SELECT id, account_id, client_id, device_id, device_name, scopes, serial, derived_under, digest, pepper, \
         account_epoch, client_epoch, issued_at, expires_at, revoked_at, created_at, last_used_at FROM oauth_grant \
         WHERE account_id = $1 ORDER BY issued_at, seq",
        bind![account.as_bytes()],
        read,
    )
}

/// What an application was allowed, dead grants included, the ones issued longest ago first.
pub fn of_client(conn: &mut Conn, client: ClientId) -> Result<Vec<Grant>, StoreError> {
    conn.all(
        "SELECT id, account_id, client_id, device_id, device_name, scopes, serial, derived_under, digest, pepper, \
         account_epoch, client_epoch, issued_at, expires_at, revoked_at, created_at, last_used_at FROM oauth_grant \
         WHERE client_id = $1 ORDER BY issued_at, seq",
        bind![client.as_bytes()],
        read,
    )
}

/// What a person has allowed one application, dead grants included, the ones issued longest ago first.
pub fn of_account_and_client(
    conn: &mut Conn,
    account: AccountId,
    client: ClientId,
) -> Result<Vec<Grant>, StoreError> {
    conn.all(
        "SELECT id, account_id, client_id, device_id, device_name, scopes, serial, derived_under, digest, pepper, \
         account_epoch, client_epoch, issued_at, expires_at, revoked_at, created_at, last_used_at FROM oauth_grant \
         WHERE account_id = $1 AND client_id = $2 ORDER BY issued_at, seq",
        bind![account.as_bytes(), client.as_bytes()],
        read,
    )
}

/// Live grants whose token is recognised by a digest under a pepper before this one and was derived under yet another:
/// that digest alone keeps its pepper needed.
pub fn digested_before(
    conn: &mut Conn,
    number: PepperNumber,
    now: Timestamp,
) -> Result<Vec<Grant>, StoreError> {
    conn.all(
        "SELECT g.id, g.account_id, g.client_id, g.device_id, g.device_name, g.scopes, g.serial, g.derived_under, \
         g.digest, g.pepper, g.account_epoch, g.client_epoch, g.issued_at, g.expires_at, g.revoked_at, g.created_at, \
         g.last_used_at FROM oauth_grant g JOIN account a ON a.id = g.account_id JOIN client c ON c.id = g.client_id \
         WHERE g.pepper < $1 AND g.pepper <> g.derived_under AND g.revoked_at IS NULL AND g.expires_at > $2 \
         AND g.account_epoch = a.credential_epoch AND g.client_epoch = c.token_epoch AND c.deleted_at IS NULL",
        bind![i64::from(number), now.micros()],
        read,
    )
}

fn read(row: &Row<'_>) -> Result<Grant, StoreError> {
    Ok(Grant {
        id: GrantId::from_bytes(row.bytes(0)?),
        account_id: AccountId::from_bytes(row.bytes(1)?),
        client_id: ClientId::from_bytes(row.bytes(2)?),
        device: device(row.text(3)?, row.opt_text(4)?),
        scopes: oauth_scopes(row.int(5)?)?,
        token: IssuedToken {
            serial: row.int(6)?,
            derived_under: pepper(row.int(7)?)?,
            secret: StoredSecret {
                digest: SecretDigest::from_bytes(row.bytes(8)?),
                pepper: pepper(row.int(9)?)?,
            },
            account_epoch: row.int(10)?,
            client_epoch: row.int(11)?,
            issued_at: Timestamp::from_micros(row.int(12)?),
            expires_at: Timestamp::from_micros(row.int(13)?),
            revoked_at: moment(row.opt_int(14)?),
        },
        created_at: Timestamp::from_micros(row.int(15)?),
        last_used_at: moment(row.opt_int(16)?),
    })
}

/// No device is stored as an empty text, so that person, application and device are unique together.
fn device(id: &str, name: Option<&str>) -> Option<Device> {
    (!id.is_empty()).then(|| Device { id: id.to_owned(), name: name.map(str::to_owned) })
}

/// What the check needs of one grant's current token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenRow {
    /// Of the current token. Any other token of the same grant is dead.
    pub digest: SecretDigest,
    /// Whose token.
    pub grant_id: GrantId,
    /// Who allowed it.
    pub account_id: AccountId,
    /// To whom.
    pub client_id: ClientId,
    /// What it may do.
    pub scopes: OAuthScopes,
    /// The person's `credential_epoch` when it was issued.
    pub account_epoch: i64,
    /// The application's `token_epoch` when it was issued.
    pub client_epoch: i64,
    /// When its time is over.
    pub expires_at: Timestamp,
    /// When it was withdrawn.
    pub revoked_at: Option<Timestamp>,
    /// When it, or a token before it, was last used.
    pub last_used_at: Option<Timestamp>,
    /// The digest that stood there before, of a token before it or of the same one under a former pepper, to be forgotten.
    pub replaced_digest: Option<SecretDigest>,
}

/// The range of internal numbers that grants have: first and last, for reading them in parts.
pub fn sequence_range(conn: &mut Conn) -> Result<Option<(i64, i64)>, StoreError> {
    conn.first("SELECT COALESCE(MIN(seq), 0), COALESCE(MAX(seq), 0) FROM oauth_grant", bind![], |row| {
        Ok((row.int(0)?, row.int(1)?))
    })
    .map(|range| range.filter(|(_, last)| *last > 0))
}

/// Shows the token of each grant whose internal number lies in `first..=last`.
pub fn each_token(
    conn: &mut Conn,
    first: i64,
    last: i64,
    mut visit: impl FnMut(&TokenRow),
) -> Result<(), StoreError> {
    conn.each(
        "SELECT id, account_id, client_id, scopes, digest, account_epoch, client_epoch, expires_at, revoked_at, \
         last_used_at, replaced_digest FROM oauth_grant WHERE seq BETWEEN $1 AND $2",
        bind![first, last],
        |row| {
            visit(&token_row(row)?);
            Ok(())
        },
    )
}

/// The current token of one grant.
pub fn token_of(conn: &mut Conn, id: GrantId) -> Result<Option<TokenRow>, StoreError> {
    conn.first(
        "SELECT id, account_id, client_id, scopes, digest, account_epoch, client_epoch, expires_at, revoked_at, \
         last_used_at, replaced_digest FROM oauth_grant WHERE id = $1",
        bind![id.as_bytes()],
        token_row,
    )
}

fn token_row(row: &Row<'_>) -> Result<TokenRow, StoreError> {
    Ok(TokenRow {
        grant_id: GrantId::from_bytes(row.bytes(0)?),
        account_id: AccountId::from_bytes(row.bytes(1)?),
        client_id: ClientId::from_bytes(row.bytes(2)?),
        scopes: oauth_scopes(row.int(3)?)?,
        digest: SecretDigest::from_bytes(row.bytes(4)?),
        account_epoch: row.int(5)?,
        client_epoch: row.int(6)?,
        expires_at: Timestamp::from_micros(row.int(7)?),
        revoked_at: moment(row.opt_int(8)?),
        last_used_at: moment(row.opt_int(9)?),
        replaced_digest: row.opt_bytes(10)?.map(SecretDigest::from_bytes),
    })
}
