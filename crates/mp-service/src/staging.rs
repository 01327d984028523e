//! Staging: refusals that come as if their time had come, for demonstrations and tests.
//!
//! Owns what is staged. Must never be in a server: only [`crate::Node::start_on_stage`] has a stage, and a node that was
//! merely started looks for nothing on it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use mp_domain::ids::BusinessId;
use mp_domain::judgement::Known;
use mp_domain::limit_entity::{Counted, LimitEntity};
use mp_domain::operation::Operation;
use mp_domain::window::Budget;
use mp_store::counter_journal::Counter;
use parking_lot::Mutex;

use crate::enforcer::{Enforcer, Whose};
use crate::feed::Feed;

/// What a node can be made to seem.
#[derive(Clone)]
pub struct Stage {
    pub(crate) enforcer: Arc<Enforcer>,
    pub(crate) staged: Arc<Staged>,
    pub(crate) feed: Feed,
}

/// Whose secret has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// An API key's.
    Key,
    /// An OAuth token.
    Token,
}

/// What the check finds staged.
#[derive(Default)]
pub(crate) struct Staged {
    /// How many more calls are refused, by the number of their operation.
    refusals: Mutex<HashMap<u16, u32>>,
    ended: Mutex<HashSet<Whose>>,
}

impl Staged {
    /// Whether a call is refused as if its limit were used up. Counts it.
    pub(crate) fn refuses(&self, operation: u16) -> bool {
        let mut refusals = self.refusals.lock();
        let Some(left) = refusals.get_mut(&operation) else { return false };
        *left -= 1;
        if *left == 0 {
            refusals.remove(&operation);
        }
        true
    }

    pub(crate) fn is_ended(&self, whose: Whose) -> bool {
        self.ended.lock().contains(&whose)
    }
}

impl Stage {
    /// Leaves so much of a limit in its present window, the whole limit at most. `None` where nothing is counted.
    #[must_use = "where nothing is counted, nothing was done"]
    pub fn leave(&self, operation: &Operation, entity: LimitEntity, remaining: u32) -> Option<Budget> {
        let Enforcer { directory, limiter, clock, .. } = &*self.enforcer;
        let business: Option<BusinessId> = match entity {
            LimitEntity::Business(id) => Some(id),
            LimitEntity::Campaign(id) => directory.stores.find(id).map(|facts| facts.business_id),
            LimitEntity::Account(_) => None,
        };
        let facts = business.map(|id| directory.business(id)).unwrap_or_default();
        let quota = limiter.scaled(operation.limit?.quota(facts.subscription));
        let (counted, now) = (Counted { entity, operation: operation.number }, clock.now());
        let used = quota.amount.saturating_sub(remaining);
        limiter.restore(Counter {
            entity,
            operation: operation.number,
            window: quota.period.window_end(now),
            used,
        });
        Some(limiter.peek(counted, quota, now))
    }

    /// Refuses the next calls of an operation as if its limit were used up, whoever makes them. None undoes it.
    pub fn refuse(&self, operation: &Operation, times: u32) {
        let mut refusals = self.staged.refusals.lock();
        if times == 0 {
            refusals.remove(&operation.number);
        } else {
            refusals.insert(operation.number, times);
        }
    }

    /// Ends a key or token, as its deletion or withdrawal would. `None` if it was never issued.
    #[must_use = "what was never issued has not ended"]
    pub fn end(&self, secret: &str) -> Option<Ended> {
        let directory = &self.enforcer.directory;
        let known = self.enforcer.recognise(secret.as_bytes(), |digest, _| {
            let key = || directory.with(digest, |key| Whose::Key(key.facts.key_id));
            let token = || directory.tokens.with(digest, |token| Whose::Grant(token.facts.grant_id));
            key().or_else(token)
        })?;
        self.staged.ended.lock().insert(known);
        Some(match known {
            Whose::Key(_) => Ended::Key,
            Whose::Grant(_) => Ended::Token,
        })
    }

    /// Reads changes up to this moment, which may have been moved: the node would think that it has missed some.
    pub async fn catch_up(&self) {
        self.feed.catch_up().await;
    }

    /// Takes everything staged back, and fills every limit.
    pub fn reset(&self) {
        self.staged.refusals.lock().clear();
        self.staged.ended.lock().clear();
        self.enforcer.limiter.forget_all();
    }
}
