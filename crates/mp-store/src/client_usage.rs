//! The `client_usage` table: how many calls came with an application's tokens, by cabinet and day (UTC).

use mp_domain::ids::{BusinessId, ClientId};
use mp_domain::name::Name;

use crate::columns::name;
use crate::conn::{Conn, Tx, bind};
use crate::error::StoreError;

/// Adds calls of one day, counted from 1970-01-01. A call that addresses no cabinet is counted under none.
pub fn add(
    tx: &mut Tx<'_>,
    client: ClientId,
    business: Option<BusinessId>,
    day: i64,
    calls: i64,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO client_usage (client_id, business_id, day, calls) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (client_id, business_id, day) DO UPDATE SET calls = client_usage.calls + excluded.calls",
        bind![client.as_bytes(), business.map_or(0, BusinessId::number), day, calls],
    )?;
    Ok(())
}

/// The calls with an application's tokens since a day, that day included.
pub fn of_client(conn: &mut Conn, client: ClientId, since: i64) -> Result<i64, StoreError> {
    conn.number(
        "SELECT CAST(COALESCE(SUM(calls), 0) AS BIGINT) FROM client_usage WHERE client_id = $1 AND day >= $2",
        bind![client.as_bytes(), since],
    )
}

/// The calls to a cabinet since a day, that day included, by application, the busiest first.
pub fn of_business(
    conn: &mut Conn,
    business: BusinessId,
    since: i64,
) -> Result<Vec<(ClientId, Name, i64)>, StoreError> {
    conn.all(
        "SELECT c.id, c.name, CAST(SUM(u.calls) AS BIGINT) FROM client_usage u JOIN client c ON c.id = u.client_id \
         WHERE u.business_id = $1 AND u.day >= $2 GROUP BY c.id, c.name ORDER BY 3 DESC, c.id",
        bind![business.number(), since],
        |row| Ok((ClientId::from_bytes(row.bytes(0)?), name(row.text(1)?)?, row.int(2)?)),
    )
}
