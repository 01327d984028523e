//! The page of one application, and its icon.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use http::header;
use mp_domain::client::{Client, ClientKind};
use mp_domain::ids::ClientId;

use super::links;
use crate::components::{ClientIcon, Copyable, Time};
use crate::errors::PageError;
use crate::owners::ClientOwner;
use crate::pages::{Answer, show as answer};
use crate::rights::Right;
use crate::visit::Visit;
use crate::web::Web;

/// How far back calls are counted.
pub(crate) const DAYS: u32 = 30;
const YEAR_IN_DAYS: u64 = 365;

#[derive(Template)]
#[template(path = "applications/show.html")]
struct ClientPage {
    icon: ClientIcon,
    client_id: Copyable,
    /// The link by which people get a token, and the same to be copied.
    get_token: Option<(String, Copyable)>,
    keys_path: String,
    rights: Vec<Right>,
    kind: String,
    lifetime: String,
    calls: String,
    created: Time,
    former_until: Option<Time>,
    client: Client,
    visit: Visit,
}

/// `GET /client/{client_id}`
pub(crate) async fn show(ClientOwner { visit, client }: ClientOwner) -> Answer {
    let calls = visit.web.service.client_usage(client.id, DAYS).await?;
    let get_token = links::get_token(&visit.web.service, &client)
        .map(|url| (url.clone(), Copyable::new(&visit, visit.t("application-get-token-link"), url)));
    let former = client.former_secret.as_ref().filter(|former| former.until > visit.now());
    answer(&ClientPage {
        icon: ClientIcon::new(&client),
        client_id: Copyable::new(&visit, visit.t("application-client-id"), client.id.to_string()),
        get_token,
        keys_path: keys_path(&visit, &client).await?,
        rights: Right::all(visit.language(), client.profile.scopes),
        kind: visit.t(kind(client.kind)).to_string(),
        lifetime: lifetime(&visit, &client),
        calls: if calls == 0 { visit.t("application-calls-none").to_string() } else { visit.number(calls) },
        created: Time::day(&visit, client.created_at),
        former_until: former.map(|former| Time::exact(&visit, former.until)),
        client,
        visit,
    })
}

/// The keys page of the one cabinet the owner manages; the list of cabinets where there are none or several.
async fn keys_path(visit: &Visit, client: &Client) -> Result<String, PageError> {
    crate::pages::cabinet::keys_path(&visit.web.service, client.owner).await
}

fn kind(kind: ClientKind) -> &'static str {
    match kind {
        ClientKind::Id => "application-kind-id",
        ClientKind::Api => "application-kind-api",
    }
}

fn lifetime(visit: &Visit, client: &Client) -> String {
    match client.profile.scopes.lifetime().as_secs() / 86_400 {
        YEAR_IN_DAYS => visit.t("application-lifetime-year").to_string(),
        days => visit.t("application-lifetime-days").with("days", days).to_string(),
    }
}

/// `GET /client/{client_id}/icon`: for everybody who is asked to allow the application something.
pub(crate) async fn icon(State(web): State<Web>, Path(client_id): Path<String>) -> Answer {
    let id: ClientId = client_id.parse().map_err(|_| PageError::NotFound)?;
    let client = web.service.client(id).await?.filter(|client| client.deleted_at.is_none());
    let icon = client.and_then(|client| client.icon).ok_or(PageError::NotFound)?;
    let headers = [(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, "private, max-age=300")];
    Ok((headers, icon).into_response())
}
