//! `/account/applications`: the applications that one has let in.

use askama::Template;
use axum::extract::{Path, Query, State};
use mp_domain::client::Client;
use mp_domain::grant::Grant;
use mp_domain::ids::ClientId;
use mp_domain::oauth_scope::OAuthScopes;

use crate::components::{EmptyState, Notice, Problems, Time};
use crate::errors::PageError;
use crate::pages::account::{Arrival, Question};
use crate::pages::{Answer, go_to, show};
use crate::rights::Right;
use crate::session::AccountSession;
use crate::visit::Visit;
use crate::web::Web;

/// An application in the list.
struct ApplicationRow {
    id: ClientId,
    name: String,
    contact: String,
    rights: Vec<Right>,
    since: Option<Time>,
    last_used: Option<Time>,
    expires: Option<Time>,
    /// On how many devices it has a token of its own.
    devices: usize,
}

impl ApplicationRow {
    fn new(visit: &Visit, client: &Client, grants: &[Grant]) -> Self {
        let scopes: OAuthScopes = grants.iter().flat_map(|grant| grant.scopes.iter()).collect();
        let first = grants.iter().map(|grant| grant.created_at).min();
        let last = grants.iter().map(|grant| grant.token.expires_at).max();
        Self {
            id: client.id,
            name: client.profile.name.to_string(),
            contact: client.profile.email.to_string(),
            rights: Right::all(visit.language(), scopes),
            since: first.map(|at| Time::day(visit, at)),
            last_used: grants
                .iter()
                .filter_map(|grant| grant.last_used_at)
                .max()
                .map(|at| Time::relative(visit, at)),
            expires: last.map(|at| Time::relative(visit, at)),
            devices: grants.iter().filter(|grant| grant.device.is_some()).count(),
        }
    }
}

#[derive(Template)]
#[template(path = "account/applications.html")]
struct ApplicationsPage<'a> {
    visit: &'a Visit,
    notice: Option<Notice>,
    applications: Vec<ApplicationRow>,
    empty: EmptyState,
}

/// `GET /account/applications`
pub(crate) async fn page(
    session: AccountSession,
    State(web): State<Web>,
    Query(arrival): Query<Arrival>,
) -> Answer {
    let AccountSession { visit, who } = &session;
    let connected = web.service.connected_applications(who.account.id).await?;
    let applications =
        connected.into_iter().map(|(client, grants)| ApplicationRow::new(visit, &client, &grants));
    let empty = EmptyState::new(visit.t("connected-none"), visit.t("connected-none-why"));
    show(&ApplicationsPage {
        visit,
        notice: arrival.notice(visit),
        applications: applications.collect(),
        empty,
    })
}

/// `GET /account/applications/{client_id}`
pub(crate) async fn withdrawal_form(
    session: AccountSession,
    State(web): State<Web>,
    Path(id): Path<String>,
) -> Answer {
    let AccountSession { visit, who } = &session;
    let id: ClientId = id.parse().map_err(|_| PageError::NotFound)?;
    let mut connected = web.service.connected_applications(who.account.id).await?.into_iter();
    let (client, grants) = connected.find(|(client, _)| client.id == id).ok_or(PageError::NotFound)?;
    let last_used = match grants.iter().filter_map(|grant| grant.last_used_at).max() {
        Some(at) => visit.t("withdraw-last-used").with("when", visit.moment(at).relative()),
        None => visit.t("withdraw-never-used"),
    };
    show(&Question {
        visit,
        problems: Problems::default(),
        title: visit.t("withdraw-title").with("name", client.profile.name.to_string()),
        consequences: vec![visit.t("withdraw-why"), last_used, visit.t("withdraw-again")],
        button: visit.t("withdraw"),
        is_dangerous: true,
        back: "/account/applications",
    })
}

/// `POST /account/applications/{client_id}`
pub(crate) async fn withdraw(
    session: AccountSession,
    State(web): State<Web>,
    Path(id): Path<String>,
) -> Answer {
    let id: ClientId = id.parse().map_err(|_| PageError::NotFound)?;
    web.service.withdraw_access(&session.who, id).await?;
    go_to("/account/applications?done=access")
}
