//! A reader that holds a whole text in memory, and keeps doubled keys: the slow definition of what is counted and named.
//!
//! Owns that definition, for the tests here and for the fuzz target `cost_meter`. Must never know the scanner.

use std::collections::BTreeSet;
use std::fmt;

use mp_domain::field_path::FieldPath;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

/// A JSON value with every key it was written with.
#[derive(Debug, PartialEq)]
pub(crate) enum Tree {
    Null,
    Id(i64),
    Other,
    Array(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Grow)
    }
}

struct Grow;

impl<'de> Visitor<'de> for Grow {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_u64<E>(self, number: u64) -> Result<Tree, E> {
        Ok(i64::try_from(number).ok().filter(|id| *id > 0).map_or(Tree::Other, Tree::Id))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = access.next_element()? {
            elements.push(element);
        }
        Ok(Tree::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = access.next_entry()? {
            fields.push(field);
        }
        Ok(Tree::Object(fields))
    }
}

impl Tree {
    /// Everything that stands at `keys`, arrays on the way gone through.
    fn at<'a>(&'a self, keys: &[&str]) -> Vec<&'a Tree> {
        match (self, keys) {
            (_, []) => vec![self],
            (Self::Array(elements), _) => elements.iter().flat_map(|element| element.at(keys)).collect(),
            (Self::Object(fields), [first, rest @ ..]) => fields
                .iter()
                .filter(|(key, _)| key.eq_ignore_ascii_case(first))
                .flat_map(|(_, value)| value.at(rest))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn items(&self) -> &[Tree] {
        match self {
            Self::Null => &[],
            Self::Array(elements) => elements,
            one => std::slice::from_ref(one),
        }
    }

    pub(crate) fn count(&self, path: FieldPath) -> u64 {
        self.at(path.segments()).into_iter().map(|value| value.items().len() as u64).sum()
    }

    /// The ids, or nothing if something else stands among them.
    pub(crate) fn ids(&self, path: FieldPath) -> Option<Vec<i64>> {
        let values = self.at(path.segments()).into_iter().flat_map(Tree::items);
        let ids = values.filter(|value| **value != Self::Null).map(|value| match value {
            Self::Id(id) => Some(*id),
            _ => None,
        });
        ids.collect::<Option<BTreeSet<i64>>>().map(|ids| ids.into_iter().collect())
    }
}

/// What `serde_json` makes of `text`, unless what it minds is a limit of its own: numbers are no `f64` for us.
pub(crate) fn reference(text: &[u8]) -> Option<Result<Tree, ()>> {
    match serde_json::from_slice(text) {
        Ok(tree) => Some(Ok(tree)),
        Err(error) if error.to_string().starts_with("recursion limit exceeded") => None,
        Err(error) if error.to_string().starts_with("number out of range") => None,
        Err(_) => Some(Err(())),
    }
}
