//! Parallel limits: how many requests are under way at once (market-api §5.1).
//!
//! Owns the count of slots taken. A slot is a value: it is free again when it is dropped, whatever became of the request,
//! so none can be lost. Must never be remembered over a restart: then nothing is under way.

use std::sync::Arc;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry as TableEntry;
use mp_domain::limit_entity::Counted;
use parking_lot::Mutex;

use crate::limiter::hash_of;

const SHARDS: usize = 64;

/// All slots of a process.
pub(crate) struct Slots {
    shards: Vec<Mutex<HashTable<Taken>>>,
}

struct Taken {
    counted: Counted,
    slots: u16,
}

impl Taken {
    fn hash(&self) -> u64 {
        hash_of(self.counted)
    }
}

/// A request under way.
#[must_use = "the slot is free again when this is dropped"]
pub struct Slot {
    slots: Arc<Slots>,
    counted: Counted,
}

impl Slots {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() })
    }

    /// Takes a slot, unless `most` are taken.
    pub(crate) fn take(self: &Arc<Self>, counted: Counted, most: u16) -> Option<Slot> {
        let mut shard = self.shard(counted).lock();
        match shard.entry(hash_of(counted), |taken| taken.counted == counted, Taken::hash) {
            TableEntry::Occupied(mut entry) => {
                let taken = entry.get_mut();
                if taken.slots >= most {
                    return None;
                }
                taken.slots += 1;
            }
            TableEntry::Vacant(_) if most == 0 => return None,
            TableEntry::Vacant(entry) => drop(entry.insert(Taken { counted, slots: 1 })),
        }
        Some(Slot { slots: Arc::clone(self), counted })
    }

    /// Whether one more could be taken.
    pub(crate) fn have_room(&self, counted: Counted, most: u16) -> bool {
        let shard = self.shard(counted).lock();
        let taken = shard.find(hash_of(counted), |taken| taken.counted == counted);
        taken.map_or(0, |taken| taken.slots) < most
    }

    fn give_back(&self, counted: Counted) {
        let mut shard = self.shard(counted).lock();
        if let Ok(mut entry) = shard.find_entry(hash_of(counted), |taken| taken.counted == counted) {
            entry.get_mut().slots -= 1;
            // What nobody holds costs no memory.
            if entry.get().slots == 0 {
                entry.remove();
            }
        }
    }

    /// How many slots are taken.
    pub(crate) fn taken(&self) -> u64 {
        let sum = |shard: &Mutex<HashTable<Taken>>| {
            shard.lock().iter().map(|taken| u64::from(taken.slots)).sum::<u64>()
        };
        self.shards.iter().map(sum).sum()
    }

    fn shard(&self, counted: Counted) -> &Mutex<HashTable<Taken>> {
        &self.shards[(hash_of(counted) >> 48) as usize % SHARDS]
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.give_back(self.counted);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU16, Ordering};

    use mp_domain::ids::BusinessId;
    use mp_domain::limit_entity::LimitEntity;

    use super::*;

    fn of(number: i64) -> Counted {
        Counted { entity: LimitEntity::Business(BusinessId::new(number).unwrap()), operation: 0 }
    }

    #[test]
    fn as_many_are_taken_as_may_be_and_a_dropped_one_is_free_again() {
        let slots = Slots::new();
        let mut held: Vec<_> = (0..4).map(|_| slots.take(of(1), 4).unwrap()).collect();
        assert!(slots.take(of(1), 4).is_none());
        assert!(!slots.have_room(of(1), 4) && slots.have_room(of(1), 5) && !slots.have_room(of(2), 0));
        assert!(slots.take(of(2), 4).is_some(), "of another cabinet");
        held.pop();
        held.push(slots.take(of(1), 4).unwrap());
        assert!(slots.take(of(1), 4).is_none());
        assert!(slots.take(of(3), 0).is_none());
        held.clear();
        assert_eq!(slots.taken(), 0);
        assert!(slots.shards.iter().all(|shard| shard.lock().is_empty()), "nothing is remembered");
    }

    #[test]
    fn never_are_more_under_way_than_may_be_with_many_racing() {
        let (slots, under_way, most) = (Slots::new(), AtomicU16::new(0), AtomicU16::new(0));
        std::thread::scope(|scope| {
            for _ in 0..64 {
                scope.spawn(|| {
                    for _ in 0..500 {
                        if let Some(slot) = slots.take(of(1), 4) {
                            most.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                            std::thread::yield_now();
                            under_way.fetch_sub(1, Ordering::SeqCst);
                            drop(slot);
                        }
                    }
                });
            }
        });
        assert!((1..=4).contains(&most.into_inner()));
        assert_eq!(slots.taken(), 0);
    }
}
