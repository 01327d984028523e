//! The threads that own the connections.
//!
//! Owns when a transaction begins, what shares a commit with it, and that nobody hears "done" before the commit. On
//! SQLite one thread writes: a savepoint per use case, many use cases per commit. On PostgreSQL several threads write,
//! one use case per commit, tried again when another node was in the way. Must never know what the transactions do.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use tokio::sync::oneshot;

use crate::conn::{Backend, Conn, Tx};
use crate::error::StoreError;
use crate::timing::Timings;

/// More use cases than this never share a commit, so that the first of them is not kept waiting.
const MOST_PER_COMMIT: usize = 256;
/// How often a transaction that met another one is tried again.
const MOST_TRIES: u32 = 8;

/// A write waiting for its turn.
pub(crate) trait WriteJob: Send {
    /// Runs inside the open transaction and says whether its changes are to be kept.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Tells the caller, once it is known whether the commit succeeded.
    fn finish(self: Box<Self>, committed: Result<(), StoreError>);
    /// Whether nobody waits for the result any more.
    fn is_abandoned(&self) -> bool;
}

/// A read: runs whenever a reading connection is free.
pub(crate) type ReadJob = Box<dyn FnOnce(Result<&mut Conn, StoreError>) + Send>;

/// A write whose result has a type.
pub(crate) struct TypedWrite<T, E, F> {
    pub(crate) name: &'static str,
    pub(crate) work: F,
    pub(crate) outcome: Option<Result<T, E>>,
    pub(crate) reply: oneshot::Sender<Result<T, E>>,
    pub(crate) queued: Instant,
    pub(crate) timings: Arc<Timings>,
}

impl<T, E, F> WriteJob for TypedWrite<T, E, F>
where
    T: Send,
    E: From<StoreError> + Send,
    F: Fn(&mut Tx<'_>) -> Result<T, E> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        // A panic in a use case is its own failure, not that of everyone who shares the commit.
        let result = catch_unwind(AssertUnwindSafe(|| (self.work)(tx))).unwrap_or_else(|_| {
            Err(E::from(StoreError::Corrupt(format!(
                "transaction {} panicked and was rolled back",
                self.name
            ))))
        });
        // PostgreSQL gives a transaction up when a statement fails, whatever the work makes of it; so does SQLite here.
        let result = match tx.take_failure() {
            Some(failure) => result.and(Err(E::from(failure))),
            None => result,
        };
        let keep = result.is_ok();
        self.outcome = Some(result);
        keep
    }

    fn finish(self: Box<Self>, committed: Result<(), StoreError>) {
        let outcome = match (self.outcome, committed) {
            (Some(Ok(value)), Ok(())) => Ok(value),
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(E::from(error)),
            (None, Ok(())) => Err(E::from(StoreError::stopped())),
        };
        self.timings.record(self.name, self.queued.elapsed(), outcome.is_ok());
        // A caller that went away does not want to know.
        let _ = self.reply.send(outcome);
    }

    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }
}

/// Serves writes until every sender is gone, then closes the connection.
pub(crate) fn write_loop(mut conn: Conn, jobs: &Receiver<Box<dyn WriteJob>>) {
    while let Ok(first) = jobs.recv() {
        match conn.backend() {
            Backend::Sqlite(_) => {
                let mut batch = vec![first];
                batch.extend(jobs.try_iter().take(MOST_PER_COMMIT - 1));
                commit_together(&mut conn, batch);
            }
            Backend::Postgres(_) => commit_alone(&mut conn, first),
        }
    }
}

/// Serves reads until every sender is gone.
pub(crate) fn read_loop(mut conn: Conn, jobs: &Receiver<ReadJob>) {
    while let Ok(job) = jobs.recv() {
        let ready = match conn.backend() {
            Backend::Sqlite(_) => Ok(()),
            Backend::Postgres(postgres) => postgres.ensure_connected(),
        };
        // A panic in one read must not take the connection from all the others.
        let _ = catch_unwind(AssertUnwindSafe(|| job(ready.map(|()| &mut conn))));
    }
}

/// SQLite: one transaction for all, a savepoint for each.
fn commit_together(conn: &mut Conn, mut batch: Vec<Box<dyn WriteJob>>) {
    batch.retain(|job| !job.is_abandoned());
    let committed = run_together(conn, &mut batch);
    if committed.is_err() {
        // SQLite may have rolled back by itself already; then this says so and changes nothing.
        let _ = sqlite_command(conn, "ROLLBACK");
    }
    for job in batch {
        job.finish(committed.clone());
    }
}

fn run_together(conn: &mut Conn, batch: &mut [Box<dyn WriteJob>]) -> Result<(), StoreError> {
    sqlite_command(conn, "BEGIN IMMEDIATE")?;
    for job in batch {
        sqlite_command(conn, "SAVEPOINT use_case")?;
        let keep = job.run(&mut Tx::new(conn)) && !job.is_abandoned();
        if let Backend::Sqlite(sqlite) = conn.backend()
            && sqlite.lost_transaction()
        {
            return Err(StoreError::Unavailable(
                "the database could not be written and gave the transaction up; nothing was changed: check the disk".to_owned(),
            ));
        }
        if !keep {
            sqlite_command(conn, "ROLLBACK TO use_case")?;
        }
        sqlite_command(conn, "RELEASE use_case")?;
    }
    sqlite_command(conn, "COMMIT")
}

fn sqlite_command(conn: &mut Conn, sql: &'static str) -> Result<(), StoreError> {
    match conn.backend() {
        Backend::Sqlite(sqlite) => sqlite.command(sql),
        Backend::Postgres(postgres) => postgres.batch(sql),
    }
}

/// PostgreSQL: one transaction for one use case; the server shares its flushes between connections.
fn commit_alone(conn: &mut Conn, mut job: Box<dyn WriteJob>) {
    if job.is_abandoned() {
        return;
    }
    let mut committed = Err(StoreError::stopped());
    for attempt in 0..MOST_TRIES {
        committed = run_alone(conn, job.as_mut());
        let Backend::Postgres(postgres) = conn.backend() else { break };
        if !postgres.take_contended() {
            break;
        }
        std::thread::sleep(Duration::from_millis(1 << attempt));
    }
    job.finish(committed);
}

fn run_alone(conn: &mut Conn, job: &mut dyn WriteJob) -> Result<(), StoreError> {
    let Backend::Postgres(postgres) = conn.backend() else {
        return Err(StoreError::corrupt("a PostgreSQL transaction on another database"));
    };
    postgres.begin()?;
    let keep = job.run(&mut Tx::new(conn)) && !job.is_abandoned();
    let Backend::Postgres(postgres) = conn.backend() else {
        unreachable!("the backend of a connection never changes")
    };
    if keep {
        return postgres.commit();
    }
    // Where it fails, the server has done it already.
    let _ = postgres.batch("ROLLBACK");
    Ok(())
}
