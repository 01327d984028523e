//! Reading a catalogue.
//!
//! Owns the errors, each of which names its line. Must never guess: what is not exactly of the form is refused.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::{FromStr, SplitWhitespace};

use super::{ALL, HEADING, IGNORES_SWITCH, KEYS_ONLY, UNVERSIONED};
use crate::catalog::{Catalog, CatalogFlaws};
use crate::field_path::FieldPath;
use crate::interned::intern;
use crate::operation::{Cost, Deprecation, FieldPlace, Limit, NamedEntity, NamingField, Operation, Parallel};
use crate::scope::{AccessScope, ScopeSet};
use crate::seller_kind::{SellerKind, SellerKinds};
use crate::time::{Timestamp, parse_duration};
use crate::window::{Period, Quota};

/// A line that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the catalogue's table cannot be read: {problem}")]
pub struct TableError {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
}

/// Why a text is no catalogue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnusableTable {
    /// A line could not be read.
    #[error(transparent)]
    Line(#[from] TableError),
    /// What it says makes no catalogue.
    #[error(transparent)]
    Flaws(#[from] CatalogFlaws),
}

/// The catalogue that a text describes.
pub fn read(text: &str) -> Result<Catalog, UnusableTable> {
    Ok(Catalog::new(operations(text)?)?)
}

/// The operations that a text describes.
pub fn operations(text: &str) -> Result<Vec<Operation>, TableError> {
    let lines = text.lines().enumerate().map(|(at, text)| Line { number: at + 1, text: text.trim_end() });
    let mut lines = lines.filter(|line| !line.text.is_empty() && !line.text.starts_with('#')).peekable();
    match lines.next() {
        Some(Line { text: HEADING, .. }) => {}
        first => {
            let number = first.map_or(1, |line| line.number);
            return Err(TableError {
                line: number,
                problem: format!("the table must begin with '{HEADING}'"),
            });
        }
    }
    let mut operations = Vec::new();
    while let Some(head) = lines.next() {
        if head.text.starts_with(' ') {
            return Err(
                head.wrong("an operation begins at the margin, a fact of it with two spaces".to_owned())
            );
        }
        let mut operation = head.says(begin)?;
        let (mut fields, mut seen) = (Vec::new(), BTreeSet::new());
        while let Some(fact) = lines.next_if(|line| line.text.starts_with("  ")) {
            let word = fact.says(|words| add(words, &mut operation, &mut fields))?;
            if word != "names" && !seen.insert(word) {
                return Err(fact.wrong(format!("'{word}' is said twice of {}", operation.id)));
            }
        }
        if let Some(missing) = ["accesses", "sellers"].into_iter().find(|fact| !seen.contains(fact)) {
            return Err(head.wrong(format!("{} has no line '{missing}'", operation.id)));
        }
        operation.fields = Vec::leak(fields);
        operations.push(operation);
    }
    Ok(operations)
}

struct Line<'t> {
    number: usize,
    text: &'t str,
}

impl<'t> Line<'t> {
    fn wrong(&self, problem: String) -> TableError {
        TableError { line: self.number, problem }
    }

    /// What its words say, if all of them say something.
    fn says<T>(&self, read: impl FnOnce(&mut Words<'t>) -> Result<T, String>) -> Result<T, TableError> {
        let mut words = Words(self.text.split_whitespace());
        let said = read(&mut words).map_err(|problem| self.wrong(problem))?;
        match words.0.next() {
            Some(rest) => Err(self.wrong(format!("'{rest}' is not expected here"))),
            None => Ok(said),
        }
    }
}

struct Words<'t>(SplitWhitespace<'t>);

impl<'t> Words<'t> {
    fn next(&mut self, what: &str) -> Result<&'t str, String> {
        self.0.next().ok_or_else(|| format!("{what} is missing"))
    }

    fn parsed<T: FromStr<Err: Display>>(&mut self, what: &str) -> Result<T, String> {
        parsed(self.next(what)?)
    }
}

fn parsed<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// An operation with nothing but what its first line says.
fn begin(words: &mut Words<'_>) -> Result<Operation, String> {
    let verb = words.parsed("the verb")?;
    let template = intern(words.next("the path")?);
    let id = intern(words.next("the operationId")?);
    let number = words.next("the number")?;
    let number = number.parse().map_err(|_| format!("'{number}' is no number from 0 to 65535"))?;
    let flags: Vec<_> = words.0.by_ref().collect();
    if let Some(unknown) = flags.iter().find(|flag| ![UNVERSIONED, KEYS_ONLY, IGNORES_SWITCH].contains(flag))
    {
        return Err(format!("'{unknown}' is not known to this version"));
    }
    Ok(Operation {
        number,
        id,
        verb,
        template,
        is_unversioned: flags.contains(&UNVERSIONED),
        any_of: ScopeSet::default(),
        sellers: SellerKinds::ALL,
        limit: None,
        parallel: Parallel::Shared,
        fields: &[],
        deprecation: None,
        takes_oauth: !flags.contains(&KEYS_ONLY),
        ignores_switch: flags.contains(&IGNORES_SWITCH),
    })
}

/// Adds what one line says. Says which fact it is.
fn add<'t>(
    words: &mut Words<'t>,
    to: &mut Operation,
    fields: &mut Vec<NamingField>,
) -> Result<&'t str, String> {
    let fact = words.next("a fact")?;
    match fact {
        "accesses" => to.any_of = all_or(words, ScopeSet::ALL, parsed::<AccessScope>)?,
        "sellers" => to.sellers = all_or(words, SellerKinds::ALL, parsed::<SellerKind>)?,
        "limit" => to.limit = Some(limit(words)?),
        "parallel" => to.parallel = Parallel::Own(slots(words.next("the number of slots")?)?),
        "names" => fields.push(naming_field(words)?),
        "deprecated" => to.deprecation = Some(deprecation(words)?),
        _ => return Err(format!("'{fact}' is not known to this version")),
    }
    Ok(fact)
}

/// Each of the words, or everything for a star.
fn all_or<T, S: FromIterator<T>>(
    words: &mut Words<'_>,
    all: S,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<S, String> {
    let given: Vec<&str> = words.0.by_ref().collect();
    if given == [ALL] { Ok(all) } else { given.into_iter().map(read).collect() }
}

fn limit(words: &mut Words<'_>) -> Result<Limit, String> {
    let none = quota(words.next("the amount")?)?;
    let mut limit = Limit { cost: Cost::Request, none, medium: none };
    while let Some(word) = words.0.next() {
        match word {
            "medium" => limit.medium = quota(words.next("the amount behind 'medium'")?)?,
            "of" => limit.cost = words.parsed("the cost behind 'of'")?,
            _ => return Err(format!("'{word}' is not expected in a limit")),
        }
    }
    Ok(limit)
}

fn quota(text: &str) -> Result<Quota, String> {
    let expected =
        || format!("'{text}' is no amount: a number and a period are expected, for example 100/1h");
    let (amount, period) = text.split_once('/').ok_or_else(expected)?;
    let amount = amount.parse().ok().filter(|amount| *amount > 0).ok_or_else(expected)?;
    let seconds = parse_duration(period).map_err(|error| error.to_string())?.as_secs();
    let period = u32::try_from(seconds).ok().and_then(Period::from_seconds).ok_or_else(expected)?;
    Ok(Quota { amount, period })
}

fn slots(text: &str) -> Result<u16, String> {
    let slots = text.parse().ok().filter(|slots| *slots > 0);
    slots.ok_or_else(|| format!("'{text}' is no number of slots: a number from 1 to 65535 is expected"))
}

/// Why a text is no cost.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is no cost: 'resp' for one point a request, or the path of a collection in the bodies, for example req.offers or resp.result.offers"
)]
pub struct InvalidCost(String);

impl FromStr for Cost {
    type Err = InvalidCost;

    fn from_str(text: &str) -> Result<Self, InvalidCost> {
        let collection = |path: &str| FieldPath::intern(path).ok();
        let cost = match text.split_once('.') {
            None if text == "resp" => Some(Self::Request),
            Some(("req", path)) => collection(path).map(Self::RequestItems),
            Some(("resp", path)) => collection(path).map(Self::ResponseItems),
            _ => None,
        };
        cost.ok_or_else(|| InvalidCost(text.to_owned()))
    }
}

fn naming_field(words: &mut Words<'_>) -> Result<NamingField, String> {
    let place = words.next("the place of the field")?;
    let place = match place.split_once('.') {
        Some(("body", path)) => FieldPlace::Body(
            FieldPath::intern(path).map_err(|error| format!("'{path}' is no path: {error}"))?,
        ),
        Some(("query", name)) if !name.is_empty() => FieldPlace::Query(intern(name)),
        _ => return Err(format!("'{place}' is no place: body.PATH or query.NAME is expected")),
    };
    let entity = match words.next("what the field names")? {
        "business" => NamedEntity::Business,
        "campaign" => NamedEntity::Campaign,
        other => return Err(format!("'{other}' is nothing to name: business or campaign is expected")),
    };
    Ok(NamingField { place, entity })
}

fn deprecation(words: &mut Words<'_>) -> Result<Deprecation, String> {
    let mut deprecation = Deprecation { since: None, sunset: None, replacement: None };
    while let Some(word) = words.0.next() {
        match word {
            "since" => deprecation.since = Some(words.parsed::<Timestamp>("the moment behind 'since'")?),
            "sunset" => deprecation.sunset = Some(words.parsed::<Timestamp>("the moment behind 'sunset'")?),
            "for" => deprecation.replacement = Some(intern(words.next("the operationId behind 'for'")?)),
            _ => return Err(format!("'{word}' is not expected in a deprecation")),
        }
    }
    Ok(deprecation)
}
