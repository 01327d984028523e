//! The `event` table: what happened, in the order it happened, and the feed that every node follows.
//!
//! Owns appending and following. On PostgreSQL a sequence number is taken before its transaction commits, so a later
//! number can become visible first: the cursor remembers each gap until the number appears or every transaction that
//! could still fill it has ended.

use std::collections::BTreeMap;

use mp_domain::event::{Event, Subject};
use mp_domain::ids::BusinessId;
use mp_domain::time::Timestamp;

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

/// An event as it stands in the log, every part as it is written down there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its number.
    pub seq: i64,
    /// Who.
    pub actor: String,
    /// What: `api_key.created`.
    pub kind: String,
    /// To what.
    pub subject: String,
    /// What else there is to know.
    pub detail: String,
}

/// The events after a number, in the order of their numbers, at most as many as one poll brings.
pub fn after(conn: &mut Conn, seq: i64) -> Result<Vec<Recorded>, StoreError> {
    conn.all(
        "SELECT seq, actor, kind, subject, detail FROM event WHERE seq > $1 ORDER BY seq LIMIT $2",
        bind![seq, MOST_PER_POLL],
        |row| {
            let text = |column| row.text(column).map(str::to_owned);
            let (actor, kind, subject, detail) = (text(1)?, text(2)?, text(3)?, text(4)?);
            Ok(Recorded { seq: row.int(0)?, actor, kind, subject, detail })
        },
    )
}

/// The part of an event that tells a node what to read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Its number.
    pub seq: i64,
    /// When it happened.
    pub at: Timestamp,
    /// What it happened to; `None` for a kind of thing that only a newer version knows, and this one need not read.
    pub subject: Option<Subject>,
    /// In which cabinet.
    pub business_id: Option<BusinessId>,
}

/// A place in the log. Every event committed after it was made is delivered once, in whatever order they became
/// visible.
#[derive(Debug, Clone)]
pub struct Cursor {
    /// The highest number seen.
    high: i64,
    /// Numbers below `high` not seen yet, and a transaction that began too late to fill them, once there is one.
    gaps: BTreeMap<i64, Option<i64>>,
}

impl Cursor {
    /// A cursor at the present end of the log. Whoever reads the state after making it misses nothing.
    pub fn at_end(conn: &mut Conn) -> Result<Self, StoreError> {
        let high = conn.number("SELECT COALESCE(MAX(seq), 0) FROM event", bind![])?;
        if oldest_running(conn)?.is_none() {
            return Ok(Self { high, gaps: BTreeMap::new() });
        }
        let mut cursor = Self { high: (high - LOOK_BACK).max(0), gaps: BTreeMap::new() };
        let since = cursor.high;
        conn.each(
            "SELECT seq FROM event WHERE seq > $1 AND seq <= $2 ORDER BY seq",
            bind![since, high],
            |row| {
                cursor.advance_to(row.int(0)?);
                Ok(())
            },
        )?;
        Ok(cursor)
    }

    /// The number of the newest event seen.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.high
    }

    /// Events that became visible since the last poll; empty when there are none. A poll that fails has not moved the
    /// cursor: the next one brings what this one would have brought.
    pub fn poll(&mut self, conn: &mut Conn) -> Result<Vec<Change>, StoreError> {
        let mut moved = self.clone();
        let mut changes = if moved.gaps.is_empty() { Vec::new() } else { moved.poll_gaps(conn)? };
        conn.each(
            "SELECT seq, at, subject, business_id FROM event WHERE seq > $1 ORDER BY seq LIMIT $2",
            bind![self.high, MOST_PER_POLL],
            |row| {
                let change = read_change(row)?;
                moved.advance_to(change.seq);
                changes.push(change);
                Ok(())
            },
        )?;
        *self = moved;
        Ok(changes)
    }

    fn advance_to(&mut self, seq: i64) {
        // A sequence that was set anew may jump by any number.
        let first = (self.high + 1).max(seq - LOOK_BACK);
        self.gaps.extend((first..seq).map(|missing| (missing, None)));
        self.high = seq;
    }

    fn poll_gaps(&mut self, conn: &mut Conn) -> Result<Vec<Change>, StoreError> {
        // Taken before looking: a number still missing after every older transaction has ended stays missing.
        let Some(oldest_running) = oldest_running(conn)? else {
            self.gaps.clear();
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for (first, last) in self.runs_of_gaps() {
            conn.each(
                "SELECT seq, at, subject, business_id FROM event WHERE seq BETWEEN $1 AND $2 ORDER BY seq",
                bind![first, last],
                |row| {
                    found.push(read_change(row)?);
                    Ok(())
                },
            )?;
        }
        for change in &found {
            self.gaps.remove(&change.seq);
        }
        self.gaps.retain(|_, too_late| too_late.is_none_or(|too_late| oldest_running < too_late));
        if self.gaps.values().any(Option::is_none) {
            // One of our own: the server's snapshot ends behind the last transaction that has ended, so one that is
            // still running may be younger than all it names.
            let too_late = conn.number("SELECT pg_current_xact_id()::text::bigint", bind![])?;
            self.gaps.values_mut().for_each(|known| *known = known.or(Some(too_late)));
        }
        Ok(found)
    }

    /// First and last of every run of consecutive missing numbers.
    fn runs_of_gaps(&self) -> Vec<(i64, i64)> {
        let mut runs: Vec<(i64, i64)> = Vec::new();
        for seq in self.gaps.keys().copied() {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == seq => *last = seq,
                _ => runs.push((seq, seq)),
            }
        }
        runs
    }
}

fn read_change(row: &crate::conn::Row<'_>) -> Result<Change, StoreError> {
    Ok(Change {
        seq: row.int(0)?,
        at: Timestamp::from_micros(row.int(1)?),
        subject: row.text(2)?.parse().ok(),
        business_id: row.opt_int(3)?.map(BusinessId::new).transpose().map_err(StoreError::corrupt)?,
    })
}

/// The id of the oldest transaction that may still commit; `None` on SQLite, where numbers appear in the order of
/// commits.
fn oldest_running(conn: &mut Conn) -> Result<Option<i64>, StoreError> {
    match conn.backend() {
        Backend::Sqlite(_) => Ok(None),
        Backend::Postgres(_) => {
            conn.number("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint", bind![]).map(Some)
        }
    }
}
