//! The `shadow_difference` table: how many calls the rules on trial judge otherwise than those in force, by operation,
//! reason and cabinet.
//!
//! Owns how many cabinets are told apart: the calls of further ones are counted without theirs.

use mp_domain::ids::BusinessId;
use mp_domain::shadow::{Cabinet, Verdict};
use mp_domain::time::Timestamp;

use crate::columns::parsed;
use crate::conn::{Conn, Row, Tx, bind};
use crate::error::StoreError;

const NONE: i64 = 0;
const OTHERS: i64 = -1;

/// Calls that are judged otherwise in the same way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShadowDifference {
    /// `operationId` of what was called, by the rules in force.
    pub operation: String,
    /// What would become of them.
    pub verdict: Verdict,
    /// Why they would be refused, or are.
    pub reason: String,
    /// Whose they are.
    pub cabinet: Cabinet,
    /// How many.
    pub calls: i64,
    /// When the first came,
    pub first_at: Timestamp,
    /// and the last.
    pub last_at: Timestamp,
}

/// Adds calls to those of a trial that are known. With `most` rows no more cabinets are told apart.
pub fn add(
    tx: &mut Tx<'_>,
    number: i64,
    differences: &[ShadowDifference],
    most: i64,
) -> Result<(), StoreError> {
    let known = "SELECT COUNT(*) FROM shadow_difference WHERE shadow_number = $1";
    let mut room = most - tx.number(known, bind![number])?;
    for difference in differences {
        let cabinet = cabinet_number(difference.cabinet);
        let is_new = !is_known(tx, number, difference, cabinet)?;
        if is_new && room <= 0 {
            add_one(tx, number, difference, OTHERS)?;
        } else {
            add_one(tx, number, difference, cabinet)?;
            room -= i64::from(is_new);
        }
    }
    Ok(())
}

fn is_known(
    tx: &mut Tx<'_>,
    number: i64,
    difference: &ShadowDifference,
    cabinet: i64,
) -> Result<bool, StoreError> {
    let ShadowDifference { operation, verdict, reason, .. } = difference;
    let found = tx.number(
        "SELECT COUNT(*) FROM shadow_difference WHERE shadow_number = $1 AND operation = $2 AND verdict = $3 \
         AND reason = $4 AND business_id = $5",
        bind![number, operation, verdict.as_str(), reason, cabinet],
    )?;
    Ok(found > 0)
}

fn add_one(
    tx: &mut Tx<'_>,
    number: i64,
    difference: &ShadowDifference,
    cabinet: i64,
) -> Result<(), StoreError> {
    let ShadowDifference { operation, verdict, reason, calls, first_at, last_at, .. } = difference;
    // The least and the greatest of two have another name in each database.
    tx.execute(
        "INSERT INTO shadow_difference \
         (shadow_number, operation, verdict, reason, business_id, calls, first_at, last_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (shadow_number, operation, verdict, reason, business_id) DO UPDATE SET \
         calls = shadow_difference.calls + excluded.calls, \
         first_at = CASE WHEN excluded.first_at < shadow_difference.first_at \
         THEN excluded.first_at ELSE shadow_difference.first_at END, \
         last_at = CASE WHEN excluded.last_at > shadow_difference.last_at \
         THEN excluded.last_at ELSE shadow_difference.last_at END",
        bind![
            number,
            operation,
            verdict.as_str(),
            reason,
            cabinet,
            *calls,
            first_at.micros(),
            last_at.micros()
        ],
    )?;
    Ok(())
}

/// Every difference of a trial, the most frequent first.
pub fn of(conn: &mut Conn, number: i64) -> Result<Vec<ShadowDifference>, StoreError> {
    conn.all(
        "SELECT operation, verdict, reason, business_id, calls, first_at, last_at FROM shadow_difference \
         WHERE shadow_number = $1 ORDER BY calls DESC, operation, verdict, reason, business_id",
        bind![number],
        read,
    )
}

fn read(row: &Row<'_>) -> Result<ShadowDifference, StoreError> {
    let cabinet = match row.int(3)? {
        NONE => Cabinet::None,
        OTHERS => Cabinet::Others,
        number => Cabinet::One(BusinessId::new(number).map_err(StoreError::corrupt)?),
    };
    Ok(ShadowDifference {
        operation: row.text(0)?.to_owned(),
        verdict: parsed(row.text(1)?)?,
        reason: row.text(2)?.to_owned(),
        cabinet,
        calls: row.int(4)?,
        first_at: Timestamp::from_micros(row.int(5)?),
        last_at: Timestamp::from_micros(row.int(6)?),
    })
}

fn cabinet_number(cabinet: Cabinet) -> i64 {
    match cabinet {
        Cabinet::None => NONE,
        Cabinet::One(id) => id.number(),
        Cabinet::Others => OTHERS,
    }
}
