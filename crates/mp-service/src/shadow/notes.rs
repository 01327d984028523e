//! Calls that the rules on trial judge otherwise, until they are written.
//!
//! Owns the counts. Must never grow with the callers: with many cabinets waiting, the calls of further ones are counted
//! without theirs; nor lose one to a database that cannot be written.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};

use mp_domain::shadow::{Cabinet, Verdict};
use mp_domain::time::Timestamp;
use mp_store::shadow_difference::{self, ShadowDifference};
use mp_store::{Store, StoreError, shadow_catalog};
use parking_lot::Mutex;

/// How many places wait at most that differ by their cabinet: as many as one batch may write without holding up others.
const MOST_WAITING: usize = 500;
/// From how many rows on a report tells no more cabinets apart.
const MOST_KEPT: i64 = 10_000;

/// `operationId` in force, verdict, reason and cabinet.
pub(super) type Place = (&'static str, Verdict, &'static str, Cabinet);

/// Numbers for `/metrics`: what was judged on this node since the trial began here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShadowGauges {
    /// Calls that were judged by the rules on trial, too.
    pub judged: u64,
    /// Those that are judged otherwise, by `operationId`, verdict and reason.
    pub differences: Vec<(&'static str, Verdict, &'static str, u64)>,
}

#[derive(Default)]
pub(super) struct Notes {
    judged: AtomicU64,
    /// How many of them the database knows.
    written: AtomicU64,
    noted: Mutex<Noted>,
}

#[derive(Default)]
struct Noted {
    waiting: HashMap<Place, Calls>,
    sums: BTreeMap<(&'static str, Verdict, &'static str), u64>,
}

#[derive(Debug, Clone, Copy)]
struct Calls {
    number: i64,
    first_at: Timestamp,
    last_at: Timestamp,
}

impl Calls {
    fn add(&mut self, others: Self) {
        self.number += others.number;
        self.first_at = self.first_at.min(others.first_at);
        self.last_at = self.last_at.max(others.last_at);
    }
}

impl Noted {
    fn add(&mut self, place: Place, calls: Calls) {
        let (operation, verdict, reason, _) = place;
        let is_full = self.waiting.len() >= MOST_WAITING && !self.waiting.contains_key(&place);
        let place = if is_full { (operation, verdict, reason, Cabinet::Others) } else { place };
        self.waiting.entry(place).and_modify(|known| known.add(calls)).or_insert(calls);
    }
}

impl Notes {
    /// Counts a call that was judged.
    pub(super) fn count(&self) {
        self.judged.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that it was judged otherwise.
    pub(super) fn note(&self, place: Place, now: Timestamp) {
        let (operation, verdict, reason, _) = place;
        let mut noted = self.noted.lock();
        noted.add(place, Calls { number: 1, first_at: now, last_at: now });
        *noted.sums.entry((operation, verdict, reason)).or_default() += 1;
    }

    pub(super) fn gauges(&self) -> ShadowGauges {
        let noted = self.noted.lock();
        let sums = noted.sums.iter();
        let differences =
            sums.map(|(&(operation, verdict, reason), sum)| (operation, verdict, reason, *sum)).collect();
        ShadowGauges { judged: self.judged.load(Ordering::Relaxed), differences }
    }

    /// Adds what waits to the report of a trial. Of one whose report is gone it is forgotten.
    pub(super) async fn write(&self, store: &Store, trial: i64) -> Result<(), StoreError> {
        let taken = Taken::from(self);
        // What is taken was counted before it was noted, so that no report has more differences than calls.
        let judged = self.judged.load(Ordering::Relaxed);
        let new = judged - self.written.load(Ordering::Relaxed);
        if new == 0 && taken.calls.is_empty() {
            return Ok(());
        }
        let differences = taken.differences();
        let new = i64::try_from(new).unwrap_or(i64::MAX);
        store
            .write("record_shadow", move |tx| -> Result<(), StoreError> {
                if shadow_catalog::count(tx, trial, new)? {
                    shadow_difference::add(tx, trial, &differences, MOST_KEPT)?;
                }
                Ok(())
            })
            .await?;
        taken.are_written();
        self.written.store(judged, Ordering::Relaxed);
        Ok(())
    }
}

/// Notes on their way to the database. Unless they arrive, they go back to those that wait.
struct Taken<'a> {
    calls: HashMap<Place, Calls>,
    home: &'a Notes,
}

impl<'a> From<&'a Notes> for Taken<'a> {
    fn from(home: &'a Notes) -> Self {
        Self { calls: std::mem::take(&mut home.noted.lock().waiting), home }
    }
}

impl Taken<'_> {
    fn differences(&self) -> Vec<ShadowDifference> {
        let difference =
            |(&(operation, verdict, reason, cabinet), calls): (&Place, &Calls)| ShadowDifference {
                operation: operation.to_owned(),
                verdict,
                reason: reason.to_owned(),
                cabinet,
                calls: calls.number,
                first_at: calls.first_at,
                last_at: calls.last_at,
            };
        self.calls.iter().map(difference).collect()
    }

    fn are_written(mut self) {
        self.calls.clear();
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut noted = self.home.noted.lock();
        for (place, calls) in self.calls.drain() {
            noted.add(place, calls);
        }
    }
}

#[cfg(test)]
mod tests {
    use mp_domain::ids::BusinessId;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(100);

    fn note(notes: &Notes, business: i64) {
        let cabinet = Cabinet::One(BusinessId::new(business).unwrap());
        notes.note(("getOrders", Verdict::WouldRefuse, "scope_missing", cabinet), NOW);
    }

    fn waiting(notes: &Notes) -> (usize, i64, i64) {
        let waiting = &notes.noted.lock().waiting;
        let of = |others| {
            let all =
                waiting.iter().filter(move |((.., cabinet), _)| (*cabinet == Cabinet::Others) == others);
            all.map(|(_, calls)| calls.number).sum::<i64>()
        };
        (waiting.len(), of(false), of(true))
    }

    #[test]
    fn with_many_cabinets_waiting_further_ones_are_counted_together() {
        let notes = Notes::default();
        for _ in 0..2 {
            (1..=10_000).for_each(|business| note(&notes, business));
        }
        assert_eq!(waiting(&notes), (MOST_WAITING + 1, 1000, 19_000));
        assert_eq!(
            notes.gauges().differences,
            [("getOrders", Verdict::WouldRefuse, "scope_missing", 20_000)]
        );
    }

    #[test]
    fn what_cannot_be_written_waits_with_what_came_since() {
        let notes = Notes::default();
        note(&notes, 1);
        let taken = Taken::from(&notes);
        assert_eq!(waiting(&notes), (0, 0, 0));
        note(&notes, 1);
        drop(taken);
        assert_eq!(waiting(&notes), (1, 2, 0));
        Taken::from(&notes).are_written();
        assert_eq!(waiting(&notes), (0, 0, 0));
    }
}
