//! The check: may this key call this operation, from here, now (product.md §3.5).
//!
//! Owns the way from a presented header to a decision. In memory from end to end: one digest, one look-up, one counter;
//! no database, no await. Must never know how an answer is spelled.

use std::net::IpAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use mp_domain::decision::{Denial, KeyFacts, Refusal, authenticate, authorize};
use mp_domain::ids::ApiKeyId;
use mp_domain::key_token::TokenFormat;
use mp_domain::operation::Operation;
use mp_domain::secret::{Pepper, Peppers, SecretDigest};
use mp_domain::time::{Clock, Timestamp};
use mp_domain::window::Budget;
use tokio::sync::mpsc;

use crate::directory::{Directory, Found};
use crate::last_use::LastUse;
use crate::limiter::Limiter;

/// What a caller presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presented<'a> {
    /// No credential.
    Nothing,
    /// An `Authorization` header and no `Api-Key`.
    AuthorizationOnly,
    /// The value of the one `Api-Key` header.
    ApiKey(&'a [u8]),
    /// More than one `Api-Key` header.
    RepeatedApiKey,
}

/// A secret that was recognised by a retired pepper, and its digest under the current one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Repepper {
    pub(crate) key_id: ApiKeyId,
    pub(crate) old: SecretDigest,
    pub(crate) new: SecretDigest,
    pub(crate) pepper: u32,
}

/// The check and the memory it works on. Shared by every door.
pub struct Enforcer {
    pub(crate) directory: Arc<Directory>,
    pub(crate) limiter: Limiter,
    pub(crate) last_use: LastUse,
    pub(crate) peppers: Arc<ArcSwap<Peppers>>,
    pub(crate) repeppering: mpsc::Sender<Repepper>,
    pub(crate) format: TokenFormat,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Enforcer {
    /// Runs the checks for `operation` and charges one point for it. If nothing refuses the caller, `answer` is shown
    /// the key and what is left of the limit. A refusal costs nothing.
    pub fn enforce<T>(
        &self,
        presented: Presented<'_>,
        operation: &'static Operation,
        from: IpAddr,
        answer: impl FnOnce(&KeyFacts<'_>, Budget) -> T,
    ) -> Result<T, Refusal> {
        let token = token(presented)
            .and_then(|token| self.format.check(token).map_err(Denial::Malformed).map(|()| token));
        let token = token.map_err(without_budget)?;
        let now = self.clock.now();
        let peppers = self.peppers.load();
        let digest = peppers.current().digest(token);
        let mut answer = Some(answer);
        let mut decide = |key: Found<'_>| {
            let decided = self.decide(&key, operation, from, now);
            decided.map(|budget| answer.take().expect("a secret is found once")(&key.facts, budget))
        };
        if let Some(decided) = self.directory.with(digest, &mut decide) {
            return decided;
        }
        for retired in peppers.retired() {
            let old = retired.digest(token);
            let decided = self.directory.with(old, |key| {
                // A replaced secret keeps its digest: its time is short.
                if key.facts.retires_at.is_none() {
                    self.ask_to_repepper(&key, old, digest, peppers.current());
                }
                decide(key)
            });
            if let Some(decided) = decided {
                return decided;
            }
        }
        // The key may have moved to the current pepper between the two look-ups.
        if !peppers.retired().is_empty()
            && let Some(decided) = self.directory.with(digest, &mut decide)
        {
            return decided;
        }
        Err(without_budget(Denial::Unknown))
    }

    fn decide(
        &self,
        key: &Found<'_>,
        operation: &'static Operation,
        from: IpAddr,
        now: Timestamp,
    ) -> Result<Budget, Refusal> {
        let facts = &key.facts;
        authenticate(facts, from, now).map_err(without_budget)?;
        let business_id = facts.business_id;
        authorize(facts, self.directory.business(business_id), operation).map_err(|denial| {
            let budget = Some(self.limiter.peek(business_id, operation, now));
            Refusal { denial, budget }
        })?;
        let charged = self.limiter.charge(business_id, operation, 1, now).map_err(|budget| {
            let quota = self.limiter.quota(operation);
            Refusal { denial: Denial::LimitExceeded { quota, business_id, operation }, budget: Some(budget) }
        })?;
        self.last_use.note(key, now);
        Ok(charged)
    }

    /// Best effort: if the queue is full, the secret's next use asks again.
    fn ask_to_repepper(&self, key: &Found<'_>, old: SecretDigest, new: SecretDigest, current: &Pepper) {
        let request = Repepper { key_id: key.facts.key_id, old, new, pepper: current.number() };
        let _ = self.repeppering.try_send(request);
    }
}

fn token(presented: Presented<'_>) -> Result<&[u8], Denial> {
    match presented {
        Presented::Nothing => Err(Denial::CredentialsMissing),
        Presented::AuthorizationOnly | Presented::ApiKey(b"") => Err(Denial::ApiKeyMissing),
        Presented::RepeatedApiKey => Err(Denial::ApiKeyRepeated),
        Presented::ApiKey(token) => Ok(token),
    }
}

/// A caller who is not known has no business and so no budget.
fn without_budget(denial: Denial) -> Refusal {
    Refusal { denial, budget: None }
}
