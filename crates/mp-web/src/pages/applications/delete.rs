//! The end of an application.

use mp_service::applications::ClientError;

use super::show::DAYS;
use crate::components::{Field, Problems};
use crate::errors::PageError;
use crate::fields::Fields;
use crate::owners::{ClientOwner, FreshOwner};
use crate::pages::deletion::{DeletionPage, Effect};
use crate::pages::{Answer, go_to, show, show_again};

/// `GET /client/{client_id}/delete`
pub(crate) async fn confirm(FreshOwner(owner): FreshOwner) -> Answer {
    let problems = owner.visit.no_problems();
    show(&page(&owner, problems).await?)
}

async fn page(owner: &ClientOwner, problems: Problems) -> Result<DeletionPage, PageError> {
    let ClientOwner { visit, client } = owner;
    let calls = visit.web.service.client_usage(client.id, DAYS).await?;
    let name = client.profile.name.as_str();
    let effects = vec![
        Effect::new(visit.t("application-delete-effect-tokens")),
        Effect::new(visit.t("application-delete-effect-calls").with("count", calls)),
        Effect::new(visit.t("application-delete-effect-final")),
    ];
    Ok(DeletionPage {
        title: visit.t("application-delete-title").with("name", name).to_string(),
        effects,
        action: format!("/client/{}/delete", client.id),
        field: Field::text("name", visit.t("application-delete-type").with("name", name)).judged(&problems),
        submit: visit.t("application-delete").to_string(),
        cancel: format!("/client/{}", client.id),
        problems,
        visit: visit.clone(),
    })
}

/// `POST /client/{client_id}/delete`
pub(crate) async fn delete(FreshOwner(owner): FreshOwner, fields: Fields) -> Answer {
    let ClientOwner { visit, client } = &owner;
    if fields.one("name") != client.profile.name.as_str() {
        let mut problems = visit.no_problems();
        problems
            .add("name", visit.t("application-delete-mistyped").with("name", client.profile.name.as_str()));
        return show_again(&page(&owner, problems).await?);
    }
    match visit.web.service.delete_client(owner.actor(), client.id).await {
        Ok(_) => go_to("/"),
        Err(ClientError::Store(error)) => Err(error.into()),
        // Somebody was faster.
        Err(_) => Err(PageError::NotFound),
    }
}
