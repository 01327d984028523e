//! Rules on trial beside those in force: where the two differ, and what a difference is called.
//!
//! Owns which operations have to be judged by both. Must never judge: the same checks do, once by each.

use std::collections::{HashMap, HashSet};

use crate::ids::BusinessId;
use crate::operation::{Operation, Parallel};
use crate::spelling::spelled_enum;

spelled_enum!(
    /// What would become of a call by the rules on trial, other than by those in force.
    #[derive(PartialOrd, Ord)]
    Verdict, UnknownVerdict, "verdict", {
        /// It is let in and would be refused.
        WouldRefuse = "would_refuse",
        /// It is refused and would be let in.
        WouldAllow = "would_allow",
    }
);

/// Why a call would be refused that means no operation by the rules on trial; else the name of a [`Denial`].
///
/// [`Denial`]: crate::denial::Denial
pub const NO_SUCH_OPERATION: &str = "no_such_operation";

/// The cabinet that a call is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cabinet {
    /// None is addressed.
    None,
    /// This one.
    One(BusinessId),
    /// One of those that are too many to be told apart.
    Others,
}

impl From<Option<BusinessId>> for Cabinet {
    fn from(business: Option<BusinessId>) -> Self {
        business.map_or(Self::None, Self::One)
    }
}

/// The operations in force that the rules on trial may judge otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differing {
    numbers: HashSet<u16>,
    /// Whether other operations than in force share their slots.
    are_others_sharing: bool,
}

impl Differing {
    /// Where the rules `on_trial` differ from those `in_force`. An operation is the same if it is called the same way;
    /// what it is called for counters, by name and by its end decides nothing.
    #[must_use]
    pub fn between(in_force: &[Operation], on_trial: &[Operation]) -> Self {
        let on_trial: HashMap<_, _> =
            on_trial.iter().map(|operation| (place(operation), operation)).collect();
        let pairs = || in_force.iter().map(|operation| (operation, on_trial.get(&place(operation)).copied()));
        let moves = |(one, other): (&Operation, Option<&Operation>)| {
            other.is_some_and(|other| shares_slots(one) != shares_slots(other))
        };
        let are_others_sharing = pairs().any(moves);
        let differs = |(one, other): &(&Operation, Option<&Operation>)| {
            other.is_none_or(|other| {
                !are_ruled_alike(one, other) || (are_others_sharing && shares_slots(other))
            })
        };
        let numbers = pairs().filter(differs).map(|(operation, _)| operation.number).collect();
        Self { numbers, are_others_sharing }
    }

    /// Whether calls of an operation in force have to be judged by both.
    #[must_use]
    pub fn contain(&self, in_force: &Operation) -> bool {
        self.numbers.contains(&in_force.number)
    }

    /// Whether its requests under way are counted otherwise on trial.
    #[must_use]
    pub fn count_slots_apart(&self, in_force: &Operation, on_trial: &Operation) -> bool {
        in_force.parallel != on_trial.parallel || (self.are_others_sharing && shares_slots(on_trial))
    }
}

fn place(operation: &Operation) -> (&'static str, &'static str) {
    (operation.verb.as_str(), operation.template)
}

fn shares_slots(operation: &Operation) -> bool {
    operation.parallel == Parallel::Shared
}

fn are_ruled_alike(one: &Operation, other: &Operation) -> bool {
    let Operation { number, id, deprecation, .. } = *one;
    Operation { number, id, deprecation, ..*other } == *one
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{GET_BUSINESS_SETTINGS, GET_CAMPAIGN, GET_CAMPAIGNS, Limit};
    use crate::scope::{AccessScope, ScopeSet};
    use crate::window::Period;

    const IN_FORCE: [Operation; 3] = [GET_CAMPAIGNS, GET_CAMPAIGN, GET_BUSINESS_SETTINGS];

    fn differing(on_trial: &[Operation]) -> Vec<&'static str> {
        let differing = Differing::between(&IN_FORCE, on_trial);
        IN_FORCE
            .iter()
            .filter(|operation| differing.contain(operation))
            .map(|operation| operation.id)
            .collect()
    }

    #[test]
    fn what_is_ruled_alike_is_not_judged_twice_whatever_it_is_called() {
        let renamed = Operation { number: 9, id: "stores", ..GET_CAMPAIGNS };
        assert_eq!(differing(&[renamed, GET_CAMPAIGN, GET_BUSINESS_SETTINGS]), [""; 0]);
    }

    #[test]
    fn other_rules_and_operations_that_are_gone_are_judged_twice() {
        let tighter = Operation { limit: Some(Limit::requests(1, Period::HOUR)), ..GET_CAMPAIGNS };
        let any_of: ScopeSet = [AccessScope::Pricing].into_iter().collect();
        let closed = Operation { any_of, ..GET_CAMPAIGN };
        assert_eq!(differing(&[tighter, GET_CAMPAIGN, GET_BUSINESS_SETTINGS]), ["getCampaigns"]);
        assert_eq!(differing(&[GET_CAMPAIGNS, closed]), ["getCampaign", "getBusinessSettings"]);
    }

    #[test]
    fn whoever_shares_slots_with_others_than_before_is_judged_twice() {
        let alone = Operation { parallel: Parallel::Own(6), ..GET_CAMPAIGNS };
        let on_trial = [alone, GET_CAMPAIGN, GET_BUSINESS_SETTINGS];
        assert_eq!(differing(&on_trial), ["getCampaigns", "getCampaign", "getBusinessSettings"]);
        let differing = Differing::between(&IN_FORCE, &on_trial);
        assert!(differing.count_slots_apart(&GET_CAMPAIGN, &GET_CAMPAIGN));
        let closed = Operation { any_of: ScopeSet::default(), ..GET_CAMPAIGN };
        let differing = Differing::between(&IN_FORCE, &[GET_CAMPAIGNS, closed, GET_BUSINESS_SETTINGS]);
        assert!(!differing.count_slots_apart(&GET_CAMPAIGN, &closed));
    }
}
