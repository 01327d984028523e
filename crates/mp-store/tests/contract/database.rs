//! Databases to test on, and a plain connection to each.

use std::cell::OnceCell;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Condvar, LazyLock, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use mp_store::{Conn, DatabaseUrl, Store, StoreError, Tx};
use mp_testkit::{Postgres, eventually};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// A store on PostgreSQL holds ten connections, a test has up to three stores, the server allows 300 connections.
const MOST_POSTGRES_AT_ONCE: usize = 8;

/// A database of one's own.
pub(crate) struct Database {
    pub(crate) url: DatabaseUrl,
    folder: TempDir,
    _turn: Option<Turn>,
}

impl Database {
    /// An SQLite file with the newest schema.
    pub(crate) fn sqlite() -> Self {
        Self::empty_sqlite().migrated()
    }

    /// A PostgreSQL database with the newest schema.
    pub(crate) fn postgres() -> Self {
        let turn = Turn::take();
        Self { url: migrated_copy(), folder: tempfile::tempdir().unwrap(), _turn: Some(turn) }
    }

    /// An SQLite file that does not exist yet.
    pub(crate) fn empty_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { url: DatabaseUrl::sqlite(&folder.path().join("marketpass.db")), folder, _turn: None }
    }

    /// The database that the parent of this process has made.
    pub(crate) fn of_parent(url: DatabaseUrl) -> Self {
        Self { url, folder: tempfile::tempdir().unwrap(), _turn: None }
    }

    /// An empty database of the same kind.
    pub(crate) fn another(&self) -> Self {
        match self.url {
            DatabaseUrl::Sqlite(_) => Self::empty_sqlite(),
            // No turn: whoever has one may take two databases.
            DatabaseUrl::Postgres(_) => Self {
                url: Postgres::shared().create_database().parse().unwrap(),
                folder: tempfile::tempdir().unwrap(),
                _turn: None,
            },
        }
    }

    fn migrated(self) -> Self {
        Store::migrate(&self.url).unwrap();
        self
    }

    /// The store that a process of its own would open.
    pub(crate) fn store(&self) -> Store {
        Store::open(&self.url).unwrap()
    }

    /// A place for files, gone with the test.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The database's file, on SQLite.
    pub(crate) fn file(&self) -> &Path {
        match &self.url {
            DatabaseUrl::Sqlite(path) => path,
            DatabaseUrl::Postgres(_) => panic!("PostgreSQL has no file"),
        }
    }

    pub(crate) fn plain(&self) -> Plain {
        Plain::connect(&self.url)
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.url, DatabaseUrl::Postgres(_))
    }
}

/// A new database that has been brought up to date already: applying migrations seventy times takes seconds.
fn migrated_copy() -> DatabaseUrl {
    static ORIGINAL: LazyLock<String> = LazyLock::new(|| {
        let url = Postgres::shared().create_database();
        Store::migrate(&url.parse().unwrap()).unwrap();
        url
    });
    static COPIES: AtomicU32 = AtomicU32::new(0);
    let (head, tail) = ORIGINAL.split_once('?').unwrap();
    let (server, original) = head.rsplit_once('/').unwrap();
    let copy = format!("contract_{}", COPIES.fetch_add(1, Ordering::Relaxed));
    let mut client =
        postgres::Client::connect(&format!("{server}/postgres?{tail}"), postgres::NoTls).unwrap();
    // The server copies nothing that it believes is in use, if only by a connection that has just been closed.
    eventually("a copy of the original", || {
        client.batch_execute(&format!("CREATE DATABASE {copy} TEMPLATE {original}")).is_ok()
    });
    format!("{server}/{copy}?{tail}").parse().unwrap()
}

/// A connection that knows nothing of the store.
pub(crate) enum Plain {
    Sqlite(rusqlite::Connection),
    Postgres(postgres::Client),
}

impl Plain {
    pub(crate) fn connect(url: &DatabaseUrl) -> Self {
        match url {
            DatabaseUrl::Sqlite(path) => Self::Sqlite(rusqlite::Connection::open(path).unwrap()),
            DatabaseUrl::Postgres(url) => {
                Self::Postgres(postgres::Client::connect(url, postgres::NoTls).unwrap())
            }
        }
    }

    pub(crate) fn run(&mut self, sql: &str) {
        match self {
            Self::Sqlite(connection) => connection.execute_batch(sql).unwrap(),
            Self::Postgres(client) => client.batch_execute(sql).unwrap(),
        }
    }

    /// The number that `sql` selects.
    pub(crate) fn number(&mut self, sql: &str) -> i64 {
        match self {
            Self::Sqlite(connection) => connection.query_row(sql, [], |row| row.get(0)).unwrap(),
            Self::Postgres(client) => client.query_one(sql, &[]).unwrap().get(0),
        }
    }

    pub(crate) fn count(&mut self, table: &str) -> i64 {
        self.number(&format!("SELECT COUNT(*) FROM {table}"))
    }
}

/// Blocks until `future` is done. Only while it waits is this thread inside a runtime, because the plain PostgreSQL
/// client brings its own.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    thread_local!(static RUNTIME: OnceCell<Runtime> = const { OnceCell::new() });
    RUNTIME.with(|runtime| {
        runtime.get_or_init(|| Builder::new_current_thread().build().unwrap()).block_on(future)
    })
}

/// Polls `future` once, so that what it asks for is queued, and gives it back.
pub(crate) fn begun<F: Future>(future: F) -> std::pin::Pin<Box<F>> {
    let mut future = Box::pin(future);
    let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Pending), "it was done before it was waited for");
    future
}

/// Runs `work` in a transaction that must succeed.
pub(crate) fn write<T: Send + 'static>(
    store: &Store,
    work: impl Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> T {
    try_write(store, work).unwrap()
}

pub(crate) fn try_write<T: Send + 'static>(
    store: &Store,
    work: impl Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    wait(store.write("test", work))
}

/// Runs `work` on a reading connection, which must succeed.
pub(crate) fn read<T: Send + 'static>(
    store: &Store,
    work: impl FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
) -> T {
    wait(store.read("test", work)).unwrap()
}

/// One of the places at the server, given back when dropped.
struct Turn;

static TAKEN: Mutex<usize> = Mutex::new(0);
static GIVEN_BACK: Condvar = Condvar::new();

impl Turn {
    fn take() -> Self {
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken >= MOST_POSTGRES_AT_ONCE {
            taken = GIVEN_BACK.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken += 1;
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        GIVEN_BACK.notify_one();
    }
}

/// Whether the error is about a rule of the schema.
#[track_caller]
pub(crate) fn assert_conflict<T: std::fmt::Debug>(outcome: &Result<T, StoreError>) {
    assert!(matches!(outcome, Err(StoreError::Conflict(_))), "a conflict was expected: {outcome:?}");
}
