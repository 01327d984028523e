//! When keys and tokens were last used: noted by the check, written in small batches.
//!
//! Owns the waiting notes. Must never slow a check down: when too many wait, a use goes unnoted and the next use tries
//! again, so a busy server is exact to minutes and an idle one to the minute. Must never lose a note to a database that
//! cannot be written or to a writing that is cancelled: they wait for the next one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use mp_domain::ids::{ApiKeyId, GrantId};
use mp_domain::time::Timestamp;
use mp_store::{Store, StoreError, Tx, api_key, grant};
use parking_lot::Mutex;

/// How many notes wait at most: as many as one batch may write without holding up other writers.
const MOST_WAITING: usize = 1000;

/// What has a last use.
pub(crate) trait Used: Copy + Send + Sync + 'static {
    /// The name of the transaction that writes the notes.
    const TRANSACTION: &'static str;

    /// Writes one note.
    fn mark(self, tx: &mut Tx<'_>, at: Timestamp) -> Result<(), StoreError>;
}

impl Used for ApiKeyId {
    const TRANSACTION: &'static str = "mark_keys_used";

    fn mark(self, tx: &mut Tx<'_>, at: Timestamp) -> Result<(), StoreError> {
        api_key::mark_used(tx, self, at)
    }
}

impl Used for GrantId {
    const TRANSACTION: &'static str = "mark_tokens_used";

    fn mark(self, tx: &mut Tx<'_>, at: Timestamp) -> Result<(), StoreError> {
        grant::mark_used(tx, self, at)
    }
}

/// The notes about one kind of thing.
pub(crate) struct LastUse<I: Used> {
    waiting: Mutex<Vec<(I, u32)>>,
    count: AtomicUsize,
}

impl<I: Used> Default for LastUse<I> {
    fn default() -> Self {
        Self { waiting: Mutex::default(), count: AtomicUsize::new(0) }
    }
}

/// The minute of a moment, counted from the epoch; 0 for any before it.
pub(crate) fn minute_of(at: Timestamp) -> u32 {
    u32::try_from(at.seconds() / 60).unwrap_or(0)
}

impl<I: Used> LastUse<I> {
    /// Notes that something was used now. `last_used` is the minute noted before.
    pub(crate) fn note(&self, id: I, last_used: &AtomicU32, now: Timestamp) {
        let minute = minute_of(now);
        let is_noted = last_used.load(Ordering::Relaxed) >= minute;
        if is_noted || self.count.load(Ordering::Relaxed) >= MOST_WAITING {
            return;
        }
        last_used.store(minute, Ordering::Relaxed);
        self.count.fetch_add(1, Ordering::Relaxed);
        self.waiting.lock().push((id, minute));
    }

    /// Writes what waits.
    pub(crate) async fn write(&self, store: &Store) -> Result<(), StoreError> {
        let taken = Taken::from(self);
        if taken.notes.is_empty() {
            return Ok(());
        }
        let notes = Arc::clone(&taken.notes);
        store
            .write(I::TRANSACTION, move |tx| -> Result<(), StoreError> {
                notes.iter().try_for_each(|(id, minute)| {
                    id.mark(tx, Timestamp::from_seconds(i64::from(*minute) * 60))
                })
            })
            .await?;
        taken.are_written();
        Ok(())
    }
}

/// Notes on their way to the database. Unless they arrive, they go back to those that wait.
struct Taken<'a, I: Used> {
    notes: Arc<Vec<(I, u32)>>,
    home: &'a LastUse<I>,
}

impl<'a, I: Used> From<&'a LastUse<I>> for Taken<'a, I> {
    fn from(home: &'a LastUse<I>) -> Self {
        Self { notes: Arc::new(std::mem::take(&mut *home.waiting.lock())), home }
    }
}

impl<I: Used> Taken<'_, I> {
    fn are_written(mut self) {
        self.notes = Arc::default();
    }
}

impl<I: Used> Drop for Taken<'_, I> {
    fn drop(&mut self) {
        let mut waiting = self.home.waiting.lock();
        waiting.extend_from_slice(&self.notes);
        self.home.count.store(waiting.len(), Ordering::Relaxed);
    }
}
