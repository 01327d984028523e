//! `/logout`.

use askama::Template;
use axum::extract::State;
use http::{HeaderName, HeaderValue, header};

use crate::cookies::Cookie;
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

/// `POST /logout`: ends this browser's session, whatever stage it is in.
pub(crate) async fn sign_out(visit: Visit, State(web): State<Web>) -> Answer {
    if let Some(who) = visit.session() {
        web.service.sign_out(who).await?;
    }
    leave(&web, "/login?after=signed-out")
}

/// On to `path`, with nothing left in the browser: without the second header some would show the pages of before again
/// when somebody goes back (W3C Clear Site Data).
pub(crate) fn leave(web: &Web, path: &str) -> Answer {
    let mut answer = go_to(path)?;
    answer.headers_mut().append(header::SET_COOKIE, web.cookies.remove(Cookie::Session));
    answer.headers_mut().insert(CLEAR_SITE_DATA, HeaderValue::from_static("\"cache\""));
    Ok(answer)
}
