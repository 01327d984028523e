//! The `one_time_link` table: links in letters, each good once, as digests.

use mp_domain::account::Email;
use mp_domain::ids::AccountId;
use mp_domain::link::{OneTimeLink, Purpose};
use mp_domain::secret::SecretDigest;
use mp_domain::time::Timestamp;

use crate::columns::parsed;
use crate::conn::{Conn, Row, Tx, bind};
use crate::error::StoreError;

/// Adds a link.
pub fn insert(tx: &mut Tx<'_>, link: &OneTimeLink) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO one_time_link (digest, purpose, account_id, email, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        bind![
            link.digest.as_bytes(),
            link.purpose.as_str(),
            link.account_id.as_ref().map(|id| id.as_bytes().as_slice()),
            link.email.as_str(),
            link.created_at.micros(),
            link.expires_at.micros(),
        ],
    )?;
    Ok(())
}

/// A link that is neither used nor over.
pub fn find_live(
    conn: &mut Conn,
    purpose: Purpose,
    digest: SecretDigest,
    now: Timestamp,
) -> Result<Option<OneTimeLink>, StoreError> {
    conn.first(
        "SELECT digest, purpose, account_id, email, created_at, expires_at FROM one_time_link \
         WHERE purpose = $1 AND digest = $2 AND used_at IS NULL AND expires_at > $3",
        bind![purpose.as_str(), digest.as_bytes(), now.micros()],
        read,
    )
}

/// Uses a link up. Says whether it was unused until now: of two who try at the same time, one hears that it was not.
pub fn use_up(tx: &mut Tx<'_>, digest: SecretDigest, now: Timestamp) -> Result<bool, StoreError> {
    let used = tx.execute(
        "UPDATE one_time_link SET used_at = $1 WHERE digest = $2 AND used_at IS NULL",
        bind![now.micros(), digest.as_bytes()],
    )?;
    Ok(used > 0)
}

/// Takes all links of a person away.
pub fn delete_of_account(tx: &mut Tx<'_>, account: AccountId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM one_time_link WHERE account_id = $1", bind![account.as_bytes()])?;
    Ok(())
}

/// Forgets the links that were over before a moment. Says how many there were.
pub fn delete_old(tx: &mut Tx<'_>, expired: Timestamp) -> Result<u64, StoreError> {
    tx.execute("DELETE FROM one_time_link WHERE expires_at < $1", bind![expired.micros()])
}

fn read(row: &Row<'_>) -> Result<OneTimeLink, StoreError> {
    Ok(OneTimeLink {
        digest: SecretDigest::from_bytes(row.bytes(0)?),
        purpose: parsed(row.text(1)?)?,
        account_id: row.opt_bytes(2)?.map(AccountId::from_bytes),
        email: parsed::<Email>(row.text(3)?)?,
        created_at: Timestamp::from_micros(row.int(4)?),
        expires_at: Timestamp::from_micros(row.int(5)?),
    })
}
