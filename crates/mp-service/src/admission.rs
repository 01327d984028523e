//! Around the check: what is brought to it, and what comes out of it.
//!
//! Owns the types. Must never decide anything: the enforcer does, by the rules of the domain.

use std::sync::Arc;

use mp_domain::decision::{KeyFacts, TokenFacts};
use mp_domain::denial::{Denial, Holder, Refusal};
use mp_domain::identity::Identity;
use mp_domain::ids::BusinessId;
use mp_domain::limit_entity::Counted;
use mp_domain::operation::Operation;
use mp_domain::reach::Named;
use mp_domain::window::Budget;

use crate::directory::Person;
use crate::shadow::{ShadowCharge, ShadowRequest};
use crate::slots::Slot;
use crate::stores::OwnedReach;

/// What a caller wants.
#[derive(Clone, Copy)]
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
    /// How the rules on trial see it, where they differ for the operation.
    pub shadow: Option<&'a ShadowRequest<'a>>,
}

impl<'a> Request<'a> {
    /// A call that names this, has no body and takes no slot.
    #[must_use]
    pub const fn of(operation: &'static Operation, named: Named<'a>) -> Self {
        let (named, extent) = (Ok(named), Extent::Call);
        Self { operation, named, items: None, wants_slot: false, extent, shadow: None }
    }
}

/// How far a request is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The credential alone.
    Credential,
    /// Credential and reach of what is known so far: whether it is worth reading its body. Charges nothing.
    Reach,
    /// The same of a request of which no more can be read: says what is left.
    ReachAndLeft,
    /// All of it.
    Call,
    /// All of it, of a call that was refused and will not be made: whether it still is. Charges and notes nothing.
    Refusal,
}

/// A request names something that cannot be read. What it is, and how to say so, is the business of whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnreadableNames;

/// What the checks came to.
pub(crate) struct Granted {
    /// The cabinet addressed, else the one the credential belongs to.
    pub(crate) business: Option<BusinessId>,
    pub(crate) charge: Option<Charge>,
    /// What is left where nothing was charged yet.
    pub(crate) left: Option<Budget>,
    pub(crate) slot: Option<Slot>,
    /// The same by the rules on trial, if they let it in as well.
    pub(crate) shadow_charge: Option<ShadowCharge>,
    pub(crate) shadow_slot: Option<Slot>,
}

impl Granted {
    /// Addresses and holds nothing.
    pub(crate) const NOTHING: Self =
        Self { business: None, charge: None, left: None, slot: None, shadow_charge: None, shadow_slot: None };
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

/// What was charged for a call, to be taken back or added to when it is answered.
#[derive(Clone)]
pub struct Bill {
    /// By the rules in force; `None` where nothing is counted.
    pub in_force: Option<Charge>,
    /// By those on trial.
    pub on_trial: Option<ShadowCharge>,
}

impl Bill {
    /// What is left, as callers are told.
    #[must_use]
    pub fn budget(&self) -> Option<Budget> {
        self.in_force.as_ref().map(Charge::budget)
    }
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

    /// Everything that was charged.
    #[must_use]
    pub fn bill(&self) -> Bill {
        Bill { in_force: self.granted.charge, on_trial: self.granted.shadow_charge.clone() }
    }

    /// The slots that were taken if one was wanted: one in force, and one on trial.
    pub fn take_slots(&mut self) -> [Option<Slot>; 2] {
        [self.granted.slot.take(), self.granted.shadow_slot.take()]
    }

    /// The refusal that it becomes if the rest of the request turns out to be unreadable.
    #[must_use]
    pub fn unreadable(&self) -> Refusal {
        let holder = match &self.caller {
            Caller::Key(key) => Holder::Key(key.key_id),
            Caller::Person(_, TokenFacts { grant_id, account_id, .. }) => {
                Holder::Token { grant_id: *grant_id, account_id: *account_id }
            }
        };
        let Granted { charge, left, business, .. } = &self.granted;
        let budget = charge.map(|charge| charge.budget).or(*left);
        Refusal { denial: Denial::Unreadable, budget, business: *business, holder: Some(holder) }
    }

    /// Who the caller is, for whoever answers in marketpass's place.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let business = self.granted.business;
        match &self.caller {
            Caller::Key(key) => Identity::of_key(key, business),
            Caller::Person(person, token) => Identity::of_person(token, person.reaches(), business),
        }
    }
}

impl Charge {
    /// How many there were; of what is known afterwards, none.
    #[must_use]
    pub fn points(&self) -> u32 {
        self.points
    }

    /// What is left.
    #[must_use]
    pub fn budget(&self) -> Budget {
        self.budget
    }
}
