//! The `shadow_catalog` table: every catalogue that was put on trial. One at most has not ended.

use mp_domain::time::Timestamp;

use crate::columns::moment;
use crate::conn::{Conn, Row, Tx, bind};
use crate::error::StoreError;

/// A catalogue to put on trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewShadow {
    /// Of its facts; equal facts have equal digests.
    pub digest: [u8; 16],
    /// Its written form (`mp_domain::catalog::table`).
    pub facts: String,
    /// Which document it was made from, as the operator named it.
    pub source: String,
    /// When.
    pub begun_at: Timestamp,
}

/// The catalogue on trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShadowCatalog {
    /// Its number; later ones have higher ones.
    pub number: i64,
    /// Of its facts.
    pub digest: [u8; 16],
    /// Its written form.
    pub facts: String,
    /// Which document it was made from, as the operator named it.
    pub source: String,
}

/// A trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// Its number.
    pub number: i64,
    /// Which document it is about.
    pub source: String,
    /// When it began.
    pub begun_at: Timestamp,
    /// When it ended, if it has.
    pub ended_at: Option<Timestamp>,
    /// How many calls were judged by the rules on trial as well.
    pub judged: i64,
}

/// Puts a catalogue on trial in place of the one that is, and forgets what was reported of others.
pub fn begin(tx: &mut Tx<'_>, shadow: &NewShadow) -> Result<(), StoreError> {
    end(tx, shadow.begun_at)?;
    tx.execute("DELETE FROM shadow_difference", bind![])?;
    let number = 1 + tx.number("SELECT COALESCE(MAX(number), 0) FROM shadow_catalog", bind![])?;
    let NewShadow { digest, facts, source, begun_at } = shadow;
    tx.execute(
        "INSERT INTO shadow_catalog (number, digest, facts, source, begun_at, judged) \
         VALUES ($1, $2, $3, $4, $5, 0)",
        bind![number, digest, facts, source, begun_at.micros()],
    )?;
    Ok(())
}

/// Ends the trial. Says whether there was one.
pub fn end(tx: &mut Tx<'_>, at: Timestamp) -> Result<bool, StoreError> {
    let ended =
        tx.execute("UPDATE shadow_catalog SET ended_at = $1 WHERE ended_at IS NULL", bind![at.micros()])?;
    Ok(ended > 0)
}

/// The catalogue on trial, if one is.
pub fn on_trial(conn: &mut Conn) -> Result<Option<ShadowCatalog>, StoreError> {
    conn.first(
        "SELECT number, digest, facts, source FROM shadow_catalog WHERE ended_at IS NULL \
         ORDER BY number DESC LIMIT 1",
        bind![],
        |row| {
            let (number, digest) = (row.int(0)?, row.bytes(1)?);
            Ok(ShadowCatalog {
                number,
                digest,
                facts: row.text(2)?.to_owned(),
                source: row.text(3)?.to_owned(),
            })
        },
    )
}

/// The last trial, over or not; `None` as long as there was none.
pub fn newest(conn: &mut Conn) -> Result<Option<Trial>, StoreError> {
    conn.first(
        "SELECT number, source, begun_at, ended_at, judged FROM shadow_catalog ORDER BY number DESC LIMIT 1",
        bind![],
        read,
    )
}

fn read(row: &Row<'_>) -> Result<Trial, StoreError> {
    Ok(Trial {
        number: row.int(0)?,
        source: row.text(1)?.to_owned(),
        begun_at: Timestamp::from_micros(row.int(2)?),
        ended_at: moment(row.opt_int(3)?),
        judged: row.int(4)?,
    })
}

/// Adds calls that were judged. Says whether anybody still wants to know of this trial: only the last one's report is
/// kept.
pub fn count(tx: &mut Tx<'_>, number: i64, judged: i64) -> Result<bool, StoreError> {
    let counted = tx.execute(
        "UPDATE shadow_catalog SET judged = judged + $1 \
         WHERE number = $2 AND number = (SELECT MAX(number) FROM shadow_catalog)",
        bind![judged, number],
    )?;
    Ok(counted > 0)
}
