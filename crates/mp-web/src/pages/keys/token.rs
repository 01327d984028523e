//! The token of a key, shown this once.

use std::time::Duration;

use askama::Template;
use mp_service::api_keys::IssuedKey;

use crate::components::{Copyable, Secret, Time};
use crate::owners::CabinetManager;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "keys/token.html")]
pub(super) struct TokenPage {
    title: String,
    /// What the key lets a program do.
    summary: Option<String>,
    /// What becomes of the token before, and when.
    overlap: Option<(String, Option<Time>)>,
    secret: Secret,
    header: Copyable,
    curl: Copyable,
    back: String,
    visit: Visit,
}

impl TokenPage {
    fn new(manager: &CabinetManager, issued: &IssuedKey, title: &'static str) -> Self {
        let (visit, key, token) = (&manager.visit, &issued.key, issued.token.expose());
        let file = visit.t("key-token-file").with("key", key.id.to_string()).to_string();
        let base = visit.web.service.public_url().trim_end_matches('/');
        let curl = format!("curl -X POST -H 'Api-Key: {token}' {base}/v2/auth/token");
        Self {
            title: visit.t(title).with("name", key.grant.name.as_str()).to_string(),
            summary: None,
            overlap: None,
            secret: Secret::new(visit, visit.t("key-token"), std::slice::from_ref(&issued.token), &file),
            header: Copyable::new(visit, visit.t("code-header-label"), format!("Api-Key: {token}")),
            curl: Copyable::new(visit, visit.t("key-curl-label"), curl),
            back: manager.keys_path(),
            visit: visit.clone(),
        }
    }

    /// After a key was made.
    pub(super) fn created(manager: &CabinetManager, issued: &IssuedKey, summary: String) -> Self {
        Self { summary: Some(summary), ..Self::new(manager, issued, "key-created-title") }
    }

    /// After a rotation: `overlap` is how long the token before goes on working.
    pub(super) fn rotated(manager: &CabinetManager, issued: &IssuedKey, overlap: Duration) -> Self {
        let visit = &manager.visit;
        let said = if overlap.is_zero() {
            (visit.t("key-rotated-at-once").to_string(), None)
        } else {
            let until = Time::exact(visit, visit.now().plus(overlap));
            (visit.t("key-rotated-until").to_string(), Some(until))
        };
        Self { overlap: Some(said), ..Self::new(manager, issued, "key-rotated-title") }
    }
}
