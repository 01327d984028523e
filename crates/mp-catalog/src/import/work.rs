//! How much work a document is worth.
//!
//! Owns the budget that all walks through schemas share, and what they have learned: a schema without any name of a cabinet
//! or store is not walked twice. Without both a document of a kilobyte could be walked for years.

use std::collections::HashSet;
use std::ptr;

use crate::document::Node;

/// The market's document takes fourteen hundred.
const MOST_STEPS: usize = 300_000;

/// Spent, and learned.
#[derive(Debug, Default)]
pub(super) struct Work {
    steps: usize,
    nameless: HashSet<*const Node>,
}

impl Work {
    /// One step, unless the budget is spent.
    pub(super) fn step(&mut self) -> Result<(), String> {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            let told = "the schemas of the document branch without end: list in `x-marketpass-names` what bodies name";
            return Err(told.to_owned());
        }
        Ok(())
    }

    pub(super) fn is_nameless(&self, schema: &Node) -> bool {
        self.nameless.contains(&ptr::from_ref(schema))
    }

    pub(super) fn note_nameless(&mut self, schema: &Node) {
        self.nameless.insert(ptr::from_ref(schema));
    }
}
