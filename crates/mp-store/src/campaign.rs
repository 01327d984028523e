//! The `campaign` table: stores of cabinets.

use mp_domain::campaign::{Availability, Campaign};
use mp_domain::ids::{BusinessId, CampaignId};
use mp_domain::name::Name;
use mp_domain::reach::CampaignFacts;
use mp_domain::time::Timestamp;

use crate::columns::{following, name, parsed};
use crate::conn::{Conn, Row, Tx, Value, bind};
use crate::error::StoreError;

/// Adds a store.
pub fn insert(tx: &mut Tx<'_>, campaign: &Campaign) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO campaign (id, business_id, name, placement, availability, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        &columns(campaign),
    )?;
    Ok(())
}

/// Adds a store if no other has its number. Says whether it did.
pub fn insert_new(tx: &mut Tx<'_>, campaign: &Campaign) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO campaign (id, business_id, name, placement, availability, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING",
        &columns(campaign),
    )?;
    Ok(added > 0)
}

fn columns(campaign: &Campaign) -> [Value<'_>; 6] {
    [
        campaign.id.number().into(),
        campaign.business_id.number().into(),
        campaign.name.as_str().into(),
        campaign.placement.as_str().into(),
        campaign.availability.as_str().into(),
        campaign.created_at.micros().into(),
    ]
}

/// Switches the API on or off for a store.
pub fn set_availability(
    tx: &mut Tx<'_>,
    id: CampaignId,
    availability: Availability,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE campaign SET availability = $1 WHERE id = $2",
        bind![availability.as_str(), id.number()],
    )?;
    Ok(())
}

/// The store with this number.
pub fn find(conn: &mut Conn, id: CampaignId) -> Result<Option<Campaign>, StoreError> {
    conn.first(
        "SELECT id, business_id, name, placement, availability, created_at FROM campaign WHERE id = $1",
        bind![id.number()],
        read,
    )
}

/// The oldest store of this name that the cabinet has.
pub fn find_named(
    conn: &mut Conn,
    business: BusinessId,
    called: &Name,
) -> Result<Option<CampaignId>, StoreError> {
    conn.first(
        "SELECT id FROM campaign WHERE business_id = $1 AND name = $2 ORDER BY id LIMIT 1",
        bind![business.number(), called.as_str()],
        |row| CampaignId::new(row.int(0)?).map_err(StoreError::corrupt),
    )
}

/// The stores of a cabinet, by number.
pub fn of_business(conn: &mut Conn, business: BusinessId) -> Result<Vec<Campaign>, StoreError> {
    conn.all(
        "SELECT id, business_id, name, placement, availability, created_at FROM campaign \
         WHERE business_id = $1 ORDER BY id",
        bind![business.number()],
        read,
    )
}

/// A number that no store has yet.
pub fn next_id(conn: &mut Conn) -> Result<CampaignId, StoreError> {
    let highest = conn.number("SELECT COALESCE(MAX(id), 2000000) FROM campaign", bind![])?;
    CampaignId::new(following(highest)?).map_err(StoreError::corrupt)
}

/// Whether a cabinet has stores and the API is off for every one of them.
pub fn all_switched_off(conn: &mut Conn, business: BusinessId) -> Result<bool, StoreError> {
    let found = conn.number(
        "SELECT COUNT(*) FROM business WHERE id = $1 \
         AND EXISTS (SELECT 1 FROM campaign WHERE business_id = $1 AND availability <> 'AVAILABLE') \
         AND NOT EXISTS (SELECT 1 FROM campaign WHERE business_id = $1 AND availability = 'AVAILABLE')",
        bind![business.number()],
    )?;
    Ok(found > 0)
}

/// Every cabinet for which [`all_switched_off`] holds.
pub fn businesses_switched_off(conn: &mut Conn) -> Result<Vec<BusinessId>, StoreError> {
    conn.all(
        "SELECT DISTINCT off.business_id FROM campaign off WHERE off.availability <> 'AVAILABLE' \
         AND NOT EXISTS (SELECT 1 FROM campaign live \
         WHERE live.business_id = off.business_id AND live.availability = 'AVAILABLE')",
        bind![],
        |row| BusinessId::new(row.int(0)?).map_err(StoreError::corrupt),
    )
}

/// Shows what the check needs of every store.
pub fn each_facts(
    conn: &mut Conn,
    mut visit: impl FnMut(CampaignId, CampaignFacts),
) -> Result<(), StoreError> {
    conn.each("SELECT id, business_id, availability FROM campaign", bind![], |row| {
        visit(CampaignId::new(row.int(0)?).map_err(StoreError::corrupt)?, facts(row)?);
        Ok(())
    })
}

/// What the check needs of one store.
pub fn facts_of(conn: &mut Conn, id: CampaignId) -> Result<Option<CampaignFacts>, StoreError> {
    conn.first("SELECT id, business_id, availability FROM campaign WHERE id = $1", bind![id.number()], facts)
}

fn facts(row: &Row<'_>) -> Result<CampaignFacts, StoreError> {
    Ok(CampaignFacts {
        business_id: BusinessId::new(row.int(1)?).map_err(StoreError::corrupt)?,
        availability: parsed(row.text(2)?)?,
    })
}

fn read(row: &Row<'_>) -> Result<Campaign, StoreError> {
    Ok(Campaign {
        id: CampaignId::new(row.int(0)?).map_err(StoreError::corrupt)?,
        business_id: BusinessId::new(row.int(1)?).map_err(StoreError::corrupt)?,
        name: name(row.text(2)?)?,
        placement: parsed(row.text(3)?)?,
        availability: parsed(row.text(4)?)?,
        created_at: Timestamp::from_micros(row.int(5)?),
    })
}
