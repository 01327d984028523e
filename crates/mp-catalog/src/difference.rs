//! How two catalogues differ, in words: what the second opens, closes, tightens and loosens, and for whom.
//!
//! Owns the words. Must never leave a difference out: what is neither better nor worse for callers is told as a change.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use mp_domain::operation::{
    Cost, Deprecation, Limit, NamingField, Operation, Parallel, SHARED_SLOTS, unversioned,
};
use mp_domain::scope::{AccessScope, ScopeSet};
use mp_domain::seller_kind::SellerKind;
use mp_domain::window::Quota;
use serde::Serialize;

use crate::finding::Place;

/// What a difference does to callers; in the order in which differences are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Somebody can no longer call something.
    Closes,
    /// Somebody can call something less often, or with less in it.
    Tightens,
    /// Somebody can call something new.
    Opens,
    /// Somebody can call something more often, or with more in it.
    Loosens,
    /// Neither.
    Changes,
}

impl Effect {
    const ALL: [Self; 5] = [Self::Closes, Self::Tightens, Self::Opens, Self::Loosens, Self::Changes];

    fn word(self) -> &'static str {
        match self {
            Self::Closes => "closes",
            Self::Tightens => "tightens",
            Self::Opens => "opens",
            Self::Loosens => "loosens",
            Self::Changes => "changes",
        }
    }
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Change {
    /// What it does to callers.
    pub effect: Effect,
    /// To which operation.
    #[serde(flatten)]
    pub place: Place,
    /// For whom.
    #[serde(rename = "for")]
    pub whom: String,
    /// What changes.
    pub message: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} for {}: {}", self.effect.word(), self.place, self.whom, self.message)
    }
}

/// All differences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference(Vec<Change>);

impl Difference {
    /// How `new` differs from `old`. Operations are the same if their operationIds are.
    #[must_use]
    pub fn between(old: &[Operation], new: &[Operation]) -> Self {
        let by_id = |all: &[Operation]| {
            all.iter().map(|operation| (operation.id, *operation)).collect::<BTreeMap<_, _>>()
        };
        let (old, new) = (by_id(old), by_id(new));
        let mut told = Telling::default();
        for id in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
            match (old.get(id), new.get(id)) {
                (Some(old), Some(new)) => told.pair(old, new),
                (Some(old), None) => told.say(Effect::Closes, old, callers(old), "it is gone"),
                (None, Some(new)) => told.say(Effect::Opens, new, callers(new), "it is new"),
                (None, None) => {}
            }
        }
        told.0.sort();
        Self(told.0)
    }

    /// Each of them: what closes first, in the order of the paths.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.0
    }

    /// In one line: `closes 1, opens 2` or `changes nothing`.
    #[must_use]
    pub fn summary(&self) -> String {
        let count = |effect| self.0.iter().filter(|change| change.effect == effect).count();
        let counted = Effect::ALL.map(|effect| (effect, count(effect)));
        let words: Vec<_> = counted
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(effect, count)| format!("{} {count}", effect.word()))
            .collect();
        if words.is_empty() { "changes nothing".to_owned() } else { words.join(", ") }
    }
}

#[derive(Default)]
struct Telling(Vec<Change>);

const EVERYBODY: &str = "everybody";

impl Telling {
    fn say(
        &mut self,
        effect: Effect,
        operation: &Operation,
        whom: impl Into<String>,
        message: impl Into<String>,
    ) {
        self.0.push(Change { effect, place: operation.into(), whom: whom.into(), message: message.into() });
    }

    fn pair(&mut self, old: &Operation, new: &Operation) {
        self.path(old, new);
        self.accesses(old, new);
        self.sellers(old, new);
        self.limit(old, new);
        self.parallel(old, new);
        self.fields(old, new);
        self.rest(old, new);
    }

    fn path(&mut self, old: &Operation, new: &Operation) {
        if (old.verb, old.template) != (new.verb, new.template) {
            let message = format!("it was {} {}", old.verb, old.template);
            self.say(Effect::Changes, new, EVERYBODY, message);
        } else if old.is_unversioned != new.is_unversioned {
            let (effect, word) =
                if new.is_unversioned { (Effect::Opens, "also") } else { (Effect::Closes, "no longer") };
            self.say(effect, new, EVERYBODY, format!("it is {word} served as {}", unversioned(new.template)));
        }
    }

    fn accesses(&mut self, old: &Operation, new: &Operation) {
        let without = |all: ScopeSet, others: ScopeSet| {
            all.iter().filter(|access| !others.contains(*access)).collect::<ScopeSet>()
        };
        let (lost, gained) = (without(old.any_of, new.any_of), without(new.any_of, old.any_of));
        if !lost.is_empty() {
            self.say(Effect::Closes, new, holders(lost), "the access no longer opens it");
        }
        if !gained.is_empty() {
            self.say(Effect::Opens, new, holders(gained), "the access opens it");
        }
        if old.takes_oauth != new.takes_oauth {
            let (effect, message) = if new.takes_oauth {
                (Effect::Opens, "they open it")
            } else {
                (Effect::Closes, "they no longer open it")
            };
            self.say(effect, new, "OAuth tokens", message);
        }
    }

    fn sellers(&mut self, old: &Operation, new: &Operation) {
        for kind in SellerKind::ALL {
            match (old.sellers.contains(kind), new.sellers.contains(kind)) {
                (true, false) => self.say(Effect::Closes, new, sellers(kind), "they may no longer call it"),
                (false, true) => self.say(Effect::Opens, new, sellers(kind), "they may call it"),
                _ => {}
            }
        }
    }

    fn limit(&mut self, old: &Operation, new: &Operation) {
        let (before, after) = match (old.limit, new.limit) {
            (Some(before), Some(after)) => (before, after),
            (None, Some(after)) => {
                return self.say(
                    Effect::Tightens,
                    new,
                    EVERYBODY,
                    format!("it is limited to {}", limit(&after)),
                );
            }
            (Some(_), None) => return self.say(Effect::Loosens, new, EVERYBODY, "it is no longer limited"),
            (None, None) => return,
        };
        let small = "sellers without the medium subscription";
        let tiers = [
            (small, before.none, after.none),
            ("sellers with the medium subscription", before.medium, after.medium),
        ];
        match tiers.map(|(_, before, after)| (before, after)) {
            [one, other] if one == other => self.quota(new, EVERYBODY, one.0, one.1),
            _ => tiers.into_iter().for_each(|(whom, before, after)| self.quota(new, whom, before, after)),
        }
        if before.cost != after.cost {
            let effect = match (before.cost, after.cost) {
                (Cost::Request, _) => Effect::Tightens,
                (_, Cost::Request) => Effect::Loosens,
                _ => Effect::Changes,
            };
            self.say(
                effect,
                new,
                EVERYBODY,
                format!("a call costs {} instead of {}", cost(after.cost), cost(before.cost)),
            );
        }
    }

    fn quota(&mut self, of: &Operation, whom: &str, before: Quota, after: Quota) {
        if before == after {
            return;
        }
        // By what is allowed in the long run; the same of it in longer windows allows more at once.
        let rate = |one: Quota, other: Quota| u64::from(one.amount) * u64::from(other.period.seconds());
        let order = rate(before, after)
            .cmp(&rate(after, before))
            .then(before.period.seconds().cmp(&after.period.seconds()));
        let effect = if order.is_gt() { Effect::Tightens } else { Effect::Loosens };
        self.say(effect, of, whom, format!("the limit is {} instead of {}", quota(after), quota(before)));
    }

    fn parallel(&mut self, old: &Operation, new: &Operation) {
        let slots = |parallel| match parallel {
            Parallel::Shared => SHARED_SLOTS,
            Parallel::Own(slots) => slots,
        };
        if old.parallel != new.parallel {
            // Slots of one's own are more than as many that are shared.
            let rank = |parallel| (slots(parallel), parallel != Parallel::Shared);
            let effect =
                if rank(new.parallel) < rank(old.parallel) { Effect::Tightens } else { Effect::Loosens };
            let shown = |parallel| match parallel {
                Parallel::Shared => format!("{SHARED_SLOTS} together with others"),
                Parallel::Own(slots) => slots.to_string(),
            };
            let message = format!(
                "at once may be under way {} instead of {}",
                shown(new.parallel),
                shown(old.parallel)
            );
            self.say(effect, new, EVERYBODY, message);
        }
    }

    fn fields(&mut self, old: &Operation, new: &Operation) {
        let without = |all: &[NamingField], others: &[NamingField]| {
            all.iter().filter(|field| !others.contains(field)).copied().collect::<Vec<_>>()
        };
        for field in without(new.fields, old.fields) {
            self.say(Effect::Tightens, new, EVERYBODY, format!("what {field} names must be in reach"));
        }
        for field in without(old.fields, new.fields) {
            self.say(Effect::Loosens, new, EVERYBODY, format!("what {field} names is no longer looked at"));
        }
    }

    fn rest(&mut self, old: &Operation, new: &Operation) {
        if old.deprecation != new.deprecation {
            let message =
                new.deprecation.map_or_else(|| "it is no longer deprecated".to_owned(), |end| ends(&end));
            self.say(Effect::Changes, new, EVERYBODY, message);
        }
        if old.number != new.number {
            let message = format!("it is counted anew, as number {} instead of {}", new.number, old.number);
            self.say(Effect::Changes, new, EVERYBODY, message);
        }
    }
}

/// Everybody who may call an operation.
fn callers(operation: &Operation) -> String {
    let holders = holders(operation.any_of);
    if operation.takes_oauth && holders != EVERYBODY {
        format!("{holders}, and OAuth tokens")
    } else {
        holders
    }
}

fn holders(accesses: ScopeSet) -> String {
    if accesses == ScopeSet::ALL {
        return EVERYBODY.to_owned();
    }
    format!("keys with {}", accesses.iter().map(AccessScope::written_name).collect::<Vec<_>>().join(", "))
}

fn sellers(kind: SellerKind) -> String {
    format!("cabinets of the kind {kind}")
}

fn quota(Quota { amount, period }: Quota) -> String {
    format!("{amount} per {period}")
}

fn limit(all: &Limit) -> String {
    let mut text = quota(all.none);
    if all.medium != all.none {
        text = format!("{text}, with the medium subscription {}", quota(all.medium));
    }
    format!("{text}, where a call costs {}", cost(all.cost))
}

fn cost(cost: Cost) -> String {
    match cost {
        Cost::Request => "one point".to_owned(),
        Cost::RequestItems(path) => format!("a point for each of {path} in its body"),
        Cost::ResponseItems(path) => format!("a point for each of {path} in the answer"),
    }
}

fn ends(deprecation: &Deprecation) -> String {
    let mut text = "it is deprecated".to_owned();
    if let Some(since) = deprecation.since {
        text = format!("{text} from {since}");
    }
    if let Some(sunset) = deprecation.sunset {
        text = format!("{text} and ends at {sunset}");
    }
    deprecation
        .replacement
        .map_or(text.clone(), |replacement| format!("{text}; {replacement} takes its place"))
}
