//! The pages, one file per purpose.
//!
//! Owns what a page shows and which use case its form runs. Must never decide what a use case decides.

pub(crate) mod account;
pub(crate) mod applications;
pub(crate) mod authorize;
pub(crate) mod cabinet;
pub(crate) mod confirm;
mod deletion;
pub(crate) mod keys;
pub(crate) mod language;
mod names;
mod passkey;
pub(crate) mod recovery;
mod refusal;
pub(crate) mod refusals;
mod renewal;
pub(crate) mod second_factor;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
pub(crate) mod sign_up;
pub(crate) mod verification;
pub(crate) mod verification_code;

use std::time::Duration;

use askama::Template;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::{StatusCode, header};
use mp_service::Cookies;

use crate::cookies::Cookie;
use crate::errors::PageError;
use crate::web::Web;

/// What a handler answers with.
pub(crate) type Answer = Result<Response, PageError>;

/// The page that a template makes.
pub(crate) fn show(template: &impl Template) -> Answer {
    Ok(Html(template.render()?).into_response())
}

/// The form again, with what is wrong with it.
pub(crate) fn show_again(template: &impl Template) -> Answer {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(template.render()?)).into_response())
}

/// The same for a form that was sent too often, if it was: with the seconds to `wait` (RFC 6585 §4).
pub(crate) fn show_again_after(template: &impl Template, wait: Option<Duration>) -> Answer {
    let mut answer = show_again(template)?;
    if let Some(wait) = wait {
        // Not before the wait is over.
        let seconds = u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX);
        *answer.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    Ok(answer)
}

/// On to another page of ours, by GET.
#[expect(clippy::unnecessary_wraps, reason = "most handlers end in it, as they end in `show`")]
pub(crate) fn go_to(path: &str) -> Answer {
    Ok(Redirect::to(path).into_response())
}

/// The answer with what the browser is to keep from now on.
pub(crate) fn keeping(web: &Web, cookies: &Cookies, mut answer: Response) -> Response {
    let mut keep = |line| answer.headers_mut().append(header::SET_COOKIE, line);
    keep(web.cookies.set(Cookie::Session, cookies.session.expose()));
    if let Some(known) = &cookies.known {
        keep(web.cookies.set(Cookie::Known, known.expose()));
    }
    answer
}
