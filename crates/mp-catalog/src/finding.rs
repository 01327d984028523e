//! What is found in a document: where, how bad, and what to do.
//!
//! Owns how a finding is printed. Must never judge.

use std::fmt;

use mp_domain::operation::Operation;
use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The document is not imported.
    Error,
    /// It is imported; somebody should look.
    Warning,
}

/// Where something is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
pub struct Place {
    /// The path as the document has it; `None` for the document as a whole.
    pub path: Option<String>,
    /// The verb; `None` for all of the path.
    pub verb: Option<String>,
    /// The `operationId`, if there is one.
    pub operation: Option<String>,
}

/// One thing found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
    /// What it is, and what to do.
    pub message: String,
}

impl Finding {
    pub(crate) fn error(place: &Place, message: impl fmt::Display) -> Self {
        Self { severity: Severity::Error, place: place.clone(), message: message.to_string() }
    }

    pub(crate) fn warning(place: &Place, message: impl fmt::Display) -> Self {
        Self { severity: Severity::Warning, place: place.clone(), message: message.to_string() }
    }
}

impl From<&Operation> for Place {
    fn from(operation: &Operation) -> Self {
        Self {
            path: Some(operation.template.to_owned()),
            verb: Some(operation.verb.to_string()),
            operation: Some(operation.id.to_owned()),
        }
    }
}

impl fmt::Display for Place {
    /// `POST /v2/offers (updateOffers)`, as far as it is known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(path) = &self.path else { return f.write_str("the document") };
        if let Some(verb) = &self.verb {
            write!(f, "{verb} ")?;
        }
        f.write_str(path)?;
        self.operation.as_ref().map_or(Ok(()), |operation| write!(f, " ({operation})"))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity}: {}: {}", self.place, self.message)
    }
}
