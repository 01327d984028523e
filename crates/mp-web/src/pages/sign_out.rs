//! `/logout`.

use askama::Template;
use axum::extract::State;
use http::header;

use crate::cookies::Cookie;
use crate::pages::{Answer, go_to, show};
use crate::visit::Visit;
use crate::web::Web;

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
    let mut answer = go_to("/login?after=signed-out")?;
    answer.headers_mut().append(header::SET_COOKIE, web.cookies.remove(Cookie::Session));
    Ok(answer)
}
