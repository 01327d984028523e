//! One connection to either database, and a transaction on it.
//!
//! Owns parameter binding and row reading for one SQL text on two drivers. Must never rewrite SQL: what differs between
//! the databases is kept in the migrations.
//!
//! Placeholders are `$1`, `$2`, …. SQLite numbers such names by first appearance, so a text must mention them first in
//! ascending order; debug builds check it.

use std::ops::{Deref, DerefMut};

use crate::error::StoreError;
use crate::postgres_backend::PostgresBackend;
use crate::sqlite_backend::SqliteBackend;

/// A value bound to a placeholder.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8; 16]> for Value<'a> {
    fn from(bytes: &'a [u8; 16]) -> Self {
        Self::Blob(bytes)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Blob(bytes)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value<'_> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// `bind![a, b]`: the values of `$1`, `$2`.
macro_rules! bind {
    ($($value:expr),* $(,)?) => { &[$($crate::conn::Value::from($value)),*] };
}
pub(crate) use bind;

/// A row of a result, columns counted from 0.
pub(crate) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a postgres::Row),
}

impl Row<'_> {
    pub(crate) fn int(&self, column: usize) -> Result<i64, StoreError> {
        self.opt_int(column)?.ok_or_else(|| missing(column))
    }

    pub(crate) fn opt_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self {
            Self::Sqlite(row) => Ok(row.get(column)?),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }

    pub(crate) fn text(&self, column: usize) -> Result<&str, StoreError> {
        self.opt_text(column)?.ok_or_else(|| missing(column))
    }

    pub(crate) fn opt_text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        match self {
            Self::Sqlite(row) => row.get_ref(column)?.as_str_or_null().map_err(StoreError::corrupt),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }

    /// Sixteen bytes: an id or a digest.
    pub(crate) fn bytes(&self, column: usize) -> Result<[u8; 16], StoreError> {
        self.opt_bytes(column)?.ok_or_else(|| missing(column))
    }

    pub(crate) fn opt_bytes(&self, column: usize) -> Result<Option<[u8; 16]>, StoreError> {
        let sixteen = |bytes: &[u8]| {
            bytes.try_into().map_err(|_| StoreError::corrupt("an id or digest is not 16 bytes long"))
        };
        self.opt_blob(column)?.map(sixteen).transpose()
    }

    /// Bytes of any length.
    pub(crate) fn opt_blob(&self, column: usize) -> Result<Option<&[u8]>, StoreError> {
        match self {
            Self::Sqlite(row) => row.get_ref(column)?.as_blob_or_null().map_err(StoreError::corrupt),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }
}

fn missing(column: usize) -> StoreError {
    StoreError::Corrupt(format!("column {column} of a row is empty"))
}

/// A connection that can be read from.
pub struct Conn {
    backend: Backend,
    /// The first failure of a statement that nobody has asked for yet.
    failure: Option<StoreError>,
}

#[expect(
    clippy::large_enum_variant,
    reason = "there are a dozen connections, and boxing one costs a hop on every statement"
)]
pub(crate) enum Backend {
    Sqlite(SqliteBackend),
    Postgres(PostgresBackend),
}

impl Conn {
    pub(crate) fn new(backend: Backend) -> Self {
        Self { backend, failure: None }
    }

    pub(crate) fn backend(&mut self) -> &mut Backend {
        &mut self.backend
    }

    /// Runs statements that take no values, such as a migration.
    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        match &mut self.backend {
            Backend::Sqlite(sqlite) => sqlite.batch(sql),
            Backend::Postgres(postgres) => postgres.batch(sql),
        }
    }

    /// Runs a query and shows each row to `visit`.
    pub(crate) fn each(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
        mut visit: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        debug_assert!(placeholders_ascend(sql), "placeholders must first appear in ascending order: {sql}");
        let outcome = match &mut self.backend {
            Backend::Sqlite(sqlite) => sqlite.each(sql, values, &mut visit),
            Backend::Postgres(postgres) => postgres.each(sql, values, &mut visit),
        };
        self.noting_failure(outcome)
    }

    fn noting_failure<T>(&mut self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error) = &outcome {
            self.failure.get_or_insert_with(|| error.clone());
        }
        outcome
    }

    /// The first failure of a statement since last asked.
    pub(crate) fn take_failure(&mut self) -> Option<StoreError> {
        self.failure.take()
    }

    /// All rows of a query.
    pub(crate) fn all<T>(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut found = Vec::new();
        self.each(sql, values, |row| {
            found.push(read(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// The first row of a query, if there is one.
    pub(crate) fn first<T>(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut found = None;
        self.each(sql, values, |row| {
            if found.is_none() {
                found = Some(read(row)?);
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// A single number, such as a count.
    pub(crate) fn number(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<i64, StoreError> {
        self.first(sql, values, |row| row.int(0))?.ok_or_else(|| missing(0))
    }
}

/// A transaction: a connection that can also be written to. Committing and rolling back is the worker's business.
pub struct Tx<'c> {
    conn: &'c mut Conn,
}

impl<'c> Tx<'c> {
    pub(crate) fn new(conn: &'c mut Conn) -> Self {
        Self { conn }
    }

    /// Runs a statement and says how many rows it touched.
    pub(crate) fn execute(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        debug_assert!(placeholders_ascend(sql), "placeholders must first appear in ascending order: {sql}");
        let outcome = match &mut self.conn.backend {
            Backend::Sqlite(sqlite) => sqlite.execute(sql, values),
            Backend::Postgres(postgres) => postgres.execute(sql, values),
        };
        self.conn.noting_failure(outcome)
    }
}

impl Deref for Tx<'_> {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        self.conn
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut Conn {
        self.conn
    }
}

fn placeholders_ascend(sql: &str) -> bool {
    let mut highest = 0;
    sql.split('$').skip(1).all(|rest| {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).map_or(rest, |end| &rest[..end]);
        let number: usize = digits.parse().unwrap_or(usize::MAX);
        let ascends = number <= highest + 1;
        highest = highest.max(number);
        ascends
    })
}

#[cfg(test)]
mod tests {
    use super::placeholders_ascend;

    #[test]
    fn placeholders_must_first_appear_in_ascending_order() {
        assert!(placeholders_ascend("SELECT $1, $2, $1, $3"));
        assert!(placeholders_ascend("SELECT 1"));
        assert!(!placeholders_ascend("SELECT $2, $1"));
        assert!(!placeholders_ascend("SELECT $1, $3"));
    }
}
