//! The check for one credential that is read from the database for the occasion: what `explain` asks.
//!
//! Owns which facts that takes. The rules, their order and the check itself are those that every request meets, on a
//! memory that knows nothing else and is forgotten afterwards: whatever is charged or noted there is of no consequence.
//! Must never be how a request is answered, and never write.

use std::io;
use std::path::Path;
use std::sync::Arc;

use mp_domain::api_key::ApiKey;
use mp_domain::business::Business;
use mp_domain::ids::BusinessId;
use mp_domain::reach::CampaignFacts;
use mp_domain::secret::SecretDigest;
use mp_domain::time::Timestamp;
use mp_store::{Conn, StoreError, api_key, business, campaign, counter_journal, grant};
use tokio::sync::mpsc;

use crate::directory::Directory;
use crate::enforcer::Enforcer;
use crate::grants::{ListedGrant, with_names};
use crate::limiter::Limiter;
use crate::reach::{Reach, reach};
use crate::service::Service;
use mp_domain::credential::Presented;

/// The check, and what is known of the credential.
pub struct Rehearsal {
    /// Knows this one credential.
    pub enforcer: Enforcer,
    /// Whose it is; `None` if it is nobody's.
    pub known: Option<Known>,
    /// The cabinets and stores that its owner reaches now.
    pub reach: Reach,
}

/// Whose credential it is.
#[derive(Debug, Clone)]
pub enum Known {
    /// A cabinet's.
    Key(ApiKey),
    /// A person's.
    Token(ListedGrant),
}

/// Where the limits are counted.
#[derive(Debug, Clone, Copy)]
pub struct Counters<'a> {
    /// The folder of the journal.
    pub folder: &'a Path,
    /// Multiplies every limit; 1 for production.
    pub scale: f64,
}

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// The database could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The limit counters could not be read.
    #[error("the limit counters cannot be read: {0}")]
    Counters(#[from] io::Error),
}

impl Service {
    /// Reads what the check has to know to decide about this credential.
    pub async fn rehearse_check(
        &self,
        presented: Presented<'_>,
        counters: Counters<'_>,
    ) -> Result<Rehearsal, RehearsalError> {
        let limiter = Limiter::new(counters.scale);
        counter_journal::look_into(counters.folder, |counter| limiter.restore(counter))?;
        let (now, sought) = (self.clock.now(), self.sought(presented));
        let recalled = self.store.read("rehearse_check", move |conn| {
            let directory = Directory::empty();
            directory.refresh_rules(conn)?;
            let (known, reach) = sought.recall(conn, &directory, now)?;
            Ok((directory, known, reach))
        });
        let (directory, known, reach) = recalled.await?;
        // Nobody moves secrets to the current pepper for a rehearsal.
        let (nowhere, _) = mpsc::channel(1);
        let enforcer = Enforcer::new(self, Arc::new(directory), limiter, nowhere);
        Ok(Rehearsal { enforcer, known, reach })
    }

    fn sought(&self, presented: Presented<'_>) -> Sought {
        let digests = |secret| {
            let peppers = self.peppers.load();
            let all = std::iter::once(peppers.current()).chain(peppers.retired());
            all.map(|pepper| pepper.digest(secret)).collect()
        };
        match presented {
            Presented::ApiKey(token) => Sought::Key(digests(token)),
            Presented::OAuth(credential) => Sought::Token(digests(credential.token)),
            Presented::Nothing
            | Presented::FlawedAuthorization(_)
            | Presented::RepeatedApiKey
            | Presented::RepeatedAuthorization => Sought::Nobody,
        }
    }
}

/// What to look for, by its digest under every pepper.
enum Sought {
    Key(Vec<SecretDigest>),
    Token(Vec<SecretDigest>),
    Nobody,
}

impl Sought {
    /// Puts what belongs to the credential into the directory.
    fn recall(
        &self,
        conn: &mut Conn,
        directory: &Directory,
        now: Timestamp,
    ) -> Result<(Option<Known>, Reach), StoreError> {
        let (known, reach) = match self {
            Self::Nobody => return Ok((None, Vec::new())),
            Self::Key(digests) => {
                let Some(key) = first(conn, digests, api_key::find_by_digest)? else {
                    return Ok((None, Vec::new()));
                };
                directory.refresh_key(conn, key.id)?;
                let reach = reach_of_key(conn, &key)?;
                (Known::Key(key), reach)
            }
            Self::Token(digests) => {
                let found = first(conn, digests, grant::find_by_digest)?;
                let listed = found.map_or(Ok(None), |found| with_names(conn, found, now))?;
                let Some(listed) = listed else { return Ok((None, Vec::new())) };
                let account = listed.grant.account_id;
                directory.tokens.refresh_client(conn, listed.grant.client_id)?;
                directory.people.refresh(conn, account, now)?;
                if let Some(token) = grant::token_of(conn, listed.grant.id)? {
                    directory.tokens.put(&token);
                }
                (Known::Token(listed), reach(conn, account)?)
            }
        };
        // A store out of reach is refused like one that does not exist, so none of those is needed.
        for (cabinet, stores) in &reach {
            directory.refresh_business(conn, cabinet.id)?;
            for store in stores {
                let (business_id, availability) = (store.business_id, store.availability);
                directory.stores.put(store.id, CampaignFacts { business_id, availability });
            }
        }
        Ok((Some(known), reach))
    }
}

fn first<T>(
    conn: &mut Conn,
    digests: &[SecretDigest],
    find: impl Fn(&mut Conn, SecretDigest) -> Result<Option<T>, StoreError>,
) -> Result<Option<T>, StoreError> {
    digests.iter().find_map(|digest| find(conn, *digest).transpose()).transpose()
}

fn reach_of_key(conn: &mut Conn, key: &ApiKey) -> Result<Reach, StoreError> {
    let Some(cabinet) = business::find(conn, key.business_id)? else { return Ok(Vec::new()) };
    let mut stores = campaign::of_business(conn, key.business_id)?;
    let only = &key.grant.campaigns;
    stores.retain(|store| only.is_empty() || only.contains(&store.id));
    Ok(vec![(cabinet, stores)])
}

impl Rehearsal {
    /// A cabinet in reach.
    #[must_use]
    pub fn cabinet(&self, id: BusinessId) -> Option<&Business> {
        self.reach.iter().map(|(cabinet, _)| cabinet).find(|cabinet| cabinet.id == id)
    }
}
