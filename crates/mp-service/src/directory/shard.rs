//! A part of the directory: records found by digest.
//!
//! Owns the layout in memory, which decides how many keys fit on a machine: 56 bytes a record, the name beside it, five
//! bytes of index. What few keys have (expiry, networks, stores) is kept apart. Must never lock: the directory does.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};

use hashbrown::HashTable;
use mp_domain::decision::{KeyFacts, Standing};
use mp_domain::ids::{ApiKeyId, BusinessId, CampaignId};
use mp_domain::network::Networks;
use mp_domain::scope::ScopeSet;
use mp_domain::secret::SecretDigest;
use mp_domain::time::Timestamp;

use super::names::{NameAt, Names};
use crate::last_use::minute_of;

/// One secret of one key.
struct Record {
    digest: SecretDigest,
    key_id: ApiKeyId,
    business_id: BusinessId,
    name: NameAt,
    /// Minutes since the epoch; 0 for never.
    last_used: AtomicU32,
    scopes: u16,
    standing: Standing,
    has_rarities: bool,
}

/// What few keys have.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Rarities {
    pub(super) expires_at: Option<Timestamp>,
    pub(super) retires_at: Option<Timestamp>,
    pub(super) networks: Option<Networks>,
    pub(super) campaigns: Option<Box<[CampaignId]>>,
}

/// What is to be remembered of a secret.
pub(super) struct Entry<'a> {
    pub(super) digest: SecretDigest,
    pub(super) key_id: ApiKeyId,
    pub(super) business_id: BusinessId,
    pub(super) name: &'a str,
    pub(super) scopes: ScopeSet,
    pub(super) standing: Standing,
    pub(super) rarities: Rarities,
    pub(super) last_used: Option<Timestamp>,
}

/// A known secret: what the check asks of it, and the minute it was last used in.
pub(crate) struct Found<'a> {
    pub(crate) facts: KeyFacts<'a>,
    pub(crate) last_used: &'a AtomicU32,
}

#[derive(Default)]
pub(super) struct Shard {
    places: HashTable<u32>,
    records: Vec<Record>,
    vacant: Vec<u32>,
    names: Names,
    rarities: HashMap<u32, Rarities>,
}

impl Shard {
    pub(super) fn reserve(&mut self, keys: usize) {
        self.places.reserve(keys, |_| unreachable!("an empty table has nothing to rehash"));
        self.records.reserve_exact(keys);
        self.names.reserve(keys * 16);
    }

    pub(super) fn find(&self, digest: SecretDigest) -> Option<Found<'_>> {
        let place = self.place(digest)?;
        let record = &self.records[place as usize];
        let rarities = if record.has_rarities { self.rarities.get(&place) } else { None };
        let facts = KeyFacts {
            key_id: record.key_id,
            business_id: record.business_id,
            name: self.names.read(record.name),
            scopes: ScopeSet::from_bits(record.scopes),
            standing: record.standing,
            expires_at: rarities.and_then(|rare| rare.expires_at),
            retires_at: rarities.and_then(|rare| rare.retires_at),
            networks: rarities.and_then(|rare| rare.networks.as_ref()),
            campaigns: rarities.and_then(|rare| rare.campaigns.as_deref()),
        };
        Some(Found { facts, last_used: &record.last_used })
    }

    /// Remembers a secret, replacing what was known of it. Says whether it is new.
    pub(super) fn put(&mut self, entry: Entry<'_>) -> bool {
        let known = self.place(entry.digest);
        match known {
            Some(place) => self.replace(place, entry),
            None => self.add(entry),
        }
        known.is_none()
    }

    /// Remembers a secret that is not known yet.
    pub(super) fn add(&mut self, entry: Entry<'_>) {
        let digest = entry.digest;
        let name = self.names.push(entry.name);
        let (record, rarities) = record(entry, name);
        let place = self.vacate();
        if let Some(rarities) = rarities {
            self.rarities.insert(place, rarities);
        }
        match self.records.get_mut(place as usize) {
            Some(vacant) => *vacant = record,
            None => self.records.push(record),
        }
        let records = &self.records;
        self.places.insert_unique(hash(digest), place, |place| hash(records[*place as usize].digest));
    }

    fn replace(&mut self, place: u32, entry: Entry<'_>) {
        let at = self.records[place as usize].name;
        let name = if self.names.read(at) == entry.name {
            at
        } else {
            self.names.forget(at);
            self.names.push(entry.name)
        };
        let (record, rarities) = record(entry, name);
        let known = &mut self.records[place as usize];
        // The memory is ahead of the database here, which is written now and then.
        record.last_used.fetch_max(*known.last_used.get_mut(), Ordering::Relaxed);
        *known = record;
        match rarities {
            Some(rarities) => drop(self.rarities.insert(place, rarities)),
            None => drop(self.rarities.remove(&place)),
        }
        self.compact_names();
    }

    /// Forgets a secret. Says whether it was known.
    pub(super) fn remove(&mut self, digest: SecretDigest) -> bool {
        let records = &self.records;
        let same = |place: &u32| records[*place as usize].digest == digest;
        let Ok(entry) = self.places.find_entry(hash(digest), same) else { return false };
        let (place, _) = entry.remove();
        self.rarities.remove(&place);
        self.names.forget(self.records[place as usize].name);
        self.vacant.push(place);
        self.compact_names();
        true
    }

    fn place(&self, digest: SecretDigest) -> Option<u32> {
        self.places.find(hash(digest), |place| self.records[*place as usize].digest == digest).copied()
    }

    /// A place for one more record: a vacant one, or the next behind the last.
    fn vacate(&mut self) -> u32 {
        if let Some(place) = self.vacant.pop() {
            return place;
        }
        if self.records.len() == self.records.capacity() {
            // By an eighth instead of doubling, as the names grow.
            self.records.reserve_exact(self.records.len() / 8 + 8);
        }
        u32::try_from(self.records.len()).expect("a shard holds far less than 2^32 keys")
    }

    fn compact_names(&mut self) {
        if !self.names.wants_compaction() {
            return;
        }
        let mut names = Names::default();
        for place in &self.places {
            let record = &mut self.records[*place as usize];
            record.name = names.push(self.names.read(record.name));
        }
        self.names = names;
    }
}

/// A record, and what few keys have if this is one of them.
fn record(entry: Entry<'_>, name: NameAt) -> (Record, Option<Rarities>) {
    let last_used = entry.last_used.map_or(0, minute_of);
    let rarities = Some(entry.rarities).filter(|rarities| *rarities != Rarities::default());
    let record = Record {
        digest: entry.digest,
        key_id: entry.key_id,
        business_id: entry.business_id,
        name,
        last_used: AtomicU32::new(last_used),
        scopes: entry.scopes.bits(),
        standing: entry.standing,
        has_rarities: rarities.is_some(),
    };
    (record, rarities)
}

/// Digests are as random as hashes get; the first bytes have chosen the shard already.
fn hash(digest: SecretDigest) -> u64 {
    let (_, tail) = digest.as_bytes().split_at(8);
    u64::from_le_bytes(tail.try_into().expect("a digest is 16 bytes long"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(number: u16) -> SecretDigest {
        let [low, high] = number.to_le_bytes();
        SecretDigest::from_bytes([low, high, 0, 0, 0, 0, 0, 0, low, high, 0, 0, 0, 0, 0, high ^ low])
    }

    fn entry(number: u16, name: &str) -> Entry<'_> {
        Entry {
            digest: digest(number),
            key_id: ApiKeyId::from_bytes([1; 16]),
            business_id: BusinessId::new(1 + i64::from(number)).unwrap(),
            name,
            scopes: ScopeSet::ALL,
            standing: Standing::Active,
            rarities: Rarities::default(),
            last_used: None,
        }
    }

    #[test]
    fn a_record_takes_56_bytes() {
        assert_eq!(size_of::<Record>(), 56);
    }

    #[test]
    fn what_was_put_is_found_with_its_name_whatever_happens_to_others() {
        let mut shard = Shard::default();
        for number in 0..5000 {
            assert!(shard.put(entry(number, &format!("key {number}"))));
        }
        for number in 0..5000 {
            assert!(!shard.put(entry(number, &format!("renamed {number}"))));
        }
        for number in (0..5000).step_by(3) {
            assert!(shard.remove(digest(number)));
            assert!(!shard.remove(digest(number)));
        }
        for number in 5000..6000 {
            shard.put(entry(number, &format!("renamed {number}")));
        }
        for number in 0..6000 {
            let found =
                shard.find(digest(number)).map(|found| (found.facts.name, found.facts.business_id.number()));
            let gone = number < 5000 && number % 3 == 0;
            let name = format!("renamed {number}");
            assert_eq!(found, (!gone).then_some((name.as_str(), 1 + i64::from(number))));
        }
    }

    #[test]
    fn rarities_come_and_go_with_the_entry() {
        let mut shard = Shard::default();
        let at = Some(Timestamp::from_seconds(9));
        shard.put(Entry { rarities: Rarities { expires_at: at, ..Rarities::default() }, ..entry(1, "a") });
        assert_eq!(shard.find(digest(1)).unwrap().facts.expires_at, at);
        shard.put(entry(1, "a"));
        assert_eq!(shard.find(digest(1)).unwrap().facts.expires_at, None);
    }

    #[test]
    fn the_last_use_noted_in_memory_survives_a_fresh_reading() {
        let mut shard = Shard::default();
        shard.put(entry(1, "a"));
        shard.find(digest(1)).unwrap().last_used.store(100, Ordering::Relaxed);
        shard.put(entry(1, "b"));
        assert_eq!(shard.find(digest(1)).unwrap().last_used.load(Ordering::Relaxed), 100);
    }
}
