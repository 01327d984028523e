//! What OpenAPI has no words for: accesses, kinds of seller, numbers.
//!
//! Owns both dialects, that of the market's official document and the neutral one (`docs/catalog.md`); where both say
//! something the neutral one stands. Must never take silence for a permission.

use mp_domain::scope::{AccessScope, ScopeSet};
use mp_domain::seller_kind::{SellerKind, SellerKinds};

use super::number::derived;
use crate::document::{Node, shortened};

/// Every neutral extension.
const NEUTRAL: [&str; 9] = [
    "x-marketpass-accesses",
    "x-marketpass-sellers",
    "x-marketpass-limit",
    "x-marketpass-parallel",
    "x-marketpass-names",
    "x-marketpass-number",
    "x-marketpass-deprecation",
    "x-marketpass-unversioned",
    "x-marketpass-oauth",
];

/// What one operation says in extensions.
pub(super) struct Extensions<'d> {
    pub(super) node: &'d Node,
}

impl<'d> Extensions<'d> {
    /// Whether the operation is described in the words of the market's document.
    pub(super) fn is_of_the_market(&self) -> bool {
        self.node.get("x-auth-scopes").is_some()
    }

    /// Neutral extensions that are misspelled.
    pub(super) fn unknown(&self) -> impl Iterator<Item = &'d str> + use<'d> {
        let names = self.node.map().into_iter().flatten().map(|(name, _)| &**name);
        names.filter(|name| name.starts_with("x-marketpass-") && !NEUTRAL.contains(name))
    }

    /// The first of these that the operation has, with its name.
    pub(super) fn first(&self, names: [&'static str; 2]) -> Option<(&'static str, &'d Node)> {
        names.into_iter().find_map(|name| Some((name, self.node.get(name)?)))
    }

    pub(super) fn accesses(&self) -> Result<ScopeSet, String> {
        let names = ["x-marketpass-accesses", "x-auth-scopes"];
        let missing = || format!("no access opens it: list those that do in `{}`", names[0]);
        let (name, list) = self.first(names).ok_or_else(missing)?;
        let accesses: ScopeSet = each(name, list, str::parse::<AccessScope>)?;
        if accesses.is_empty() { Err(missing()) } else { Ok(accesses) }
    }

    /// Every kind, where nothing is said.
    pub(super) fn sellers(&self) -> Result<SellerKinds, String> {
        let Some((name, list)) = self.first(["x-marketpass-sellers", "x-allowed"]) else {
            return Ok(SellerKinds::ALL);
        };
        let kinds: SellerKinds = each(name, list, str::parse::<SellerKind>)?;
        let missing = || {
            format!(
                "`{name}` is empty, so nobody could call it: list kinds of seller, or leave it out for all"
            )
        };
        if kinds.iter().next().is_none() { Err(missing()) } else { Ok(kinds) }
    }

    /// The number for counters; one made of the operationId where nothing is said.
    pub(super) fn number(&self, id: &str) -> Result<u16, String> {
        match self.first(["x-marketpass-number", "x-resource-id"]) {
            None => Ok(derived(id)),
            Some((name, number)) => whole(name, number),
        }
    }

    /// A yes or no.
    pub(super) fn flag(&self, name: &'static str) -> Result<Option<bool>, String> {
        let read = |node: &Node| {
            node.bool().ok_or_else(|| format!("`{name}` is {}: true or false is expected", node.shown()))
        };
        self.node.get(name).map(read).transpose()
    }
}

/// Each text of a list, read.
fn each<T, E: std::fmt::Display, S: FromIterator<T>>(
    name: &str,
    list: &Node,
    read: impl Fn(&str) -> Result<T, E>,
) -> Result<S, String> {
    let items = list.list().ok_or_else(|| format!("`{name}` is {}: a list is expected", list.shown()))?;
    let read = |item: &Node| match item.text() {
        Some(text) => read(text).map_err(|error| format!("`{name}`: {error}")),
        None => Err(format!("`{name}` holds {}: texts are expected", item.shown())),
    };
    items.map(read).collect()
}

/// A whole number that is not negative.
pub(super) fn whole<T: std::str::FromStr>(name: &str, node: &Node) -> Result<T, String> {
    let number = if let Node::Number(text) = node { text.parse().ok() } else { None };
    number.ok_or_else(|| format!("`{name}` is {}: a whole number in bounds is expected", node.shown()))
}

/// A text under a name of an extension.
pub(super) fn text<'d>(name: &str, node: &'d Node) -> Result<&'d str, String> {
    node.text().ok_or_else(|| format!("`{name}` is {}: a text is expected", node.shown()))
}

/// The parts of an extension that is an object; a part that is not known is an error.
pub(super) fn known_parts(name: &str, node: &Node, known: &[&str]) -> Result<(), String> {
    let parts = node.map().ok_or_else(|| format!("`{name}` is {}: an object is expected", node.shown()))?;
    match parts.keys().find(|part| !known.contains(&&***part)) {
        Some(part) => {
            Err(format!("`{name}` has {}, which is not known: {} are", shortened(part), known.join(", ")))
        }
        None => Ok(()),
    }
}
