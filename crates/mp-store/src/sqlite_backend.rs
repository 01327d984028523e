//! SQLite through rusqlite.
//!
//! Owns how a connection is opened and how transactions begin and end on it. Must never hold SQL of an aggregate.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::ErrorCode::DatabaseBusy;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags};

use crate::conn::{Row, Value};
use crate::error::StoreError;

/// How often a statement that finds another process's lock looks again: often enough to find the few milliseconds that
/// an import leaves between two batches.
const LOOK_AGAIN: Duration = Duration::from_millis(2);
/// How many times it looks.
const MOST_LOOKS: i32 = 2_500;
/// For how long it looks, then.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

pub(crate) struct SqliteBackend {
    connection: Connection,
}

impl SqliteBackend {
    /// Opens the file for writing, making it if it is missing, readable by its owner alone.
    pub(crate) fn open_writer(path: &Path) -> Result<Self, StoreError> {
        create_private(path)?;
        let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        enter_wal_mode(&connection)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", "ON")?;
        // In KiB, taken as needed: an import of millions of keys touches indexes all over.
        connection.pragma_update(None, "cache_size", -65_536)?;
        // In pages, 32 MiB: such an import changes the same pages again and again, and each needs to be copied from the
        // log into the file only once.
        connection.pragma_update(None, "wal_autocheckpoint", 8_192)?;
        // What a savepoint must be able to undo: in a hardened container there may be no folder for temporary files.
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        Ok(Self { connection })
    }

    /// Opens an existing file for reading.
    pub(crate) fn open_reader(path: &Path) -> Result<Self, StoreError> {
        // A read-only handle could not make the shared-memory file that WAL readers need.
        let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.pragma_update(None, "query_only", "ON")?;
        Ok(Self { connection })
    }

    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        Ok(self.connection.execute_batch(sql)?)
    }

    /// Like `batch` with one statement, remembered in prepared form.
    pub(crate) fn command(&mut self, sql: &'static str) -> Result<(), StoreError> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// Whether SQLite has ended the transaction by itself, as it does when a disk is full.
    pub(crate) fn lost_transaction(&self) -> bool {
        self.connection.is_autocommit()
    }

    pub(crate) fn execute(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.execute(rusqlite::params_from_iter(values))? as u64)
    }

    pub(crate) fn each(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
        visit: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            visit(&Row::Sqlite(row))?;
        }
        Ok(())
    }
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let mut connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_handler(Some(|looks| {
        std::thread::sleep(LOOK_AGAIN);
        looks < MOST_LOOKS
    }))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Asks the kernel for a file's pages in order. The rows of a table lie scattered over it, and read one by one from a
/// disk they take several times as long; pages in memory already cost next to nothing. Nothing depends on it.
pub(crate) fn read_ahead(path: &Path) -> std::io::Result<()> {
    const CHUNK: u32 = 128 * 1024;
    let file = std::fs::File::open(path)?;
    for offset in (0..file.metadata()?.len()).step_by(CHUNK as usize) {
        rustix::fs::fadvise(
            &file,
            offset,
            std::num::NonZeroU64::new(CHUNK.into()),
            rustix::fs::Advice::WillNeed,
        )?;
    }
    Ok(())
}

/// Others that open a new file at the same moment want the same, and here SQLite does not wait for them.
fn enter_wal_mode(connection: &Connection) -> rusqlite::Result<()> {
    let deadline = Instant::now() + LOCK_PATIENCE;
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error) if error.sqlite_error_code() == Some(DatabaseBusy) && Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(5));
            }
            outcome => return outcome,
        }
    }
}

/// SQLite would make the file with the mode of the process's umask.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|error| {
        StoreError::Unavailable(format!(
            "{} cannot be opened ({error}): check that the folder exists and is writable",
            path.display()
        ))
    })
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
