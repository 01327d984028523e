//! The check: may this credential call this operation, from here, now (product.md §3.5).
//!
//! Owns the way from a presented header to a decision. In memory from end to end: one digest, a few look-ups, one
//! counter; no database, no await. Must never know how an answer is spelled.

use std::net::IpAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use mp_domain::api_key::StoredSecret;
use mp_domain::catalog::Catalog;
use mp_domain::credential::{OAuthCredential, Presented};
use mp_domain::decision::{KeyFacts, TokenFacts, authenticate, authenticate_token};
use mp_domain::denial::{DeadToken, Denial, Holder, Refusal};
use mp_domain::ids::{ApiKeyId, GrantId};
use mp_domain::judgement::Bearer;
use mp_domain::key_token::TokenFormat;
use mp_domain::operation::Operation;
use mp_domain::reach::Named;
use mp_domain::secret::{Peppers, SecretDigest};
use mp_domain::time::{Clock, Timestamp};
use mp_domain::window::Budget;
use mp_store::{Store, StoreError};
use tokio::sync::mpsc;

use crate::admission::{Admitted, Bill, Caller, Charge, Extent, Granted, Request};
use crate::directory::{Directory, Found, FoundToken, Person};
use crate::last_use::LastUse;
use crate::limiter::Limiter;
use crate::refusals::Refusals;
use crate::service::Service;
use crate::shadow::ShadowRequest;
use crate::slots::Slots;
use crate::staging::Staged;
use crate::usage::Usage;

/// A secret that was recognised by a retired pepper: its old digest, and what is to be stored in its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Repepper {
    pub(crate) whose: Whose,
    pub(crate) old: SecretDigest,
    pub(crate) new: StoredSecret,
}

/// Whose secret it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Whose {
    Key(ApiKeyId),
    Grant(GrantId),
}

/// The check and the memory it works on. Shared by every door.
pub struct Enforcer {
    pub(crate) directory: Arc<Directory>,
    pub(crate) limiter: Limiter,
    pub(crate) slots: Arc<Slots>,
    pub(crate) key_use: LastUse<ApiKeyId>,
    pub(crate) token_use: LastUse<GrantId>,
    pub(crate) usage: Usage,
    pub(crate) refusals: Refusals,
    pub(crate) peppers: Arc<ArcSwap<Peppers>>,
    pub(crate) repeppering: mpsc::Sender<Repepper>,
    pub(crate) format: TokenFormat,
    pub(crate) clock: Arc<dyn Clock>,
    /// What is staged; nothing ever is in a server.
    pub(crate) staged: Option<Arc<Staged>>,
}

impl Enforcer {
    /// A check that knows what is in `directory`, and the limits that `limiter` counts.
    pub(crate) fn new(
        service: &Service,
        directory: Arc<Directory>,
        limiter: Limiter,
        repeppering: mpsc::Sender<Repepper>,
    ) -> Self {
        Self {
            directory,
            limiter,
            slots: Slots::new(),
            key_use: LastUse::default(),
            token_use: LastUse::default(),
            usage: Usage::default(),
            refusals: Refusals::default(),
            peppers: Arc::clone(&service.peppers),
            repeppering,
            format: service.format.clone(),
            clock: Arc::clone(&service.clock),
            staged: None,
        }
    }

    /// The catalogue in force.
    #[must_use]
    pub fn catalog(&self) -> &'static Catalog {
        self.directory.catalog.current()
    }

    /// Runs the checks for an operation that only API keys open and whose path names nothing, and charges one point for
    /// it. If nothing refuses the caller, `answer` is shown the key and what is left of the limit. A refusal costs
    /// nothing.
    pub fn enforce<T>(
        &self,
        presented: Presented<'_>,
        operation: &'static Operation,
        from: IpAddr,
        answer: impl FnOnce(&KeyFacts<'_>, Option<Budget>) -> T,
    ) -> Result<T, Refusal> {
        let shadow = self.on_trial(operation);
        let shadow = shadow.as_deref().map(|shadow| ShadowRequest::of(shadow, operation));
        let request = Request { shadow: shadow.as_ref(), ..Request::of(operation, Named::NOTHING) };
        self.enforce_key(presented, &request, from, |key, granted| {
            answer(key, granted.charge.as_ref().map(Charge::budget))
        })
    }

    /// Runs the checks for any operation as far as the request says, and charges for it. If nothing refuses the caller,
    /// `answer` is given who it is and what was charged. A refusal costs nothing.
    pub fn admit<T>(
        &self,
        presented: Presented<'_>,
        request: &Request<'_>,
        from: IpAddr,
        answer: impl FnOnce(Admitted<'_>) -> T,
    ) -> Result<T, Refusal> {
        let takes_oauth = request.operation.takes_oauth || request.extent == Extent::Credential;
        match presented {
            Presented::OAuth(credential) if takes_oauth => self.enforce_token(credential, request, answer),
            Presented::FlawedAuthorization(flaw) if takes_oauth => {
                Err(without_budget(Denial::Authorization(flaw)))
            }
            _ => self.enforce_key(presented, request, from, |key, granted| {
                answer(Admitted { caller: Caller::Key(key), granted })
            }),
        }
    }

    /// Takes a charge back: what came of it is our own fault or that of the upstream (product.md §3.7).
    pub fn give_back(&self, charge: Charge) {
        self.limiter.give_back(charge.counted, charge.points, charge.budget.until);
    }

    /// Takes back what a call was charged by any rules.
    pub fn give_all_back(&self, bill: Bill) {
        if let Some(charge) = bill.in_force {
            self.give_back(charge);
        }
        if let Some(charge) = bill.on_trial {
            charge.give_back();
        }
    }

    /// Charges what has become known with the answer.
    pub fn charge_afterwards(&self, charge: Charge, points: u32) {
        self.limiter.charge_afterwards(charge.counted, points, charge.budget.until);
    }

    /// Writes down when what was used, how much applications were, what was refused to whom, and what
    /// the rules on trial judge otherwise.
    pub(crate) async fn write_notes(&self, store: &Store) -> Result<(), StoreError> {
        self.key_use.write(store).await?;
        self.token_use.write(store).await?;
        self.usage.write(store).await?;
        self.refusals.write(store).await?;
        self.directory.shadows.write(store).await
    }

    fn enforce_key<T>(
        &self,
        presented: Presented<'_>,
        request: &Request<'_>,
        from: IpAddr,
        answer: impl FnOnce(&KeyFacts<'_>, Granted) -> T,
    ) -> Result<T, Refusal> {
        let token = presented
            .api_key()
            .and_then(|token| self.format.check(token).map_err(Denial::Malformed).map(|()| token));
        let token = token.map_err(without_budget)?;
        let now = self.clock.now();
        let mut answer = Some(answer);
        let decided = self.recognise(token, |digest, old| {
            self.directory.with(digest, |key| {
                // A replaced secret keeps its digest: its time is short.
                if let Some(new) = old.filter(|_| key.facts.retires_at.is_none()) {
                    self.ask_to_repepper(Whose::Key(key.facts.key_id), digest, new);
                }
                let granted = self.decide_key(&key, request, from, now).map_err(|refusal| Refusal {
                    business: Some(key.facts.business_id),
                    holder: Some(Holder::Key(key.facts.key_id)),
                    ..refusal
                })?;
                Ok(answer.take().expect("a secret is found once")(&key.facts, granted))
            })
        });
        decided.unwrap_or(Err(without_budget(Denial::Unknown)))
    }

    fn enforce_token<T>(
        &self,
        credential: OAuthCredential<'_>,
        request: &Request<'_>,
        answer: impl FnOnce(Admitted<'_>) -> T,
    ) -> Result<T, Refusal> {
        let now = self.clock.now();
        let mut answer = Some(answer);
        let decided = self.recognise(credential.token, |digest, old| {
            self.directory.tokens.with(digest, |token| {
                if let Some(new) = old {
                    self.ask_to_repepper(Whose::Grant(token.facts.grant_id), digest, new);
                }
                let TokenFacts { grant_id, account_id, .. } = token.facts;
                let holder = Some(Holder::Token { grant_id, account_id });
                let (person, granted) = self
                    .decide_token(&token, credential, request, now)
                    .map_err(|refusal| Refusal { holder, ..refusal })?;
                let caller = Caller::Person(person, token.facts);
                Ok(answer.take().expect("a token is found once")(Admitted { caller, granted }))
            })
        });
        decided.unwrap_or(Err(without_budget(Denial::TokenDead(DeadToken::Unknown))))
    }

    /// Looks a secret up under every pepper, until `look_up` finds it. For a retired pepper `look_up` is also told what
    /// is to be stored from now on.
    pub(crate) fn recognise<T>(
        &self,
        secret: &[u8],
        mut look_up: impl FnMut(SecretDigest, Option<StoredSecret>) -> Option<T>,
    ) -> Option<T> {
        let peppers = self.peppers.load();
        let digest = peppers.current().digest(secret);
        if let Some(found) = look_up(digest, None) {
            return Some(found);
        }
        let new = StoredSecret { digest, pepper: peppers.current().number() };
        let retired = peppers.retired();
        if let Some(found) = retired.iter().find_map(|pepper| look_up(pepper.digest(secret), Some(new))) {
            return Some(found);
        }
        // It may have moved to the current pepper between the two look-ups.
        if retired.is_empty() { None } else { look_up(digest, None) }
    }

    fn decide_key(
        &self,
        key: &Found<'_>,
        request: &Request<'_>,
        from: IpAddr,
        now: Timestamp,
    ) -> Result<Granted, Refusal> {
        let facts = &key.facts;
        if self.is_ended(Whose::Key(facts.key_id)) {
            return Err(without_budget(Denial::Revoked));
        }
        authenticate(facts, from, now).map_err(without_budget)?;
        let granted = self.decide(&Bearer::of_key(facts), request, now)?;
        if request.extent == Extent::Call {
            self.key_use.note(facts.key_id, key.last_used, now);
        }
        Ok(granted)
    }

    fn decide_token(
        &self,
        token: &FoundToken<'_>,
        credential: OAuthCredential<'_>,
        request: &Request<'_>,
        now: Timestamp,
    ) -> Result<(Arc<Person>, Granted), Refusal> {
        let TokenFacts { account_id, client_id, grant_id, .. } = token.facts;
        if self.is_ended(Whose::Grant(grant_id)) {
            return Err(without_budget(Denial::TokenDead(DeadToken::Withdrawn)));
        }
        let person = self.directory.people.find(account_id);
        let (client, facts) =
            (self.directory.tokens.client(client_id), person.as_ref().map(|person| person.facts));
        authenticate_token(&token.facts, facts, client, credential.client_id, now).map_err(without_budget)?;
        let person = person.expect("nobody unknown is authenticated");
        let granted = self.decide(&Bearer::of_person(account_id, person.reaches()), request, now)?;
        if request.extent == Extent::Call {
            self.token_use.note(grant_id, token.last_used, now);
            self.usage.count(client_id, granted.business, now);
        }
        Ok((person, granted))
    }

    fn is_ended(&self, whose: Whose) -> bool {
        self.staged.as_ref().is_some_and(|staged| staged.is_ended(whose))
    }

    /// Best effort: if the queue is full, the secret's next use asks again.
    pub(crate) fn ask_to_repepper(&self, whose: Whose, old: SecretDigest, new: StoredSecret) {
        let _ = self.repeppering.try_send(Repepper { whose, old, new });
    }
}

/// A caller who is not known, or asks for what is none of theirs, is told of no budget.
pub(crate) fn without_budget(denial: Denial) -> Refusal {
    Refusal { denial, budget: None, business: None, holder: None }
}
