//! Whether the search for secrets finds any, and that it finds none after everything that could spill one.

use super::site::{PASSWORD, Site};
use super::visitor::Visitor;
