//! Sets of verbs, and how `Allow` lists them (RFC 9110 §10.2.1).

use std::sync::LazyLock;

use crate::operation::Verb;

/// In the order in which `Allow` lists them.
const SORTED: [Verb; 7] =
    [Verb::Delete, Verb::Get, Verb::Head, Verb::Options, Verb::Patch, Verb::Post, Verb::Put];

/// Some verbs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Verbs(u8);

/// One list for each set there can be.
static LISTS: LazyLock<Vec<String>> =
    LazyLock::new(|| (0..1 << SORTED.len()).map(|bits| Verbs(bits).list()).collect());

/// The verb that is spelled like this; other than by parsing it, an unknown one costs nothing.
pub(super) fn verb(text: &str) -> Option<Verb> {
    SORTED.into_iter().find(|verb| verb.as_str() == text)
}

impl Verbs {
    pub(super) fn insert(&mut self, verb: Verb) {
        self.0 |= 1 << verb as u8;
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// As `Allow` lists them: `DELETE, GET`.
    pub(super) fn listed(self) -> &'static str {
        &LISTS[usize::from(self.0)]
    }

    fn list(self) -> String {
        let names = SORTED.into_iter().filter(|verb| self.0 & (1 << *verb as u8) != 0).map(Verb::as_str);
        names.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_are_listed_by_the_alphabet() {
        let mut verbs = Verbs::default();
        assert!(verbs.is_empty());
        for verb in [Verb::Put, Verb::Get, Verb::Delete, Verb::Get] {
            verbs.insert(verb);
        }
        assert_eq!(verbs.listed(), "DELETE, GET, PUT");
        for verb in SORTED {
            verbs.insert(verb);
        }
        assert_eq!(verbs.listed(), "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
    }
}
