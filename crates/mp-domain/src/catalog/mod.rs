//! The catalogue: every operation there is, and which of them a request means.
//!
//! Owns routing (product.md §3.14) and the rule that what marketpass answers itself is always in it. A catalogue in
//! force is never freed: operations are handed about as plain references. Must never know where a catalogue came from.

mod flaw;
mod segment;
pub mod table;
mod template;
mod tree;
mod verbs;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

pub use self::flaw::{CatalogFlaw, CatalogFlaws, MOST_BODY_FIELDS};
pub use self::table::{TableError, UnusableTable};
pub use self::template::UnusableTemplate;

use self::template::{Parameter, Part, parts, spellings};
use self::tree::{Hit, Tree};
use crate::field_path::FieldPath;
use crate::ids::{BusinessId, CampaignId};
use crate::operation::{
    ANSWERED_HERE, FieldPlace, GET_AUTH_TOKEN_INFO, NamedEntity, NamingField, Operation, Verb,
};
use crate::reach::Target;

/// Operations, and the compiled tree of their paths.
#[derive(Debug)]
pub struct Catalog {
    operations: Vec<Operation>,
    tree: Tree,
    /// Where token-info is among the operations.
    token_info: usize,
}

/// The operation that a request means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Routed<'p> {
    /// Which.
    pub operation: &'static Operation,
    target: Option<(Parameter, &'p str)>,
}

/// Why a request means no operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unrouted {
    /// No operation has such a path, or its spelling is open to doubt.
    NoSuchPath,
    /// The path has operations, none with this verb.
    WrongVerb {
        /// The verbs that the path has, as `Allow` lists them.
        allow: &'static str,
    },
}

impl<'p> Routed<'p> {
    /// What the path is about; the text in the place of an id where it is none: an id is a number from 1 to 2^63 − 1 in
    /// its shortest spelling.
    pub fn target(&self) -> Result<Target, &'p str> {
        let Some((kind, segment)) = self.target else { return Ok(Target::Caller) };
        let number = number(segment).ok_or(segment)?;
        let campaign = || CampaignId::new(number).ok().map(Target::Campaign);
        let business = || BusinessId::new(number).ok().map(Target::Business);
        if kind == Parameter::Campaign { campaign() } else { business() }.ok_or(segment)
    }
}

fn number(segment: &str) -> Option<i64> {
    let is_shortest = segment.bytes().all(|byte| byte.is_ascii_digit()) && !segment.starts_with('0');
    if is_shortest { segment.parse().ok() } else { None }
}

impl Catalog {
    /// The catalogue of these operations and of those that marketpass answers itself, in the order of their paths.
    ///
    /// Where one of the latter is among them, its facts stand but for how and by whom it is called.
    pub fn new(operations: Vec<Operation>) -> Result<Self, CatalogFlaws> {
        let mut flaws = moved(&operations);
        let mut operations: Vec<_> = operations.into_iter().map(as_answered_here).collect();
        let missing =
            ANSWERED_HERE.into_iter().filter(|own| operations.iter().all(|known| known.id != own.id));
        let missing: Vec<_> = missing.copied().collect();
        operations.extend(missing);
        operations.sort_by_key(|operation| (operation.template, operation.verb.as_str(), operation.number));
        flaws.extend(doubles(&operations));
        flaws.extend(operations.iter().filter_map(flaw_of_body));
        let tree = compile(&operations, &mut flaws);
        CatalogFlaws::none(flaws)?;
        let token_info = operations.iter().position(|operation| operation.id == GET_AUTH_TOKEN_INFO.id);
        let token_info = token_info.expect("what marketpass answers itself is always there");
        Ok(Self { operations, tree, token_info })
    }

    /// The catalogue of the seller API that this version of marketpass brings along.
    #[must_use]
    pub fn market() -> &'static Self {
        static MARKET: LazyLock<&Catalog> = LazyLock::new(|| {
            let shipped = table::read(include_str!("market.table"));
            shipped.expect("the tests read the shipped table").leak()
        });
        *MARKET
    }

    /// The catalogue of nothing but what marketpass answers itself.
    #[must_use]
    pub fn own() -> &'static Self {
        static OWN: LazyLock<&Catalog> =
            LazyLock::new(|| Catalog::new(Vec::new()).expect("the tests make it").leak());
        *OWN
    }

    /// Token-info, which is asked for more than all others.
    #[must_use]
    pub fn token_info(&self) -> &Operation {
        &self.operations[self.token_info]
    }

    /// Brings the catalogue into force for as long as the process lives.
    #[must_use]
    pub fn leak(self) -> &'static Self {
        Box::leak(Box::new(self))
    }

    /// Every operation, in the order of their paths.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The operation with this `operationId`.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    /// The operation that a verb and a path without its query mean.
    pub fn route<'p>(&'static self, verb: &str, path: &'p str) -> Result<Routed<'p>, Unrouted> {
        match self.tree.find(verbs::verb(verb), path) {
            Ok(Hit { operation, target }) => Ok(Routed { operation: &self.operations[operation], target }),
            Err(verbs) if verbs.is_empty() => Err(Unrouted::NoSuchPath),
            Err(verbs) => Err(Unrouted::WrongVerb { allow: verbs.listed() }),
        }
    }
}

fn answered_here(id: &str) -> Option<&'static Operation> {
    ANSWERED_HERE.into_iter().find(|own| own.id == id)
}

/// The operation as it is called where marketpass answers it itself.
fn as_answered_here(operation: Operation) -> Operation {
    answered_here(operation.id).map_or(operation, |own| Operation {
        is_unversioned: own.is_unversioned,
        takes_oauth: own.takes_oauth,
        ignores_switch: own.ignores_switch,
        ..operation
    })
}

fn moved(operations: &[Operation]) -> Vec<CatalogFlaw> {
    let pairs = operations.iter().filter_map(|operation| Some((operation, answered_here(operation.id)?)));
    let moved = pairs.filter(|(given, own)| (given.verb, given.template) != (own.verb, own.template));
    moved.map(|(_, own)| CatalogFlaw::Moved { id: own.id, verb: own.verb, template: own.template }).collect()
}

fn doubles(operations: &[Operation]) -> Vec<CatalogFlaw> {
    let (mut numbers, mut ids) = (HashMap::new(), HashSet::new());
    let mut flaws = Vec::new();
    for Operation { id, number, .. } in operations {
        if !is_usable_id(id) {
            flaws.push(CatalogFlaw::UnusableId(id));
        }
        if !ids.insert(id) {
            flaws.push(CatalogFlaw::SameId(id));
        } else if let Some(one) = numbers.insert(number, id) {
            flaws.push(CatalogFlaw::SameNumber { number: *number, one, other: id });
        }
    }
    flaws
}

/// Why nobody could tell what a body names.
fn flaw_of_body(operation: &Operation) -> Option<CatalogFlaw> {
    let id = operation.id;
    let in_body = |field: &NamingField| match field.place {
        FieldPlace::Body(path) => Some((path, field.entity)),
        FieldPlace::Query(_) => None,
    };
    let named: Vec<_> = operation.fields.iter().filter_map(in_body).collect();
    let mut entities = HashMap::new();
    let is_of_both = |(path, entity): &&(FieldPath, NamedEntity)| {
        entities.insert(*path, *entity).is_some_and(|other| other != *entity)
    };
    match named.iter().find(is_of_both) {
        Some((field, _)) => Some(CatalogFlaw::FieldOfBoth { id, field: *field }),
        None => (named.len() > MOST_BODY_FIELDS).then_some(CatalogFlaw::TooManyFields(id)),
    }
}

fn is_usable_id(id: &str) -> bool {
    let is_usable = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    (1..=128).contains(&id.len()) && id.bytes().all(is_usable)
}

fn compile(operations: &[Operation], flaws: &mut Vec<CatalogFlaw>) -> Tree {
    let (mut tree, mut taken) = (Tree::default(), HashMap::new());
    for (place, operation) in operations.iter().enumerate() {
        let Operation { id, verb, template, .. } = *operation;
        for path in spellings(operation) {
            match parts(path) {
                Ok(parts) => {
                    flaws.extend(take(&mut taken, &parts, verb, (id, path)));
                    tree.insert(&parts, verb, place);
                }
                Err(why) => {
                    flaws.push(CatalogFlaw::UnusableTemplate { id, template, why });
                    break;
                }
            }
        }
    }
    tree
}

/// Whose each shape of a path is.
type Taken = HashMap<(Verb, Vec<Option<&'static str>>), (&'static str, &'static str)>;

/// Whether another operation matches exactly the same requests, the suffix included.
fn take(
    taken: &mut Taken,
    parts: &[Part],
    verb: Verb,
    (id, path): (&'static str, &'static str),
) -> Option<CatalogFlaw> {
    let mut shape: Vec<_> =
        parts.iter().map(|part| if let Part::Fixed(text) = part { Some(*text) } else { None }).collect();
    if let Some(Some(last)) = shape.last_mut() {
        *last = last.strip_suffix(".json").unwrap_or(last);
    }
    match taken.insert((verb, shape), (id, path)) {
        Some((other, _)) if other == id => None,
        Some((one, path)) => Some(CatalogFlaw::SamePath { verb, path, one, other: id }),
        None => None,
    }
}
