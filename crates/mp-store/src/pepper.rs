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

/// Since when the database knows a pepper.
pub fn known_since(conn: &mut Conn, number: PepperNumber) -> Result<Option<Timestamp>, StoreError> {
    conn.first("SELECT created_at FROM pepper WHERE number = $1", bind![i64::from(number)], |row| {
        Ok(Timestamp::from_micros(row.int(0)?))
    })
}

/// How many things would be lost without this pepper: digests by which something is recognised that still opens
/// something, tokens that could not be given again, and what is sealed under it. A person's sessions and the links in
/// letters are not counted: who loses them signs in or asks for a letter again.
pub fn count_in_use(conn: &mut Conn, number: PepperNumber, now: Timestamp) -> Result<i64, StoreError> {
    Ok(count_keys(conn, number, now)?
        + count_tokens(conn, number, now)?
        + count_backup_codes(conn, number)?
        + count_sealed(conn, number, now)?)
}

/// Current secrets of keys that are not deleted, and replaced ones of such keys whose overlap is not over.
fn count_keys(conn: &mut Conn, number: PepperNumber, now: Timestamp) -> Result<i64, StoreError> {
    let number = i64::from(number);
    let current =
        conn.number("SELECT COUNT(*) FROM api_key WHERE pepper = $1 AND deleted_at IS NULL", bind![number])?;
    let replaced = conn.number(
        "SELECT COUNT(*) FROM api_key_retired_secret r JOIN api_key k ON k.id = r.key_id \
         WHERE r.pepper = $1 AND r.until > $2 AND k.deleted_at IS NULL",
        bind![number, now.micros()],
    )?;
    Ok(current + replaced)
}

/// Live tokens that are recognised by a digest under the pepper, or were derived under it.
fn count_tokens(conn: &mut Conn, number: PepperNumber, now: Timestamp) -> Result<i64, StoreError> {
    conn.number(
        "SELECT COUNT(*) FROM oauth_grant g JOIN account a ON a.id = g.account_id JOIN client c ON c.id = g.client_id \
         WHERE (g.pepper = $1 OR g.derived_under = $1) AND g.revoked_at IS NULL AND g.expires_at > $2 \
         AND g.account_epoch = a.credential_epoch AND g.client_epoch = c.token_epoch AND c.deleted_at IS NULL",
        bind![i64::from(number), now.micros()],
    )
}

/// Backup codes that nobody has used.
fn count_backup_codes(conn: &mut Conn, number: PepperNumber) -> Result<i64, StoreError> {
    conn.number(
        "SELECT COUNT(*) FROM backup_code WHERE pepper = $1 AND used_at IS NULL",
        bind![i64::from(number)],
    )
}

/// What was sealed under the pepper, whose number stands in its first four bytes.
fn count_sealed(conn: &mut Conn, number: PepperNumber, now: Timestamp) -> Result<i64, StoreError> {
    let prefix = number.to_be_bytes();
    let seeds = conn.number(
        "SELECT COUNT(*) FROM account WHERE totp_secret IS NOT NULL AND substr(totp_secret, 1, 4) = $1",
        bind![&prefix[..]],
    )?;
    let secrets = conn.number(
        "SELECT COUNT(*) FROM client WHERE deleted_at IS NULL AND secret IS NOT NULL AND substr(secret, 1, 4) = $1",
        bind![&prefix[..]],
    )?;
    let former = conn.number(
        "SELECT COUNT(*) FROM client WHERE deleted_at IS NULL AND former_secret IS NOT NULL \
         AND substr(former_secret, 1, 4) = $1 AND former_secret_until > $2",
        bind![&prefix[..], now.micros()],
    )?;
    Ok(seeds + secrets + former)
}
