//! When keys were last used: noted by the check, written in small batches.
//!
//! Owns the waiting notes. Must never slow a check down: when too many wait, a use goes unnoted and the key's next use
//! tries again, so a busy server is exact to minutes and an idle one to the minute. Must never lose a note to a database
//! that cannot be written or to a writing that is cancelled: they wait for the next one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mp_domain::ids::ApiKeyId;
use mp_domain::time::Timestamp;
use mp_store::{Store, StoreError, api_key};
use parking_lot::Mutex;

use crate::directory::Found;

/// How many notes wait at most: as many as one batch may write without holding up other writers.
const MOST_WAITING: usize = 1000;

#[derive(Default)]
pub(crate) struct LastUse {
    waiting: Mutex<Vec<(ApiKeyId, u32)>>,
    count: AtomicUsize,
}

impl LastUse {
    /// Notes that a key was used now.
    pub(crate) fn note(&self, key: &Found<'_>, now: Timestamp) {
        let minute = u32::try_from(now.seconds() / 60).unwrap_or(0);
        if !key.is_first_use_in(minute) || self.count.load(Ordering::Relaxed) >= MOST_WAITING {
            return;
        }
        key.note_use_in(minute);
        self.count.fetch_add(1, Ordering::Relaxed);
        self.waiting.lock().push((key.facts.key_id, minute));
    }

    /// Writes what waits.
    pub(crate) async fn write(&self, store: &Store) -> Result<(), StoreError> {
        let taken = Taken::from(self);
        if taken.notes.is_empty() {
            return Ok(());
        }
        let notes = Arc::clone(&taken.notes);
        store
            .write("mark_keys_used", move |tx| -> Result<(), StoreError> {
                notes.iter().try_for_each(|(key, minute)| {
                    api_key::mark_used(tx, *key, Timestamp::from_seconds(i64::from(*minute) * 60))
                })
            })
            .await?;
        taken.are_written();
        Ok(())
    }
}

/// Notes on their way to the database. Unless they arrive, they go back to those that wait.
struct Taken<'a> {
    notes: Arc<Vec<(ApiKeyId, u32)>>,
    home: &'a LastUse,
}

impl<'a> From<&'a LastUse> for Taken<'a> {
    fn from(home: &'a LastUse) -> Self {
        Self { notes: Arc::new(std::mem::take(&mut *home.waiting.lock())), home }
    }
}

impl Taken<'_> {
    fn are_written(mut self) {
        self.notes = Arc::default();
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut waiting = self.home.waiting.lock();
        waiting.extend_from_slice(&self.notes);
        self.home.count.store(waiting.len(), Ordering::Relaxed);
    }
}
