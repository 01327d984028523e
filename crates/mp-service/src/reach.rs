//! What a person reaches: the cabinets whose staff they are on, and the stores they see there (product.md §3.6).

use mp_domain::business::Business;
use mp_domain::campaign::Campaign;
use mp_domain::ids::AccountId;
use mp_domain::member::{Member, Role};
use mp_store::{Conn, StoreError, business, campaign, member};

use crate::service::Service;

/// Cabinets with the stores that a person sees in each.
pub type Reach = Vec<(Business, Vec<Campaign>)>;

impl Service {
    /// The cabinets whose staff a person is on, by number, and as what.
    pub async fn businesses_of(&self, account: AccountId) -> Result<Vec<(Business, Role)>, StoreError> {
        self.store
            .read("businesses_of", move |conn| {
                let places = places(conn, account)?;
                Ok(places.into_iter().map(|(business, member)| (business, member.role)).collect())
            })
            .await
    }

    /// The cabinets and stores that a token of this person reaches now.
    pub async fn reach_of(&self, account: AccountId) -> Result<Reach, StoreError> {
        self.store.read("reach_of", move |conn| reach(conn, account)).await
    }
}

/// The cabinets and stores that a person reaches.
pub(crate) fn reach(conn: &mut Conn, account: AccountId) -> Result<Reach, StoreError> {
    let places = places(conn, account)?;
    places
        .into_iter()
        .map(|(business, member)| {
            let mut stores = campaign::of_business(conn, business.id)?;
            stores.retain(|store| member.campaigns.is_empty() || member.campaigns.contains(&store.id));
            Ok((business, stores))
        })
        .collect()
}

fn places(conn: &mut Conn, account: AccountId) -> Result<Vec<(Business, Member)>, StoreError> {
    let mut places = Vec::new();
    for member in member::of_account(conn, account)? {
        places.extend(business::find(conn, member.business_id)?.map(|business| (business, member)));
    }
    Ok(places)
}
