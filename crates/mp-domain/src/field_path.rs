//! Where a value stands in a JSON body.
//!
//! Owns the names on the way to it. Must never look into a body.

use std::fmt;

/// The names from the root to a value; arrays on the way are passed through: `result.warehouses.offers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FieldPath(&'static [&'static str]);

impl FieldPath {
    /// The path with these names.
    #[must_use]
    pub const fn new(segments: &'static [&'static str]) -> Self {
        Self(segments)
    }

    /// The names.
    #[must_use]
    pub const fn segments(self) -> &'static [&'static str] {
        self.0
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}
