//! The pages, one file per purpose.
//!
//! Owns what a page shows and which use case its form runs. Must never decide what a use case decides.

pub(crate) mod language;

use askama::Template;
use axum::response::{Html, IntoResponse, Redirect, Response};

use crate::errors::PageError;

/// What a handler answers with.
pub(crate) type Answer = Result<Response, PageError>;

/// The page that a template makes.
pub(crate) fn show(template: &impl Template) -> Answer {
    Ok(Html(template.render()?).into_response())
}

/// On to another page of ours, by GET.
pub(crate) fn go_to(path: &str) -> Answer {
    Ok(Redirect::to(path).into_response())
}
