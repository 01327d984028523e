//! Whether the database can be used: the small write that a running server repeats, and the long look of `doctor`.

use mp_domain::time::Timestamp;

use crate::conn::{Tx, bind};
use crate::error::StoreError;
use crate::store::{Store, open_reader};
use crate::url::DatabaseUrl;

/// Writes that this node is alive: the only honest proof that the database can be written.
pub fn heartbeat(tx: &mut Tx<'_>, node: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO heartbeat (node, at) VALUES ($1, $2) ON CONFLICT (node) DO UPDATE SET at = excluded.at",
        bind![node, now.micros()],
    )?;
    Ok(())
}

impl Store {
    /// Reads the whole database file and names what is damaged; nothing if it is sound. Blocks. PostgreSQL looks after
    /// its own files, so there it only proves that the server answers.
    pub fn integrity_faults(url: &DatabaseUrl) -> Result<Vec<String>, StoreError> {
        match report(url) {
            Ok(lines) => Ok(lines.into_iter().filter(|line| line != "ok").collect()),
            // Some damage keeps even the looking from its end.
            Err(StoreError::Corrupt(reason)) => Ok(vec![reason]),
            Err(error) => Err(error),
        }
    }
}

fn report(url: &DatabaseUrl) -> Result<Vec<String>, StoreError> {
    let look = match url {
        DatabaseUrl::Sqlite(_) => "PRAGMA quick_check",
        DatabaseUrl::Postgres(_) => "SELECT 'ok'",
    };
    open_reader(url)?.all(look, bind![], |row| Ok(row.text(0)?.to_owned()))
}
