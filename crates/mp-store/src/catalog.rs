//! The `catalog` table: every catalogue that was imported, the newest of which is in force. An entry without facts stands
//! for the one that marketpass brings along.

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
    let StoredCatalog { digest, facts, source, imported_at } = catalog;
    append(tx, digest, facts, source, *imported_at)
}

/// Brings the catalogue back into force that marketpass brings along, whichever that is with the version of a node.
pub fn insert_shipped(tx: &mut Tx<'_>, at: Timestamp) -> Result<(), StoreError> {
    append(tx, &[0; 16], "", "", at)
}

fn append(
    tx: &mut Tx<'_>,
    digest: &[u8; 16],
    facts: &str,
    source: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    let number = 1 + tx.number("SELECT COALESCE(MAX(number), 0) FROM catalog", bind![])?;
    tx.execute(
        "INSERT INTO catalog (number, digest, facts, source, imported_at) VALUES ($1, $2, $3, $4, $5)",
        bind![number, digest, facts, source, at.micros()],
    )?;
    Ok(())
}

/// The imported catalogue in force; `None` where it is the one that marketpass brings along.
pub fn newest(conn: &mut Conn) -> Result<Option<StoredCatalog>, StoreError> {
    let newest = conn.first(
        "SELECT digest, facts, source, imported_at FROM catalog ORDER BY number DESC LIMIT 1",
        bind![],
        read,
    )?;
    Ok(newest.filter(|catalog| !catalog.facts.is_empty()))
}

fn read(row: &Row<'_>) -> Result<StoredCatalog, StoreError> {
    Ok(StoredCatalog {
        digest: row.bytes(0)?,
        facts: row.text(1)?.to_owned(),
        source: row.text(2)?.to_owned(),
        imported_at: Timestamp::from_micros(row.int(3)?),
    })
}
