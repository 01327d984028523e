//! What the seller API tells of cabinets and stores, for callers whom the check has let in.
//!
//! Owns reading it. Must never decide what a caller may see: the check has, and hands over what is in reach.

use mp_domain::business::Business;
use mp_domain::campaign::Campaign;
use mp_domain::ids::{BusinessId, CampaignId};
use mp_domain::name::Name;
use mp_domain::reach::Reach;
use mp_store::{StoreError, business, campaign};

use crate::service::Service;

/// A [`Reach`] that outlives the check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedReach {
    business_id: BusinessId,
    campaigns: Option<Vec<CampaignId>>,
}

impl From<Reach<'_>> for OwnedReach {
    fn from(reach: Reach<'_>) -> Self {
        Self { business_id: reach.business_id, campaigns: reach.campaigns.map(<[_]>::to_vec) }
    }
}

impl OwnedReach {
    fn contains(&self, campaign: CampaignId) -> bool {
        Reach { business_id: self.business_id, campaigns: self.campaigns.as_deref() }.contains(campaign)
    }
}

impl Service {
    /// The stores in reach, by number, each with the name of its cabinet.
    pub async fn stores_in(&self, reaches: Vec<OwnedReach>) -> Result<Vec<(Campaign, Name)>, StoreError> {
        self.store
            .read("stores_in_reach", move |conn| {
                let mut found = Vec::new();
                for reach in &reaches {
                    let Some(cabinet) = business::find(conn, reach.business_id)? else { continue };
                    let stores = campaign::of_business(conn, reach.business_id)?;
                    let seen = stores.into_iter().filter(|store| reach.contains(store.id));
                    found.extend(seen.map(|store| (store, cabinet.name.clone())));
                }
                found.sort_unstable_by_key(|(store, _)| store.id);
                Ok(found)
            })
            .await
    }

    /// A store with the name of its cabinet.
    pub async fn store_card(&self, id: CampaignId) -> Result<Option<(Campaign, Name)>, StoreError> {
        self.store
            .read("store_card", move |conn| {
                let Some(store) = campaign::find(conn, id)? else { return Ok(None) };
                let cabinet = business::find(conn, store.business_id)?;
                Ok(cabinet.map(|cabinet| (store, cabinet.name)))
            })
            .await
    }

    /// A cabinet.
    pub async fn business(&self, id: BusinessId) -> Result<Option<Business>, StoreError> {
        self.store.read("find_business", move |conn| business::find(conn, id)).await
    }
}
