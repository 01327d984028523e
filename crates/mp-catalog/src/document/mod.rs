//! A document as a tree of values, whichever way it was written.
//!
//! Owns the bounds: of its size, its depth and the number of its values. Every value is held once, however often it is
//! referred to. Must never know what a document is about.

mod json;
mod reference;
mod yaml;

use std::collections::BTreeMap;
use std::rc::Rc;

/// The most bytes of a document.
pub const MOST_BYTES: usize = 32 * 1024 * 1024;
/// The most values in it.
const MOST_VALUES: usize = 2_000_000;
/// The most values within each other.
const MOST_DEPTH: usize = 100;

/// A value of JSON or YAML.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A number, as it is written.
    Number(Box<str>),
    /// A text.
    Text(Box<str>),
    /// Values in their order.
    List(Vec<Rc<Node>>),
    /// Values by their names.
    Map(BTreeMap<Box<str>, Rc<Node>>),
}

/// A whole document.
#[derive(Debug)]
pub(crate) struct Document {
    root: Rc<Node>,
}

/// Why a text is no document that could be imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Larger than anybody writes.
    #[error("the document has more than {} MiB: bundle only the operations, without examples", MOST_BYTES / (1024 * 1024))]
    TooLarge,
    /// Bytes that are no text.
    #[error("the document is no UTF-8 from byte {0} on: save it as UTF-8")]
    NotUtf8(usize),
    /// Broken JSON.
    #[error("the document cannot be read as JSON: {0}")]
    Json(String),
    /// Broken YAML.
    #[error("the document cannot be read as YAML: {0}")]
    Yaml(String),
    /// More than any platform has.
    #[error("the document has more than {0} operations: import the part that is called")]
    TooMany(usize),
    /// Something else than was asked for.
    #[error("the document is no OpenAPI 3.0 or 3.1: {0}")]
    NotOpenApi(String),
}

impl Document {
    /// Reads JSON, which begins with a brace, or YAML, which usually does not.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        if bytes.len() > MOST_BYTES {
            return Err(Unreadable::TooLarge);
        }
        let text = std::str::from_utf8(bytes).map_err(|error| Unreadable::NotUtf8(error.valid_up_to()))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let root = if text.trim_start().starts_with('{') { json::read(text)? } else { yaml::read(text)? };
        Ok(Self { root })
    }

    pub(crate) fn root(&self) -> &Node {
        &self.root
    }
}

impl Node {
    /// What stands under a name; nothing where this is no map.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.map()?.get(name).map(Rc::as_ref)
    }

    pub(crate) fn map(&self) -> Option<&BTreeMap<Box<str>, Rc<Self>>> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    pub(crate) fn list(&self) -> Option<impl Iterator<Item = &Self>> {
        if let Self::List(list) = self { Some(list.iter().map(Rc::as_ref)) } else { None }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(crate) fn bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// What it is, for a message.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Null => "nothing".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Number(text) | Self::Text(text) => shortened(text),
            Self::List(_) => "a list".to_owned(),
            Self::Map(_) => "an object".to_owned(),
        }
    }
}

/// A text in quotation marks, in one line and not longer than a message may be.
pub(crate) fn shortened(text: &str) -> String {
    let shown: String = text.chars().take(60).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if shown.len() < text.len() { format!("'{shown}…'") } else { format!("'{shown}'") }
}
