//! The `catalog` table: every catalogue that was imported, the newest of which is in force.

use mp_domain::time::Timestamp;

use crate::conn::{Conn, Row, Tx, bind};
use crate::error::StoreError;

/// An imported catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCatalog {
    /// Of its facts; equal facts have equal digests.
    pub digest: [u8; 16],
    /// Its written form (`mp_domain::catalog::table`).
    pub facts: String,
    /// Which document it was made from, as the operator named it.
    pub source: String,
    /// When.
    pub imported_at: Timestamp,
}

/// Brings a catalogue into force.
pub fn insert(tx: &mut Tx<'_>, catalog: &StoredCatalog) -> Result<(), StoreError> {
    let number = 1 + tx.number("SELECT COALESCE(MAX(number), 0) FROM catalog", bind![])?;
    tx.execute(
        "INSERT INTO catalog (number, digest, facts, source, imported_at) VALUES ($1, $2, $3, $4, $5)",
        bind![number, &catalog.digest, &catalog.facts, &catalog.source, catalog.imported_at.micros()],
    )?;
    Ok(())
}

/// The catalogue in force; `None` as long as none was imported.
pub fn newest(conn: &mut Conn) -> Result<Option<StoredCatalog>, StoreError> {
    conn.first(
        "SELECT digest, facts, source, imported_at FROM catalog ORDER BY number DESC LIMIT 1",
        bind![],
        read,
    )
}

fn read(row: &Row<'_>) -> Result<StoredCatalog, StoreError> {
    Ok(StoredCatalog {
        digest: row.bytes(0)?,
        facts: row.text(1)?.to_owned(),
        source: row.text(2)?.to_owned(),
        imported_at: Timestamp::from_micros(row.int(3)?),
    })
}
