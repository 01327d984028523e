//! The language switch of every page.

use axum::Form;
use axum::extract::State;
use http::header;
use serde::Deserialize;

use crate::cookies::Cookie;
use crate::errors::PageError;
use crate::next_path::NextPath;
use crate::pages::{Answer, go_to};
use crate::texts::Language;
use crate::web::Web;

/// The form's fields.
#[derive(Deserialize)]
pub(crate) struct Choice {
    language: String,
    #[serde(default)]
    next: String,
}

/// `POST /language`: remembers the choice for a year and goes back.
pub(crate) async fn choose(State(web): State<Web>, Form(choice): Form<Choice>) -> Answer {
    let language = Language::tagged(&choice.language).ok_or(PageError::Unreadable)?;
    let next = NextPath::read(&choice.next);
    let mut answer = go_to(next.as_ref().map_or("/", NextPath::as_str))?;
    answer.headers_mut().append(header::SET_COOKIE, web.cookies.set(Cookie::Language, language.tag()));
    Ok(answer)
}
