//! The `business` table: cabinets.

use mp_domain::business::Business;
use mp_domain::ids::BusinessId;
use mp_domain::time::Timestamp;

use crate::columns::{name, parsed};
use crate::conn::{Conn, Row, Tx, bind};
use crate::error::StoreError;

/// Adds a cabinet.
pub fn insert(tx: &mut Tx<'_>, business: &Business) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO business (id, name, subscription, created_at) VALUES ($1, $2, $3, $4)",
        bind![
            business.id.number(),
            business.name.as_str(),
            business.subscription.as_str(),
            business.created_at.micros(),
        ],
    )?;
    Ok(())
}

/// Takes the cabinet for this transaction alone, so that what is counted in it stays true until the commit. Says
/// whether the cabinet exists.
pub fn lock(tx: &mut Tx<'_>, id: BusinessId) -> Result<bool, StoreError> {
    let touched =
        tx.execute("UPDATE business SET revision = revision + 1 WHERE id = $1", bind![id.number()])?;
    Ok(touched > 0)
}

/// The cabinet with this number.
pub fn find(conn: &mut Conn, id: BusinessId) -> Result<Option<Business>, StoreError> {
    conn.first(
        "SELECT id, name, subscription, created_at FROM business WHERE id = $1",
        bind![id.number()],
        read,
    )
}

/// Every cabinet, by number.
pub fn list(conn: &mut Conn) -> Result<Vec<Business>, StoreError> {
    conn.all("SELECT id, name, subscription, created_at FROM business ORDER BY id", bind![], read)
}

/// A number that no cabinet has yet.
pub fn next_id(conn: &mut Conn) -> Result<BusinessId, StoreError> {
    let next = conn.number("SELECT COALESCE(MAX(id), 1000000) + 1 FROM business", bind![])?;
    BusinessId::new(next).map_err(StoreError::corrupt)
}

fn read(row: &Row<'_>) -> Result<Business, StoreError> {
    Ok(Business {
        id: BusinessId::new(row.int(0)?).map_err(StoreError::corrupt)?,
        name: name(row.text(1)?)?,
        subscription: parsed(row.text(2)?)?,
        created_at: Timestamp::from_micros(row.int(3)?),
    })
}
