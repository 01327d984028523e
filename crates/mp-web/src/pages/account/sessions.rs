//! `/account/sessions`: the browsers in which one is signed in.

use askama::Template;
use axum::extract::{Path, Query, State};
use http::header;
use mp_domain::ids::SessionId;
use mp_domain::session::{Session, Stage};

use crate::components::{Notice, Time};
use crate::cookies::Cookie;
use crate::errors::PageError;
use crate::pages::account::{Arrival, device};
use crate::pages::{Answer, go_to, show};
use crate::session::AccountSession;
use crate::visit::Visit;
use crate::web::Web;

/// A session in the list.
struct SessionRow {
    id: SessionId,
    device: String,
    address: String,
    since: Time,
    last_used: Time,
    is_this_one: bool,
    is_halfway: bool,
}

impl SessionRow {
    fn new(visit: &Visit, this_one: SessionId, session: Session) -> Self {
        Self {
            is_this_one: session.id == this_one,
            is_halfway: session.stage == Stage::AwaitingSecondFactor,
            device: device::device(&session.user_agent)
                .unwrap_or_else(|| visit.t("session-unknown").to_string()),
            since: Time::day(visit, session.created_at),
            last_used: Time::relative(visit, session.last_used_at),
            address: session.address,
            id: session.id,
        }
    }
}

#[derive(Template)]
#[template(path = "account/sessions.html")]
struct SessionsPage<'a> {
    visit: &'a Visit,
    notice: Option<Notice>,
    sessions: Vec<SessionRow>,
}

/// `GET /account/sessions`
pub(crate) async fn page(
    session: AccountSession,
    State(web): State<Web>,
    Query(arrival): Query<Arrival>,
) -> Answer {
    let AccountSession { visit, who } = &session;
    let sessions = web.service.list_sessions(who.account.id).await?;
    let sessions = sessions.into_iter().map(|each| SessionRow::new(visit, who.session.id, each)).collect();
    show(&SessionsPage { visit, notice: arrival.notice(visit), sessions })
}

/// `POST /account/sessions/{id}`: ends one; one's own is signing out.
pub(crate) async fn end(session: AccountSession, State(web): State<Web>, Path(id): Path<String>) -> Answer {
    let id: SessionId = id.parse().map_err(|_| PageError::NotFound)?;
    web.service.end_session(&session.who, id).await?;
    if id != session.who.session.id {
        return go_to("/account/sessions?done=session");
    }
    let mut answer = go_to("/login?after=signed-out")?;
    answer.headers_mut().append(header::SET_COOKIE, web.cookies.remove(Cookie::Session));
    Ok(answer)
}
