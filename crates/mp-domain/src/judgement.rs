//! The checks that follow once a caller is known: reach, kind of seller, switch, access (product.md §3.5).
//!
//! Owns their order, and for whom a request is counted. Whoever asks brings what is known of cabinets and stores. Must
//! never look at a credential, nor count: the former is done before, the latter afterwards.

use std::iter::{Once, once};

use crate::decision::{BusinessFacts, KeyFacts, judge_access, judge_seller, judge_switch};
use crate::denial::Denial;
use crate::ids::{AccountId, BusinessId, CampaignId};
use crate::limit_entity::{Counted, LimitEntity};
use crate::operation::{Limit, Operation, Parallel, SHARED_SLOTS};
use crate::reach::{CampaignFacts, Named, Reach, Target, judge_reach};
use crate::scope::ScopeSet;
use crate::window::Quota;

/// The number under which slots are counted that all operations share. No operation has it.
const ALL_OPERATIONS: u16 = 0;

/// What is known of cabinets and stores.
pub trait Known {
    /// Of a store; `None` if there is none with this number.
    fn store(&self, id: CampaignId) -> Option<CampaignFacts>;

    /// Of a cabinet. Of one that is not, nothing is asked.
    fn business(&self, id: BusinessId) -> BusinessFacts;
}

/// A caller who is known, as far as the checks that follow need to know.
#[derive(Debug, Clone, Copy)]
pub struct Bearer<I> {
    /// What is in reach, cabinet by cabinet.
    pub reaches: I,
    /// For whom limits are counted where the path names nothing.
    pub counted_as: LimitEntity,
    /// Which cabinet is meant where the request names none.
    pub business: Option<BusinessId>,
    /// `None` where accesses do not matter: tokens of people have none.
    pub scopes: Option<ScopeSet>,
}

/// Where in reach a request leads.
#[derive(Debug, Clone, Copy)]
pub struct Place<'n> {
    named: Named<'n>,
    /// Counted for whom.
    pub entity: LimitEntity,
    /// The cabinet addressed, else the one the credential belongs to.
    pub business: Option<BusinessId>,
    /// What is known of it.
    pub facts: Option<BusinessFacts>,
}

impl<'a> Bearer<Once<Reach<'a>>> {
    /// Whoever holds this key.
    #[must_use]
    pub fn of_key(key: &KeyFacts<'a>) -> Self {
        let own = key.business_id;
        Self {
            reaches: once(key.reach()),
            counted_as: own.into(),
            business: Some(own),
            scopes: Some(key.scopes),
        }
    }
}

impl<'a, I: Iterator<Item = Reach<'a>> + Clone> Bearer<I> {
    /// A person who reaches this.
    pub fn of_person(id: AccountId, reaches: I) -> Self {
        Self { reaches, counted_as: LimitEntity::Account(id.into()), business: None, scopes: None }
    }

    /// Where a request leads that names this: the step of reach.
    pub fn locate<'n>(
        &self,
        operation: &Operation,
        named: Named<'n>,
        known: &impl Known,
    ) -> Result<Place<'n>, Denial> {
        let addressed = judge_reach(&self.reaches, operation, &named, |id| known.store(id))?;
        let entity = LimitEntity::of(named.target, self.counted_as);
        let business = addressed.or(self.business);
        Ok(Place { named, entity, business, facts: business.map(|id| known.business(id)) })
    }

    /// Whether the operation may be called in that place: the steps from the kind of seller to the access.
    pub fn judge(&self, operation: &Operation, place: &Place<'_>, known: &impl Known) -> Result<(), Denial> {
        judge_seller(operation, place.facts)
            .and_then(|()| place.judge_switch(operation, known))
            .and_then(|()| self.scopes.map_or(Ok(()), |scopes| judge_access(scopes, operation)))
    }
}

impl Place<'_> {
    fn judge_switch(&self, operation: &Operation, known: &impl Known) -> Result<(), Denial> {
        let in_path = match self.named.target {
            Target::Campaign(id) => Some(id),
            Target::Caller | Target::Business(_) => None,
        };
        let named = in_path.into_iter().chain(self.named.campaigns.iter().copied());
        let named = named.filter_map(|id| known.store(id).map(|facts| (id, facts)));
        judge_switch(operation, named, self.business.zip(self.facts))
    }

    /// What calls of the operation are counted as here.
    #[must_use]
    pub fn counted(&self, operation: &Operation) -> Counted {
        Counted { entity: self.entity, operation: operation.number }
    }

    /// What requests under way are counted as here, and how many there may be.
    #[must_use]
    pub fn slots(&self, operation: &Operation) -> (Counted, u16) {
        let (number, slots) = match operation.parallel {
            Parallel::Shared => (ALL_OPERATIONS, SHARED_SLOTS),
            Parallel::Own(slots) => (operation.number, slots),
        };
        (Counted { entity: self.entity, operation: number }, slots)
    }

    /// How much is allowed here: by the tier of the cabinet addressed, without a subscription where there is none
    /// (product.md §3.8).
    #[must_use]
    pub fn quota(&self, limit: Limit) -> Quota {
        limit.quota(self.facts.unwrap_or_default().subscription)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::business::Subscription;
    use crate::campaign::Availability;
    use crate::operation::{GET_BUSINESS_SETTINGS, GET_CAMPAIGN, GET_CAMPAIGNS};
    use crate::scope::AccessScope;

    struct Town(HashMap<CampaignId, CampaignFacts>);

    impl Known for Town {
        fn store(&self, id: CampaignId) -> Option<CampaignFacts> {
            self.0.get(&id).copied()
        }

        fn business(&self, _: BusinessId) -> BusinessFacts {
            BusinessFacts { subscription: Subscription::Medium, ..BusinessFacts::default() }
        }
    }

    fn campaign(number: i64) -> CampaignId {
        CampaignId::new(number).unwrap()
    }

    fn own() -> BusinessId {
        BusinessId::new(1).unwrap()
    }

    fn town() -> Town {
        let facts = |availability| CampaignFacts { business_id: own(), availability };
        let stores = [(10, Availability::Available), (11, Availability::ManuallyDisabled)];
        Town(stores.map(|(number, availability)| (campaign(number), facts(availability))).into())
    }

    fn bearer(scopes: Option<ScopeSet>) -> Bearer<Once<Reach<'static>>> {
        let reaches = once(Reach { business_id: own(), campaigns: None });
        Bearer { reaches, counted_as: own().into(), business: Some(own()), scopes }
    }

    #[test]
    fn a_request_is_counted_for_what_its_path_names_and_by_the_tier_of_its_cabinet() {
        let caller = bearer(None);
        let named = Named::in_path(Target::Campaign(campaign(10)));
        let place = caller.locate(&GET_CAMPAIGN, named, &town()).unwrap();
        assert_eq!(place.entity, LimitEntity::Campaign(campaign(10)));
        assert_eq!(place.business, Some(own()));
        assert_eq!(place.counted(&GET_CAMPAIGN).operation, GET_CAMPAIGN.number);
        assert_eq!(place.slots(&GET_CAMPAIGN).1, SHARED_SLOTS);
        let limit = GET_CAMPAIGN.limit.unwrap();
        assert_eq!(place.quota(limit), limit.medium);
        let place = caller.locate(&GET_CAMPAIGNS, Named::NOTHING, &town()).unwrap();
        assert_eq!(place.entity, LimitEntity::Business(own()));
    }

    #[test]
    fn the_switch_comes_before_the_access() {
        let caller = bearer(Some(ScopeSet::default()));
        let judged = |number| {
            let named = Named::in_path(Target::Campaign(campaign(number)));
            let place = caller.locate(&GET_CAMPAIGN, named, &town()).unwrap();
            caller.judge(&GET_CAMPAIGN, &place, &town())
        };
        assert!(matches!(judged(11), Err(Denial::CampaignDisabled { .. })));
        assert_eq!(judged(10), Err(Denial::ScopeMissing));
    }

    #[test]
    fn any_access_opens_what_every_access_opens() {
        let caller = bearer(Some([AccessScope::Pricing].into_iter().collect()));
        let named = Named::in_path(Target::Business(own()));
        let place = caller.locate(&GET_BUSINESS_SETTINGS, named, &town()).unwrap();
        assert_eq!(caller.judge(&GET_BUSINESS_SETTINGS, &place, &town()), Ok(()));
    }
}
