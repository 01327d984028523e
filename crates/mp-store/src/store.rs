//! The store: named transactions for callers that wait without blocking.
//!
//! Owns the connections' threads and the ways in. Must never hold SQL.

use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Sender, unbounded};
use tokio::sync::oneshot;

use crate::conn::{Backend, Conn, Tx};
use crate::error::StoreError;
use crate::postgres_backend::PostgresBackend;
use crate::sqlite_backend::{SqliteBackend, read_ahead};
use crate::timing::{Timings, TransactionTiming};
use crate::url::DatabaseUrl;
use crate::workers::{ReadJob, TypedWrite, WriteJob, read_loop, write_loop};

/// Connections that only read: enough for two cores, few enough to stay small.
const READERS: usize = 2;
/// Connections that write to PostgreSQL, so that its commits share flushes.
const POSTGRES_WRITERS: usize = 8;

/// A database in use. Clones share the connections; the last one to go closes them.
#[derive(Clone)]
pub struct Store {
    url: DatabaseUrl,
    writes: Sender<Box<dyn WriteJob>>,
    reads: Sender<ReadJob>,
    timings: Arc<Timings>,
}

impl Store {
    /// Opens the database, making an SQLite file that is missing. Blocks; brings nothing up to date.
    pub fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let (writes, write_jobs) = unbounded();
        let (reads, read_jobs) = unbounded();
        let writing = match url {
            DatabaseUrl::Sqlite(_) => 1,
            DatabaseUrl::Postgres(_) => POSTGRES_WRITERS,
        };
        // Writers first: the first of them makes the file.
        for number in 0..writing {
            let conn = if number == 0 { open_writer(url)? } else { idle(url)? };
            let jobs = write_jobs.clone();
            spawn("store-writer", move || write_loop(conn, &jobs))?;
        }
        for _ in 0..READERS {
            let (conn, jobs) = (idle(url)?, read_jobs.clone());
            spawn("store-reader", move || read_loop(conn, &jobs))?;
        }
        Ok(Self { url: url.clone(), writes, reads, timings: Arc::default() })
    }

    /// Where the database is.
    #[must_use]
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Runs `work` in a transaction called `name`, and answers after its commit. What `work` changed is undone if it
    /// returns an error or panics, if a statement failed in it and it went on regardless, and if the caller stops
    /// waiting before it ends. It may run more than once, so it must have no effect beside the transaction.
    pub async fn write<T, E, F>(&self, name: &'static str, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let (timings, queued) = (Arc::clone(&self.timings), Instant::now());
        let job = TypedWrite { name, work, outcome: None, reply, queued, timings };
        self.writes.send(Box::new(job)).map_err(|_| StoreError::stopped())?;
        answer.await.unwrap_or_else(|_| Err(StoreError::stopped().into()))
    }

    /// Runs `work` on a reading connection.
    pub async fn read<T, F>(&self, name: &'static str, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let (timings, queued) = (Arc::clone(&self.timings), Instant::now());
        let job: ReadJob = Box::new(move |conn| {
            let outcome = conn.and_then(work);
            timings.record(name, queued.elapsed(), outcome.is_ok());
            let _ = reply.send(outcome);
        });
        self.reads.send(job).map_err(|_| StoreError::stopped())?;
        answer.await.unwrap_or_else(|_| Err(StoreError::Corrupt(format!("read {name} panicked"))))
    }

    /// Begins to bring an SQLite file into memory, for a caller who is about to read all of it.
    pub fn read_ahead(&self) {
        if let DatabaseUrl::Sqlite(path) = self.url.clone() {
            // Without it everything takes longer, and that is all.
            let _ = spawn("store-read-ahead", move || drop(read_ahead(&path)));
        }
    }

    /// A reading connection for the caller's own thread, for reading everything at a start.
    pub fn reader(&self) -> Result<Conn, StoreError> {
        open_reader(&self.url)
    }

    /// Keeps the writing connection's page cache at 4 MiB from now on: for servers, which write a little for a long
    /// time, in contrast to commands, which may write a lot and end.
    pub async fn stay_small(&self) -> Result<(), StoreError> {
        let limit = |tx: &mut Tx<'_>| match tx.backend() {
            Backend::Sqlite(sqlite) => sqlite.batch("PRAGMA cache_size = -4096"),
            Backend::Postgres(_) => Ok(()),
        };
        self.write("stay_small", limit).await
    }

    /// How long transactions and reads took, by name.
    #[must_use]
    pub fn timings(&self) -> Vec<(&'static str, TransactionTiming)> {
        self.timings.all()
    }
}

pub(crate) fn open_writer(url: &DatabaseUrl) -> Result<Conn, StoreError> {
    Ok(Conn::new(match url {
        DatabaseUrl::Sqlite(path) => Backend::Sqlite(SqliteBackend::open_writer(path)?),
        DatabaseUrl::Postgres(url) => Backend::Postgres(PostgresBackend::open(url)?),
    }))
}

pub(crate) fn open_reader(url: &DatabaseUrl) -> Result<Conn, StoreError> {
    Ok(Conn::new(match url {
        DatabaseUrl::Sqlite(path) => Backend::Sqlite(SqliteBackend::open_reader(path)?),
        DatabaseUrl::Postgres(url) => Backend::Postgres(PostgresBackend::open(url)?),
    }))
}

/// One more connection for reading, or for writing to a server, which is asked for it only when there is work for it.
fn idle(url: &DatabaseUrl) -> Result<Conn, StoreError> {
    match url {
        DatabaseUrl::Sqlite(_) => open_reader(url),
        DatabaseUrl::Postgres(url) => Ok(Conn::new(Backend::Postgres(PostgresBackend::idle(url)))),
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), StoreError> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map(drop).map_err(|error| {
        StoreError::Unavailable(format!("no thread could be started for the database ({error})"))
    })
}
