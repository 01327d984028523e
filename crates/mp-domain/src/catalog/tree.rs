//! The compiled tree of all templates, and the search in it.
//!
//! Owns which operation a path and a verb mean. Fixed segments beat parameters; where the verb fits only a less fixed
//! template, that one is meant. Allocates nothing, and looks at no node twice: there are no more steps than segments in
//! all templates together. Paths are compared byte for byte and never normalised.

use super::segment::{is_plain_id, is_value};
use super::template::{Parameter, Part};
use super::verbs::Verbs;
use crate::operation::Verb;

const ROOT: usize = 0;
const SUFFIX: &str = ".json";

/// The tree. The default is the one without any template.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    /// Sorted by [`order`].
    fixed: Vec<(&'static str, usize)>,
    /// One for each kind of parameter.
    parameters: [Option<usize>; Parameter::ALL.len()],
    /// The operations whose template ends here: their places in the catalogue.
    ends: Vec<(Verb, usize)>,
}

/// Where a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit<'p> {
    /// The operation's place in the catalogue.
    pub(super) operation: usize,
    /// The segment that stands for a store or a cabinet.
    pub(super) target: Option<(Parameter, &'p str)>,
}

impl Default for Tree {
    fn default() -> Self {
        Self { nodes: vec![Node::default()] }
    }
}

impl Tree {
    /// Adds a template.
    pub(super) fn insert(&mut self, parts: &[Part], verb: Verb, operation: usize) {
        let end = parts.iter().fold(ROOT, |node, part| self.child(node, *part));
        self.nodes[end].ends.push((verb, operation));
    }

    fn child(&mut self, node: usize, part: Part) -> usize {
        let new = self.nodes.len();
        let existing = match part {
            Part::Fixed(text) => {
                let fixed = &mut self.nodes[node].fixed;
                match fixed.binary_search_by_key(&order(text), |(text, _)| order(text)) {
                    Ok(at) => Some(fixed[at].1),
                    Err(at) => {
                        fixed.insert(at, (text, new));
                        None
                    }
                }
            }
            Part::Parameter(kind) => {
                let slot = &mut self.nodes[node].parameters[kind as usize];
                let existing = *slot;
                *slot = existing.or(Some(new));
                existing
            }
        };
        existing.unwrap_or_else(|| {
            self.nodes.push(Node::default());
            new
        })
    }

    /// The operation that is meant, or the verbs of all templates that the path matches.
    pub(super) fn find<'p>(&self, verb: Option<Verb>, path: &'p str) -> Result<Hit<'p>, Verbs> {
        let mut search = Search { tree: self, verb, seen: Verbs::default() };
        let hit = path.strip_prefix('/').and_then(|rest| search.below(ROOT, rest, None));
        hit.ok_or(search.seen)
    }
}

/// Lengths first: most comparisons end with them.
fn order(text: &str) -> (usize, &[u8]) {
    (text.len(), text.as_bytes())
}

struct Search<'t> {
    tree: &'t Tree,
    verb: Option<Verb>,
    /// The verbs of all that matched but for the verb.
    seen: Verbs,
}

type Target<'p> = Option<(Parameter, &'p str)>;

impl Search<'_> {
    fn below<'p>(&mut self, node: usize, rest: &'p str, target: Target<'p>) -> Option<Hit<'p>> {
        match rest.bytes().position(|byte| byte == b'/') {
            Some(end) => {
                let (segment, rest) = (&rest[..end], &rest[end + 1..]);
                let fixed = self.fixed(node, segment).and_then(|child| self.below(child, rest, target));
                fixed.or_else(|| {
                    self.through_parameters(node, segment, target, |search, child, target| {
                        search.below(child, rest, target)
                    })
                })
            }
            None => self.last(node, rest, target),
        }
    }

    fn last<'p>(&mut self, node: usize, segment: &'p str, target: Target<'p>) -> Option<Hit<'p>> {
        let stem = segment.strip_suffix(SUFFIX);
        let whole = self.fixed(node, segment).and_then(|child| self.end(child, target));
        let cut = |search: &mut Self| search.fixed(node, stem?).and_then(|child| search.end(child, target));
        whole
            .or_else(|| cut(self))
            .or_else(|| self.through_parameters(node, stem.unwrap_or(segment), target, Self::end))
    }

    fn fixed(&self, node: usize, segment: &str) -> Option<usize> {
        let fixed = &self.tree.nodes[node].fixed;
        fixed.binary_search_by_key(&order(segment), |(text, _)| order(text)).ok().map(|at| fixed[at].1)
    }

    fn through_parameters<'p>(
        &mut self,
        node: usize,
        segment: &'p str,
        target: Target<'p>,
        mut on: impl FnMut(&mut Self, usize, Target<'p>) -> Option<Hit<'p>>,
    ) -> Option<Hit<'p>> {
        Parameter::ALL.into_iter().find_map(|kind| {
            let child = self.tree.nodes[node].parameters[kind as usize]?;
            match kind {
                Parameter::Other if is_value(segment) => on(self, child, target),
                Parameter::Campaign | Parameter::Business if is_plain_id(segment) => {
                    on(self, child, Some((kind, segment)))
                }
                _ => None,
            }
        })
    }

    fn end<'p>(&mut self, node: usize, target: Target<'p>) -> Option<Hit<'p>> {
        let ends = &self.tree.nodes[node].ends;
        let hit = ends.iter().find(|(verb, _)| Some(*verb) == self.verb);
        if hit.is_none() {
            for (verb, _) in ends {
                self.seen.insert(*verb);
            }
        }
        hit.map(|(_, operation)| Hit { operation: *operation, target })
    }
}
