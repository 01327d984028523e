//! Importing a whole platform from JSON lines: people, businesses, stores, staff and keys (product.md §1, `import`).
//!
//! Owns the course of an import: batches, each one transaction, with the next one read while the present one commits.
//! Must never change what exists already: an import only adds, so it can be repeated after whatever stopped it.
//!
//! Something exists already if its natural key does: an account by its login, a business by its id (by owner and name
//! if the line has no id), a campaign by its id (by business and name), a member by business and login, a key by
//! business and name with the same token. It then counts like something imported now: the counts say what the file has
//! in the database, so that a repeated import gives the same counts.

mod apply;
mod batch;
mod key;
mod line;
mod read;
mod refusal;
mod tokens;

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead};
use std::ops::AddAssign;
use std::sync::Arc;
use std::time::Duration;

use mp_domain::event::Actor;
use mp_domain::ids::ApiKeyId;
use mp_store::{DatabaseUrl, StoreError};

use self::apply::{Outcome, apply};
use self::batch::Batch;
use self::read::Reader;
pub use self::refusal::{LineRefusal, RefusedLine};
use self::tokens::TokensOut;
use crate::service::Service;

/// On SQLite one process writes at a time: between two batches the others have this long to begin.
const PAUSE_FOR_OTHERS: Duration = Duration::from_millis(5);

/// How many lines of each kind the database has now, whether this import added them or found them, and how many it
/// refused. Blank lines count nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Imported {
    /// Lines that name an account.
    pub accounts: u64,
    /// Lines that name a business.
    pub businesses: u64,
    /// Lines that name a store.
    pub campaigns: u64,
    /// Lines that name a member of the staff.
    pub members: u64,
    /// Lines that name a key.
    pub keys: u64,
    /// Lines that changed nothing.
    pub refused: u64,
}

impl AddAssign for Imported {
    fn add_assign(&mut self, more: Self) {
        self.accounts += more.accounts;
        self.businesses += more.businesses;
        self.campaigns += more.campaigns;
        self.members += more.members;
        self.keys += more.keys;
        self.refused += more.refused;
    }
}

/// What one more committed batch has brought.
#[derive(Debug)]
pub struct Progress<'a> {
    /// How many lines of the file are done, counted from its beginning, blank ones included.
    pub lines: u64,
    /// The refused lines of this batch, in the order of the file.
    pub refused: &'a [RefusedLine],
}

/// Why an import stopped. Lines before `line` are in the database; an import of the same file goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The lines could not be read.
    #[error(
        "line {line} could not be read ({error}); everything before it is imported: import the file again to go on"
    )]
    Input {
        /// Where reading stopped.
        line: u64,
        /// Why.
        error: io::Error,
    },
    /// Generated tokens could not be kept, so the keys were not made.
    #[error(
        "the generated tokens could not be written ({error}); nothing from line {line} on is imported: make room for \
         them, then import the file again to go on"
    )]
    Tokens {
        /// The first line that was not imported.
        line: u64,
        /// Why.
        error: io::Error,
    },
    /// The database did not do its part.
    #[error("{error}; nothing from line {line} on is imported: import the file again to go on")]
    Store {
        /// The first line that was not imported.
        line: u64,
        /// Why.
        error: StoreError,
    },
}

impl Service {
    /// Imports JSON lines. A bad line is refused and stops only itself. When this returns, all of it is in force here.
    ///
    /// Whether `actor` may do this is not asked: an import is a command for whoever administers the server.
    ///
    /// `tokens_out` takes the tokens generated for keys that come without one, a JSON line for each:
    /// `{"business_id","id","name","token"}`. It must be open for reading and appending. A token is on the disk before
    /// its key exists; after a crash in between, the file names a key that never was, and a repeated import appends a
    /// line with the same `name` and another `id`.
    ///
    /// `progress` is called after each committed batch. Dropping the future stops the import between two batches.
    pub async fn import(
        &self,
        actor: Actor,
        lines: impl BufRead + Send + 'static,
        tokens_out: Option<File>,
        mut progress: impl FnMut(Progress<'_>) + Send,
    ) -> Result<Imported, ImportError> {
        let tokens_out = tokens_out.map(TokensOut::new);
        let mut batches = Reader::new(self.clone(), actor, tokens_out.is_some()).start(lines);
        let mut imported = Imported::default();
        while let Some(batch) = batches.recv().await {
            let mut batch = batch?;
            let (lines, mut refused) = (batch.last_line, std::mem::take(&mut batch.refused));
            imported += self.import_batch(Arc::new(batch), tokens_out.as_ref(), &mut refused).await?;
            imported.refused += refused.len() as u64;
            refused.sort_by_key(|line| line.number);
            progress(Progress { lines, refused: &refused });
            if matches!(self.store.url(), DatabaseUrl::Sqlite(_)) {
                tokio::time::sleep(PAUSE_FOR_OTHERS).await;
            }
        }
        Ok(imported)
    }

    async fn import_batch(
        &self,
        batch: Arc<Batch>,
        tokens_out: Option<&TokensOut>,
        refused: &mut Vec<RefusedLine>,
    ) -> Result<Imported, ImportError> {
        let line = batch.first_line;
        let failed = |error| ImportError::Store { line, error };
        let mut issued = HashSet::new();
        if let Some(tokens_out) = tokens_out.filter(|_| batch.generates_tokens()) {
            issued = self.rehearse(&batch).await.map_err(failed)?;
            let written = tokens_out.write(Arc::clone(&batch), issued.clone()).await;
            written.map_err(|error| ImportError::Tokens { line, error })?;
        }
        let work = Arc::clone(&batch);
        let done = self.commit("import_batch", move |tx| apply(tx, &work, |key| issued.contains(&key)));
        let mut imported = Imported::default();
        for (entry, outcome) in batch.entries.iter().zip(done.await.map_err(failed)?) {
            match outcome {
                Outcome::Added | Outcome::Known => imported += entry.thing.counted(),
                Outcome::Refused(refusal) => refused.push(RefusedLine { number: entry.number, refusal }),
            }
        }
        Ok(imported)
    }

    /// Finds out which keys of a batch would be given a generated token, without changing anything: only their tokens
    /// are to be written down, and that before the keys exist.
    async fn rehearse(&self, batch: &Arc<Batch>) -> Result<HashSet<ApiKeyId>, StoreError> {
        let work = Arc::clone(batch);
        let rehearsed = self.store.write("import_rehearsal", move |tx| {
            // An error is what rolls a transaction back.
            apply(tx, &work, |_| true).map_or_else(
                |error| Err(Rehearsed::Failed(error)),
                |done| Err::<(), _>(Rehearsed::Done(done)),
            )
        });
        match rehearsed.await {
            Ok(()) => Ok(HashSet::new()),
            Err(Rehearsed::Failed(error)) => Err(error),
            Err(Rehearsed::Done(outcomes)) => {
                let added = batch.entries.iter().zip(outcomes);
                let added = added.filter(|(_, outcome)| matches!(outcome, Outcome::Added));
                Ok(added.filter_map(|(entry, _)| entry.generated_token()).map(|(key, _)| key.id).collect())
            }
        }
    }
}

/// How a rehearsal ended.
enum Rehearsed {
    Done(Vec<Outcome>),
    Failed(StoreError),
}

impl From<StoreError> for Rehearsed {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}
