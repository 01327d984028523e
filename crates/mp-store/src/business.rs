//! The `business` table: cabinets.

use std::collections::HashSet;

use mp_domain::business::Business;
use mp_domain::decision::BusinessFacts;
use mp_domain::ids::{AccountId, BusinessId};
use mp_domain::name::Name;
use mp_domain::time::Timestamp;

use crate::campaign;
use crate::columns::{following, name, parsed};
use crate::conn::{Backend, Conn, Row, Tx, Value, bind};
use crate::error::StoreError;

/// Adds a cabinet.
pub fn insert(tx: &mut Tx<'_>, business: &Business) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO business (id, name, subscription, kind, created_at) VALUES ($1, $2, $3, $4, $5)",
        &columns(business),
    )?;
    Ok(())
}

/// Adds a cabinet if no other has its number. Says whether it did.
pub fn insert_new(tx: &mut Tx<'_>, business: &Business) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO business (id, name, subscription, kind, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (id) DO NOTHING",
        &columns(business),
    )?;
    Ok(added > 0)
}

fn columns(business: &Business) -> [Value<'_>; 5] {
    [
        business.id.number().into(),
        business.name.as_str().into(),
        business.subscription.as_str().into(),
        business.kind.as_str().into(),
        business.created_at.micros().into(),
    ]
}

/// Takes the cabinet for this transaction alone, so that what is counted in it stays true until the commit. Says
/// whether the cabinet exists.
pub fn lock(tx: &mut Tx<'_>, id: BusinessId) -> Result<bool, StoreError> {
    let sql = match tx.backend() {
        // An SQLite transaction has the whole database for itself.
        Backend::Sqlite(_) => "SELECT id FROM business WHERE id = $1",
        Backend::Postgres(_) => "SELECT id FROM business WHERE id = $1 FOR UPDATE",
    };
    Ok(tx.first(sql, bind![id.number()], |_| Ok(()))?.is_some())
}

/// The cabinet with this number.
pub fn find(conn: &mut Conn, id: BusinessId) -> Result<Option<Business>, StoreError> {
    conn.first(
        "SELECT id, name, subscription, kind, created_at FROM business WHERE id = $1",
        bind![id.number()],
        read,
    )
}

/// Writes name, subscription and kind anew.
pub fn update(tx: &mut Tx<'_>, business: &Business) -> Result<(), StoreError> {
    let Business { id, name, subscription, kind, .. } = business;
    tx.execute(
        "UPDATE business SET name = $1, subscription = $2, kind = $3 WHERE id = $4",
        bind![name.as_str(), subscription.as_str(), kind.as_str(), id.number()],
    )?;
    Ok(())
}

/// What the check needs of a cabinet; what is known of one that does not exist is what is known of most.
pub fn facts_of(conn: &mut Conn, id: BusinessId) -> Result<BusinessFacts, StoreError> {
    let all_campaigns_disabled = campaign::all_switched_off(conn, id)?;
    let found =
        conn.first("SELECT subscription, kind FROM business WHERE id = $1", bind![id.number()], |row| {
            Ok((parsed(row.text(0)?)?, parsed(row.text(1)?)?))
        })?;
    let (subscription, kind) = found.unwrap_or_default();
    Ok(BusinessFacts { subscription, kind, all_campaigns_disabled })
}

/// Shows what the check needs of every cabinet of which it is not what is known of most.
pub fn each_exceptional(
    conn: &mut Conn,
    mut visit: impl FnMut(BusinessId, BusinessFacts),
) -> Result<(), StoreError> {
    let switched_off: HashSet<_> = campaign::businesses_switched_off(conn)?.into_iter().collect();
    for id in &switched_off {
        visit(*id, BusinessFacts { all_campaigns_disabled: true, ..BusinessFacts::default() });
    }
    conn.each(
        "SELECT id, subscription, kind FROM business WHERE subscription <> 'none' OR kind <> 'seller'",
        bind![],
        |row| {
            let id = BusinessId::new(row.int(0)?).map_err(StoreError::corrupt)?;
            let all_campaigns_disabled = switched_off.contains(&id);
            let (subscription, kind) = (parsed(row.text(1)?)?, parsed(row.text(2)?)?);
            visit(id, BusinessFacts { subscription, kind, all_campaigns_disabled });
            Ok(())
        },
    )
}

/// The oldest cabinet of this name that the person owns.
pub fn find_owned(
    conn: &mut Conn,
    owner: AccountId,
    called: &Name,
) -> Result<Option<BusinessId>, StoreError> {
    conn.first(
        "SELECT b.id FROM member m JOIN business b ON b.id = m.business_id \
         WHERE m.account_id = $1 AND m.role = 'owner' AND b.name = $2 ORDER BY b.id LIMIT 1",
        bind![owner.as_bytes(), called.as_str()],
        |row| BusinessId::new(row.int(0)?).map_err(StoreError::corrupt),
    )
}

/// Every cabinet, by number.
pub fn list(conn: &mut Conn) -> Result<Vec<Business>, StoreError> {
    conn.all("SELECT id, name, subscription, kind, created_at FROM business ORDER BY id", bind![], read)
}

/// A number that no cabinet has yet.
pub fn next_id(conn: &mut Conn) -> Result<BusinessId, StoreError> {
    let highest = conn.number("SELECT COALESCE(MAX(id), 1000000) FROM business", bind![])?;
    BusinessId::new(following(highest)?).map_err(StoreError::corrupt)
}

fn read(row: &Row<'_>) -> Result<Business, StoreError> {
    Ok(Business {
        id: BusinessId::new(row.int(0)?).map_err(StoreError::corrupt)?,
        name: name(row.text(1)?)?,
        subscription: parsed(row.text(2)?)?,
        kind: parsed(row.text(3)?)?,
        created_at: Timestamp::from_micros(row.int(4)?),
    })
}
