//! The page that asks whether something may be deleted for good.
//!
//! Owns the typed name. Must never delete anything itself.

use askama::Template;

use crate::components::{Field, Problems, Time};
use crate::visit::Visit;

/// One thing that will happen, or is worth knowing before.
pub(super) struct Effect {
    text: String,
    time: Option<Time>,
}

impl Effect {
    /// A sentence.
    pub(super) fn new(text: impl std::fmt::Display) -> Self {
        Self { text: text.to_string(), time: None }
    }

    /// The beginning of a sentence, and the moment that ends it.
    pub(super) fn at(text: impl std::fmt::Display, time: Time) -> Self {
        Self { text: text.to_string(), time: Some(time) }
    }
}

/// The page.
#[derive(Template)]
#[template(path = "deletion.html")]
pub(super) struct DeletionPage {
    pub(super) visit: Visit,
    pub(super) problems: Problems,
    pub(super) title: String,
    pub(super) effects: Vec<Effect>,
    pub(super) action: String,
    /// For the name, typed.
    pub(super) field: Field,
    pub(super) submit: String,
    pub(super) cancel: String,
}
