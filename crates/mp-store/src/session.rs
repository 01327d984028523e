//! The `session` table: browsers in which people are signed in. Ended sessions are not kept.

use mp_domain::ids::{AccountId, SessionId};
use mp_domain::secret::{SealedBytes, SecretDigest};
use mp_domain::session::Session;
use mp_domain::time::Timestamp;

use crate::columns::parsed;
use crate::conn::{Conn, Row, Tx, bind};
use crate::error::StoreError;

/// Adds a session.
pub fn insert(tx: &mut Tx<'_>, session: &Session) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO session (id, account_id, digest, account_epoch, stage, user_agent, address, pending, created_at, \
         authenticated_at, last_used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        bind![
            session.id.as_bytes(),
            session.account_id.as_bytes(),
            session.digest.as_bytes(),
            session.account_epoch,
            session.stage.as_str(),
            &session.user_agent,
            &session.address,
            session.pending.as_ref().map(SealedBytes::as_bytes),
            session.created_at.micros(),
            session.authenticated_at.micros(),
            session.last_used_at.micros(),
        ],
    )?;
    Ok(())
}

/// Writes everything about a session that can change, its cookie's digest included.
pub fn update(tx: &mut Tx<'_>, session: &Session) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE session SET digest = $1, account_epoch = $2, stage = $3, user_agent = $4, address = $5, pending = $6, \
         authenticated_at = $7, last_used_at = $8 WHERE id = $9",
        bind![
            session.digest.as_bytes(),
            session.account_epoch,
            session.stage.as_str(),
            &session.user_agent,
            &session.address,
            session.pending.as_ref().map(SealedBytes::as_bytes),
            session.authenticated_at.micros(),
            session.last_used_at.micros(),
            session.id.as_bytes(),
        ],
    )?;
    Ok(())
}

/// Notes when and where from a session was last used, and nothing else: another change may be under way.
pub fn note_use(tx: &mut Tx<'_>, id: SessionId, address: &str, at: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE session SET address = $1, last_used_at = $2 WHERE id = $3",
        bind![address, at.micros(), id.as_bytes()],
    )?;
    Ok(())
}

/// The session of a cookie.
pub fn find_by_digest(conn: &mut Conn, digest: SecretDigest) -> Result<Option<Session>, StoreError> {
    conn.first(
        "SELECT id, account_id, digest, account_epoch, stage, user_agent, address, pending, created_at, \
         authenticated_at, last_used_at FROM session WHERE digest = $1",
        bind![digest.as_bytes()],
        read,
    )
}

/// The session with this id.
pub fn find(conn: &mut Conn, id: SessionId) -> Result<Option<Session>, StoreError> {
    conn.first(
        "SELECT id, account_id, digest, account_epoch, stage, user_agent, address, pending, created_at, \
         authenticated_at, last_used_at FROM session WHERE id = $1",
        bind![id.as_bytes()],
        read,
    )
}

/// A person's sessions, most recently used first.
pub fn of_account(conn: &mut Conn, account: AccountId) -> Result<Vec<Session>, StoreError> {
    conn.all(
        "SELECT id, account_id, digest, account_epoch, stage, user_agent, address, pending, created_at, \
         authenticated_at, last_used_at FROM session WHERE account_id = $1 ORDER BY last_used_at DESC, id",
        bind![account.as_bytes()],
        read,
    )
}

/// Ends one of a person's sessions. Says whether there was one.
pub fn delete(tx: &mut Tx<'_>, account: AccountId, id: SessionId) -> Result<bool, StoreError> {
    let ended = tx.execute(
        "DELETE FROM session WHERE account_id = $1 AND id = $2",
        bind![account.as_bytes(), id.as_bytes()],
    )?;
    Ok(ended > 0)
}

/// Ends all of a person's sessions, or all but one.
pub fn delete_all(tx: &mut Tx<'_>, account: AccountId, except: Option<SessionId>) -> Result<(), StoreError> {
    match except {
        None => tx.execute("DELETE FROM session WHERE account_id = $1", bind![account.as_bytes()])?,
        Some(kept) => tx.execute(
            "DELETE FROM session WHERE account_id = $1 AND id <> $2",
            bind![account.as_bytes(), kept.as_bytes()],
        )?,
    };
    Ok(())
}

/// Ends the sessions last used before one moment or begun before another. Says how many there were.
pub fn delete_old(tx: &mut Tx<'_>, used: Timestamp, begun: Timestamp) -> Result<u64, StoreError> {
    tx.execute(
        "DELETE FROM session WHERE last_used_at < $1 OR created_at < $2",
        bind![used.micros(), begun.micros()],
    )
}

fn read(row: &Row<'_>) -> Result<Session, StoreError> {
    Ok(Session {
        id: SessionId::from_bytes(row.bytes(0)?),
        account_id: AccountId::from_bytes(row.bytes(1)?),
        digest: SecretDigest::from_bytes(row.bytes(2)?),
        account_epoch: row.int(3)?,
        stage: parsed(row.text(4)?)?,
        user_agent: row.text(5)?.to_owned(),
        address: row.text(6)?.to_owned(),
        pending: row.opt_blob(7)?.map(|bytes| SealedBytes::new(bytes.to_owned())),
        created_at: Timestamp::from_micros(row.int(8)?),
        authenticated_at: Timestamp::from_micros(row.int(9)?),
        last_used_at: Timestamp::from_micros(row.int(10)?),
    })
}
