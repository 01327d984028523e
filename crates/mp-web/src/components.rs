//! The parts that pages are made of, one template each (`templates/components/`).
//!
//! Owns their markup. A part is made in a handler with its texts already said, and stands in a template as
//! `{{ field }}`. Must never ask a use case anything.

mod client_icon;
mod field;
mod show;
mod words;

pub(crate) use client_icon::ClientIcon;
pub(crate) use field::{Choice, Choices, Field, Problems};
pub(crate) use show::{Copyable, EmptyState, Secret, Time};
pub(crate) use words::{Notice, Status, Tone};

/// Lets a part stand in a template without being escaped a second time.
macro_rules! part {
    ($name:ident) => {
        impl askama::filters::HtmlSafe for $name {}
    };
}
use part;
