//! When an operation ends.
//!
//! Owns how dates are read: a day begins at midnight UTC.

use mp_domain::interned::intern;
use mp_domain::operation::Deprecation;
use mp_domain::time::Timestamp;

use super::extensions::{Extensions, known_parts, text};
use crate::document::Node;

const NEUTRAL: &str = "x-marketpass-deprecation";

impl Extensions<'_> {
    /// `deprecated: true` alone says that it ends, the extensions say when.
    pub(super) fn deprecation(&self) -> Result<Option<Deprecation>, String> {
        let read = |node: &Node, [since, sunset, replacement]: [&str; 3]| {
            let day = |name| node.get(name).map(|given| moment(name, given)).transpose();
            let replacement =
                node.get(replacement).map(|id| text(replacement, id).map(intern)).transpose()?;
            Ok(Deprecation { since: day(since)?, sunset: day(sunset)?, replacement })
        };
        match self.first([NEUTRAL, "x-deprecation-config"]) {
            Some((NEUTRAL, node)) => {
                let names = ["since", "sunset", "replacement"];
                known_parts(NEUTRAL, node, &names)?;
                read(node, names).map(Some)
            }
            Some((_, node)) => {
                read(node, ["degradation-start-date", "shutdown-date", "replacement-operation-id"]).map(Some)
            }
            None if self.node.get("deprecated").and_then(Node::bool) == Some(true) => {
                Ok(Some(Deprecation { since: None, sunset: None, replacement: None }))
            }
            None => Ok(None),
        }
    }
}

fn moment(name: &str, node: &Node) -> Result<Timestamp, String> {
    let given = text(name, node)?;
    let whole = if given.len() == 10 { format!("{given}T00:00:00Z") } else { given.to_owned() };
    let wrong = |_| format!("`{name}` is {}: a date is expected, for example 2027-01-31", node.shown());
    whole.parse().map_err(wrong)
}
