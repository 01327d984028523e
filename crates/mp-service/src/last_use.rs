//! When keys were last used: noted by the check, written in small batches.
//!
//! Owns the waiting notes. Must never slow a check down: when too many wait, a use goes unnoted and the key's next use
//! tries again, so a busy server is exact to minutes and an idle one to the minute.

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
        let notes = std::mem::take(&mut *self.waiting.lock());
        if notes.is_empty() {
            return Ok(());
        }
        let written = store
            .write("mark_keys_used", move |tx| -> Result<usize, StoreError> {
                for (key, minute) in &notes {
                    api_key::mark_used(tx, *key, Timestamp::from_seconds(i64::from(*minute) * 60))?;
                }
                Ok(notes.len())
            })
            .await;
        self.count.store(self.waiting.lock().len(), Ordering::Relaxed);
        written.map(drop)
    }
}
