//! The `refusal` table: refused calls of known credentials, for their owners. The newest of each cabinet and person, for
//! some days.

use mp_domain::account::Login;
use mp_domain::denial::Holder;
use mp_domain::ids::{AccountId, ApiKeyId, BusinessId, ClientId, GrantId};
use mp_domain::name::Name;
use mp_domain::refusal_note::{Excerpt, RefusalNote};
use mp_domain::time::Timestamp;
use mp_domain::trace::TraceId;

use crate::columns::{name, parsed, scopes};
use crate::conn::{Conn, Row, Tx, bind};
use crate::error::StoreError;

/// Who finds refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Finder {
    /// Whoever looks after a cabinet: those of its keys, and of people who addressed it.
    Business(BusinessId),
    /// A person: those of their tokens.
    Account(AccountId),
}

/// A refusal with the names that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRefusal {
    /// Its number: later ones have higher ones.
    pub seq: i64,
    /// The refusal.
    pub note: RefusalNote,
    /// Whose credential it was.
    pub caller: NamedCaller,
}

/// Whose credential was refused, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedCaller {
    /// A key's.
    Key {
        /// Which.
        id: ApiKeyId,
        /// What it is called now.
        name: Name,
    },
    /// A person's.
    Token {
        /// Who.
        login: Login,
        /// The application.
        client_id: ClientId,
        /// What it is called now.
        client: Name,
    },
}

/// Which refusals to look for, the newest first.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Of one trace alone.
    pub trace: Option<TraceId>,
    /// Those before this one.
    pub before: Option<i64>,
    /// At most so many.
    pub most: i64,
}

/// Adds a refusal.
pub fn insert(tx: &mut Tx<'_>, note: &RefusalNote) -> Result<(), StoreError> {
    let trace = note.trace.map(TraceId::to_bytes);
    let (key, token) = match &note.holder {
        Holder::Key(id) => (Some(id), None),
        Holder::Token { grant_id, account_id } => (None, Some((grant_id, account_id))),
    };
    let address = note.address.to_string();
    tx.execute(
        "INSERT INTO refusal (at, trace, business_id, account_id, key_id, grant_id, operation, verb, path, address, \
         reason, message, accesses, limit_amount, limit_until, more) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        bind![
            note.at.micros(),
            trace.as_ref(),
            note.business.map(BusinessId::number),
            token.map(|(_, account)| account.as_bytes()),
            key.map(ApiKeyId::as_bytes),
            token.map(|(grant, _)| grant.as_bytes()),
            &note.operation,
            &note.verb,
            note.path.as_str(),
            &address,
            &note.reason,
            note.message.as_str(),
            i64::from(note.accesses.bits()),
            note.limit.map(|(amount, _)| i64::from(amount)),
            note.limit.map(|(_, until)| until.micros()),
            i64::from(note.more),
        ],
    )?;
    Ok(())
}

/// Forgets all but the newest of a cabinet, or of a person those that addressed no cabinet.
pub fn keep_newest(tx: &mut Tx<'_>, of: Finder, most: i64) -> Result<(), StoreError> {
    match of {
        Finder::Business(id) => tx.execute(
            "DELETE FROM refusal WHERE business_id = $1 AND seq <= (SELECT seq FROM refusal WHERE business_id = $1 \
             ORDER BY seq DESC LIMIT 1 OFFSET $2)",
            bind![id.number(), most],
        )?,
        Finder::Account(id) => tx.execute(
            "DELETE FROM refusal WHERE account_id = $1 AND business_id IS NULL AND seq <= (SELECT seq FROM refusal \
             WHERE account_id = $1 AND business_id IS NULL ORDER BY seq DESC LIMIT 1 OFFSET $2)",
            bind![id.as_bytes(), most],
        )?,
    };
    Ok(())
}

/// Forgets everything before a moment.
pub fn delete_old(tx: &mut Tx<'_>, before: Timestamp) -> Result<(), StoreError> {
    tx.execute("DELETE FROM refusal WHERE at < $1", bind![before.micros()])?;
    Ok(())
}

/// The refusals that somebody may find, the newest first.
pub fn list(conn: &mut Conn, by: Finder, wanted: Wanted) -> Result<Vec<ListedRefusal>, StoreError> {
    let (trace, before) = (wanted.trace.map(TraceId::to_bytes), wanted.before.unwrap_or(i64::MAX));
    match by {
        Finder::Business(id) => conn.all(
            "SELECT r.seq, r.at, r.trace, r.business_id, r.account_id, r.key_id, r.grant_id, r.operation, r.verb, \
             r.path, r.address, r.reason, r.message, r.limit_amount, r.limit_until, r.more, k.name, a.login, c.id, \
             c.name, r.accesses FROM refusal r LEFT JOIN api_key k ON k.id = r.key_id LEFT JOIN oauth_grant g ON g.id = r.grant_id \
             LEFT JOIN account a ON a.id = g.account_id LEFT JOIN client c ON c.id = g.client_id \
             WHERE r.business_id = $1 AND r.seq < $2 AND COALESCE($3, r.trace) IS NOT DISTINCT FROM r.trace \
             ORDER BY r.seq DESC LIMIT $4",
            bind![id.number(), before, trace.as_ref(), wanted.most],
            read,
        ),
        Finder::Account(id) => conn.all(
            "SELECT r.seq, r.at, r.trace, r.business_id, r.account_id, r.key_id, r.grant_id, r.operation, r.verb, \
             r.path, r.address, r.reason, r.message, r.limit_amount, r.limit_until, r.more, k.name, a.login, c.id, \
             c.name, r.accesses FROM refusal r LEFT JOIN api_key k ON k.id = r.key_id LEFT JOIN oauth_grant g ON g.id = r.grant_id \
             LEFT JOIN account a ON a.id = g.account_id LEFT JOIN client c ON c.id = g.client_id \
             WHERE r.account_id = $1 AND r.seq < $2 AND COALESCE($3, r.trace) IS NOT DISTINCT FROM r.trace \
             ORDER BY r.seq DESC LIMIT $4",
            bind![id.as_bytes(), before, trace.as_ref(), wanted.most],
            read,
        ),
    }
}

fn read(row: &Row<'_>) -> Result<ListedRefusal, StoreError> {
    let business = row.opt_int(3)?.map(BusinessId::new).transpose().map_err(StoreError::corrupt)?;
    let (holder, caller) = holder(row)?;
    let number = |given: i64| u32::try_from(given).map_err(StoreError::corrupt);
    let limit = match (row.opt_int(13)?, row.opt_int(14)?) {
        (Some(amount), Some(until)) => Some((number(amount)?, Timestamp::from_micros(until))),
        _ => None,
    };
    let note = RefusalNote {
        at: Timestamp::from_micros(row.int(1)?),
        trace: row.opt_bytes(2)?.and_then(TraceId::from_bytes),
        holder,
        business,
        operation: row.text(7)?.to_owned(),
        verb: row.text(8)?.to_owned(),
        path: Excerpt::of(row.text(9)?),
        address: parsed(row.text(10)?)?,
        reason: row.text(11)?.to_owned(),
        message: Excerpt::of(row.text(12)?),
        accesses: scopes(row.int(20)?)?,
        limit,
        more: number(row.int(15)?)?,
    };
    Ok(ListedRefusal { seq: row.int(0)?, note, caller })
}

fn holder(row: &Row<'_>) -> Result<(Holder, NamedCaller), StoreError> {
    if let Some(id) = row.opt_bytes(5)?.map(ApiKeyId::from_bytes) {
        return Ok((Holder::Key(id), NamedCaller::Key { id, name: name(row.text(16)?)? }));
    }
    let (account_id, grant_id) = (AccountId::from_bytes(row.bytes(4)?), GrantId::from_bytes(row.bytes(6)?));
    let (login, client) = (parsed(row.text(17)?)?, name(row.text(19)?)?);
    let client_id = ClientId::from_bytes(row.bytes(18)?);
    Ok((Holder::Token { grant_id, account_id }, NamedCaller::Token { login, client_id, client }))
}
