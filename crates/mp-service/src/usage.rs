//! How much applications are used: calls with their tokens, by cabinet addressed and day.
//!
//! Owns the counts until they are written. Must never lose one to a database that cannot be written: they wait for the
//! next round.

use std::collections::HashMap;
use std::sync::Arc;

use mp_domain::ids::{BusinessId, ClientId};
use mp_domain::time::Timestamp;
use mp_store::{Store, StoreError, client_usage};
use parking_lot::Mutex;

/// How many places one batch writes at most, so that it does not hold up other writers.
const MOST_AT_ONCE: usize = 1000;

/// Application, cabinet addressed if there was one, and day since 1970-01-01 (UTC).
type Place = (ClientId, Option<BusinessId>, i64);

#[derive(Default)]
pub(crate) struct Usage(Mutex<HashMap<Place, i64>>);

impl Usage {
    /// Counts one call.
    pub(crate) fn count(&self, client: ClientId, business: Option<BusinessId>, now: Timestamp) {
        let day = now.seconds().div_euclid(86_400);
        *self.0.lock().entry((client, business, day)).or_default() += 1;
    }

    /// Adds what was counted to what the database knows.
    pub(crate) async fn write(&self, store: &Store) -> Result<(), StoreError> {
        loop {
            let taken = Taken::from(self);
            if taken.counts.is_empty() {
                return Ok(());
            }
            let counts = Arc::clone(&taken.counts);
            store
                .write("count_client_usage", move |tx| -> Result<(), StoreError> {
                    counts.iter().try_for_each(|((client, business, day), calls)| {
                        client_usage::add(tx, *client, *business, *day, *calls)
                    })
                })
                .await?;
            taken.are_written();
        }
    }
}

/// Counts on their way to the database. Unless they arrive, they go back to those that wait.
struct Taken<'a> {
    counts: Arc<Vec<(Place, i64)>>,
    home: &'a Usage,
}

impl<'a> From<&'a Usage> for Taken<'a> {
    fn from(home: &'a Usage) -> Self {
        let mut waiting = home.0.lock();
        let places: Vec<_> = waiting.keys().take(MOST_AT_ONCE).copied().collect();
        let taken = places.into_iter().filter_map(|place| waiting.remove_entry(&place));
        Self { counts: Arc::new(taken.collect()), home }
    }
}

impl Taken<'_> {
    fn are_written(mut self) {
        self.counts = Arc::default();
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut waiting = self.home.0.lock();
        for (place, calls) in self.counts.iter() {
            *waiting.entry(*place).or_default() += calls;
        }
    }
}
