//! Around the check: what is brought to it, and what comes out of it.
//!
//! Owns the types. Must never decide anything: the enforcer does, by the rules of the domain.

use std::sync::Arc;

use mp_domain::credential::{FlawedAuthorization, OAuthCredential};
use mp_domain::decision::{KeyFacts, TokenFacts};
use mp_domain::identity::{Identity, Scopes, Subject};
use mp_domain::ids::{BusinessId, CampaignId};
use mp_domain::limit_entity::LimitEntity;
use mp_domain::operation::Operation;
use mp_domain::reach::Named;
use mp_domain::scope::ScopeSet;
use mp_domain::window::Budget;

use crate::directory::Person;
use crate::limiter::Counted;
use crate::slots::Slot;
use crate::stores::OwnedReach;

/// What a caller presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presented<'a> {
    /// No credential.
    Nothing,
    /// The token of the one `Authorization` header, and no `Api-Key`.
    OAuth(OAuthCredential<'a>),
    /// `Authorization` headers that hold no token, and no `Api-Key`.
    FlawedAuthorization(FlawedAuthorization),
    /// The value of the one `Api-Key` header.
    ApiKey(&'a [u8]),
    /// More than one `Api-Key` header.
    RepeatedApiKey,
}

impl Presented<'_> {
    /// Whether it is about OAuth.
    #[must_use]
    pub fn is_oauth(&self) -> bool {
        matches!(self, Self::OAuth(_) | Self::FlawedAuthorization(_))
    }
}

/// What a caller wants.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// To do what.
    pub operation: &'static Operation,
    /// With what.
    pub named: Result<Named<'a>, UnreadableNames>,
    /// How many items of the collection that the operation counts stand in its body; `None` where nobody sees the body.
    pub items: Option<u32>,
    /// Whether it is one of those that may be under way at once.
    pub wants_slot: bool,
    /// How far it is judged.
    pub extent: Extent,
}

impl<'a> Request<'a> {
    /// A call that names this, has no body and takes no slot.
    #[must_use]
    pub const fn of(operation: &'static Operation, named: Named<'a>) -> Self {
        Self { operation, named: Ok(named), items: None, wants_slot: false, extent: Extent::Call }
    }
}

/// How far a request is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The credential alone.
    Credential,
    /// Credential and reach of what is known so far: whether it is worth reading its body. Charges nothing.
    Reach,
    /// All of it.
    Call,
}

/// A request names something that cannot be read. What it is, and how to say so, is the business of whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnreadableNames;

/// A caller who is known, as far as the checks that follow need to know.
pub(crate) struct Bearer<I> {
    /// What is in reach, cabinet by cabinet.
    pub(crate) reaches: I,
    /// For whom limits are counted where the path names nothing.
    pub(crate) counted_as: LimitEntity,
    /// Which cabinet is meant where the request names none.
    pub(crate) business: Option<BusinessId>,
    /// `None` where accesses do not matter: tokens of people have none.
    pub(crate) scopes: Option<ScopeSet>,
}

/// What the checks came to.
pub(crate) struct Granted {
    /// The cabinet addressed, else the one the credential belongs to.
    pub(crate) business: Option<BusinessId>,
    pub(crate) charge: Option<Charge>,
    pub(crate) slot: Option<Slot>,
}

/// A caller who was let in.
pub struct Admitted<'a> {
    pub(crate) caller: Caller<'a>,
    pub(crate) granted: Granted,
}

/// Whose credential it is.
pub(crate) enum Caller<'a> {
    /// A cabinet's.
    Key(&'a KeyFacts<'a>),
    /// A person's.
    Person(Arc<Person>, TokenFacts),
}

/// Points that were charged.
#[derive(Debug, Clone, Copy)]
pub struct Charge {
    pub(crate) counted: Counted,
    pub(crate) points: u32,
    /// What is left.
    pub(crate) budget: Budget,
}

impl Admitted<'_> {
    /// What the caller reaches, cabinet by cabinet. Nothing else may be told of.
    #[must_use]
    pub fn reaches(&self) -> Vec<OwnedReach> {
        match &self.caller {
            Caller::Key(key) => vec![key.reach().into()],
            Caller::Person(person, _) => person.reaches().map(OwnedReach::from).collect(),
        }
    }

    /// The charge that was made, for printing what is left and for giving it back; `None` where nothing is counted.
    #[must_use]
    pub fn charge(&self) -> Option<Charge> {
        self.granted.charge
    }

    /// The slot that was taken, if one was wanted.
    pub fn take_slot(&mut self) -> Option<Slot> {
        self.granted.slot.take()
    }

    /// Who the caller is, for whoever answers in marketpass's place.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let business = self.granted.business;
        match &self.caller {
            Caller::Key(key) => Identity {
                subject: Subject::Key(key.key_id),
                business,
                campaigns: key.campaigns.map(<[_]>::to_vec),
                scopes: Scopes::Accesses(key.scopes),
            },
            Caller::Person(person, token) => Identity {
                subject: Subject::Account(token.account_id),
                business,
                campaigns: stores(person, business),
                scopes: Scopes::OAuth(token.scopes),
            },
        }
    }
}

/// The stores that a person reaches in a cabinet, or in all of theirs; `None` for all there are.
fn stores(person: &Person, business: Option<BusinessId>) -> Option<Vec<CampaignId>> {
    let meant = person.reaches().filter(|reach| business.is_none_or(|id| id == reach.business_id));
    if meant.clone().all(|reach| reach.campaigns.is_none()) {
        return None;
    }
    Some(meant.flat_map(|reach| reach.campaigns.unwrap_or_default().iter().copied()).collect())
}

impl Charge {
    /// What is left.
    #[must_use]
    pub fn budget(&self) -> Budget {
        self.budget
    }
}
