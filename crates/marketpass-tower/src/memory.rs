//! What is remembered of credentials, cabinets and stores.
//!
//! Owns forgetting: what changed, what was not asked for lately, and everything when nothing is sure. Must never hold a
//! token: only what comes of it under a key that was drawn for this process.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use mp_domain::decision::BusinessFacts;
use mp_domain::ids::{BusinessId, CampaignId};
use mp_domain::network::Networks;
use mp_domain::reach::CampaignFacts;
use mp_domain::secret::SecretDigest;
use mp_stream::{KeyAnswer, Named, StoreAnswer, TokenAnswer};
use parking_lot::RwLock;

use crate::generations::{Found, Generations};

const SHARDS: usize = 16;
/// How many credentials that do not exist are remembered.
const MOST_STRANGERS: usize = 16_384;
/// How many cabinets, and how many stores, are remembered.
const MOST_PLACES: usize = 131_072;

/// A credential that was asked about.
pub(crate) enum Credential {
    Key {
        answer: KeyAnswer,
        networks: Option<Networks>,
        noted: AtomicU32,
    },
    Token {
        answer: TokenAnswer,
        noted: AtomicU32,
    },
    /// There is none.
    Stranger,
}

impl Credential {
    pub(crate) fn key(answer: KeyAnswer) -> Self {
        let networks = answer.networks();
        Self::Key { answer, networks, noted: AtomicU32::new(0) }
    }

    pub(crate) fn token(answer: TokenAnswer) -> Self {
        Self::Token { answer, noted: AtomicU32::new(0) }
    }

    fn is_about(&self, changed: &HashSet<Named>) -> bool {
        let is_changed = |named| changed.contains(&named);
        match self {
            Self::Key { answer, .. } => is_changed(Named::ApiKey(answer.facts(None).key_id)),
            Self::Token { answer, .. } => {
                let facts = answer.facts();
                is_changed(Named::Grant(facts.grant_id))
                    || is_changed(Named::Account(facts.account_id))
                    || is_changed(Named::Client(facts.client_id))
            }
            Self::Stranger => false,
        }
    }
}

/// A kind of credential and its digest. A key that is presented as a token is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Mark {
    pub(crate) is_token: bool,
    pub(crate) digest: SecretDigest,
}

/// Nobody has asked about it, or not lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unknown;

type Shard<K, V> = RwLock<Generations<K, V>>;

pub(crate) struct Memory {
    credentials: Vec<Shard<Mark, Arc<Credential>>>,
    strangers: Shard<Mark, Arc<Credential>>,
    /// `None` for one that does not exist.
    stores: Shard<CampaignId, Option<CampaignFacts>>,
    businesses: Shard<BusinessId, BusinessFacts>,
}

impl Memory {
    pub(crate) fn new(most_credentials: usize) -> Self {
        let shard = || RwLock::new(Generations::new(most_credentials / SHARDS));
        Self {
            credentials: (0..SHARDS).map(|_| shard()).collect(),
            strangers: RwLock::new(Generations::new(MOST_STRANGERS)),
            stores: RwLock::new(Generations::new(MOST_PLACES)),
            businesses: RwLock::new(Generations::new(MOST_PLACES)),
        }
    }

    pub(crate) fn credential(&self, mark: Mark) -> Option<Arc<Credential>> {
        find(self.shard(mark), mark).or_else(|| find(&self.strangers, mark))
    }

    pub(crate) fn put_credential(&self, mark: Mark, credential: Credential) {
        let home =
            if matches!(credential, Credential::Stranger) { &self.strangers } else { self.shard(mark) };
        home.write().put(mark, Arc::new(credential));
    }

    /// What is known of a store; `None` if it does not exist.
    pub(crate) fn store(&self, id: CampaignId) -> Result<Option<CampaignFacts>, Unknown> {
        find(&self.stores, id).ok_or(Unknown)
    }

    /// Takes what is known of these stores. Those that were not found do not exist.
    pub(crate) fn put_stores(&self, asked: &[CampaignId], found: &[StoreAnswer]) {
        let mut stores = self.stores.write();
        for id in asked {
            stores.put(*id, None);
        }
        for store in found {
            stores.put(store.id, Some(store.facts()));
        }
    }

    pub(crate) fn business(&self, id: BusinessId) -> Option<BusinessFacts> {
        find(&self.businesses, id)
    }

    pub(crate) fn put_business(&self, id: BusinessId, facts: BusinessFacts) {
        self.businesses.write().put(id, facts);
    }

    /// Forgets whatever these changes are about.
    pub(crate) fn forget(&self, changed: &[Named]) {
        let changed: HashSet<_> = changed.iter().copied().collect();
        let mut are_credentials_concerned = false;
        for named in &changed {
            match named {
                Named::Business(id) => self.businesses.write().remove(id),
                Named::Campaign(id) => self.stores.write().remove(id),
                Named::ApiKey(_) | Named::Grant(_) | Named::Account(_) | Named::Client(_) => {
                    are_credentials_concerned = true;
                }
                Named::Other => {}
            }
        }
        if are_credentials_concerned {
            for shard in &self.credentials {
                shard.write().retain(|credential| !credential.is_about(&changed));
            }
            // One of them may have come into being: tokens can be imported.
            self.strangers.write().clear();
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        for shard in &self.credentials {
            shard.write().clear();
        }
        self.strangers.write().clear();
        self.stores.write().clear();
        self.businesses.write().clear();
    }

    fn shard(&self, mark: Mark) -> &Shard<Mark, Arc<Credential>> {
        &self.credentials[usize::from(mark.digest.as_bytes()[0]) % SHARDS]
    }
}

/// What is remembered, and not forgotten for being asked for.
fn find<K: Eq + std::hash::Hash + Copy, V: Clone>(home: &Shard<K, V>, key: K) -> Option<V> {
    let value = match home.read().find(&key)? {
        Found::Young(value) => return Some(value.clone()),
        Found::Old(value) => value.clone(),
    };
    home.write().put(key, value.clone());
    Some(value)
}

#[cfg(test)]
mod tests {
    use mp_domain::decision::{KeyFacts, Standing};
    use mp_domain::ids::ApiKeyId;
    use mp_domain::scope::ScopeSet;

    use super::*;

    fn mark(byte: u8) -> Mark {
        Mark { is_token: false, digest: SecretDigest::from_bytes([byte; 16]) }
    }

    fn key(number: u8) -> Credential {
        Credential::key(KeyAnswer::from(&KeyFacts {
            key_id: ApiKeyId::from_bytes([number; 16]),
            business_id: BusinessId::new(1).unwrap(),
            name: "",
            scopes: ScopeSet::ALL,
            standing: Standing::Active,
            expires_at: None,
            retires_at: None,
            networks: None,
            campaigns: None,
        }))
    }

    #[test]
    fn a_change_makes_what_it_is_about_unknown_and_nothing_else() {
        let memory = Memory::new(1000);
        memory.put_credential(mark(1), key(1));
        memory.put_credential(mark(2), key(2));
        memory.put_credential(mark(3), Credential::Stranger);
        let store = CampaignId::new(5).unwrap();
        memory.put_stores(&[store], &[]);
        memory.forget(&[Named::Campaign(store)]);
        assert_eq!(memory.store(store), Err(Unknown));
        assert!(memory.credential(mark(3)).is_some());
        memory.forget(&[Named::ApiKey(ApiKeyId::from_bytes([1; 16]))]);
        assert!(memory.credential(mark(1)).is_none());
        assert!(memory.credential(mark(2)).is_some());
        assert!(memory.credential(mark(3)).is_none(), "a stranger may have been imported");
    }

    #[test]
    fn a_flood_of_strangers_displaces_strangers_alone() {
        let memory = Memory::new(1000);
        memory.put_credential(mark(1), key(1));
        for number in 0..100_000_u128 {
            let digest = SecretDigest::from_bytes(number.to_le_bytes());
            memory.put_credential(Mark { is_token: true, digest }, Credential::Stranger);
        }
        assert!(memory.credential(mark(1)).is_some());
        let latest = Mark { is_token: true, digest: SecretDigest::from_bytes(99_999_u128.to_le_bytes()) };
        assert!(memory.credential(latest).is_some());
    }
}
