//! OAuth tokens and the applications they were issued to: the current token of every grant, found by its digest.
//!
//! Owns the one-to-one relation of grants and digests: a grant's new token makes the one before unknown. Dead tokens
//! stay as long as no other took their place, so that the reason of a refusal can be counted.

use std::collections::HashMap;
use std::sync::atomic::AtomicU32;

use mp_domain::decision::{ClientFacts, TokenFacts};
use mp_domain::ids::{ClientId, GrantId};
use mp_domain::secret::SecretDigest;
use mp_store::client::ClientRow;
use mp_store::grant::TokenRow;
use mp_store::{Conn, StoreError, client, grant};
use parking_lot::{Mutex, RwLock};

use crate::last_use::minute_of;

const SHARDS: usize = 64;
/// How many rows are read at once at a start.
const PART: i64 = 65_536;

/// A known token: what the check asks of it, and the minute it was last used in.
pub(crate) struct FoundToken<'a> {
    pub(crate) facts: TokenFacts,
    pub(crate) last_used: &'a AtomicU32,
}

struct Record {
    facts: TokenFacts,
    /// Minutes since the epoch; 0 for never.
    last_used: AtomicU32,
}

pub(crate) struct Tokens {
    shards: Vec<RwLock<HashMap<SecretDigest, Record>>>,
    /// The digest that stands for a grant now. Only the feed, which is one task, changes it and the shards.
    current: Mutex<HashMap<GrantId, SecretDigest>>,
    clients: RwLock<HashMap<ClientId, ClientFacts>>,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
            current: Mutex::default(),
            clients: RwLock::default(),
        }
    }
}

impl Tokens {
    /// Reads every application and every token.
    pub(crate) fn load(&self, conn: &mut Conn) -> Result<(), StoreError> {
        client::each(conn, |row| self.put_client(row))?;
        let Some((first, last)) = grant::sequence_range(conn)? else { return Ok(()) };
        let mut from = first;
        while from <= last {
            grant::each_token(conn, from, from + PART - 1, |row| self.put(row))?;
            from += PART;
        }
        Ok(())
    }

    /// Reads an application again.
    pub(crate) fn refresh_client(&self, conn: &mut Conn, id: ClientId) -> Result<(), StoreError> {
        client::facts_of(conn, id, |row| self.put_client(row))
    }

    fn put_client(&self, row: &ClientRow<'_>) {
        let facts = ClientFacts { token_epoch: row.token_epoch, is_deleted: row.is_deleted };
        self.clients.write().insert(row.id, facts);
    }

    /// What is known of an application.
    pub(crate) fn client(&self, id: ClientId) -> Option<ClientFacts> {
        self.clients.read().get(&id).copied()
    }

    /// Remembers the current token of a grant, in place of the one before.
    pub(crate) fn put(&self, row: &TokenRow) {
        let before = self.current.lock().insert(row.grant_id, row.digest);
        {
            let mut shard = self.shard(row.digest).write();
            // The memory is ahead of the database here, which is written now and then.
            let noted = shard.get_mut(&row.digest).map_or(0, |known| *known.last_used.get_mut());
            let written = row.last_used_at.map_or(0, minute_of);
            let last_used = AtomicU32::new(noted.max(written));
            shard.insert(row.digest, Record { facts: facts(row), last_used });
        }
        // Afterwards, so that a token whose digest was remade is never unknown in between.
        if let Some(before) = before.filter(|before| *before != row.digest) {
            self.shard(before).write().remove(&before);
        }
    }

    /// Shows what is known of a token.
    pub(crate) fn with<T>(&self, digest: SecretDigest, look: impl FnOnce(FoundToken<'_>) -> T) -> Option<T> {
        let shard = self.shard(digest).read();
        shard.get(&digest).map(|known| look(FoundToken { facts: known.facts, last_used: &known.last_used }))
    }

    /// How many tokens are known, dead ones included.
    pub(crate) fn len(&self) -> usize {
        self.current.lock().len()
    }

    fn shard(&self, digest: SecretDigest) -> &RwLock<HashMap<SecretDigest, Record>> {
        &self.shards[usize::from(digest.as_bytes()[0]) % SHARDS]
    }
}

fn facts(row: &TokenRow) -> TokenFacts {
    TokenFacts {
        account_id: row.account_id,
        client_id: row.client_id,
        grant_id: row.grant_id,
        scopes: row.scopes,
        account_epoch: row.account_epoch,
        client_epoch: row.client_epoch,
        expires_at: row.expires_at,
        is_revoked: row.revoked_at.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use mp_domain::ids::AccountId;
    use mp_domain::oauth_scope::OAuthScopes;
    use mp_domain::time::Timestamp;

    use super::*;

    fn row(grant: u8, digest: u8) -> TokenRow {
        TokenRow {
            digest: SecretDigest::from_bytes([digest; 16]),
            grant_id: GrantId::from_bytes([grant; 16]),
            account_id: AccountId::from_bytes([1; 16]),
            client_id: ClientId::from_bytes([2; 16]),
            scopes: OAuthScopes::default(),
            account_epoch: 0,
            client_epoch: 0,
            expires_at: Timestamp::from_seconds(1),
            revoked_at: None,
            last_used_at: None,
            replaced_digest: None,
        }
    }

    fn is_known(tokens: &Tokens, digest: u8) -> bool {
        tokens.with(SecretDigest::from_bytes([digest; 16]), |_| ()).is_some()
    }

    #[test]
    fn a_grant_has_one_token_at_a_time() {
        let tokens = Tokens::default();
        tokens.put(&row(1, 10));
        tokens.put(&row(2, 20));
        tokens.put(&row(1, 11));
        assert!(!is_known(&tokens, 10) && is_known(&tokens, 11) && is_known(&tokens, 20));
        assert_eq!(tokens.len(), 2);
    }

    #[test]
    fn the_last_use_noted_in_memory_survives_a_fresh_reading() {
        let tokens = Tokens::default();
        tokens.put(&row(1, 10));
        let digest = SecretDigest::from_bytes([10; 16]);
        tokens.with(digest, |found| found.last_used.store(7, Ordering::Relaxed)).unwrap();
        tokens.put(&row(1, 10));
        assert_eq!(tokens.with(digest, |found| found.last_used.load(Ordering::Relaxed)), Some(7));
    }
}
