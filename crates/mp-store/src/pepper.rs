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

/// How many current secrets of keys that are not deleted still have a digest under this pepper.
pub fn count_in_use(conn: &mut Conn, number: PepperNumber) -> Result<i64, StoreError> {
    conn.number(
        "SELECT COUNT(*) FROM api_key WHERE pepper = $1 AND deleted_at IS NULL",
        bind![i64::from(number)],
    )
}
