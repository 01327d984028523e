//! Outposts: services that decide for themselves, with what they are told and lent.
//!
//! Owns what is told of a credential, a cabinet and a store, and what each outpost holds: nobody can bring back more than
//! was lent. What a lost one held stays spent, because nobody knows what it let in. Must never know how any of it is sent.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use mp_domain::catalog::Catalog;
use mp_domain::decision::{BusinessFacts, ClientFacts, KeyFacts, PersonFacts, TokenFacts};
use mp_domain::ids::{ApiKeyId, BusinessId, CampaignId, GrantId};
use mp_domain::judgement::Known;
use mp_domain::limit_entity::Counted;
use mp_domain::operation::{Operation, Parallel, SHARED_SLOTS};
use mp_domain::reach::{CampaignFacts, Reach};
use mp_domain::window::{Budget, WindowEnd};
use parking_lot::Mutex;

use crate::directory::Person;
use crate::enforcer::{Enforcer, Whose};
use crate::slots::Slot;

/// What is known of an OAuth token.
pub struct KnownToken {
    /// Of the token itself.
    pub facts: TokenFacts,
    /// Of the application it was issued to; `None` if nobody knows it.
    pub client: Option<ClientFacts>,
    person: Option<Arc<Person>>,
}

impl KnownToken {
    /// Of the person it belongs to; `None` if nobody knows them any more.
    #[must_use]
    pub fn person(&self) -> Option<PersonFacts> {
        self.person.as_ref().map(|person| person.facts)
    }

    /// What that person reaches.
    pub fn reaches(&self) -> impl Iterator<Item = Reach<'_>> {
        self.person.iter().flat_map(|person| person.reaches())
    }
}

impl Enforcer {
    /// Shows what is known of a key by its token.
    pub fn look_at_key<T>(&self, token: &[u8], look: impl FnOnce(&KeyFacts<'_>) -> T) -> Option<T> {
        let mut look = Some(look);
        self.recognise(token, |digest, old| {
            self.directory.with(digest, |key| {
                if let Some(new) = old.filter(|_| key.facts.retires_at.is_none()) {
                    self.ask_to_repepper(Whose::Key(key.facts.key_id), digest, new);
                }
                look.take().expect("a secret is found once")(&key.facts)
            })
        })
    }

    /// What is known of an OAuth token.
    #[must_use]
    pub fn look_at_token(&self, token: &[u8]) -> Option<KnownToken> {
        let facts = self.recognise(token, |digest, old| {
            let facts = self.directory.tokens.with(digest, |found| found.facts)?;
            if let Some(new) = old {
                self.ask_to_repepper(Whose::Grant(facts.grant_id), digest, new);
            }
            Some(facts)
        })?;
        Some(KnownToken {
            facts,
            client: self.directory.tokens.client(facts.client_id),
            person: self.directory.people.find(facts.account_id),
        })
    }

    /// What is known of a store.
    #[must_use]
    pub fn known_store(&self, id: CampaignId) -> Option<CampaignFacts> {
        self.directory.store(id)
    }

    /// What is known of a cabinet.
    #[must_use]
    pub fn known_business(&self, id: BusinessId) -> BusinessFacts {
        self.directory.business(id)
    }

    /// How API keys look: what they begin with, without the colon.
    #[must_use]
    pub fn key_prefix(&self) -> &str {
        self.format.prefix()
    }

    /// What every limit is multiplied with, and whether it is told in seconds, too.
    #[must_use]
    pub fn limits_told(&self) -> (f64, bool) {
        self.limiter.told()
    }

    /// Notes that these were used, by callers of an outpost.
    pub fn note_used(&self, keys: &[ApiKeyId], grants: &[GrantId]) {
        let (now, never) = (self.clock.now(), || AtomicU32::new(0));
        for id in keys {
            self.key_use.note(*id, &never(), now);
        }
        for id in grants {
            self.token_use.note(*id, &never(), now);
        }
    }

    /// Begins to lend to an outpost.
    #[must_use]
    pub fn open_account(self: &Arc<Self>) -> LoanAccount {
        LoanAccount { enforcer: Arc::clone(self), held: Mutex::default() }
    }
}

/// What one outpost holds. Dropping it frees its slots.
pub struct LoanAccount {
    enforcer: Arc<Enforcer>,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    points: HashMap<Counted, Points>,
    slots: HashMap<Counted, Vec<Slot>>,
}

/// Points of one window.
struct Points {
    until: WindowEnd,
    lent: u32,
    /// Whether the outpost may have some that it has not spent.
    are_open: bool,
}

impl LoanAccount {
    /// Lends points, `needed` of them or none, by the tier of a cabinet. Says how many, and what is left; `None` where
    /// nothing is counted.
    pub fn lend(
        &self,
        counted: Counted,
        business: Option<BusinessId>,
        amounts: (u32, u32),
    ) -> Option<(u32, Budget)> {
        let enforcer = &self.enforcer;
        let limit = numbered(enforcer.catalog(), counted.operation)?.limit?;
        let facts = business.map(|id| enforcer.known_business(id)).unwrap_or_default();
        let (quota, now) = (enforcer.quota_with(limit, facts.subscription), enforcer.clock.now());
        let mut held = self.held.lock();
        let (lent, budget) = enforcer.limiter.lend(counted, quota, amounts, now);
        if lent > 0 {
            let points =
                held.points.entry(counted).or_insert(Points { until: budget.until, lent: 0, are_open: true });
            if points.until != budget.until {
                (points.until, points.lent) = (budget.until, 0);
            }
            points.lent = points.lent.saturating_add(lent);
            points.are_open = true;
        }
        // What is over is never asked for again.
        if held.points.len().is_power_of_two() {
            held.points.retain(|_, points| !points.until.is_over(now));
        }
        Some((lent, budget))
    }

    /// Takes points back that were not spent, no more than were lent.
    pub fn take_back(&self, counted: Counted, until: WindowEnd, points: u32) {
        let mut held = self.held.lock();
        let Some(known) = held.points.get_mut(&counted).filter(|known| known.until == until) else { return };
        let points = points.min(known.lent);
        known.lent -= points;
        if known.lent == 0 {
            held.points.remove(&counted);
        }
        self.enforcer.limiter.give_back(counted, points, until);
    }

    /// Charges what became known afterwards.
    pub fn charge_afterwards(&self, counted: Counted, until: WindowEnd, points: u32) {
        self.enforcer.limiter.charge_afterwards(counted, points, until);
    }

    /// Takes a slot. `of` is how many there are where the operation has its own.
    pub fn take_slot(&self, counted: Counted, of: u16) -> bool {
        let most = match numbered(self.enforcer.catalog(), counted.operation).map(|known| known.parallel) {
            Some(Parallel::Own(most)) => most.min(of),
            Some(Parallel::Shared) | None => SHARED_SLOTS,
        };
        let Some(slot) = self.enforcer.slots.take(counted, most) else { return false };
        self.held.lock().slots.entry(counted).or_default().push(slot);
        true
    }

    /// Takes slots back, no more than were taken.
    pub fn return_slots(&self, counted: Counted, slots: u16) {
        let mut held = self.held.lock();
        let Some(taken) = held.slots.get_mut(&counted) else { return };
        taken.truncate(taken.len().saturating_sub(slots.into()));
        if taken.is_empty() {
            held.slots.remove(&counted);
        }
    }

    /// Whether it may have points or slots of this to spare.
    pub fn may_spare(&self, counted: Counted) -> bool {
        let held = self.held.lock();
        held.slots.contains_key(&counted) || held.points.get(&counted).is_some_and(|points| points.are_open)
    }

    /// It has said that it has none.
    pub fn has_none_to_spare(&self, counted: Counted) {
        if let Some(points) = self.held.lock().points.get_mut(&counted) {
            points.are_open = false;
        }
    }

    /// Whether it holds a slot.
    #[must_use]
    pub fn holds_slots(&self) -> bool {
        !self.held.lock().slots.is_empty()
    }
}

fn numbered(catalog: &'static Catalog, number: u16) -> Option<&'static Operation> {
    catalog.operations().iter().find(|operation| operation.number == number)
}
