//! Points and slots that were lent ahead.
//!
//! Owns spending them, and bringing back what is not used. Must never spend what was not lent, nor in another window, nor
//! after the stream has ended over which it was lent.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use hashbrown::HashMap;
use mp_domain::limit_entity::Counted;
use mp_domain::time::Timestamp;
use mp_domain::window::{Budget, Quota, Reset, WindowEnd};
use mp_stream::{BudgetTold, FromOutpost};
use parking_lot::Mutex;

const SHARDS: usize = 16;
/// How many points are borrowed ahead at most.
const MOST_AHEAD: u32 = 256;
/// After so many rounds of the keeper unspent points are brought back: a second.
const IDLE_ROUNDS: u8 = 10;

/// Points of one quota.
struct Purse {
    until: WindowEnd,
    unspent: u32,
    /// What the server said is left besides.
    remaining: u32,
    /// How often points were borrowed lately: whoever needs many is lent many.
    borrowed: u32,
    idle: u8,
}

/// Slots that are held and not used.
#[derive(Default)]
struct Rack {
    free: u16,
    is_idle: bool,
}

/// Points that were spent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spent {
    counted: Counted,
    quota: Quota,
    pub(crate) points: u32,
    epoch: u64,
    pub(crate) budget: Budget,
}

/// What came of an attempt to spend.
pub(crate) enum Purchase {
    Done(Spent),
    /// It has to be borrowed first. What there was is to be brought back before, so that the server can count it in.
    Short {
        brought_back: Option<FromOutpost>,
        wanted: u32,
    },
}

type Shard<K, V> = Mutex<HashMap<K, V>>;

pub(crate) struct Loans {
    /// The epoch is that of the stream, and changes under the lock of each shard.
    purses: Vec<Shard<(Counted, Quota), Purse>>,
    racks: Vec<Shard<Counted, Rack>>,
    epoch: AtomicU64,
    tells_seconds: AtomicBool,
}

impl Loans {
    pub(crate) fn new() -> Self {
        Self {
            purses: (0..SHARDS).map(|_| Mutex::default()).collect(),
            racks: (0..SHARDS).map(|_| Mutex::default()).collect(),
            epoch: 0.into(),
            tells_seconds: false.into(),
        }
    }

    pub(crate) fn tell_seconds(&self, tells_seconds: bool) {
        self.tells_seconds.store(tells_seconds, Ordering::Relaxed);
    }

    /// Spends `needed` points; 0 where the price is known afterwards: then one has to be there.
    pub(crate) fn spend(&self, counted: Counted, quota: Quota, needed: u32, now: Timestamp) -> Purchase {
        let mut purses = self.purses(counted).lock();
        let Some(purse) = purses.get_mut(&(counted, quota)) else {
            return Purchase::Short { brought_back: None, wanted: needed };
        };
        let is_over = purse.until.is_over(now);
        if !is_over && purse.unspent >= needed.max(1) {
            purse.unspent -= needed;
            purse.idle = 0;
            return Purchase::Done(self.spent(counted, quota, needed, purse, now));
        }
        let back = std::mem::take(&mut purse.unspent);
        let brought_back = (back > 0 && !is_over).then(|| bring_back(counted, purse.until, back));
        let ahead = (1_u32 << purse.borrowed.min(8)).min(MOST_AHEAD) - 1;
        purse.borrowed = purse.borrowed.saturating_add(1);
        Purchase::Short { brought_back, wanted: needed.saturating_add(ahead) }
    }

    /// Takes what was lent, and spends `needed` of it at once. `Err` says what is left where not enough was lent; `None` for
    /// what was lent over a stream that has ended.
    pub(crate) fn lent(
        &self,
        (counted, quota): (Counted, Quota),
        needed: u32,
        (points, epoch, told): (u32, u64, BudgetTold),
        now: Timestamp,
    ) -> Option<Result<Spent, Budget>> {
        let until = told.window();
        let mut purses = self.purses(counted).lock();
        if epoch != self.epoch() {
            return None;
        }
        let purse = purses.entry((counted, quota)).or_insert(Purse {
            until,
            unspent: 0,
            remaining: 0,
            borrowed: 1,
            idle: 0,
        });
        if purse.until != until {
            (purse.until, purse.unspent) = (until, 0);
        }
        (purse.remaining, purse.idle) = (told.remaining, 0);
        if points < needed.max(1) {
            return Some(Err(self.budget(quota, purse, now)));
        }
        purse.unspent = purse.unspent.saturating_add(points - needed);
        Some(Ok(self.spent(counted, quota, needed, purse, now)))
    }

    /// No points, spent where none are left.
    pub(crate) fn nothing(&self, counted: Counted, quota: Quota, budget: Budget) -> Spent {
        Spent { counted, quota, points: 0, epoch: self.epoch(), budget }
    }

    /// What is left, as far as is known here.
    pub(crate) fn left(&self, counted: Counted, quota: Quota, now: Timestamp) -> Option<Budget> {
        let purses = self.purses(counted).lock();
        let purse = purses.get(&(counted, quota)).filter(|purse| !purse.until.is_over(now))?;
        Some(self.budget(quota, purse, now))
    }

    /// Takes points back that came to nothing. Those of a window or a stream that is over have no meaning any more.
    pub(crate) fn take_back(&self, spent: Spent) {
        let mut purses = self.purses(spent.counted).lock();
        let purse = purses.get_mut(&(spent.counted, spent.quota));
        if let Some(purse) = purse.filter(|purse| purse.until == spent.budget.until)
            && spent.epoch == self.epoch.load(Ordering::Acquire)
        {
            purse.unspent = purse.unspent.saturating_add(spent.points);
            purse.idle = 0;
        }
    }

    /// Charges what became known afterwards: from what is here, and the rest at the server.
    pub(crate) fn charge_afterwards(&self, spent: Spent, points: u32) -> Option<FromOutpost> {
        let mut purses = self.purses(spent.counted).lock();
        let purse = purses.get_mut(&(spent.counted, spent.quota));
        let mut missing = points;
        if let Some(purse) = purse.filter(|purse| purse.until == spent.budget.until) {
            let here = purse.unspent.min(points);
            purse.unspent -= here;
            missing -= here;
            purse.remaining = purse.remaining.saturating_sub(missing);
        }
        (missing > 0).then(|| FromOutpost::Charge {
            counted: spent.counted.into(),
            until: spent.budget.until.seconds(),
            points: missing,
        })
    }

    /// Takes a slot that is held and not used; says of which stream it is.
    pub(crate) fn take_slot(&self, counted: Counted) -> Option<u64> {
        let mut racks = self.racks(counted).lock();
        let rack = racks.get_mut(&counted).filter(|rack| rack.free > 0)?;
        rack.free -= 1;
        Some(self.epoch.load(Ordering::Acquire))
    }

    /// The stream that is open now.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// A slot is not used any more.
    pub(crate) fn free_slot(&self, counted: Counted, epoch: u64) {
        let mut racks = self.racks(counted).lock();
        if epoch == self.epoch.load(Ordering::Acquire) {
            let rack = racks.entry(counted).or_default();
            rack.free += 1;
            rack.is_idle = false;
        }
    }

    /// Brings back what was not used for a while.
    pub(crate) fn bring_back_idle(&self, now: Timestamp, mut emit: impl FnMut(FromOutpost)) {
        for shard in &self.purses {
            shard.lock().retain(|(counted, _), purse| {
                if purse.until.is_over(now) {
                    return false;
                }
                purse.idle = purse.idle.saturating_add(1);
                let is_idle = purse.idle >= IDLE_ROUNDS;
                if is_idle && purse.unspent > 0 {
                    emit(bring_back(*counted, purse.until, purse.unspent));
                }
                !is_idle
            });
        }
        for shard in &self.racks {
            shard.lock().retain(|counted, rack| {
                if rack.is_idle && rack.free > 0 {
                    emit(FromOutpost::ReturnSlots { counted: (*counted).into(), slots: rack.free });
                }
                !std::mem::replace(&mut rack.is_idle, true)
            });
        }
    }

    /// Brings back what is not used of this: somebody else needs it.
    pub(crate) fn spare(&self, wanted: Counted, mut emit: impl FnMut(FromOutpost)) {
        for ((counted, _), purse) in self.purses(wanted).lock().iter_mut() {
            if *counted == wanted && purse.unspent > 0 {
                emit(bring_back(*counted, purse.until, std::mem::take(&mut purse.unspent)));
                purse.borrowed = 0;
            }
        }
        if let Some(rack) = self.racks(wanted).lock().remove(&wanted)
            && rack.free > 0
        {
            emit(FromOutpost::ReturnSlots { counted: wanted.into(), slots: rack.free });
        }
    }

    /// Brings everything back.
    pub(crate) fn bring_back_all(&self, mut emit: impl FnMut(FromOutpost)) {
        for shard in &self.purses {
            for ((counted, _), purse) in shard.lock().drain() {
                if purse.unspent > 0 {
                    emit(bring_back(counted, purse.until, purse.unspent));
                }
            }
        }
        for shard in &self.racks {
            for (counted, rack) in shard.lock().drain() {
                if rack.free > 0 {
                    emit(FromOutpost::ReturnSlots { counted: counted.into(), slots: rack.free });
                }
            }
        }
    }

    /// The stream has ended: what was lent over it is lost.
    pub(crate) fn lose_all(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
        for shard in &self.purses {
            shard.lock().clear();
        }
        for shard in &self.racks {
            shard.lock().clear();
        }
    }

    fn spent(&self, counted: Counted, quota: Quota, points: u32, purse: &Purse, now: Timestamp) -> Spent {
        let epoch = self.epoch.load(Ordering::Acquire);
        Spent { counted, quota, points, epoch, budget: self.budget(quota, purse, now) }
    }

    fn budget(&self, quota: Quota, purse: &Purse, now: Timestamp) -> Budget {
        let tells_seconds = self.tells_seconds.load(Ordering::Relaxed);
        Budget {
            limit: quota.amount,
            remaining: purse.remaining.saturating_add(purse.unspent),
            until: purse.until,
            reset: tells_seconds.then(|| Reset::at(now, quota.period, purse.until)),
        }
    }

    fn purses(&self, counted: Counted) -> &Shard<(Counted, Quota), Purse> {
        &self.purses[shard(counted)]
    }

    fn racks(&self, counted: Counted) -> &Shard<Counted, Rack> {
        &self.racks[shard(counted)]
    }
}

fn bring_back(counted: Counted, until: WindowEnd, points: u32) -> FromOutpost {
    FromOutpost::Return { counted: counted.into(), until: until.seconds(), points }
}

fn shard(counted: Counted) -> usize {
    let (kind, number) = counted.entity.parts();
    let mixed = number.cast_unsigned() ^ u64::from(counted.operation) << 8 ^ u64::from(kind);
    (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 60) as usize % SHARDS
}

#[cfg(test)]
mod tests {
    use mp_domain::ids::BusinessId;
    use mp_domain::limit_entity::LimitEntity;
    use mp_domain::window::Period;

    use super::*;

    const NOON: Timestamp = Timestamp::from_seconds(12 * 3600);
    const QUOTA: Quota = Quota { amount: 100, period: Period::HOUR };

    fn counted() -> Counted {
        Counted { entity: LimitEntity::Business(BusinessId::new(1).unwrap()), operation: 7 }
    }

    fn told(remaining: u32) -> BudgetTold {
        BudgetTold { limit: 100, remaining, until: QUOTA.period.window_end(NOON).seconds() }
    }

    fn lend(loans: &Loans, needed: u32, points: u32, remaining: u32) -> Result<Spent, Budget> {
        let lent = (points, loans.epoch(), told(remaining));
        loans.lent((counted(), QUOTA), needed, lent, NOON).unwrap()
    }

    fn spend(loans: &Loans, needed: u32) -> Result<u32, u32> {
        match loans.spend(counted(), QUOTA, needed, NOON) {
            Purchase::Done(spent) => Ok(spent.budget.remaining),
            Purchase::Short { wanted, .. } => Err(wanted),
        }
    }

    #[test]
    fn what_was_lent_is_spent_and_no_more() {
        let loans = Loans::new();
        assert_eq!(spend(&loans, 1), Err(1), "the first asks for no more than it needs");
        let spent = lend(&loans, 1, 4, 96).unwrap();
        assert_eq!(spent.budget.remaining, 99);
        assert_eq!([1, 1].map(|needed| spend(&loans, needed)), [Ok(98), Ok(97)]);
        loans.take_back(spent);
        assert_eq!(spend(&loans, 2), Ok(96));
        assert_eq!(spend(&loans, 1), Err(2), "whoever comes again is lent more");
        assert_eq!(spend(&loans, 1), Err(4));
        let nothing = lend(&loans, 5, 0, 3);
        assert_eq!(nothing.unwrap_err().remaining, 3);
    }

    #[test]
    fn what_does_not_suffice_is_brought_back_before_more_is_borrowed() {
        let loans = Loans::new();
        lend(&loans, 1, 4, 2).unwrap();
        let Purchase::Short { brought_back, wanted } = loans.spend(counted(), QUOTA, 5, NOON) else {
            panic!("three are there")
        };
        assert!(matches!(brought_back, Some(FromOutpost::Return { points: 3, .. })));
        assert!(wanted >= 5);
    }

    #[test]
    fn nothing_is_spent_in_another_window_or_after_the_stream_has_ended() {
        let loans = Loans::new();
        let spent = lend(&loans, 1, 9, 0).unwrap();
        let later = Timestamp::from_seconds(13 * 3600);
        assert!(matches!(loans.spend(counted(), QUOTA, 1, later), Purchase::Short { .. }));
        lend(&loans, 1, 9, 0).unwrap();
        loans.lose_all();
        assert_eq!(spend(&loans, 1), Err(1));
        loans.take_back(spent);
        assert_eq!(spend(&loans, 1), Err(1));
        let late = (9, loans.epoch() - 1, told(0));
        assert!(loans.lent((counted(), QUOTA), 1, late, NOON).is_none());
        loans.free_slot(counted(), loans.epoch() - 1);
        assert_eq!(loans.take_slot(counted()), None, "a slot of a stream that is over");
    }

    #[test]
    fn what_nobody_uses_is_brought_back_after_a_second_and_at_once_where_others_need_it() {
        let loans = Loans::new();
        lend(&loans, 1, 4, 0).unwrap();
        let brought = |loans: &Loans| {
            let mut frames = Vec::new();
            loans.bring_back_idle(NOON, |frame| frames.push(frame));
            frames
        };
        for _ in 1..IDLE_ROUNDS {
            assert_eq!(brought(&loans), []);
        }
        assert!(matches!(brought(&loans)[..], [FromOutpost::Return { points: 3, .. }]));
        lend(&loans, 1, 4, 0).unwrap();
        loans.free_slot(counted(), loans.epoch());
        let mut spared = Vec::new();
        loans.spare(counted(), |frame| spared.push(frame));
        assert_eq!(spared.len(), 2);
        assert_eq!(loans.take_slot(counted()), None);
    }

    #[test]
    fn what_becomes_known_afterwards_is_paid_from_what_is_here_first() {
        let loans = Loans::new();
        let spent = lend(&loans, 0, 3, 10).unwrap();
        assert_eq!(spent.budget.remaining, 13);
        let charge = loans.charge_afterwards(spent, 8);
        assert!(matches!(charge, Some(FromOutpost::Charge { points: 5, .. })));
        assert_eq!(loans.left(counted(), QUOTA, NOON).unwrap().remaining, 5);
    }
}
