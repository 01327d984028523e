//! The `pepper` table: fingerprints of the peppers that digests in this database were made with.

use mp_domain::secret::{Pepper, PepperNumber};
use mp_domain::time::Timestamp;

use crate::conn::{Conn, Tx, bind};
use crate::error::StoreError;

/// Remembers a pepper by its fingerprint.
pub fn insert(tx: &mut Tx<'_>, pepper: &Pepper, now: Timestamp) -> Result<(), StoreError> {
    let fingerprint = pepper.fingerprint();
    tx.execute(
        "INSERT INTO pepper (number, fingerprint, created_at) VALUES ($1, $2, $3)",
        bind![i64::from(pepper.number()), &fingerprint, now.micros()],
    )?;
    Ok(())
}

/// Number and fingerprint of every pepper, oldest first.
pub fn list(conn: &mut Conn) -> Result<Vec<(PepperNumber, String)>, StoreError> {
    conn.all("SELECT number, fingerprint FROM pepper ORDER BY number", bind![], |row| {
        let number = PepperNumber::try_from(row.int(0)?).map_err(StoreError::corrupt)?;
        Ok((number, row.text(1)?.to_owned()))
    })
}

/// How many secrets that still open something need this pepper: current ones of keys that are not deleted, replaced ones
/// of such keys whose overlap is not over, and people's tokens, which are also derived again under it.
pub fn count_in_use(conn: &mut Conn, number: PepperNumber, now: Timestamp) -> Result<i64, StoreError> {
    let number = i64::from(number);
    let current =
        conn.number("SELECT COUNT(*) FROM api_key WHERE pepper = $1 AND deleted_at IS NULL", bind![number])?;
    let replaced = conn.number(
        "SELECT COUNT(*) FROM api_key_retired_secret r JOIN api_key k ON k.id = r.key_id \
         WHERE r.pepper = $1 AND r.until > $2 AND k.deleted_at IS NULL",
        bind![number, now.micros()],
    )?;
    let tokens = conn.number(
        "SELECT COUNT(*) FROM oauth_grant WHERE (pepper = $1 OR derived_under = $1) \
         AND revoked_at IS NULL AND expires_at > $2",
        bind![number, now.micros()],
    )?;
    Ok(current + replaced + tokens)
}
