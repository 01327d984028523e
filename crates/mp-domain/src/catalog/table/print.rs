//! Printing a catalogue.

use std::fmt::{self, Display, Write};

use super::{ALL, HEADING, IGNORES_SWITCH, KEYS_ONLY, UNVERSIONED};
use crate::operation::{Cost, Deprecation, FieldPlace, Limit, NamedEntity, NamingField, Operation, Parallel};
use crate::scope::{AccessScope, ScopeSet};
use crate::seller_kind::{SellerKind, SellerKinds};
use crate::window::Quota;

/// The operations as a text.
#[must_use]
pub fn print(operations: &[Operation]) -> String {
    let mut text = format!("{HEADING}\n");
    for operation in operations {
        write!(text, "\n{}", Written(operation)).expect("a string takes everything");
    }
    text
}

struct Written<'a>(&'a Operation);

impl Display for Written<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Operation { verb, template, id, number, .. } = self.0;
        write!(f, "{verb} {template} {id} {number}")?;
        let flags = [
            (self.0.is_unversioned, UNVERSIONED),
            (!self.0.takes_oauth, KEYS_ONLY),
            (self.0.ignores_switch, IGNORES_SWITCH),
        ];
        flags.iter().filter(|(is_set, _)| *is_set).try_for_each(|(_, flag)| write!(f, " {flag}"))?;
        writeln!(f, "\n  accesses {}", accesses(self.0.any_of))?;
        writeln!(f, "  sellers {}", sellers(self.0.sellers))?;
        if let Some(limit) = &self.0.limit {
            writeln!(f, "  limit {limit}")?;
        }
        if let Parallel::Own(slots) = self.0.parallel {
            writeln!(f, "  parallel {slots}")?;
        }
        for field in self.0.fields {
            writeln!(f, "  names {field}")?;
        }
        match &self.0.deprecation {
            Some(deprecation) => writeln!(f, "  deprecated{}", Ended(deprecation)),
            None => Ok(()),
        }
    }
}

fn accesses(set: ScopeSet) -> String {
    if set == ScopeSet::ALL { ALL.to_owned() } else { words(set.iter().map(AccessScope::written_name)) }
}

fn sellers(kinds: SellerKinds) -> String {
    if kinds == SellerKinds::ALL { ALL.to_owned() } else { words(kinds.iter().map(SellerKind::as_str)) }
}

fn words(all: impl Iterator<Item = &'static str>) -> String {
    all.collect::<Vec<_>>().join(" ")
}

impl Display for Limit {
    /// `100/1h medium 200/1h of req.offers`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", quota(self.none))?;
        if self.medium != self.none {
            write!(f, " medium {}", quota(self.medium))?;
        }
        match self.cost {
            Cost::Request => Ok(()),
            cost => write!(f, " of {cost}"),
        }
    }
}

impl Display for Cost {
    /// As the official document spells it (market-api §5.2): `resp`, `req.offers`, `resp.result.offers`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request => f.write_str("resp"),
            Self::RequestItems(path) => write!(f, "req.{path}"),
            Self::ResponseItems(path) => write!(f, "resp.{path}"),
        }
    }
}

fn quota(Quota { amount, period }: Quota) -> String {
    let (count, unit) = match period.seconds() {
        seconds if seconds % 86_400 == 0 => (seconds / 86_400, 'd'),
        seconds if seconds % 3_600 == 0 => (seconds / 3_600, 'h'),
        seconds if seconds % 60 == 0 => (seconds / 60, 'm'),
        seconds => (seconds, 's'),
    };
    format!("{amount}/{count}{unit}")
}

impl Display for NamingField {
    /// `body.parameters.campaignId campaign`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            FieldPlace::Body(path) => write!(f, "body.{path}")?,
            FieldPlace::Query(name) => write!(f, "query.{name}")?,
        }
        f.write_str(match self.entity {
            NamedEntity::Business => " business",
            NamedEntity::Campaign => " campaign",
        })
    }
}

struct Ended<'a>(&'a Deprecation);

impl Display for Ended<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(since) = self.0.since {
            write!(f, " since {since}")?;
        }
        if let Some(sunset) = self.0.sunset {
            write!(f, " sunset {sunset}")?;
        }
        self.0.replacement.map_or(Ok(()), |replacement| write!(f, " for {replacement}"))
    }
}
