//! The limiter: how much of each limit is used up.
//!
//! Owns the counters, in windows aligned to the clock, exact under concurrency: the shard's lock is held while a charge
//! is judged and made. Must never do I/O: the counter keeper carries what changed to the journal.

use hashbrown::HashTable;
use mp_domain::limit_entity::{Counted, LimitEntity};
use mp_domain::operation::Price;
use mp_domain::time::Timestamp;
use mp_domain::window::{Budget, Quota, Reset, WindowEnd};
use mp_store::counter_journal::Counter;
use parking_lot::Mutex;

const SHARDS: usize = 256;

pub(crate) struct Limiter {
    shards: Vec<Mutex<Shard>>,
    scale: f64,
    tells_seconds: bool,
}

#[derive(Default)]
struct Shard {
    counters: HashTable<Entry>,
    /// Counters that changed since they were last taken, each once.
    changed: Vec<Counted>,
}

/// Numbers are often consecutive: mixed so that they spread (the finaliser of `SplitMix64`).
pub(crate) fn hash_of(counted: Counted) -> u64 {
    let (kind, number) = counted.entity.parts();
    hash_parts(kind, number, counted.operation)
}

/// There are as many of these as there are callers: an entity is kept in its parts, which leave no padding.
struct Entry {
    number: i64,
    window: WindowEnd,
    used: u32,
    operation: u16,
    kind: u8,
    is_listed_as_changed: bool,
}

impl Limiter {
    /// A limiter that multiplies every amount by `scale`.
    pub(crate) fn new(scale: f64) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, scale, tells_seconds: false }
    }

    /// The limiter, which also tells windows in seconds.
    pub(crate) fn telling_seconds(self, tells_seconds: bool) -> Self {
        Self { tells_seconds, ..self }
    }

    /// What every amount is multiplied with, and whether windows are told in seconds, too.
    pub(crate) fn told(&self) -> (f64, bool) {
        (self.scale, self.tells_seconds)
    }

    /// The quota as it is in force.
    pub(crate) fn scaled(&self, quota: Quota) -> Quota {
        quota.scaled(self.scale)
    }

    /// Charges a price, or refuses and charges nothing. Both tell what is left. The quota is the one in force.
    pub(crate) fn charge(
        &self,
        counted: Counted,
        quota: Quota,
        price: Price,
        now: Timestamp,
    ) -> Result<Budget, Budget> {
        self.charge_from(counted, quota, price, now, || 0)
    }

    /// The same. A counter that is not known yet begins with what was `used` elsewhere.
    pub(crate) fn charge_from(
        &self,
        counted: Counted,
        quota: Quota,
        price: Price,
        now: Timestamp,
        used: impl FnOnce() -> u32,
    ) -> Result<Budget, Budget> {
        let mut guard = self.shard(hash_of(counted)).lock();
        let Shard { counters, changed } = &mut *guard;
        let entry = counters
            .entry(hash_of(counted), |entry| entry.is(counted), Entry::hash)
            .or_insert_with(|| Entry { used: used(), ..Entry::new(counted, quota.period.window_end(now)) })
            .into_mut();
        entry.enter_window(quota, now);
        let after = match price {
            Price::Points(points) => entry.used.checked_add(points).filter(|after| *after <= quota.amount),
            Price::KnownAfterwards => Some(entry.used).filter(|used| *used < quota.amount),
        };
        if let Some(after) = after.filter(|after| *after != entry.used) {
            entry.used = after;
            entry.list_as_changed(counted, changed);
        }
        let budget = self.budget(quota, entry.used, entry.window, now);
        if after.is_some() { Ok(budget) } else { Err(budget) }
    }

    /// Charges points that somebody will spend later, `needed` of them or none, and of what is left besides an eighth at
    /// most, so that the others are not refused for what is only kept. Says how many.
    pub(crate) fn lend(
        &self,
        counted: Counted,
        quota: Quota,
        (needed, wanted): (u32, u32),
        now: Timestamp,
    ) -> (u32, Budget) {
        // Whoever has a point knows that something is left, whatever it will cost.
        let needed = needed.max(1);
        let mut guard = self.shard(hash_of(counted)).lock();
        let Shard { counters, changed } = &mut *guard;
        let entry = counters
            .entry(hash_of(counted), |entry| entry.is(counted), Entry::hash)
            .or_insert_with(|| Entry::new(counted, quota.period.window_end(now)))
            .into_mut();
        entry.enter_window(quota, now);
        let beside = quota.amount.saturating_sub(entry.used).checked_sub(needed);
        let lent = beside.map_or(0, |beside| needed + wanted.saturating_sub(needed).min(beside / 8));
        if lent > 0 {
            entry.used += lent;
            entry.list_as_changed(counted, changed);
        }
        (lent, self.budget(quota, entry.used, entry.window, now))
    }

    /// What is left, without charging.
    pub(crate) fn peek(&self, counted: Counted, quota: Quota, now: Timestamp) -> Budget {
        let until = quota.period.window_end(now);
        let guard = self.shard(hash_of(counted)).lock();
        let entry = guard.counters.find(hash_of(counted), |entry| entry.is(counted));
        let used = entry.filter(|entry| entry.window >= until).map_or(0, |entry| entry.used);
        drop(guard);
        self.budget(quota, used, until, now)
    }

    /// Takes points back.
    pub(crate) fn give_back(&self, counted: Counted, points: u32, window: WindowEnd) {
        self.correct(counted, window, |used| used.saturating_sub(points));
    }

    /// Charges what has become known only afterwards, also beyond the limit.
    pub(crate) fn charge_afterwards(&self, counted: Counted, points: u32, window: WindowEnd) {
        self.correct(counted, window, |used| used.saturating_add(points));
    }

    /// Changes what was used up, unless its window is over: then it has no meaning any more.
    fn correct(&self, counted: Counted, window: WindowEnd, correct: impl FnOnce(u32) -> u32) {
        let mut guard = self.shard(hash_of(counted)).lock();
        let Shard { counters, changed } = &mut *guard;
        let found = counters.find_mut(hash_of(counted), |entry| entry.is(counted));
        let Some(entry) = found.filter(|entry| entry.window == window) else { return };
        entry.used = correct(entry.used);
        entry.list_as_changed(counted, changed);
    }

    /// Sets a counter, as the journal remembers it. A later call replaces an earlier one.
    pub(crate) fn restore(&self, remembered: Counter) {
        let Counter { entity, operation, window, used } = remembered;
        let counted = Counted { entity, operation };
        let mut guard = self.shard(hash_of(counted)).lock();
        let entry = guard
            .counters
            .entry(hash_of(counted), |entry| entry.is(counted), Entry::hash)
            .or_insert_with(|| Entry::new(counted, window))
            .into_mut();
        (entry.window, entry.used) = (window, used);
    }

    /// Forgets every counter: all windows are full again.
    pub(crate) fn forget_all(&self) {
        for shard in &self.shards {
            *shard.lock() = Shard::default();
        }
    }

    /// Takes the counters that changed since the last call.
    pub(crate) fn take_changed(&self) -> Vec<Counter> {
        let mut taken = Vec::new();
        for shard in &self.shards {
            let mut guard = shard.lock();
            let Shard { counters, changed } = &mut *guard;
            for counted in changed.drain(..) {
                let found = counters.find_mut(hash_of(counted), |entry| entry.is(counted));
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

    fn budget(&self, quota: Quota, used: u32, until: WindowEnd, now: Timestamp) -> Budget {
        Budget {
            limit: quota.amount,
            remaining: quota.amount.saturating_sub(used),
            until,
            reset: self.tells_seconds.then(|| Reset::at(now, quota.period, until)),
        }
    }

    fn shard(&self, hash: u64) -> &Mutex<Shard> {
        // The table inside uses the low and the top seven bits.
        &self.shards[(hash >> 48) as usize % SHARDS]
    }
}

impl Entry {
    fn new(counted: Counted, window: WindowEnd) -> Self {
        let (kind, number) = counted.entity.parts();
        let operation = counted.operation;
        Self { number, window, used: 0, operation, kind, is_listed_as_changed: false }
    }

    fn is(&self, counted: Counted) -> bool {
        counted.entity.parts() == (self.kind, self.number) && self.operation == counted.operation
    }

    fn list_as_changed(&mut self, counted: Counted, changed: &mut Vec<Counted>) {
        if !self.is_listed_as_changed {
            self.is_listed_as_changed = true;
            changed.push(counted);
        }
    }

    fn entity(&self) -> LimitEntity {
        LimitEntity::from_parts(self.kind, self.number).expect("only parts of entities are kept")
    }

    fn hash(&self) -> u64 {
        hash_parts(self.kind, self.number, self.operation)
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

    fn counter(&self) -> Counter {
        Counter { entity: self.entity(), operation: self.operation, window: self.window, used: self.used }
    }
}

fn hash_parts(kind: u8, number: i64, operation: u16) -> u64 {
    let beside = u64::from(operation).rotate_right(16) ^ u64::from(kind) << 40;
    let mut mixed = number.cast_unsigned() ^ beside;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use mp_domain::ids::{AccountId, BusinessId, CampaignId};
    use mp_domain::window::Period;

    use super::*;

    const NOON: Timestamp = Timestamp::from_seconds(12 * 3600);

    const QUOTA: Quota = Quota { amount: 100, period: Period::HOUR };

    fn of(entity: LimitEntity) -> Counted {
        Counted { entity, operation: 256 }
    }

    fn business(number: i64) -> Counted {
        of(LimitEntity::Business(BusinessId::new(number).unwrap()))
    }

    fn pay(limiter: &Limiter, price: Price, now: Timestamp) -> Result<u32, u32> {
        let charged = limiter.charge(business(1), limiter.scaled(QUOTA), price, now);
        charged.map(|budget| budget.remaining).map_err(|budget| budget.remaining)
    }

    fn charge(limiter: &Limiter, points: u32, now: Timestamp) -> Result<u32, u32> {
        pay(limiter, Price::Points(points), now)
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
        let quota = limiter.scaled(QUOTA);
        assert!(limiter.charge(business(2), quota, Price::Points(1), NOON).is_ok());
        assert_eq!(limiter.peek(business(2), quota, NOON).remaining, 199);
        assert_eq!(limiter.peek(business(3), quota, NOON).remaining, 200);
    }

    #[test]
    fn a_cabinet_a_store_and_a_person_of_the_same_number_are_counted_apart() {
        let limiter = Limiter::new(1.0);
        let mut id = [0; 16];
        id[15] = 1;
        let entities = [
            LimitEntity::Business(BusinessId::new(1).unwrap()),
            LimitEntity::Campaign(CampaignId::new(1).unwrap()),
            LimitEntity::Account(AccountId::from_bytes(id).into()),
        ];
        for entity in entities {
            let charged = limiter.charge(of(entity), QUOTA, Price::Points(1), NOON);
            assert_eq!(charged.map(|budget| budget.remaining), Ok(99));
        }
        let mut kept: Vec<_> =
            limiter.take_changed().into_iter().map(|counter| counter.entity.parts()).collect();
        kept.sort_unstable();
        assert_eq!(kept, [(1, 1), (2, 1), (3, 1)]);
    }

    #[test]
    fn what_is_needed_is_lent_whole_and_an_eighth_of_the_rest_besides() {
        let limiter = Limiter::new(1.0);
        let lend = |needed, wanted| {
            let (lent, budget) = limiter.lend(business(1), QUOTA, (needed, wanted), NOON);
            (lent, budget.remaining)
        };
        assert_eq!(lend(1, 1), (1, 99));
        assert_eq!(lend(3, 1000), (3 + 12, 84));
        assert_eq!(lend(85, 85), (0, 84), "not enough is nothing");
        assert_eq!(lend(84, 1000), (84, 0));
        assert_eq!(lend(0, 0), (0, 0), "whatever it will cost, nothing is left");
        limiter.give_back(business(1), 1, QUOTA.period.window_end(NOON));
        assert_eq!(lend(0, 0), (1, 0));
    }

    #[test]
    fn a_charge_is_given_back_within_its_window_only() {
        let limiter = Limiter::new(1.0);
        let budget = limiter.charge(business(1), QUOTA, Price::Points(3), NOON).unwrap();
        limiter.give_back(business(1), 3, budget.until);
        assert_eq!(charge(&limiter, 1, NOON), Ok(99));
        let later = Timestamp::from_seconds(13 * 3600);
        assert_eq!(charge(&limiter, 1, later), Ok(99));
        limiter.give_back(business(1), 1, budget.until);
        assert_eq!(charge(&limiter, 1, later), Ok(98));
    }

    #[test]
    fn what_is_known_afterwards_is_let_through_while_anything_is_left_and_may_overshoot() {
        let limiter = Limiter::new(1.0);
        assert_eq!(charge(&limiter, 99, NOON), Ok(1));
        let two = [(); 2].map(|()| pay(&limiter, Price::KnownAfterwards, NOON));
        assert_eq!(two, [Ok(1), Ok(1)]);
        let until = QUOTA.period.window_end(NOON);
        limiter.charge_afterwards(business(1), 40, until);
        assert_eq!(pay(&limiter, Price::KnownAfterwards, NOON), Err(0));
        assert_eq!(charge(&limiter, 1, NOON), Err(0));
        limiter.charge_afterwards(business(1), u32::MAX, until);
        assert_eq!(limiter.take_changed()[0].used, u32::MAX, "no overflow");
        let next = Timestamp::from_seconds(13 * 3600);
        assert_eq!(pay(&limiter, Price::KnownAfterwards, next), Ok(100));
        limiter.charge_afterwards(business(1), 1, until);
        assert_eq!(
            charge(&limiter, 100, next),
            Ok(0),
            "an answer that comes late is of a window that is over"
        );
    }

    #[test]
    fn a_counter_may_begin_with_what_was_used_elsewhere() {
        let limiter = Limiter::new(1.0);
        let charge = |used| {
            let charged = limiter.charge_from(business(1), QUOTA, Price::Points(1), NOON, || used);
            charged.map(|budget| budget.remaining)
        };
        assert_eq!(charge(97), Ok(2));
        assert_eq!(charge(0), Ok(1), "only where it begins");
    }

    #[test]
    fn seconds_are_told_where_they_are_wanted() {
        let late = Timestamp::from_seconds(12 * 3600 + 3599);
        let told =
            |limiter: Limiter| limiter.charge(business(1), QUOTA, Price::Points(1), late).unwrap().reset;
        assert_eq!(told(Limiter::new(1.0)), None);
        let reset = Reset { period: Period::HOUR, seconds: 1 };
        assert_eq!(told(Limiter::new(1.0).telling_seconds(true)), Some(reset));
    }

    #[test]
    fn an_entry_takes_24_bytes() {
        assert_eq!(size_of::<Entry>(), 24);
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
