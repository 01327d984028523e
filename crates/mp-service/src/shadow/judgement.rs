//! What the rules on trial say to a call, beside what those in force have said.
//!
//! Owns the comparison. A step that both rule alike ends alike: only what differs is counted apart, so that neither a
//! restart nor what others spend makes a difference where there is none. Must never change what is in force.

use std::cmp::Ordering;
use std::sync::Arc;

use mp_domain::denial::{Denial, Refusal};
use mp_domain::ids::BusinessId;
use mp_domain::judgement::{Bearer, Place};
use mp_domain::operation::{Cost, Limit, Operation, Price};
use mp_domain::reach::Reach;
use mp_domain::shadow::{NO_SUCH_OPERATION, Verdict};
use mp_domain::step::Step;
use mp_domain::time::Timestamp;
use mp_domain::window::{Budget, Quota};

use super::{Charged, ShadowCharge, ShadowRequest};
use crate::admission::{Charge, Granted, Request, UnreadableNames};
use crate::enforcer::Enforcer;
use crate::slots::Slot;

impl Enforcer {
    /// Notes where the rules on trial say something else than was decided, and charges by them what they let in. What was
    /// decided stays decided.
    pub(crate) fn try_otherwise<'a>(
        &self,
        bearer: &Bearer<impl Iterator<Item = Reach<'a>> + Clone>,
        request: &Request<'_>,
        shadow: &ShadowRequest<'_>,
        decided: Result<Granted, Refusal>,
        now: Timestamp,
    ) -> Result<Granted, Refusal> {
        let tried = Trying { enforcer: self, request, shadow, decided: &decided, now }.judge(bearer);
        let note = |verdict, reason, business: Option<BusinessId>| {
            let place = (request.operation.id, verdict, reason, business.into());
            shadow.shadow.trial.notes.note(place, now);
        };
        shadow.shadow.trial.notes.count();
        match (decided, tried) {
            (Ok(granted), Ok(Entered { slot, charge, .. })) => {
                Ok(Granted { shadow_slot: slot, shadow_charge: charge, ..granted })
            }
            (Ok(granted), Err(reason)) => {
                note(Verdict::WouldRefuse, reason, granted.business);
                Ok(granted)
            }
            (Err(refusal), Ok(entered)) => {
                note(Verdict::WouldAllow, refusal.denial.reason(), entered.business);
                Err(refusal)
            }
            (Err(refusal), Err(_)) => Err(refusal),
        }
    }
}

/// One call, after it was decided.
struct Trying<'t, 'r> {
    enforcer: &'t Enforcer,
    request: &'t Request<'r>,
    shadow: &'t ShadowRequest<'r>,
    decided: &'t Result<Granted, Refusal>,
    now: Timestamp,
}

/// What a call that is let in holds.
struct Entered {
    business: Option<BusinessId>,
    slot: Option<Slot>,
    charge: Option<ShadowCharge>,
}

impl Trying<'_, '_> {
    fn judge<'a>(
        &self,
        bearer: &Bearer<impl Iterator<Item = Reach<'a>> + Clone>,
    ) -> Result<Entered, &'static str> {
        let operation = self.shadow.operation.ok_or(NO_SUCH_OPERATION)?;
        self.let_in(bearer, operation).map_err(|denial| denial.reason())
    }

    fn let_in<'a>(
        &self,
        bearer: &Bearer<impl Iterator<Item = Reach<'a>> + Clone>,
        operation: &Operation,
    ) -> Result<Entered, Denial> {
        let is_person = bearer.scopes.is_none();
        if is_person && !operation.takes_oauth {
            return Err(Denial::ApiKeyMissing);
        }
        let (directory, named) = (&*self.enforcer.directory, self.shadow.named);
        let named = named.map_err(|UnreadableNames| Denial::Unreadable)?;
        let place = bearer.locate(operation, named, directory)?;
        bearer.judge(operation, &place, directory)?;
        let slot = if self.request.wants_slot { self.slot(&place, operation)? } else { None };
        let charge = match operation.limit {
            Some(limit) => self.charge(&place, operation, limit)?,
            None => None,
        };
        Ok(Entered { business: place.business, slot, charge })
    }

    /// How a step ended in force; `None` if it was not come to.
    fn ended(&self, step: Step) -> Option<Result<(), Denial>> {
        let Err(Refusal { denial, .. }) = *self.decided else { return Some(Ok(())) };
        match denial.step().cmp(&step) {
            Ordering::Less => None,
            Ordering::Equal => Some(Err(denial)),
            Ordering::Greater => Some(Ok(())),
        }
    }

    fn slot(&self, place: &Place<'_>, operation: &Operation) -> Result<Option<Slot>, Denial> {
        let shadow = self.shadow.shadow;
        let (counted, slots) = place.slots(operation);
        let denial = Denial::TooManyAtOnce { slots, entity: place.entity };
        if shadow.differing.count_slots_apart(self.request.operation, operation) {
            return shadow.trial.slots.take(counted, slots).map(Some).ok_or(denial);
        }
        let (counted, slots) = place.slots(self.request.operation);
        let has_room = || if self.enforcer.slots.have_room(counted, slots) { Ok(()) } else { Err(denial) };
        self.ended(Step::Parallel).unwrap_or_else(has_room).map(|()| None)
    }

    fn charge(
        &self,
        place: &Place<'_>,
        operation: &Operation,
        limit: Limit,
    ) -> Result<Option<ShadowCharge>, Denial> {
        let quota = self.enforcer.quota(place, limit);
        let price = limit.cost.price(self.shadow.items);
        let denial = Denial::LimitExceeded { quota, entity: place.entity };
        let in_force = self.request.operation.limit;
        let in_force = in_force.map(|limit| (limit.cost, self.enforcer.quota(place, limit)));
        if in_force == Some((limit.cost, quota)) {
            let is_left = || if fits(price, self.left(place, quota)) { Ok(()) } else { Err(denial) };
            return self.ended(Step::Limit).unwrap_or_else(is_left).map(|()| None);
        }
        let trial = &self.shadow.shadow.trial;
        let counted = place.counted(operation);
        let is_comparable =
            |(cost, known): &(Cost, Quota)| *cost == limit.cost && known.period == quota.period;
        let comparable = in_force.filter(is_comparable);
        let used = || comparable.map_or(0, |(_, quota)| self.used_before(place, quota));
        let charged = trial.limiter.charge_from(counted, quota, price, self.now, used);
        let budget = charged.map_err(|_| denial)?;
        let charge = Charge { counted, points: price.points(), budget };
        let charged = Charged { trial: Arc::clone(trial), charge, counted: limit.cost.response_items() };
        Ok(Some(ShadowCharge(Arc::new(charged))))
    }

    /// What is left in force.
    fn left(&self, place: &Place<'_>, quota: Quota) -> Budget {
        self.enforcer.limiter.peek(place.counted(self.request.operation), quota, self.now)
    }

    /// What was used up in force before this call: a trial that begins in a window goes on from there.
    fn used_before(&self, place: &Place<'_>, quota: Quota) -> u32 {
        let (budget, own) = match self.decided {
            Ok(Granted { charge: Some(charge), .. }) => (charge.budget, charge.points),
            _ => (self.left(place, quota), 0),
        };
        (budget.limit - budget.remaining).saturating_sub(own)
    }
}

fn fits(price: Price, left: Budget) -> bool {
    match price {
        Price::Points(points) => points <= left.remaining,
        Price::KnownAfterwards => left.remaining > 0,
    }
}
