//! References within a document: `$ref: '#/components/schemas/Offer'` (RFC 6901).
//!
//! Owns following them. Must never fetch anything: a document is imported whole or not at all.

use super::{Document, Node, shortened};

/// More references in a row than anybody writes, unless they lead in a circle.
const MOST_IN_A_ROW: usize = 64;

/// Why a reference leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BrokenReference {
    /// There is nothing.
    #[error("the reference {0} leads to nothing: add what it names or correct it")]
    Missing(String),
    /// Somewhere else.
    #[error("the reference {0} leads out of the document: bundle all parts into one document first")]
    Foreign(String),
    /// Back to where it came from.
    #[error("the reference {0} leads back to itself: write out what it stands for")]
    Circle(String),
    /// Not even a text.
    #[error("a `$ref` is {0} where the text of a reference is expected")]
    NoText(String),
}

impl Document {
    /// What a value stands for: itself, or what its references lead to.
    pub(crate) fn resolve<'d>(&'d self, node: &'d Node) -> Result<&'d Node, BrokenReference> {
        let mut node = node;
        for _ in 0..MOST_IN_A_ROW {
            match node.get("$ref") {
                None => return Ok(node),
                Some(reference) => node = self.follow(reference)?,
            }
        }
        Err(BrokenReference::Circle(node.get("$ref").map_or_else(String::new, Node::shown)))
    }

    /// Where one reference leads.
    pub(crate) fn follow(&self, reference: &Node) -> Result<&Node, BrokenReference> {
        let text = reference.text().ok_or_else(|| BrokenReference::NoText(reference.shown()))?;
        let pointer = text.strip_prefix('#').ok_or_else(|| BrokenReference::Foreign(shortened(text)))?;
        self.at(pointer).ok_or_else(|| BrokenReference::Missing(shortened(text)))
    }

    fn at(&self, pointer: &str) -> Option<&Node> {
        if pointer.is_empty() {
            return Some(self.root());
        }
        let mut node = self.root();
        for step in pointer.strip_prefix('/')?.split('/') {
            let step = decoded(step)?.replace("~1", "/").replace("~0", "~");
            node = match node {
                Node::List(list) => list.get(step.parse::<usize>().ok()?)?,
                node => node.get(&step)?,
            };
        }
        Some(node)
    }
}

/// Without percent-encoding, which the fragment of a URI may have.
fn decoded(step: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(step.len());
    let mut rest = step.bytes();
    while let Some(byte) = rest.next() {
        let mut digit = || char::from(rest.next()?).to_digit(16);
        bytes.push(if byte == b'%' { u8::try_from(digit()? * 16 + digit()?).ok()? } else { byte });
    }
    String::from_utf8(bytes).ok()
}
