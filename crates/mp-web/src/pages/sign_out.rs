//! `/logout`.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use http::{HeaderName, HeaderValue, header};
use serde::Deserialize;

use crate::cookies::Cookie;
use crate::next_path::NextPath;
use crate::pages::{Answer, go_to, show};
use crate::visit::Visit;
use crate::web::Web;

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

#[derive(Template)]
#[template(path = "sign-out.html")]
struct SignOutPage<'a> {
    visit: &'a Visit,
}

/// `GET /logout`: asks first, because any page can have a browser fetch an address.
pub(crate) async fn form(visit: Visit) -> Answer {
    if visit.session().is_none() { go_to("/login") } else { show(&SignOutPage { visit: &visit }) }
}

/// What the form brings.
#[derive(Deserialize)]
pub(crate) struct Departure {
    /// Where somebody else wants to sign in for.
    #[serde(default)]
    next: String,
}

/// `POST /logout`: ends this browser's session, whatever stage it is in.
pub(crate) async fn sign_out(
    visit: Visit,
    State(web): State<Web>,
    gone: Result<Form<Departure>, FormRejection>,
) -> Answer {
    if let Some(who) = visit.session() {
        web.service.sign_out(who).await?;
    }
    let next = gone
        .ok()
        .and_then(|Form(gone)| NextPath::read(&gone.next))
        .map(|next| NextPath::after("/login", next.as_str()));
    leave(&web, next.as_deref().unwrap_or("/login?after=signed-out"))
}

/// On to `path`, with nothing left in the browser: without the second header some would show the pages of before again
/// when somebody goes back (W3C Clear Site Data).
pub(crate) fn leave(web: &Web, path: &str) -> Answer {
    let mut answer = go_to(path)?;
    answer.headers_mut().append(header::SET_COOKIE, web.cookies.remove(Cookie::Session));
    answer.headers_mut().insert(CLEAR_SITE_DATA, HeaderValue::from_static("\"cache\""));
    Ok(answer)
}
