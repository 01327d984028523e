//! The directory: every key, token and store there is, in memory, and the people with tokens.
//!
//! Owns what the check knows. It is complete, so a secret that is not in it was never issued, and a stranger costs no
//! database read. Must never be changed by a use case directly: only by what the event log says.

mod catalog;
mod names;
mod people;
mod shard;
mod stores;
mod tokens;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use mp_domain::decision::BusinessFacts;
use mp_domain::ids::{ApiKeyId, BusinessId, CampaignId};
use mp_domain::judgement::Known;
use mp_domain::network::{Networks, parse_network};
use mp_domain::reach::CampaignFacts;
use mp_domain::secret::SecretDigest;
use mp_domain::time::Timestamp;
use mp_store::api_key::SecretRow;
use mp_store::{Conn, Store, StoreError, api_key, business};
use parking_lot::RwLock;

use self::catalog::CatalogInForce;
pub(crate) use self::catalog::kept;
use self::people::People;
pub(crate) use self::people::Person;
pub(crate) use self::shard::Found;
use self::shard::{Entry, Rarities, Shard};
use self::stores::Stores;
pub(crate) use self::tokens::FoundToken;
use self::tokens::Tokens;
use crate::shadow::Shadows;

const SHARDS: usize = 256;
/// How many rows of `api_key` one connection reads at a start before it takes the next part.
const PART: i64 = 65_536;

pub(crate) struct Directory {
    shards: Vec<RwLock<Shard>>,
    secrets: AtomicUsize,
    /// Cabinets that are not as most are; all others need no entry.
    businesses: RwLock<HashMap<BusinessId, BusinessFacts>>,
    pub(crate) tokens: Tokens,
    pub(crate) people: People,
    pub(crate) stores: Stores,
    pub(crate) catalog: CatalogInForce,
    pub(crate) shadows: Shadows,
}

impl Directory {
    /// Reads everything, with one connection per core. Blocks.
    pub(crate) fn load(store: &Store, now: Timestamp) -> Result<Self, StoreError> {
        store.read_ahead();
        let mut conn = store.reader()?;
        let Some((first, last)) = api_key::sequence_range(&mut conn)? else {
            let directory = Self::empty();
            directory.load_others(&mut conn, now)?;
            return Ok(directory);
        };
        let directory = Self::with_room_for(usize::try_from(last - first + 1).unwrap_or(0));
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
        let next = std::sync::atomic::AtomicI64::new(first);
        std::thread::scope(|scope| {
            let work = || directory.load_parts(store, &next, last);
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            directory.load_others(&mut conn, now)?;
            work()?;
            let finished = others.into_iter().map(|other| other.join().expect("loading does not panic"));
            finished.collect::<Result<(), StoreError>>()
        })?;
        api_key::each_retired_secret(&mut conn, |row| directory.put(row))?;
        Ok(directory)
    }

    /// One that knows nothing.
    pub(crate) fn empty() -> Self {
        Self::with_room_for(0)
    }

    fn with_room_for(keys: usize) -> Self {
        // A few more than the share of each, because digests do not spread perfectly.
        let keys_each = keys / SHARDS + keys / SHARDS / 32;
        let roomy = || {
            let mut shard = Shard::default();
            shard.reserve(keys_each);
            RwLock::new(shard)
        };
        Self {
            shards: (0..SHARDS).map(|_| roomy()).collect(),
            secrets: AtomicUsize::new(0),
            businesses: RwLock::default(),
            tokens: Tokens::default(),
            people: People::default(),
            stores: Stores::default(),
            catalog: CatalogInForce::default(),
            shadows: Shadows::default(),
        }
    }

    fn load_parts(
        &self,
        store: &Store,
        next: &std::sync::atomic::AtomicI64,
        last: i64,
    ) -> Result<(), StoreError> {
        let mut conn = store.reader()?;
        loop {
            let first = next.fetch_add(PART, Ordering::Relaxed);
            if first > last {
                return Ok(());
            }
            let mut added = 0;
            api_key::each_secret(&mut conn, first, first + PART - 1, |row| {
                // Digests are unique in the table, so none is known yet.
                self.shard(row.digest).write().add(entry(row));
                added += 1;
            })?;
            self.secrets.fetch_add(added, Ordering::Relaxed);
        }
    }

    /// Everything but keys.
    fn load_others(&self, conn: &mut Conn, now: Timestamp) -> Result<(), StoreError> {
        let mut businesses = self.businesses.write();
        business::each_exceptional(conn, |id, facts| {
            businesses.insert(id, facts);
        })?;
        drop(businesses);
        self.refresh_rules(conn)?;
        self.stores.load(conn)?;
        self.people.load(conn, now)?;
        self.tokens.load(conn)
    }

    /// How many secrets are known, those of deleted keys included.
    pub(crate) fn len(&self) -> usize {
        self.secrets.load(Ordering::Relaxed)
    }

    /// Shows what is known of a secret.
    pub(crate) fn with<T>(&self, digest: SecretDigest, look: impl FnOnce(Found<'_>) -> T) -> Option<T> {
        self.shard(digest).read().find(digest).map(look)
    }

    /// Reads the catalogue in force and the one on trial again.
    pub(crate) fn refresh_rules(&self, conn: &mut Conn) -> Result<(), StoreError> {
        self.catalog.refresh(conn)?;
        self.shadows.refresh(conn, self.catalog.current())
    }

    /// Reads a key again.
    pub(crate) fn refresh_key(&self, conn: &mut Conn, id: ApiKeyId) -> Result<(), StoreError> {
        api_key::secrets_of(conn, id, |row| self.put(row))
    }

    /// Reads a business again.
    pub(crate) fn refresh_business(&self, conn: &mut Conn, id: BusinessId) -> Result<(), StoreError> {
        let facts = business::facts_of(conn, id)?;
        let mut businesses = self.businesses.write();
        if facts == BusinessFacts::default() {
            businesses.remove(&id);
        } else {
            businesses.insert(id, facts);
        }
        Ok(())
    }

    fn put(&self, row: &SecretRow<'_>) {
        let added = self.shard(row.digest).write().put(entry(row));
        self.secrets.fetch_add(usize::from(added), Ordering::Relaxed);
        if let Some(replaced) = row.replaced_digest
            && self.shard(replaced).write().remove(replaced)
        {
            self.secrets.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn shard(&self, digest: SecretDigest) -> &RwLock<Shard> {
        &self.shards[usize::from(digest.as_bytes()[0])]
    }
}

impl Known for Directory {
    fn store(&self, id: CampaignId) -> Option<CampaignFacts> {
        self.stores.find(id)
    }

    fn business(&self, id: BusinessId) -> BusinessFacts {
        self.businesses.read().get(&id).copied().unwrap_or_default()
    }
}

fn entry<'a>(row: &SecretRow<'a>) -> Entry<'a> {
    Entry {
        digest: row.digest,
        key_id: row.key_id,
        business_id: row.business_id,
        name: row.name,
        scopes: row.scopes,
        standing: row.state.standing(),
        rarities: Rarities {
            expires_at: row.expires_at,
            retires_at: row.retires_at,
            networks: row.networks.map(networks),
            campaigns: row.campaigns.map(campaigns),
        },
        last_used: row.last_used_at,
    }
}

/// A network that cannot be read lets nobody in, rather than everybody.
fn networks(text: &str) -> Networks {
    Networks::new(text.split_whitespace().filter_map(|text| parse_network(text).ok()).collect())
}

/// A store that cannot be read is none, so that a restriction never becomes wider than it was.
fn campaigns(text: &str) -> Box<[CampaignId]> {
    text.split_whitespace().filter_map(|text| text.parse().ok()).collect()
}
