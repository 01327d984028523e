//! The `notice` table: what people have been told about credentials whose time runs out, and what they are yet to be told.

use mp_domain::account::{Email, Login};
use mp_domain::ids::BusinessId;
use mp_domain::name::Name;
use mp_domain::time::Timestamp;

use crate::columns::{name, parsed};
use crate::conn::{Conn, Row, Tx, bind};
use crate::error::StoreError;

/// A span of expiry and what belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Later than this…
    pub after: Timestamp,
    /// …and at this moment at the latest.
    pub until: Timestamp,
    /// For which notice: so many days before.
    pub days: i64,
    /// What was made later than this long before its expiry is not worth a notice: microseconds.
    pub least_life: i64,
}

/// An API key whose time runs out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiringKey {
    /// Its id as bytes, by which the notice is recorded.
    pub subject: [u8; 16],
    /// Its name.
    pub name: Name,
    /// Whose.
    pub business_id: BusinessId,
    /// The cabinet's name.
    pub business: Name,
    /// When.
    pub expires_at: Timestamp,
}

/// An OAuth token whose time runs out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiringToken {
    /// The grant's id as bytes, by which the notice is recorded.
    pub subject: [u8; 16],
    /// The application's name.
    pub client: Name,
    /// Whose.
    pub login: Login,
    /// Where to write.
    pub email: Email,
    /// When.
    pub expires_at: Timestamp,
}

/// The first live keys that expire in the span and of which nothing was said yet, by expiry.
pub fn expiring_keys(conn: &mut Conn, span: Span, most: i64) -> Result<Vec<ExpiringKey>, StoreError> {
    conn.all(
        "SELECT k.id, k.name, k.business_id, b.name, k.expires_at FROM api_key k JOIN business b ON b.id = k.business_id \
         WHERE k.deleted_at IS NULL AND k.expires_at > $1 AND k.expires_at <= $2 AND k.created_at <= k.expires_at - $3 \
         AND NOT EXISTS (SELECT 1 FROM notice n WHERE n.subject = k.id AND n.until = k.expires_at AND n.days = $4) \
         ORDER BY k.expires_at, k.seq LIMIT $5",
        bind![span.after.micros(), span.until.micros(), span.least_life, span.days, most],
        |row| {
            Ok(ExpiringKey {
                subject: row.bytes(0)?,
                name: name(row.text(1)?)?,
                business_id: BusinessId::new(row.int(2)?).map_err(StoreError::corrupt)?,
                business: name(row.text(3)?)?,
                expires_at: Timestamp::from_micros(row.int(4)?),
            })
        },
    )
}

/// The first live tokens that expire in the span and of which nothing was said yet, by expiry. Only people whose address
/// is verified are written to.
pub fn expiring_tokens(conn: &mut Conn, span: Span, most: i64) -> Result<Vec<ExpiringToken>, StoreError> {
    conn.all(
        "SELECT g.id, c.name, a.login, a.email, g.expires_at FROM oauth_grant g \
         JOIN account a ON a.id = g.account_id JOIN client c ON c.id = g.client_id \
         WHERE g.revoked_at IS NULL AND g.expires_at > $1 AND g.expires_at <= $2 AND g.issued_at <= g.expires_at - $3 \
         AND g.account_epoch = a.credential_epoch AND g.client_epoch = c.token_epoch AND c.deleted_at IS NULL \
         AND a.disabled_at IS NULL AND a.email_verified_at IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM notice n WHERE n.subject = g.id AND n.until = g.expires_at AND n.days = $4) \
         ORDER BY g.expires_at, g.seq LIMIT $5",
        bind![span.after.micros(), span.until.micros(), span.least_life, span.days, most],
        |row| {
            Ok(ExpiringToken {
                subject: row.bytes(0)?,
                client: name(row.text(1)?)?,
                login: parsed(row.text(2)?)?,
                email: parsed(row.text(3)?)?,
                expires_at: Timestamp::from_micros(row.int(4)?),
            })
        },
    )
}

/// Where to write about the keys of a cabinet: to its owners and managers whose address is verified.
pub fn key_keepers(conn: &mut Conn, business: BusinessId) -> Result<Vec<Email>, StoreError> {
    conn.all(
        "SELECT a.email FROM member m JOIN account a ON a.id = m.account_id WHERE m.business_id = $1 \
         AND m.role IN ('owner', 'manager') AND a.disabled_at IS NULL AND a.email_verified_at IS NOT NULL \
         ORDER BY a.login",
        bind![business.number()],
        |row: &Row<'_>| parsed(row.text(0)?),
    )
}

/// Records that a notice is given. Says whether it was not recorded before.
pub fn record(
    tx: &mut Tx<'_>,
    subject: &[u8; 16],
    until: Timestamp,
    days: i64,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let recorded = tx.execute(
        "INSERT INTO notice (subject, until, days, sent_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (subject, until, days) DO NOTHING",
        bind![subject, until.micros(), days, at.micros()],
    )?;
    Ok(recorded > 0)
}

/// Takes back the record of a notice that could not be given.
pub fn take_back(tx: &mut Tx<'_>, subject: &[u8; 16], until: Timestamp, days: i64) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM notice WHERE subject = $1 AND until = $2 AND days = $3",
        bind![subject, until.micros(), days],
    )?;
    Ok(())
}

/// Forgets the notices about what expired before a moment.
pub fn delete_old(tx: &mut Tx<'_>, expired: Timestamp) -> Result<u64, StoreError> {
    tx.execute("DELETE FROM notice WHERE until < $1", bind![expired.micros()])
}
