//! The `event` table: what happened, in the order it happened, and the feed that every node follows.
//!
//! Owns appending and following. On PostgreSQL a sequence number is taken before its transaction commits, so a later
//! number can become visible first: the cursor remembers each gap until the number appears or every transaction that
//! could still fill it has ended.

use std::collections::BTreeMap;

use mp_domain::event::{Event, Subject};
use mp_domain::ids::BusinessId;
use mp_domain::time::Timestamp;

use crate::columns::parsed;
use crate::conn::{Backend, Conn, Tx, bind};
use crate::error::StoreError;

/// How many events one poll brings at most.
const MOST_PER_POLL: i64 = 5_000;
/// How far back a new cursor looks for numbers that are missing because their transaction had not committed.
const LOOK_BACK: i64 = 100_000;

/// Records an event in the transaction that made it happen.
pub fn append(tx: &mut Tx<'_>, event: &Event) -> Result<(), StoreError> {
    let (actor, subject) = (event.actor.to_string(), event.subject.to_string());
    tx.execute(
        "INSERT INTO event (at, actor, kind, subject, business_id, detail) VALUES ($1, $2, $3, $4, $5, $6)",
        bind![
            event.at.micros(),
            &actor,
            event.kind.as_str(),
            &subject,
            event.business_id.map(BusinessId::number),
            &event.detail,
        ],
    )?;
    Ok(())
}

/// The part of an event that tells a node what to read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Its number.
    pub seq: i64,
    /// When it happened.
    pub at: Timestamp,
    /// What it happened to.
    pub subject: Subject,
    /// In which cabinet.
    pub business_id: Option<BusinessId>,
}

/// A place in the log. Every event committed after it was made is delivered once, in whatever order they became
/// visible.
#[derive(Debug)]
pub struct Cursor {
    /// The highest number seen.
    high: i64,
    /// Numbers below `high` not seen yet, and the first transaction that cannot fill them any more, once known.
    gaps: BTreeMap<i64, Option<i64>>,
}

impl Cursor {
    /// A cursor at the present end of the log. Whoever reads the state after making it misses nothing.
    pub fn at_end(conn: &mut Conn) -> Result<Self, StoreError> {
        let high = conn.number("SELECT COALESCE(MAX(seq), 0) FROM event", bind![])?;
        let mut cursor = Self { high: (high - LOOK_BACK).max(0), gaps: BTreeMap::new() };
        if horizon(conn)?.is_none() {
            cursor.high = high;
            return Ok(cursor);
        }
        let seen = conn.all(
            "SELECT seq FROM event WHERE seq > $1 AND seq <= $2 ORDER BY seq",
            bind![cursor.high, high],
            |row| row.int(0),
        )?;
        for seq in seen {
            cursor.advance_to(seq);
        }
        Ok(cursor)
    }

    /// The number of the newest event seen.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.high
    }

    /// Events that became visible since the last poll; empty when there are none.
    pub fn poll(&mut self, conn: &mut Conn) -> Result<Vec<Change>, StoreError> {
        let mut changes = if self.gaps.is_empty() { Vec::new() } else { self.poll_gaps(conn)? };
        conn.each(
            "SELECT seq, at, subject, business_id FROM event WHERE seq > $1 ORDER BY seq LIMIT $2",
            bind![self.high, MOST_PER_POLL],
            |row| {
                let change = read_change(row)?;
                self.advance_to(change.seq);
                changes.push(change);
                Ok(())
            },
        )?;
        Ok(changes)
    }

    fn advance_to(&mut self, seq: i64) {
        self.gaps.extend((self.high + 1..seq).map(|missing| (missing, None)));
        self.high = seq;
    }

    fn poll_gaps(&mut self, conn: &mut Conn) -> Result<Vec<Change>, StoreError> {
        // Taken before looking: a number still missing after every older transaction has ended stays missing.
        let horizon = horizon(conn)?;
        let mut found = Vec::new();
        for (seq, fillable_until) in std::mem::take(&mut self.gaps) {
            let change = conn.first(
                "SELECT seq, at, subject, business_id FROM event WHERE seq = $1",
                bind![seq],
                read_change,
            )?;
            match (change, horizon) {
                (Some(change), _) => found.push(change),
                (None, None) => {}
                (None, Some(horizon)) => {
                    if fillable_until.is_none_or(|until| horizon.oldest_running < until) {
                        self.gaps.insert(seq, Some(fillable_until.unwrap_or(horizon.next)));
                    }
                }
            }
        }
        Ok(found)
    }
}

fn read_change(row: &crate::conn::Row<'_>) -> Result<Change, StoreError> {
    Ok(Change {
        seq: row.int(0)?,
        at: Timestamp::from_micros(row.int(1)?),
        subject: parsed(row.text(2)?)?,
        business_id: row.opt_int(3)?.map(BusinessId::new).transpose().map_err(StoreError::corrupt)?,
    })
}

/// Transaction ids of PostgreSQL: which may still commit, and which is given out next.
#[derive(Debug, Clone, Copy)]
struct Horizon {
    oldest_running: i64,
    next: i64,
}

/// `None` on SQLite, where numbers appear in the order of commits.
fn horizon(conn: &mut Conn) -> Result<Option<Horizon>, StoreError> {
    if matches!(conn.backend(), Backend::Sqlite(_)) {
        return Ok(None);
    }
    conn.first(
        "SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint FROM pg_current_snapshot() s",
        bind![],
        |row| Ok(Horizon { oldest_running: row.int(0)?, next: row.int(1)? }),
    )
}
