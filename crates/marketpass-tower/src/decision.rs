//! The decision, by what is remembered: the same rules in the same order as at the server (product.md §3.5).
//!
//! Owns noticing what is not known yet. Must never ask for it, nor decide without it: whoever asks does, and comes again.

use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use mp_domain::credential::{OAuthCredential, Presented};
use mp_domain::decision::{BusinessFacts, authenticate, authenticate_token};
use mp_domain::denial::{DeadToken, Denial};
use mp_domain::identity::Identity;
use mp_domain::ids::{BusinessId, CampaignId};
use mp_domain::judgement::{Bearer, Known, Place};
use mp_domain::operation::Operation;
use mp_domain::reach::{CampaignFacts, Named, Reach};
use mp_domain::time::Timestamp;
use mp_stream::MOST_STORES;

use crate::memory::{Credential, Mark, Memory, Unknown};
use crate::shared::{Rules, Shared};

/// What has to be asked before a decision can be made.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    Credential(Mark),
    Stores(Vec<CampaignId>),
    Business(BusinessId),
}

/// A refusal, and where in reach it was made, if the caller got that far: there, they are told what is left.
#[derive(Debug)]
pub(crate) struct Refused<'n> {
    pub(crate) denial: Denial,
    pub(crate) place: Option<Place<'n>>,
}

impl From<Denial> for Refused<'_> {
    fn from(denial: Denial) -> Self {
        Self { denial, place: None }
    }
}

/// A question to the memory.
pub(crate) struct Question<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) rules: &'a Rules,
    pub(crate) presented: Presented<'a>,
    pub(crate) operation: &'static Operation,
    pub(crate) from: IpAddr,
    pub(crate) now: Timestamp,
}

/// The memory, and what was sought in it in vain.
struct Looking<'a> {
    memory: &'a Memory,
    stores: RefCell<Vec<CampaignId>>,
    business: RefCell<Option<BusinessId>>,
}

impl Known for Looking<'_> {
    fn store(&self, id: CampaignId) -> Option<CampaignFacts> {
        self.memory.store(id).unwrap_or_else(|Unknown| {
            self.stores.borrow_mut().push(id);
            None
        })
    }

    fn business(&self, id: BusinessId) -> BusinessFacts {
        self.memory.business(id).unwrap_or_else(|| {
            *self.business.borrow_mut() = Some(id);
            BusinessFacts::default()
        })
    }
}

impl Looking<'_> {
    fn missing(self) -> Option<Missing> {
        let stores = self.stores.into_inner();
        if stores.is_empty() {
            self.business.into_inner().map(Missing::Business)
        } else {
            Some(Missing::Stores(stores))
        }
    }
}

impl Question<'_> {
    /// Who presents what, as far as nothing has to be asked.
    pub(crate) fn recognise(&self) -> Result<Result<Arc<Credential>, Denial>, Missing> {
        let mark = match (self.presented, self.operation.takes_oauth) {
            (Presented::OAuth(credential), true) => self.shared.mark(true, credential.token),
            (Presented::FlawedAuthorization(flaw), true) => return Ok(Err(Denial::Authorization(flaw))),
            (presented, _) => match presented.api_key() {
                Err(denial) => return Ok(Err(denial)),
                Ok(token) => match self.rules.format.check(token) {
                    Err(flaw) => return Ok(Err(Denial::Malformed(flaw))),
                    Ok(()) => self.shared.mark(false, token),
                },
            },
        };
        match self.shared.memory.credential(mark) {
            Some(credential) => Ok(Ok(credential)),
            None => Err(Missing::Credential(mark)),
        }
    }

    /// Whether the request may pass, but for what is counted. `named` is what it names; without `is_whole` nothing is judged
    /// beyond reach.
    pub(crate) fn judge<'n>(
        &self,
        credential: &Credential,
        named: Result<Named<'n>, ()>,
        is_whole: bool,
    ) -> Result<Result<Place<'n>, Refused<'n>>, Missing> {
        match credential {
            Credential::Key { answer, networks, noted } => {
                let facts = answer.facts(networks.as_ref());
                if let Err(denial) = authenticate(&facts, self.from, self.now) {
                    return Ok(Err(denial.into()));
                }
                let judged = self.judge_bearer(&Bearer::of_key(&facts), named, is_whole)?;
                if judged.is_ok() && is_whole && is_new_minute(noted, self.now) {
                    self.shared.note_key(facts.key_id);
                }
                Ok(judged)
            }
            Credential::Token { answer, noted } => {
                let facts = answer.facts();
                let person = answer.person.as_ref();
                let client = answer.application.map(mp_stream::ClientAnswer::facts);
                let named_client = match self.presented {
                    Presented::OAuth(OAuthCredential { client_id, .. }) => client_id,
                    _ => None,
                };
                let person_facts = person.map(mp_stream::PersonAnswer::facts);
                if let Err(denial) = authenticate_token(&facts, person_facts, client, named_client, self.now)
                {
                    return Ok(Err(denial.into()));
                }
                let person = person.expect("nobody unknown is authenticated");
                let bearer = Bearer::of_person(facts.account_id, person.reaches());
                let judged = self.judge_bearer(&bearer, named, is_whole)?;
                if judged.is_ok() && is_whole && is_new_minute(noted, self.now) {
                    self.shared.note_grant(facts.grant_id);
                }
                Ok(judged)
            }
            Credential::Stranger => {
                let is_token = matches!(self.presented, Presented::OAuth(_)) && self.operation.takes_oauth;
                let denial = if is_token { Denial::TokenDead(DeadToken::Unknown) } else { Denial::Unknown };
                Ok(Err(denial.into()))
            }
        }
    }

    fn judge_bearer<'a, 'n>(
        &self,
        bearer: &Bearer<impl Iterator<Item = Reach<'a>> + Clone>,
        named: Result<Named<'n>, ()>,
        is_whole: bool,
    ) -> Result<Result<Place<'n>, Refused<'n>>, Missing> {
        let Ok(named) = named else { return Ok(Err(Denial::Unreadable.into())) };
        let memory = &self.shared.memory;
        // A body may name thousands: they are not asked about one by one.
        let unknown = named.campaigns.iter().copied().filter(|id| memory.store(*id).is_err());
        if named.campaigns.len() > 1 {
            let unknown: Vec<_> = unknown.take(MOST_STORES).collect();
            if !unknown.is_empty() {
                return Err(Missing::Stores(unknown));
            }
        }
        let looking = Looking { memory, stores: RefCell::default(), business: RefCell::default() };
        let judged = match bearer.locate(self.operation, named, &looking) {
            Err(denial) => Err(denial.into()),
            Ok(place) if !is_whole => Ok(place),
            Ok(place) => bearer
                .judge(self.operation, &place, &looking)
                .map(|()| place)
                .map_err(|denial| Refused { denial, place: Some(place) }),
        };
        match looking.missing() {
            Some(missing) => Err(missing),
            None => Ok(judged),
        }
    }
}

/// Who a caller is who may pass.
pub(crate) fn identity(credential: &Credential, business: Option<BusinessId>) -> Identity {
    match credential {
        Credential::Key { answer, .. } => Identity::of_key(&answer.facts(None), business),
        Credential::Token { answer, .. } => {
            let person = answer.person.as_ref().expect("nobody unknown is let in");
            Identity::of_person(&answer.facts(), person.reaches(), business)
        }
        Credential::Stranger => unreachable!("no stranger is let in"),
    }
}

/// Whether this is the first use in its minute.
fn is_new_minute(noted: &AtomicU32, now: Timestamp) -> bool {
    let minute = u32::try_from(now.seconds() / 60).unwrap_or(0);
    noted.load(Ordering::Relaxed) < minute && noted.swap(minute, Ordering::Relaxed) < minute
}
