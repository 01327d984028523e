//! The `passkey` table: public keys by which people answer for the second factor.

use mp_domain::ids::AccountId;
use mp_domain::name::Name;
use mp_domain::time::Timestamp;

use crate::columns::{moment, name};
use crate::conn::{Conn, Row, Tx, bind};
use crate::error::StoreError;

/// A passkey as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPasskey {
    /// Unique among all people (WebAuthn §7.1, step 26).
    pub credential_id: Vec<u8>,
    /// Whose.
    pub account_id: AccountId,
    /// As its owner calls it.
    pub name: Name,
    /// Its public key, counter and flags, as JSON that only the verifier reads. Holds no secret.
    pub credential: String,
    /// Since when it is used here.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// Adds a passkey if nobody has one with its id. Says whether it did.
pub fn insert_new(tx: &mut Tx<'_>, passkey: &StoredPasskey) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO passkey (credential_id, account_id, name, credential, created_at, last_used_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (credential_id) DO NOTHING",
        bind![
            passkey.credential_id.as_slice(),
            passkey.account_id.as_bytes(),
            passkey.name.as_str(),
            &passkey.credential,
            passkey.created_at.micros(),
            passkey.last_used_at.map(Timestamp::micros),
        ],
    )?;
    Ok(added > 0)
}

/// Writes what using a passkey changes: its counter and flags, and when that was.
pub fn note_use(
    tx: &mut Tx<'_>,
    credential_id: &[u8],
    credential: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE passkey SET credential = $1, last_used_at = $2 WHERE credential_id = $3",
        bind![credential, at.micros(), credential_id],
    )?;
    Ok(())
}

/// A person's passkeys, oldest first.
pub fn of_account(conn: &mut Conn, account: AccountId) -> Result<Vec<StoredPasskey>, StoreError> {
    conn.all(
        "SELECT credential_id, account_id, name, credential, created_at, last_used_at FROM passkey \
         WHERE account_id = $1 ORDER BY created_at, credential_id",
        bind![account.as_bytes()],
        read,
    )
}

/// How many passkeys a person has.
pub fn count(conn: &mut Conn, account: AccountId) -> Result<i64, StoreError> {
    conn.number("SELECT COUNT(*) FROM passkey WHERE account_id = $1", bind![account.as_bytes()])
}

/// Removes every passkey of a person.
pub fn delete_all(tx: &mut Tx<'_>, account: AccountId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM passkey WHERE account_id = $1", bind![account.as_bytes()])?;
    Ok(())
}

/// Removes one of a person's passkeys. Says whether there was one.
pub fn delete(tx: &mut Tx<'_>, account: AccountId, credential_id: &[u8]) -> Result<bool, StoreError> {
    let removed = tx.execute(
        "DELETE FROM passkey WHERE account_id = $1 AND credential_id = $2",
        bind![account.as_bytes(), credential_id],
    )?;
    Ok(removed > 0)
}

fn read(row: &Row<'_>) -> Result<StoredPasskey, StoreError> {
    let credential_id =
        row.opt_blob(0)?.ok_or_else(|| StoreError::corrupt("a passkey has no id"))?.to_owned();
    Ok(StoredPasskey {
        credential_id,
        account_id: AccountId::from_bytes(row.bytes(1)?),
        name: name(row.text(2)?)?,
        credential: row.text(3)?.to_owned(),
        created_at: Timestamp::from_micros(row.int(4)?),
        last_used_at: moment(row.opt_int(5)?),
    })
}
