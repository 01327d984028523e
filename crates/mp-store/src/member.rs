//! The `member` table: the staff of cabinets.

use mp_domain::account::Login;
use mp_domain::ids::{AccountId, BusinessId};
use mp_domain::member::{Member, Role};
use mp_domain::time::Timestamp;

use crate::columns::{campaigns, campaigns_text, parsed};
use crate::conn::{Conn, Row, Tx, bind};
use crate::error::StoreError;

/// Adds a person to the staff, or gives a member another role or other stores.
pub fn put(tx: &mut Tx<'_>, member: &Member) -> Result<(), StoreError> {
    let campaigns = campaigns_text(&member.campaigns);
    tx.execute(
        "INSERT INTO member (business_id, account_id, role, campaigns, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (business_id, account_id) DO UPDATE SET role = excluded.role, campaigns = excluded.campaigns",
        bind![
            member.business_id.number(),
            member.account_id.as_bytes(),
            member.role.as_str(),
            campaigns.as_deref(),
            member.created_at.micros(),
        ],
    )?;
    Ok(())
}

/// Adds a person to the staff who is not on it yet. Says whether it did.
pub fn insert_new(tx: &mut Tx<'_>, member: &Member) -> Result<bool, StoreError> {
    let campaigns = campaigns_text(&member.campaigns);
    let added = tx.execute(
        "INSERT INTO member (business_id, account_id, role, campaigns, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (business_id, account_id) DO NOTHING",
        bind![
            member.business_id.number(),
            member.account_id.as_bytes(),
            member.role.as_str(),
            campaigns.as_deref(),
            member.created_at.micros(),
        ],
    )?;
    Ok(added > 0)
}

/// Takes a person off the staff.
pub fn remove(tx: &mut Tx<'_>, business: BusinessId, account: AccountId) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM member WHERE business_id = $1 AND account_id = $2",
        bind![business.number(), account.as_bytes()],
    )?;
    Ok(())
}

/// A person's place in a cabinet.
pub fn find(conn: &mut Conn, business: BusinessId, account: AccountId) -> Result<Option<Member>, StoreError> {
    conn.first(
        "SELECT business_id, account_id, role, campaigns, created_at FROM member \
         WHERE business_id = $1 AND account_id = $2",
        bind![business.number(), account.as_bytes()],
        read,
    )
}

/// A person's places, by cabinet.
pub fn of_account(conn: &mut Conn, account: AccountId) -> Result<Vec<Member>, StoreError> {
    conn.all(
        "SELECT business_id, account_id, role, campaigns, created_at FROM member \
         WHERE account_id = $1 ORDER BY business_id",
        bind![account.as_bytes()],
        read,
    )
}

/// How many people of a role a cabinet has.
pub fn count(conn: &mut Conn, business: BusinessId, role: Role) -> Result<i64, StoreError> {
    conn.number(
        "SELECT COUNT(*) FROM member WHERE business_id = $1 AND role = $2",
        bind![business.number(), role.as_str()],
    )
}

/// The staff of a cabinet, by login.
pub fn of_business(conn: &mut Conn, business: BusinessId) -> Result<Vec<(Login, Member)>, StoreError> {
    conn.all(
        "SELECT m.business_id, m.account_id, m.role, m.campaigns, m.created_at, a.login \
         FROM member m JOIN account a ON a.id = m.account_id WHERE m.business_id = $1 ORDER BY a.login",
        bind![business.number()],
        |row| Ok((parsed(row.text(5)?)?, read(row)?)),
    )
}

fn read(row: &Row<'_>) -> Result<Member, StoreError> {
    Ok(Member {
        business_id: BusinessId::new(row.int(0)?).map_err(StoreError::corrupt)?,
        account_id: AccountId::from_bytes(row.bytes(1)?),
        role: parsed(row.text(2)?)?,
        campaigns: campaigns(row.opt_text(3)?)?,
        created_at: Timestamp::from_micros(row.int(4)?),
    })
}
