//! A new token for a key.
//!
//! Owns the guard against a form that is sent twice: it names the token it was opened with, by a checksum of its digest.

use std::time::Duration;

use mp_service::api_keys::ApiKeyError;

use super::token::TokenPage;
use super::{FreshKeyManager, KeyManager, refusal};
use crate::components::{Choice, Choices, Problems};
use crate::errors::PageError;
use crate::fields::Fields;
use crate::pages::renewal::{OVERLAPS, RenewalPage, fingerprint, overlap_days};
use crate::pages::{Answer, show, show_again};

/// What most people need to change their programs.
const USUAL_DAYS: u64 = 7;

/// `GET /cabinet/{business_id}/keys/{key_id}/rotate`
pub(crate) async fn ask(FreshKeyManager(key): FreshKeyManager) -> Answer {
    let problems = key.manager.visit.no_problems();
    show(&page(&key, problems))
}

fn page(key: &KeyManager, problems: Problems) -> RenewalPage {
    let visit = &key.manager.visit;
    let choice = |days: u64| Choice {
        value: days.to_string(),
        label: match days {
            0 => visit.t("key-rotate-overlap-0").to_string(),
            _ => visit.t("key-rotate-overlap-days").with("days", days).to_string(),
        },
        hint: (days == 0).then(|| visit.t("key-rotate-overlap-0-hint").to_string()),
        is_chosen: days == USUAL_DAYS,
    };
    RenewalPage {
        title: visit.t("key-rotate-title").with("name", key.key.grant.name.as_str()).to_string(),
        lead: visit.t("key-rotate-lead").to_string(),
        action: format!("{}/rotate", key.path()),
        cancel: key.manager.keys_path(),
        submit: visit.t("key-rotate-action").to_string(),
        seen: seen(key),
        overlap: Choices {
            name: "overlap",
            legend: visit.t("key-rotate-overlap").to_string(),
            hint: Some(visit.t("key-rotate-overlap-hint").to_string()),
            error: None,
            kind: "radio",
            choices: OVERLAPS.into_iter().map(choice).collect(),
        },
        problems,
        visit: visit.clone(),
    }
}

fn replayed(key: &KeyManager) -> Problems {
    let mut problems = key.manager.visit.no_problems();
    problems.add("", key.manager.visit.t("key-rotate-replayed"));
    problems
}

/// What tells this token from the one after it.
fn seen(key: &KeyManager) -> String {
    fingerprint(key.key.secret.digest.as_bytes())
}

/// `POST /cabinet/{business_id}/keys/{key_id}/rotate`
pub(crate) async fn rotate(FreshKeyManager(key): FreshKeyManager, fields: Fields) -> Answer {
    let visit = &key.manager.visit;
    if fields.one("seen") != seen(&key) {
        return show_again(&page(&key, replayed(&key)));
    }
    let overlap = Duration::from_secs(overlap_days(fields.one("overlap")) * 86_400);
    let known = Some(key.key.secret);
    match visit.web.service.rotate_api_key(key.manager.actor(), key.key.id, overlap, known).await {
        Ok(issued) => show(&TokenPage::rotated(&key.manager, &issued, overlap)),
        Err(ApiKeyError::RotatedMeanwhile(_)) => show_again(&page(&key, replayed(&key))),
        Err(ApiKeyError::Refused(_)) => Err(PageError::NotFound),
        Err(error) => Err(refusal(error)),
    }
}
