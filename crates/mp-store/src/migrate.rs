//! Bringing the schema up to date: forwards only, each step once, in order.
//!
//! Owns the list of migrations. A migration that was published is never edited; the next one is added.

use crate::conn::{Backend, Conn, bind};
use crate::error::StoreError;
use crate::store::{Store, open_reader, open_writer};
use crate::url::DatabaseUrl;

struct Migration {
    number: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migration {
    ($number:literal, $name:literal) => {
        Migration {
            number: $number,
            name: $name,
            sqlite: include_str!(concat!("../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../migrations/postgres/", $name, ".sql")),
        }
    };
}

const MIGRATIONS: &[Migration] = &[
    migration!(1, "0001_foundation"),
    migration!(2, "0002_people"),
    migration!(3, "0003_gate"),
    migration!(4, "0004_refusals"),
    migration!(5, "0005_shadow"),
];

const LEDGER: &str =
    "CREATE TABLE IF NOT EXISTS schema_migration (number BIGINT PRIMARY KEY, name TEXT NOT NULL)";

/// How far a database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MigrationState {
    /// The newest migration it has; 0 for an empty database.
    pub applied: i64,
    /// The newest migration of this version of marketpass.
    pub newest: i64,
}

impl MigrationState {
    fn at(applied: i64) -> Self {
        Self { applied, newest: MIGRATIONS.last().map_or(0, |migration| migration.number) }
    }

    /// Whether the database was made by a newer version than this one.
    #[must_use]
    pub fn is_from_the_future(&self) -> bool {
        self.applied > self.newest
    }

    /// Whether there is something to apply.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.applied < self.newest
    }
}

impl Store {
    /// Applies the missing migrations and says which; safe to call from several processes at once. Blocks.
    pub fn migrate(url: &DatabaseUrl) -> Result<Vec<&'static str>, StoreError> {
        let mut conn = open_writer(url)?;
        // Both locks wait for another process that is migrating, and are given back at the end of the transaction.
        conn.batch(match url {
            DatabaseUrl::Sqlite(_) => "BEGIN IMMEDIATE",
            DatabaseUrl::Postgres(_) => "BEGIN; SELECT pg_advisory_xact_lock(7310579)",
        })?;
        let applied = apply_missing(&mut conn)?;
        conn.batch("COMMIT")?;
        Ok(applied)
    }

    /// How far the database is, which a missing SQLite file is not at all. Changes nothing. Blocks.
    pub fn migration_state(url: &DatabaseUrl) -> Result<MigrationState, StoreError> {
        match url {
            DatabaseUrl::Sqlite(path) if !path.exists() => Ok(MigrationState::at(0)),
            _ => state(&mut open_reader(url)?),
        }
    }
}

fn apply_missing(conn: &mut Conn) -> Result<Vec<&'static str>, StoreError> {
    conn.batch(LEDGER)?;
    let state = state(conn)?;
    if state.is_from_the_future() {
        return Err(StoreError::Corrupt(format!(
            "its schema is version {}, this marketpass knows {}: run the newer marketpass that wrote it",
            state.applied, state.newest
        )));
    }
    let mut applied = Vec::new();
    for migration in MIGRATIONS.iter().filter(|migration| migration.number > state.applied) {
        let sql = match conn.backend() {
            Backend::Sqlite(_) => migration.sqlite,
            Backend::Postgres(_) => migration.postgres,
        };
        conn.batch(sql)?;
        crate::conn::Tx::new(conn).execute(
            "INSERT INTO schema_migration (number, name) VALUES ($1, $2)",
            bind![migration.number, migration.name],
        )?;
        applied.push(migration.name);
    }
    Ok(applied)
}

pub(crate) fn state(conn: &mut Conn) -> Result<MigrationState, StoreError> {
    let ledgers = match conn.backend() {
        Backend::Sqlite(_) => "SELECT COUNT(*) FROM sqlite_master WHERE name = 'schema_migration'",
        Backend::Postgres(_) => "SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass('schema_migration')",
    };
    if conn.number(ledgers, bind![])? == 0 {
        return Ok(MigrationState::at(0));
    }
    conn.number("SELECT COALESCE(MAX(number), 0) FROM schema_migration", bind![]).map(MigrationState::at)
}
