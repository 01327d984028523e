//! The `backup_code` table: codes that stand for a second factor once each, as digests.

use mp_domain::api_key::StoredSecret;
use mp_domain::ids::AccountId;
use mp_domain::secret::SecretDigest;
use mp_domain::time::Timestamp;

use crate::conn::{Conn, Tx, bind};
use crate::error::StoreError;

/// Gives a person these codes instead of those they had.
pub fn replace(tx: &mut Tx<'_>, account: AccountId, codes: &[StoredSecret]) -> Result<(), StoreError> {
    delete_all(tx, account)?;
    for code in codes {
        tx.execute(
            "INSERT INTO backup_code (account_id, digest, pepper) VALUES ($1, $2, $3)",
            bind![account.as_bytes(), code.digest.as_bytes(), i64::from(code.pepper)],
        )?;
    }
    Ok(())
}

/// Uses a code up. Says whether it was there and unused.
pub fn use_up(
    tx: &mut Tx<'_>,
    account: AccountId,
    code: SecretDigest,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let used = tx.execute(
        "UPDATE backup_code SET used_at = $1 WHERE account_id = $2 AND digest = $3 AND used_at IS NULL",
        bind![at.micros(), account.as_bytes(), code.as_bytes()],
    )?;
    Ok(used > 0)
}

/// How many unused codes a person has.
pub fn count_unused(conn: &mut Conn, account: AccountId) -> Result<i64, StoreError> {
    conn.number(
        "SELECT COUNT(*) FROM backup_code WHERE account_id = $1 AND used_at IS NULL",
        bind![account.as_bytes()],
    )
}

/// Takes all of a person's codes away.
pub fn delete_all(tx: &mut Tx<'_>, account: AccountId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM backup_code WHERE account_id = $1", bind![account.as_bytes()])?;
    Ok(())
}
