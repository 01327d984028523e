//! A bounded memory: what was not asked for lately is forgotten first.
//!
//! Owns two generations: when the young one is full it becomes the old one, and the old one is gone. Must never hold more
//! than it was made for.

use std::hash::Hash;

use hashbrown::HashMap;

pub(crate) struct Generations<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    most: usize,
}

/// What was found.
pub(crate) enum Found<'a, V> {
    Young(&'a V),
    /// About to be forgotten, unless it is put in again.
    Old(&'a V),
}

impl<K: Eq + Hash, V> Generations<K, V> {
    pub(crate) fn new(most: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), most: most.max(2) }
    }

    pub(crate) fn find(&self, key: &K) -> Option<Found<'_, V>> {
        self.young.get(key).map(Found::Young).or_else(|| self.old.get(key).map(Found::Old))
    }

    pub(crate) fn put(&mut self, key: K, value: V) {
        if self.young.len() >= self.most / 2 {
            self.grow_old();
        }
        self.old.remove(&key);
        self.young.insert(key, value);
    }

    /// What is young becomes old, and what was old is forgotten.
    pub(crate) fn grow_old(&mut self) {
        self.old = std::mem::take(&mut self.young);
    }

    pub(crate) fn remove(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }

    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&V) -> bool) {
        self.young.retain(|_, value| keep(value));
        self.old.retain(|_, value| keep(value));
    }

    pub(crate) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value<V: Copy>(found: &Found<'_, V>) -> V {
        match found {
            Found::Young(value) | Found::Old(value) => **value,
        }
    }

    #[test]
    fn what_is_used_stays_and_never_is_there_more_than_there_may_be() {
        let mut memory = Generations::new(10);
        memory.put(0, "kept");
        for number in 1..1000 {
            memory.put(number, "passing");
            assert!(memory.young.len() + memory.old.len() <= 10);
            if let Some(Found::Old(value)) = memory.find(&0) {
                let value = *value;
                memory.put(0, value);
            }
        }
        assert_eq!(memory.find(&0).as_ref().map(value), Some("kept"));
        assert!(memory.find(&1).is_none());
        memory.retain(|value| *value != "kept");
        assert!(memory.find(&0).is_none());
        memory.remove(&999);
        assert!(memory.find(&999).is_none());
        memory.clear();
        assert!(memory.young.is_empty() && memory.old.is_empty());
    }
}
