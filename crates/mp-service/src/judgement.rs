//! The checks that follow once a caller is known, on what is in memory: those of the domain, then the parallel limit, then
//! the resource limit (product.md §3.5).
//!
//! Owns the order of the last two. Must never look at a credential: that is done before.

use mp_domain::business::Subscription;
use mp_domain::denial::{Denial, Refusal};
use mp_domain::judgement::{Bearer, Place};
use mp_domain::operation::{Limit, Operation, Price};
use mp_domain::reach::Reach;
use mp_domain::time::Timestamp;
use mp_domain::window::{Budget, Quota};

use crate::admission::{Charge, Extent, Granted, Request, UnreadableNames};
use crate::enforcer::{Enforcer, without_budget};
use crate::slots::Slot;

impl Enforcer {
    pub(crate) fn decide<'a>(
        &self,
        bearer: &Bearer<impl Iterator<Item = Reach<'a>> + Clone>,
        request: &Request<'_>,
        now: Timestamp,
    ) -> Result<Granted, Refusal> {
        match request.extent {
            Extent::Credential => Ok(Granted { business: bearer.business, ..Granted::NOTHING }),
            Extent::Reach | Extent::ReachAndLeft => {
                let place = self.locate(bearer, request).map_err(without_budget)?;
                let tells = request.extent == Extent::ReachAndLeft;
                let left = tells.then(|| self.left(&place, request.operation, now)).flatten();
                Ok(Granted { business: place.business, left, ..Granted::NOTHING })
            }
            Extent::Refusal => self.decide_call(bearer, request, now),
            Extent::Call => {
                let decided = self.decide_call(bearer, request, now);
                match request.shadow {
                    Some(shadow) => self.try_otherwise(bearer, request, shadow, decided, now),
                    None => decided,
                }
            }
        }
    }

    fn decide_call<'a>(
        &self,
        bearer: &Bearer<impl Iterator<Item = Reach<'a>> + Clone>,
        request: &Request<'_>,
        now: Timestamp,
    ) -> Result<Granted, Refusal> {
        let place = self.locate(bearer, request).map_err(without_budget)?;
        let operation = request.operation;
        let ruled = bearer.judge(operation, &place, &*self.directory);
        // Somebody known, in a place in reach, is told what is left.
        let business = place.business;
        ruled.map_err(|denial| Refusal {
            budget: self.left(&place, operation, now),
            business,
            ..without_budget(denial)
        })?;
        let slot = request.wants_slot.then(|| self.take_slot(&place, operation)).transpose()?;
        let charge = operation.limit.map(|limit| self.charge(&place, request, limit, now)).transpose()?;
        Ok(Granted { business: place.business, charge, slot, ..Granted::NOTHING })
    }

    /// Where in reach the request leads.
    fn locate<'r, 'a>(
        &self,
        bearer: &Bearer<impl Iterator<Item = Reach<'a>> + Clone>,
        request: &Request<'r>,
    ) -> Result<Place<'r>, Denial> {
        let named = request.named.map_err(|UnreadableNames| Denial::Unreadable)?;
        bearer.locate(request.operation, named, &*self.directory)
    }

    fn take_slot(&self, place: &Place<'_>, operation: &Operation) -> Result<Slot, Refusal> {
        let (counted, slots) = place.slots(operation);
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
        let price = match request.extent {
            Extent::Refusal => Price::KnownAfterwards,
            _ => limit.cost.price(request.items),
        };
        let counted = place.counted(request.operation);
        let charged = if self.staged.as_ref().is_some_and(|staged| staged.refuses(counted.operation)) {
            Err(Budget { remaining: 0, ..self.limiter.peek(counted, quota, now) })
        } else {
            self.limiter.charge(counted, quota, price, now)
        };
        match charged {
            Ok(budget) => Ok(Charge { counted, points: price.points(), budget }),
            Err(budget) => {
                let denial = Denial::LimitExceeded { quota, entity: place.entity };
                let business = place.business;
                Err(Refusal { budget: Some(budget), business, ..without_budget(denial) })
            }
        }
    }

    fn left(&self, place: &Place<'_>, operation: &Operation, now: Timestamp) -> Option<Budget> {
        let quota = self.quota(place, operation.limit?);
        Some(self.limiter.peek(place.counted(operation), quota, now))
    }

    /// The quota in force.
    pub(crate) fn quota(&self, place: &Place<'_>, limit: Limit) -> Quota {
        self.limiter.scaled(place.quota(limit))
    }

    /// The quota in force with a subscription.
    #[must_use]
    pub fn quota_with(&self, limit: Limit, subscription: Subscription) -> Quota {
        self.limiter.scaled(limit.quota(subscription))
    }
}
