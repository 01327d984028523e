//! Why operations make no catalogue.
//!
//! Owns the sentences. Must never repair anything: whoever wrote the operations does.

use std::fmt;

use super::template::UnusableTemplate;
use crate::field_path::FieldPath;
use crate::operation::Verb;

/// The most fields of a body by which an operation names cabinets and stores.
pub const MOST_BODY_FIELDS: usize = 8;

/// Something because of which a catalogue would decide wrongly or not at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogFlaw {
    /// A counter cannot tell them apart.
    #[error(
        "the operations {one} and {other} both have the number {number}: give each its own (`x-marketpass-number`)"
    )]
    SameNumber {
        /// The number.
        number: u16,
        /// Who has it.
        one: &'static str,
        /// Who has it, too.
        other: &'static str,
    },
    /// The audit trail cannot tell them apart.
    #[error("two operations are called {0}: give each an operationId of its own")]
    SameId(&'static str),
    /// An operation that cannot be named in a line.
    #[error("'{0}' is no operationId: letters, digits and -._ are expected, at most 128 of them")]
    UnusableId(&'static str),
    /// One of them could never be called.
    #[error(
        "{verb} {path} is both {one} and {other}: a request could mean either, so change one of the paths or leave one out"
    )]
    SamePath {
        /// Their verb.
        verb: Verb,
        /// The path that one of them has.
        path: &'static str,
        /// Whose it is.
        one: &'static str,
        /// Whose it is, too.
        other: &'static str,
    },
    /// No request could match.
    #[error("the path {template} of {id} cannot be routed: {why}")]
    UnusableTemplate {
        /// Which operation.
        id: &'static str,
        /// Its path.
        template: &'static str,
        /// What is wrong with it.
        why: UnusableTemplate,
    },
    /// More than can be watched while a body passes.
    #[error("{0} names cabinets and stores in more than {max} fields of its body: leave out those that say the same", max = MOST_BODY_FIELDS)]
    TooManyFields(&'static str),
    /// Numbers found there would be checked as one of both only.
    #[error(
        "{id} names both a cabinet and a store in the field {field} of its body: say which of them it is, and leave the other out"
    )]
    FieldOfBoth {
        /// Which operation.
        id: &'static str,
        /// Where in its body.
        field: FieldPath,
    },
    /// One of the operations that marketpass answers itself was moved.
    #[error(
        "{id} is answered by marketpass itself at {verb} {template}: give it this path, or call another operation by another operationId"
    )]
    Moved {
        /// Which operation.
        id: &'static str,
        /// Its verb.
        verb: Verb,
        /// Its path.
        template: &'static str,
    },
}

/// Everything that is wrong with a catalogue; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogFlaws(Vec<CatalogFlaw>);

impl CatalogFlaws {
    /// The flaws as the error they are, if there are any.
    pub(super) fn none(flaws: Vec<CatalogFlaw>) -> Result<(), Self> {
        if flaws.is_empty() { Ok(()) } else { Err(Self(flaws)) }
    }

    /// Each of them.
    #[must_use]
    pub fn all(&self) -> &[CatalogFlaw] {
        &self.0
    }
}

impl fmt::Display for CatalogFlaws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, others) = self.0.split_first().expect("there is at least one flaw");
        write!(f, "{first}")?;
        others.iter().try_for_each(|flaw| write!(f, "; {flaw}"))
    }
}

impl std::error::Error for CatalogFlaws {}
