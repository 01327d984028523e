//! Every store: whose it is, and whether the API is on for it. 24 bytes each.
//!
//! Owns the look-up by number. Must never hold a name: answers are read from the database.

use std::collections::HashMap;

use mp_domain::ids::CampaignId;
use mp_domain::reach::CampaignFacts;
use mp_store::{Conn, StoreError, campaign};
use parking_lot::RwLock;

#[derive(Default)]
pub(crate) struct Stores(RwLock<HashMap<CampaignId, CampaignFacts>>);

impl Stores {
    /// Reads all of them.
    pub(crate) fn load(&self, conn: &mut Conn) -> Result<(), StoreError> {
        let mut stores = self.0.write();
        campaign::each_facts(conn, |id, facts| {
            stores.insert(id, facts);
        })?;
        stores.shrink_to_fit();
        Ok(())
    }

    /// Remembers one.
    pub(crate) fn put(&self, id: CampaignId, facts: CampaignFacts) {
        self.0.write().insert(id, facts);
    }

    /// Reads one again.
    pub(crate) fn refresh(&self, conn: &mut Conn, id: CampaignId) -> Result<(), StoreError> {
        let found = campaign::facts_of(conn, id)?;
        let mut stores = self.0.write();
        match found {
            Some(facts) => stores.insert(id, facts),
            None => stores.remove(&id),
        };
        Ok(())
    }

    /// What is known of a store.
    pub(crate) fn find(&self, id: CampaignId) -> Option<CampaignFacts> {
        self.0.read().get(&id).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_takes_24_bytes() {
        assert_eq!(size_of::<(CampaignId, CampaignFacts)>(), 24);
    }
}
