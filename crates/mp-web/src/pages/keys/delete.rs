//! The end of a key.

use mp_service::api_keys::ApiKeyError;

use super::{KeyManager, refusal};
use crate::components::{Field, Problems, Time};
use crate::errors::PageError;
use crate::fields::Fields;
use crate::pages::deletion::{DeletionPage, Effect};
use crate::pages::{Answer, go_to, show, show_again};

/// `GET /cabinet/{business_id}/keys/{key_id}/delete`
pub(crate) async fn confirm(key: KeyManager) -> Answer {
    let problems = key.manager.visit.no_problems();
    show(&page(&key, problems))
}

fn page(key: &KeyManager, problems: Problems) -> DeletionPage {
    let visit = &key.manager.visit;
    let name = key.key.grant.name.as_str();
    let used = key.key.last_used_at.map_or_else(
        || Effect::new(visit.t("key-delete-effect-unused")),
        |at| Effect::at(visit.t("key-delete-effect-used"), Time::relative(visit, at)),
    );
    DeletionPage {
        title: visit.t("key-delete-title").with("name", name).to_string(),
        effects: vec![
            Effect::new(visit.t("key-delete-effect-stop")),
            used,
            Effect::at(visit.t("key-delete-effect-created"), Time::day(visit, key.key.created_at)),
            Effect::new(visit.t("key-delete-effect-final")),
        ],
        action: format!("{}/delete", key.path()),
        field: Field::text("name", visit.t("key-delete-type").with("name", name)).judged(&problems),
        submit: visit.t("key-delete-action").to_string(),
        cancel: key.manager.keys_path(),
        problems,
        visit: visit.clone(),
    }
}

/// `POST /cabinet/{business_id}/keys/{key_id}/delete`
pub(crate) async fn delete(key: KeyManager, fields: Fields) -> Answer {
    let visit = &key.manager.visit;
    let name = key.key.grant.name.as_str();
    if fields.one("name") != name {
        let mut problems = visit.no_problems();
        problems.add("name", visit.t("key-delete-mistyped").with("name", name));
        return show_again(&page(&key, problems));
    }
    match visit.web.service.delete_api_key(key.manager.actor(), key.key.id).await {
        Ok(_) => go_to(&format!("{}?done=deleted&key={}", key.manager.keys_path(), key.key.id)),
        // Somebody was faster.
        Err(ApiKeyError::Refused(_)) => Err(PageError::NotFound),
        Err(error) => Err(refusal(error)),
    }
}
