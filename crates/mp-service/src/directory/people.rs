//! People with a live token: their epochs, and what they reach.
//!
//! Owns who is remembered: nobody without a token costs memory. Must never hold a name or an address.

use std::collections::HashMap;
use std::sync::Arc;

use mp_domain::decision::PersonFacts;
use mp_domain::ids::{AccountId, BusinessId, CampaignId};
use mp_domain::reach::Reach;
use mp_domain::time::Timestamp;
use mp_store::person::PlaceRow;
use mp_store::{Conn, StoreError, person};
use parking_lot::RwLock;

/// One of them.
pub(crate) struct Person {
    pub(crate) facts: PersonFacts,
    places: Vec<Place>,
}

struct Place {
    business_id: BusinessId,
    campaigns: Option<Box<[CampaignId]>>,
}

impl Person {
    /// What they reach now.
    pub(crate) fn reaches(&self) -> impl Iterator<Item = Reach<'_>> + Clone {
        self.places
            .iter()
            .map(|place| Reach { business_id: place.business_id, campaigns: place.campaigns.as_deref() })
    }
}

#[derive(Default)]
pub(crate) struct People(RwLock<HashMap<AccountId, Arc<Person>>>);

impl People {
    /// Reads everybody with a token that is live now.
    pub(crate) fn load(&self, conn: &mut Conn, now: Timestamp) -> Result<(), StoreError> {
        let found = person::with_tokens(conn, now)?;
        let mut people: HashMap<_, _> =
            found.into_iter().map(|(id, facts)| (id, Person { facts, places: Vec::new() })).collect();
        person::each_place_with_tokens(conn, now, |row| {
            if let Some(person) = people.get_mut(&row.account_id) {
                person.places.push(place(row));
            }
        })?;
        self.0.write().extend(people.into_iter().map(|(id, person)| (id, Arc::new(person))));
        Ok(())
    }

    /// Reads a person again; forgets them if they have no live token any more.
    pub(crate) fn refresh(&self, conn: &mut Conn, id: AccountId, now: Timestamp) -> Result<(), StoreError> {
        let Some(facts) = person::find_with_token(conn, id, now)? else {
            self.0.write().remove(&id);
            return Ok(());
        };
        let mut places = Vec::new();
        person::each_place_of(conn, id, |row| places.push(place(row)))?;
        self.0.write().insert(id, Arc::new(Person { facts, places }));
        Ok(())
    }

    /// What is known of a person.
    pub(crate) fn find(&self, id: AccountId) -> Option<Arc<Person>> {
        self.0.read().get(&id).cloned()
    }
}

fn place(row: &PlaceRow<'_>) -> Place {
    Place { business_id: row.business_id, campaigns: row.campaigns.map(super::campaigns) }
}
