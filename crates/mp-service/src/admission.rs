//! Around the check: what is brought to it, and what comes out of it.
//!
//! Owns the types. Must never decide anything: the enforcer does, by the rules of the domain.

use std::sync::Arc;

use mp_domain::credential::{FlawedAuthorization, OAuthCredential};
use mp_domain::decision::KeyFacts;
use mp_domain::limit_entity::LimitEntity;
use mp_domain::operation::Operation;
use mp_domain::reach::Named;
use mp_domain::window::Budget;

use crate::directory::Person;
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
pub struct Request {
    /// To do what.
    pub operation: &'static Operation,
    /// With what.
    pub named: Result<Named, UnreadableNames>,
}

/// A request names something that cannot be read. What it is, and how to say so, is the business of whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnreadableNames;

/// A caller who was let in.
pub struct Admitted<'a> {
    pub(crate) caller: Caller<'a>,
    pub(crate) charge: Charge,
}

/// Whose credential it is.
pub(crate) enum Caller<'a> {
    /// A cabinet's.
    Key(&'a KeyFacts<'a>),
    /// A person's.
    Person(Arc<Person>),
}

/// A point that was charged.
#[derive(Debug, Clone, Copy)]
pub struct Charge {
    /// For whom.
    pub(crate) entity: LimitEntity,
    /// What is left.
    pub(crate) budget: Budget,
}

impl Admitted<'_> {
    /// What the caller reaches, cabinet by cabinet. Nothing else may be told of.
    #[must_use]
    pub fn reaches(&self) -> Vec<OwnedReach> {
        match &self.caller {
            Caller::Key(key) => vec![key.reach().into()],
            Caller::Person(person) => person.reaches().map(OwnedReach::from).collect(),
        }
    }

    /// The charge that was made, for printing what is left and for giving it back.
    #[must_use]
    pub fn charge(&self) -> Charge {
        self.charge
    }
}

impl Charge {
    /// What is left.
    #[must_use]
    pub fn budget(&self) -> Budget {
        self.budget
    }
}
