//! The `client` table: applications. A deleted one stays, so that what it was called can still be said.

use mp_domain::client::{Client, ClientProfile, FormerSecret};
use mp_domain::ids::{AccountId, ClientId};
use mp_domain::name::Name;
use mp_domain::redirect_uri::RedirectUri;
use mp_domain::secret::{PepperNumber, SealedBytes};
use mp_domain::time::Timestamp;

use crate::columns::{moment, name, oauth_scopes, parsed};
use crate::conn::{Backend, Conn, Row, Tx, bind};
use crate::error::StoreError;

/// Adds an application.
pub fn insert(tx: &mut Tx<'_>, client: &Client) -> Result<(), StoreError> {
    let (profile, former) = (&client.profile, client.former_secret.as_ref());
    let (redirect_uris, grant_types) = (redirect_uris_text(profile), grant_types_text(profile));
    tx.execute(
        "INSERT INTO client (id, owner_id, kind, name, email, redirect_uris, scopes, grant_types, ignores_query, icon, \
         secret, former_secret, former_secret_until, token_epoch, created_at, deleted_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        bind![
            client.id.as_bytes(),
            client.owner.as_bytes(),
            client.kind.as_str(),
            profile.name.as_str(),
            profile.email.as_str(),
            &redirect_uris,
            i64::from(profile.scopes.bits()),
            &grant_types,
            i64::from(profile.ignores_redirect_query),
            client.icon.as_deref(),
            client.secret.as_ref().map(SealedBytes::as_bytes),
            former.map(|former| former.secret.as_bytes()),
            former.map(|former| former.until.micros()),
            client.token_epoch,
            client.created_at.micros(),
            client.deleted_at.map(Timestamp::micros),
        ],
    )?;
    Ok(())
}

/// Writes everything about an application that can change.
pub fn update(tx: &mut Tx<'_>, client: &Client) -> Result<(), StoreError> {
    let (profile, former) = (&client.profile, client.former_secret.as_ref());
    let (redirect_uris, grant_types) = (redirect_uris_text(profile), grant_types_text(profile));
    tx.execute(
        "UPDATE client SET name = $1, email = $2, redirect_uris = $3, scopes = $4, grant_types = $5, \
         ignores_query = $6, icon = $7, secret = $8, former_secret = $9, former_secret_until = $10, token_epoch = $11, \
         deleted_at = $12 WHERE id = $13",
        bind![
            profile.name.as_str(),
            profile.email.as_str(),
            &redirect_uris,
            i64::from(profile.scopes.bits()),
            &grant_types,
            i64::from(profile.ignores_redirect_query),
            client.icon.as_deref(),
            client.secret.as_ref().map(SealedBytes::as_bytes),
            former.map(|former| former.secret.as_bytes()),
            former.map(|former| former.until.micros()),
            client.token_epoch,
            client.deleted_at.map(Timestamp::micros),
            client.id.as_bytes(),
        ],
    )?;
    Ok(())
}

/// Neither kind of text contains a space.
fn redirect_uris_text(profile: &ClientProfile) -> String {
    profile.redirect_uris.iter().map(RedirectUri::as_str).collect::<Vec<_>>().join(" ")
}

fn grant_types_text(profile: &ClientProfile) -> String {
    profile.grant_types.iter().map(|grant_type| grant_type.as_str()).collect::<Vec<_>>().join(" ")
}

/// Takes the application for this transaction alone, so that its rights and its epoch stay what they are until the
/// commit; deleted ones too.
pub fn lock(tx: &mut Tx<'_>, id: ClientId) -> Result<Option<Client>, StoreError> {
    let sql = match tx.backend() {
        // An SQLite transaction has the whole database for itself.
        Backend::Sqlite(_) => "SELECT created_at FROM client WHERE id = $1",
        Backend::Postgres(_) => "SELECT created_at FROM client WHERE id = $1 FOR NO KEY UPDATE",
    };
    tx.first(sql, bind![id.as_bytes()], |_| Ok(()))?;
    find(tx, id)
}

/// The application with this id, deleted ones too.
pub fn find(conn: &mut Conn, id: ClientId) -> Result<Option<Client>, StoreError> {
    conn.first(
        "SELECT id, owner_id, kind, name, email, redirect_uris, scopes, grant_types, ignores_query, icon, secret, \
         former_secret, former_secret_until, token_epoch, created_at, deleted_at FROM client WHERE id = $1",
        bind![id.as_bytes()],
        read,
    )
}

/// A person's applications that are not deleted, oldest first.
pub fn of_owner(conn: &mut Conn, owner: AccountId) -> Result<Vec<Client>, StoreError> {
    conn.all(
        "SELECT id, owner_id, kind, name, email, redirect_uris, scopes, grant_types, ignores_query, icon, secret, \
         former_secret, former_secret_until, token_epoch, created_at, deleted_at FROM client \
         WHERE owner_id = $1 AND deleted_at IS NULL ORDER BY created_at, id",
        bind![owner.as_bytes()],
        read,
    )
}

/// Whether a person has an application with this name that is not deleted.
pub fn is_name_taken(conn: &mut Conn, owner: AccountId, name: &Name) -> Result<bool, StoreError> {
    let found = conn.number(
        "SELECT COUNT(*) FROM client WHERE owner_id = $1 AND name = $2 AND deleted_at IS NULL",
        bind![owner.as_bytes(), name.as_str()],
    )?;
    Ok(found > 0)
}

/// Every application that is not deleted, oldest first.
pub fn list(conn: &mut Conn) -> Result<Vec<Client>, StoreError> {
    conn.all(
        "SELECT id, owner_id, kind, name, email, redirect_uris, scopes, grant_types, ignores_query, icon, secret, \
         former_secret, former_secret_until, token_epoch, created_at, deleted_at FROM client \
         WHERE deleted_at IS NULL ORDER BY created_at, id",
        bind![],
        read,
    )
}

/// The secrets, present and former, that are sealed under a pepper before this one; those of deleted applications left
/// out.
pub fn sealed_before(
    conn: &mut Conn,
    number: PepperNumber,
) -> Result<Vec<(ClientId, SealedBytes)>, StoreError> {
    // The number stands in the first four bytes, big-endian: bytes compare as numbers do.
    conn.all(
        "SELECT id, secret FROM client \
         WHERE deleted_at IS NULL AND secret IS NOT NULL AND substr(secret, 1, 4) < $1 \
         UNION ALL SELECT id, former_secret FROM client \
         WHERE deleted_at IS NULL AND former_secret IS NOT NULL AND substr(former_secret, 1, 4) < $1",
        bind![&number.to_be_bytes()[..]],
        |row| {
            Ok((
                ClientId::from_bytes(row.bytes(0)?),
                SealedBytes::new(row.opt_blob(1)?.unwrap_or_default().to_owned()),
            ))
        },
    )
}

/// Writes the same secret sealed anew in whichever place it has by now, unless it is gone. Says whether it did.
pub fn reseal(
    tx: &mut Tx<'_>,
    id: ClientId,
    old: &SealedBytes,
    new: &SealedBytes,
) -> Result<bool, StoreError> {
    let touched = tx.execute(
        "UPDATE client SET secret = CASE WHEN secret = $1 THEN $2 ELSE secret END, \
         former_secret = CASE WHEN former_secret = $1 THEN $2 ELSE former_secret END \
         WHERE id = $3 AND (secret = $1 OR former_secret = $1)",
        bind![old.as_bytes(), new.as_bytes(), id.as_bytes()],
    )?;
    Ok(touched > 0)
}

fn read(row: &Row<'_>) -> Result<Client, StoreError> {
    Ok(Client {
        id: ClientId::from_bytes(row.bytes(0)?),
        owner: AccountId::from_bytes(row.bytes(1)?),
        kind: parsed(row.text(2)?)?,
        profile: ClientProfile {
            name: name(row.text(3)?)?,
            email: parsed(row.text(4)?)?,
            redirect_uris: row
                .text(5)?
                .split(' ')
                .map(|text| RedirectUri::registered(text.to_owned()))
                .collect(),
            scopes: oauth_scopes(row.int(6)?)?,
            grant_types: row.text(7)?.split_whitespace().map(parsed).collect::<Result<_, _>>()?,
            ignores_redirect_query: row.int(8)? != 0,
        },
        icon: row.opt_blob(9)?.map(<[u8]>::to_vec),
        secret: sealed(row, 10)?,
        former_secret: former_secret(row)?,
        token_epoch: row.int(13)?,
        created_at: Timestamp::from_micros(row.int(14)?),
        deleted_at: moment(row.opt_int(15)?),
    })
}

fn sealed(row: &Row<'_>, column: usize) -> Result<Option<SealedBytes>, StoreError> {
    Ok(row.opt_blob(column)?.map(|bytes| SealedBytes::new(bytes.to_vec())))
}

fn former_secret(row: &Row<'_>) -> Result<Option<FormerSecret>, StoreError> {
    let until = moment(row.opt_int(12)?);
    Ok(sealed(row, 11)?.zip(until).map(|(secret, until)| FormerSecret { secret, until }))
}

/// What the check needs of one application: borrowed, because a start reads all of them.
#[derive(Debug, Clone, Copy)]
pub struct ClientRow<'a> {
    /// Which.
    pub id: ClientId,
    /// What people call it.
    pub name: &'a str,
    /// Tokens of an earlier epoch are dead.
    pub token_epoch: i64,
    /// Whether it was deleted, and all its tokens with it.
    pub is_deleted: bool,
}

/// Shows every application, deleted ones too.
pub fn each(conn: &mut Conn, mut visit: impl FnMut(&ClientRow<'_>)) -> Result<(), StoreError> {
    conn.each("SELECT id, name, token_epoch, deleted_at FROM client", bind![], |row| {
        visit(&client_row(row)?);
        Ok(())
    })
}

/// Shows the application with this id, a deleted one too.
pub fn facts_of(
    conn: &mut Conn,
    id: ClientId,
    mut visit: impl FnMut(&ClientRow<'_>),
) -> Result<(), StoreError> {
    conn.each(
        "SELECT id, name, token_epoch, deleted_at FROM client WHERE id = $1",
        bind![id.as_bytes()],
        |row| {
            visit(&client_row(row)?);
            Ok(())
        },
    )
}

fn client_row<'r>(row: &'r Row<'_>) -> Result<ClientRow<'r>, StoreError> {
    Ok(ClientRow {
        id: ClientId::from_bytes(row.bytes(0)?),
        name: row.text(1)?,
        token_epoch: row.int(2)?,
        is_deleted: row.opt_int(3)?.is_some(),
    })
}
