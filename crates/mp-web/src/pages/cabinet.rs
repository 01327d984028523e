//! The cabinets of a person.

use askama::Template;
use mp_domain::business::Business;
use mp_domain::ids::AccountId;
use mp_domain::member::Role;
use mp_service::Service;

use crate::components::EmptyState;
use crate::errors::PageError;
use crate::pages::{Answer, show};
use crate::session::AccountSession;
use crate::visit::Visit;

struct Row {
    business: Business,
    role: String,
    may_manage_keys: bool,
}

#[derive(Template)]
#[template(path = "cabinet/list.html")]
struct ListPage {
    visit: Visit,
    rows: Vec<Row>,
    empty: EmptyState,
}

/// `GET /cabinet`
pub(crate) async fn list(AccountSession { visit, who }: AccountSession) -> Answer {
    let places = visit.web.service.businesses_of(who.account.id).await?;
    let text = visit.t("cabinets-empty-text").with("login", who.account.login.as_str()).to_string();
    let empty = EmptyState::new(visit.t("cabinets-empty-title"), text);
    let row = |(business, role): (Business, Role)| Row {
        business,
        role: visit.t(role_key(role)).to_string(),
        may_manage_keys: role.may_manage_keys(),
    };
    let rows = places.into_iter().map(row).collect();
    show(&ListPage { visit, rows, empty })
}

/// The keys page of the one cabinet whose keys a person manages; the list of cabinets where there are none or several.
pub(super) async fn keys_path(service: &Service, account: AccountId) -> Result<String, PageError> {
    let places = service.businesses_of(account).await?;
    let mut managed = places.iter().filter(|(_, role)| role.may_manage_keys());
    Ok(match (managed.next(), managed.next()) {
        (Some((business, _)), None) => format!("/cabinet/{}/keys", business.id),
        _ => "/cabinet".to_owned(),
    })
}

fn role_key(role: Role) -> &'static str {
    match role {
        Role::Owner => "role-owner",
        Role::Manager => "role-manager",
        Role::Employee => "role-employee",
    }
}
