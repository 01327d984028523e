//! The limiter: how much of each limit is used up.
//!
//! Owns the counters, in windows aligned to the clock, exact under concurrency: the shard's lock is held while a charge
//! is judged and made. Must never do I/O: the counter keeper carries what changed to the journal.

use hashbrown::HashTable;
use mp_domain::ids::BusinessId;
use mp_domain::operation::Operation;
use mp_domain::time::Timestamp;
use mp_domain::window::{Budget, Quota, WindowEnd};
use mp_store::counter_journal::Counter;
use parking_lot::Mutex;

const SHARDS: usize = 256;

pub(crate) struct Limiter {
    shards: Vec<Mutex<Shard>>,
    scale: f64,
}

#[derive(Default)]
struct Shard {
    counters: HashTable<Entry>,
    /// Counters that changed since they were last taken, each once.
    changed: Vec<(BusinessId, u16)>,
}

struct Entry {
    business: BusinessId,
    window: WindowEnd,
    used: u32,
    operation: u16,
    is_listed_as_changed: bool,
}

impl Limiter {
    /// A limiter that multiplies every amount by `scale`.
    pub(crate) fn new(scale: f64) -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect(), scale }
    }

    /// The quota in force for an operation.
    pub(crate) fn quota(&self, operation: &Operation) -> Quota {
        operation.quota.scaled(self.scale)
    }

    /// Charges `cost` points, or refuses and charges nothing. Both tell what is left.
    pub(crate) fn charge(
        &self,
        business: BusinessId,
        operation: &Operation,
        cost: u32,
        now: Timestamp,
    ) -> Result<Budget, Budget> {
        let quota = self.quota(operation);
        let hash = hash(business, operation.number);
        let mut guard = self.shard(hash).lock();
        let Shard { counters, changed } = &mut *guard;
        let entry = counters
            .entry(hash, |entry| entry.is(business, operation.number), Entry::hash)
            .or_insert_with(|| Entry::new(business, operation.number, quota.period.window_end(now)))
            .into_mut();
        entry.enter_window(quota, now);
        let after = entry.used.checked_add(cost).filter(|after| *after <= quota.amount);
        if let Some(after) = after {
            entry.used = after;
            if !entry.is_listed_as_changed {
                entry.is_listed_as_changed = true;
                changed.push((business, operation.number));
            }
        }
        let budget = entry.budget(quota);
        if after.is_some() { Ok(budget) } else { Err(budget) }
    }

    /// What is left, without charging.
    pub(crate) fn peek(&self, business: BusinessId, operation: &Operation, now: Timestamp) -> Budget {
        let quota = self.quota(operation);
        let until = quota.period.window_end(now);
        let hash = hash(business, operation.number);
        let guard = self.shard(hash).lock();
        let entry = guard.counters.find(hash, |entry| entry.is(business, operation.number));
        let used = entry.filter(|entry| entry.window >= until).map_or(0, |entry| entry.used);
        Budget { limit: quota.amount, remaining: quota.amount.saturating_sub(used), until }
    }

    /// Sets a counter, as the journal remembers it. A later call replaces an earlier one.
    pub(crate) fn restore(&self, counter: Counter) {
        let hash = hash(counter.business, counter.operation);
        let mut guard = self.shard(hash).lock();
        let entry = guard
            .counters
            .entry(hash, |entry| entry.is(counter.business, counter.operation), Entry::hash)
            .or_insert_with(|| Entry::new(counter.business, counter.operation, counter.window))
            .into_mut();
        (entry.window, entry.used) = (counter.window, counter.used);
    }

    /// Takes the counters that changed since the last call.
    pub(crate) fn take_changed(&self) -> Vec<Counter> {
        let mut taken = Vec::new();
        for shard in &self.shards {
            let mut guard = shard.lock();
            let Shard { counters, changed } = &mut *guard;
            for (business, operation) in changed.drain(..) {
                let found =
                    counters.find_mut(hash(business, operation), |entry| entry.is(business, operation));
                if let Some(entry) = found {
                    entry.is_listed_as_changed = false;
                    taken.push(entry.counter());
                }
            }
        }
        taken
    }

    /// Forgets counters whose window is over.
    pub(crate) fn sweep(&self, now: Timestamp) {
        for shard in &self.shards {
            let mut guard = shard.lock();
            guard.counters.retain(|entry| !entry.window.is_over(now) || entry.is_listed_as_changed);
            if guard.counters.capacity() > 64 && guard.counters.len() < guard.counters.capacity() / 4 {
                guard.counters.shrink_to_fit(Entry::hash);
            }
        }
    }

    /// Every counter, a shard at a time so that nobody waits long.
    pub(crate) fn all(&self) -> impl Iterator<Item = Vec<Counter>> {
        self.shards.iter().map(|shard| shard.lock().counters.iter().map(Entry::counter).collect())
    }

    /// How many counters there are.
    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().counters.len()).sum()
    }

    fn shard(&self, hash: u64) -> &Mutex<Shard> {
        // The table inside uses the low and the top seven bits.
        &self.shards[(hash >> 48) as usize % SHARDS]
    }
}

impl Entry {
    fn new(business: BusinessId, operation: u16, window: WindowEnd) -> Self {
        Self { business, window, used: 0, operation, is_listed_as_changed: false }
    }

    fn is(&self, business: BusinessId, operation: u16) -> bool {
        self.business == business && self.operation == operation
    }

    fn hash(&self) -> u64 {
        hash(self.business, self.operation)
    }

    /// Begins a new window when its time has come. A clock set back does not open a used-up window again, unless it was
    /// far ahead before: then the counter would be stuck in the future.
    fn enter_window(&mut self, quota: Quota, now: Timestamp) {
        let current = quota.period.window_end(now);
        let far_ahead = self.window.seconds() > current.seconds().saturating_add(quota.period.seconds());
        if self.window < current || far_ahead {
            (self.window, self.used) = (current, 0);
        }
    }

    fn budget(&self, quota: Quota) -> Budget {
        Budget { limit: quota.amount, remaining: quota.amount.saturating_sub(self.used), until: self.window }
    }

    fn counter(&self) -> Counter {
        Counter { business: self.business, operation: self.operation, window: self.window, used: self.used }
    }
}

/// Business numbers are often consecutive: mixed so that they spread (the finaliser of `SplitMix64`).
fn hash(business: BusinessId, operation: u16) -> u64 {
    let mut mixed = business.number().cast_unsigned() ^ u64::from(operation).rotate_right(16);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use mp_domain::operation::GET_AUTH_TOKEN_INFO;

    use super::*;

    const NOON: Timestamp = Timestamp::from_seconds(12 * 3600);

    fn business(number: i64) -> BusinessId {
        BusinessId::new(number).unwrap()
    }

    fn charge(limiter: &Limiter, cost: u32, now: Timestamp) -> Result<u32, u32> {
        let charged = limiter.charge(business(1), &GET_AUTH_TOKEN_INFO, cost, now);
        charged.map(|budget| budget.remaining).map_err(|budget| budget.remaining)
    }

    #[test]
    fn exactly_the_limit_is_admitted_with_many_callers_racing() {
        let limiter = Limiter::new(1.0);
        let admitted: usize = std::thread::scope(|scope| {
            let racing = || (0..50).filter(|_| charge(&limiter, 1, NOON).is_ok()).count();
            let callers: Vec<_> = (0..64).map(|_| scope.spawn(racing)).collect();
            callers.into_iter().map(|caller| caller.join().unwrap()).sum()
        });
        assert_eq!(admitted, 100);
    }

    #[test]
    fn a_cost_larger_than_what_is_left_is_refused_whole() {
        let limiter = Limiter::new(1.0);
        assert_eq!(charge(&limiter, 60, NOON), Ok(40));
        assert_eq!(charge(&limiter, 41, NOON), Err(40));
        assert_eq!(charge(&limiter, 40, NOON), Ok(0));
    }

    #[test]
    fn the_next_window_begins_full() {
        let limiter = Limiter::new(1.0);
        let last_second = Timestamp::from_seconds(12 * 3600 + 3599);
        assert_eq!(charge(&limiter, 100, last_second), Ok(0));
        assert_eq!(charge(&limiter, 1, last_second), Err(0));
        assert_eq!(charge(&limiter, 1, Timestamp::from_seconds(13 * 3600)), Ok(99));
    }

    #[test]
    fn a_clock_set_back_a_little_opens_nothing_and_one_far_ahead_locks_nothing() {
        let limiter = Limiter::new(1.0);
        assert_eq!(charge(&limiter, 100, NOON), Ok(0));
        assert_eq!(charge(&limiter, 1, Timestamp::from_seconds(12 * 3600 - 1)), Err(0));
        assert_eq!(charge(&limiter, 1, Timestamp::from_seconds(3600)), Ok(99));
    }

    #[test]
    fn businesses_and_scales_are_counted_apart() {
        let limiter = Limiter::new(2.0);
        assert_eq!(charge(&limiter, 200, NOON), Ok(0));
        assert!(limiter.charge(business(2), &GET_AUTH_TOKEN_INFO, 1, NOON).is_ok());
        assert_eq!(limiter.peek(business(2), &GET_AUTH_TOKEN_INFO, NOON).remaining, 199);
        assert_eq!(limiter.peek(business(3), &GET_AUTH_TOKEN_INFO, NOON).remaining, 200);
    }

    #[test]
    fn changed_counters_are_taken_once_and_restore_what_they_were() {
        let limiter = Limiter::new(1.0);
        for _ in 0..7 {
            charge(&limiter, 1, NOON).unwrap();
        }
        let taken = limiter.take_changed();
        assert_eq!(taken.iter().map(|counter| counter.used).collect::<Vec<_>>(), [7]);
        assert_eq!(limiter.take_changed(), []);
        let restored = Limiter::new(1.0);
        for counter in taken {
            restored.restore(counter);
        }
        assert_eq!(charge(&restored, 1, NOON), Ok(92));
    }

    #[test]
    fn sweeping_forgets_only_windows_that_are_over_and_written() {
        let limiter = Limiter::new(1.0);
        charge(&limiter, 1, NOON).unwrap();
        limiter.sweep(Timestamp::from_seconds(14 * 3600));
        assert_eq!(limiter.len(), 1, "not written yet");
        limiter.take_changed();
        limiter.sweep(NOON);
        assert_eq!(limiter.len(), 1, "still counting");
        limiter.sweep(Timestamp::from_seconds(13 * 3600));
        assert_eq!(limiter.len(), 0);
    }
}
