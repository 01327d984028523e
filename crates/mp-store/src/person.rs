//! People as the check remembers them: those with a live token, their epochs and their places in cabinets.
//!
//! Reads `account`, `member` and `oauth_grant`; writes nothing.

use mp_domain::decision::PersonFacts;
use mp_domain::ids::{AccountId, BusinessId};
use mp_domain::time::Timestamp;

use crate::conn::{Conn, Row, bind};
use crate::error::StoreError;

/// A person's place in a cabinet.
#[derive(Debug, Clone, Copy)]
pub struct PlaceRow<'a> {
    /// Who.
    pub account_id: AccountId,
    /// Where.
    pub business_id: BusinessId,
    /// The stores the person sees, numbers separated by spaces; `None` for all.
    pub campaigns: Option<&'a str>,
}

/// Everybody with a token that is neither withdrawn nor expired; whether its epochs still hold is not asked.
pub fn with_tokens(conn: &mut Conn, now: Timestamp) -> Result<Vec<(AccountId, PersonFacts)>, StoreError> {
    conn.all(
        "SELECT a.id, a.credential_epoch, a.logout_epoch, a.disabled_at FROM account a WHERE EXISTS \
         (SELECT 1 FROM oauth_grant g WHERE g.account_id = a.id AND g.revoked_at IS NULL AND g.expires_at > $1)",
        bind![now.micros()],
        |row| Ok((AccountId::from_bytes(row.bytes(0)?), facts(row)?)),
    )
}

/// Shows the places of all those people, each person's by the number of the cabinet.
pub fn each_place_with_tokens(
    conn: &mut Conn,
    now: Timestamp,
    mut visit: impl FnMut(&PlaceRow<'_>),
) -> Result<(), StoreError> {
    conn.each(
        "SELECT m.account_id, m.business_id, m.campaigns FROM member m WHERE EXISTS \
         (SELECT 1 FROM oauth_grant g WHERE g.account_id = m.account_id AND g.revoked_at IS NULL AND g.expires_at > $1) \
         ORDER BY m.account_id, m.business_id",
        bind![now.micros()],
        |row| {
            visit(&place(row)?);
            Ok(())
        },
    )
}

/// One person, if there is a token of theirs that is neither withdrawn nor expired.
pub fn find_with_token(
    conn: &mut Conn,
    id: AccountId,
    now: Timestamp,
) -> Result<Option<PersonFacts>, StoreError> {
    conn.first(
        "SELECT a.id, a.credential_epoch, a.logout_epoch, a.disabled_at FROM account a WHERE a.id = $1 AND EXISTS \
         (SELECT 1 FROM oauth_grant g WHERE g.account_id = $1 AND g.revoked_at IS NULL AND g.expires_at > $2)",
        bind![id.as_bytes(), now.micros()],
        facts,
    )
}

/// Shows one person's places, by the number of the cabinet.
pub fn each_place_of(
    conn: &mut Conn,
    id: AccountId,
    mut visit: impl FnMut(&PlaceRow<'_>),
) -> Result<(), StoreError> {
    conn.each(
        "SELECT account_id, business_id, campaigns FROM member WHERE account_id = $1 ORDER BY business_id",
        bind![id.as_bytes()],
        |row| {
            visit(&place(row)?);
            Ok(())
        },
    )
}

fn facts(row: &Row<'_>) -> Result<PersonFacts, StoreError> {
    Ok(PersonFacts {
        credential_epoch: row.int(1)?,
        logout_epoch: row.int(2)?,
        is_disabled: row.opt_int(3)?.is_some(),
    })
}

fn place<'r>(row: &'r Row<'_>) -> Result<PlaceRow<'r>, StoreError> {
    Ok(PlaceRow {
        account_id: AccountId::from_bytes(row.bytes(0)?),
        business_id: BusinessId::new(row.int(1)?).map_err(StoreError::corrupt)?,
        campaigns: row.opt_text(2)?,
    })
}
