//! The applications of a person.
//!
//! Owns the list; each further page has a file of its own. Must never show anybody else's.

mod delete;
mod edit;
mod form;
mod links;
mod renew;
mod show;

use askama::Template;
use mp_domain::client::Client;

pub(crate) use delete::{confirm as confirm_deletion, delete};
pub(crate) use edit::{create_api, create_id, edit, new_api, new_id, save};
pub(crate) use renew::{ask as ask_renewal, renew};
pub(crate) use show::{icon, show as one};

use crate::components::{ClientIcon, EmptyState, Time};
use crate::pages::{Answer, show as answer};
use crate::rights::Right;
use crate::session::AccountSession;
use crate::visit::Visit;

struct Row {
    client: Client,
    icon: ClientIcon,
    rights: Vec<String>,
    created: Time,
}

#[derive(Template)]
#[template(path = "applications/list.html")]
struct ListPage {
    visit: Visit,
    rows: Vec<Row>,
    empty: Option<EmptyState>,
}

/// `GET /`
pub(crate) async fn list(AccountSession { visit, who }: AccountSession) -> Answer {
    let clients = visit.web.service.clients_of(who.account.id).await?;
    let rows: Vec<_> = clients.into_iter().map(|client| row(&visit, client)).collect();
    let empty = rows.is_empty().then(|| {
        EmptyState::new(visit.t("applications-empty-title"), visit.t("applications-empty-text"))
            .action("/client/new", visit.t("applications-create"))
    });
    answer(&ListPage { visit, rows, empty })
}

fn row(visit: &Visit, client: Client) -> Row {
    let rights = Right::all(visit.language(), client.profile.scopes);
    Row {
        icon: ClientIcon::new(&client),
        rights: rights.into_iter().map(|right| right.title).collect(),
        created: Time::day(visit, client.created_at),
        client,
    }
}
