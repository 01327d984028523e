//! The checks that follow once a caller is known: reach, kind of seller, switch, access, parallel limit, resource limit
//! (product.md §3.5).
//!
//! Owns their order. Must never look at a credential: that is done before.

use mp_domain::business::Subscription;
use mp_domain::decision::{BusinessFacts, judge_access, judge_seller, judge_switch};
use mp_domain::denial::{Denial, Refusal};
use mp_domain::ids::{BusinessId, CampaignId};
use mp_domain::limit_entity::LimitEntity;
use mp_domain::operation::{Cost, Limit, Operation, Parallel, SHARED_SLOTS};
use mp_domain::reach::{CampaignFacts, Named, Reach, Target, judge_reach};
use mp_domain::time::Timestamp;
use mp_domain::window::{Budget, Quota};

use crate::admission::{Bearer, Charge, Extent, Granted, Request, UnreadableNames};
use crate::enforcer::{Enforcer, without_budget};
use crate::limiter::{Counted, Price};
use crate::slots::Slot;

/// The number under which slots are counted that all operations share. No operation has it.
const ALL_OPERATIONS: u16 = 0;

/// Where a request leads.
struct Place<'a> {
    named: Named<'a>,
    /// Counted for whom.
    entity: LimitEntity,
    /// The cabinet addressed, else the one the credential belongs to.
    business: Option<BusinessId>,
    facts: Option<BusinessFacts>,
}

impl Enforcer {
    pub(crate) fn decide<'a>(
        &self,
        bearer: &Bearer<impl Iterator<Item = Reach<'a>> + Clone>,
        request: &Request<'_>,
        now: Timestamp,
    ) -> Result<Granted, Refusal> {
        if request.extent == Extent::Credential {
            return Ok(Granted { business: bearer.business, charge: None, slot: None });
        }
        let place = self.locate(bearer, request).map_err(without_budget)?;
        if request.extent == Extent::Reach {
            return Ok(Granted { business: place.business, charge: None, slot: None });
        }
        let operation = request.operation;
        let ruled = judge_seller(operation, place.facts)
            .and_then(|()| self.judge_switch(&place, operation))
            .and_then(|()| bearer.scopes.map_or(Ok(()), |scopes| judge_access(scopes, operation)));
        // Somebody known, in a place in reach, is told what is left.
        let business = place.business;
        ruled.map_err(|denial| Refusal {
            budget: self.left(&place, operation, now),
            business,
            ..without_budget(denial)
        })?;
        let slot = request.wants_slot.then(|| self.take_slot(&place, operation)).transpose()?;
        let charge = operation.limit.map(|limit| self.charge(&place, request, limit, now)).transpose()?;
        Ok(Granted { business: place.business, charge, slot })
    }

    /// Where in reach the request leads.
    fn locate<'r, 'a>(
        &self,
        bearer: &Bearer<impl Iterator<Item = Reach<'a>> + Clone>,
        request: &Request<'r>,
    ) -> Result<Place<'r>, Denial> {
        let named = request.named.map_err(|UnreadableNames| Denial::Unreadable)?;
        let find = |id| self.directory.stores.find(id);
        let addressed = judge_reach(&bearer.reaches, request.operation, &named, find)?;
        let entity = LimitEntity::of(named.target, bearer.counted_as);
        let business = addressed.or(bearer.business);
        Ok(Place { named, entity, business, facts: business.map(|id| self.directory.business(id)) })
    }

    fn judge_switch(&self, place: &Place<'_>, operation: &Operation) -> Result<(), Denial> {
        let in_path = match place.named.target {
            Target::Campaign(id) => Some(id),
            Target::Caller | Target::Business(_) => None,
        };
        let find = |id: CampaignId| -> Option<(CampaignId, CampaignFacts)> {
            self.directory.stores.find(id).map(|facts| (id, facts))
        };
        let named = in_path.into_iter().chain(place.named.campaigns.iter().copied()).filter_map(find);
        judge_switch(operation, named, place.business.zip(place.facts))
    }

    fn take_slot(&self, place: &Place<'_>, operation: &Operation) -> Result<Slot, Refusal> {
        let (number, slots) = match operation.parallel {
            Parallel::Shared => (ALL_OPERATIONS, SHARED_SLOTS),
            Parallel::Own(slots) => (operation.number, slots),
        };
        let counted = Counted { entity: place.entity, operation: number };
        let denial = Denial::TooManyAtOnce { slots, entity: place.entity };
        let refused = || Refusal { business: place.business, ..without_budget(denial) };
        self.slots.take(counted, slots).ok_or_else(refused)
    }

    fn charge(
        &self,
        place: &Place<'_>,
        request: &Request<'_>,
        limit: Limit,
        now: Timestamp,
    ) -> Result<Charge, Refusal> {
        let quota = self.quota(place, limit);
        let price = match limit.cost {
            Cost::Request => Price::Points(1),
            Cost::RequestItems(_) => request.items.map_or(Price::KnownAfterwards, Price::Points),
            Cost::ResponseItems(_) => Price::KnownAfterwards,
        };
        let points = if let Price::Points(points) = price { points } else { 0 };
        let counted = Counted { entity: place.entity, operation: request.operation.number };
        let charged = if self.staged.as_ref().is_some_and(|staged| staged.refuses(counted.operation)) {
            Err(Budget { remaining: 0, ..self.limiter.peek(counted, quota, now) })
        } else {
            self.limiter.charge(counted, quota, price, now)
        };
        match charged {
            Ok(budget) => Ok(Charge { counted, points, budget }),
            Err(budget) => {
                let denial = Denial::LimitExceeded { quota, entity: place.entity };
                let business = place.business;
                Err(Refusal { budget: Some(budget), business, ..without_budget(denial) })
            }
        }
    }

    fn left(&self, place: &Place<'_>, operation: &Operation, now: Timestamp) -> Option<Budget> {
        let quota = self.quota(place, operation.limit?);
        let counted = Counted { entity: place.entity, operation: operation.number };
        Some(self.limiter.peek(counted, quota, now))
    }

    /// The quota in force: by the tier of the cabinet addressed, without a subscription where there is none
    /// (product.md §3.8).
    fn quota(&self, place: &Place<'_>, limit: Limit) -> Quota {
        self.quota_with(limit, place.facts.unwrap_or_default().subscription)
    }

    /// The quota in force with a subscription.
    #[must_use]
    pub fn quota_with(&self, limit: Limit, subscription: Subscription) -> Quota {
        self.limiter.scaled(limit.quota(subscription))
    }
}
