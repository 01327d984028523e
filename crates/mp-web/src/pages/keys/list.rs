//! The list of keys, and the calls that still come the old way.

use std::collections::HashMap;

use askama::Template;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use mp_domain::api_key::{ApiKey, KeyState, MAX_LIVE_KEYS};
use mp_domain::business::Business;
use mp_domain::ids::ApiKeyId;
use mp_domain::time::Timestamp;
use serde::Deserialize;

use super::refusal;
use crate::accesses;
use crate::components::{EmptyState, Notice, Status, Time, Tone};
use crate::owners::CabinetManager;
use crate::pages::{Answer, show};
use crate::visit::Visit;

/// How far back calls are counted.
const DAYS: u32 = 30;
/// How many accesses of a key are named in the list.
const NAMED: usize = 3;

struct Row {
    /// From the page of the list; a full cabinet has it 120 times.
    path: String,
    name: String,
    accesses: String,
    stores: String,
    networks: String,
    expires: Option<Time>,
    used: Option<Time>,
    status: Status,
    overlap: Option<Time>,
    is_paused: bool,
}

struct OldCalls {
    application: String,
    calls: String,
}

#[derive(Template)]
#[template(path = "keys/list.html")]
struct ListPage {
    visit: Visit,
    business: Business,
    path: String,
    done: Option<Notice>,
    count: String,
    /// Where there are as many keys as there may be.
    full: Option<(String, String)>,
    rows: Vec<Row>,
    empty: EmptyState,
    old_calls: Vec<OldCalls>,
}

/// What has just been done to which key, for a sentence above the list.
#[derive(Deserialize)]
pub(crate) struct Done {
    done: Option<String>,
    key: Option<ApiKeyId>,
}

/// `GET /cabinet/{business_id}/keys`
pub(crate) async fn list(manager: CabinetManager, done: Result<Query<Done>, QueryRejection>) -> Answer {
    let (actor, path) = (manager.actor(), manager.keys_path());
    let CabinetManager { visit, business, .. } = manager;
    let service = &visit.web.service;
    let keys = service.list_api_keys(actor, business.id).await.map_err(refusal)?;
    let overlaps = service.running_overlaps(actor, business.id).await.map_err(refusal)?;
    let overlaps: HashMap<_, _> = overlaps.into_iter().collect();
    let old_calls = service.oauth_usage_of_business(business.id, DAYS).await?;
    let live = keys.iter().filter(|key| !key.has_expired(visit.now())).count();
    let is_full = i64::try_from(live).is_ok_and(|live| live >= MAX_LIVE_KEYS);
    let full = is_full.then(|| {
        let title = visit.t("keys-full-title").with("max", MAX_LIVE_KEYS).to_string();
        (title, visit.t("keys-full-text").to_string())
    });
    show(&ListPage {
        done: done.ok().and_then(|Query(done)| notice(&visit, &keys, &done)),
        count: visit.t("keys-count").with("count", live).with("max", MAX_LIVE_KEYS).to_string(),
        full,
        empty: EmptyState::new(visit.t("keys-empty-title"), visit.t("keys-empty-text"))
            .action(format!("{path}/new"), visit.t("keys-create")),
        rows: keys.iter().map(|key| row(&visit, key, overlaps.get(&key.id).copied())).collect(),
        old_calls: old_calls
            .into_iter()
            .map(|(_, name, calls)| OldCalls { application: name.to_string(), calls: visit.number(calls) })
            .collect(),
        path,
        business,
        visit,
    })
}

/// A sentence about a key that is in the list as the sentence says.
fn notice(visit: &Visit, keys: &[ApiKey], done: &Done) -> Option<Notice> {
    let key = keys.iter().find(|key| Some(key.id) == done.key);
    let name = key.map_or("", |key| key.grant.name.as_str());
    let is_paused = key.map(|key| matches!(key.state, KeyState::Paused { .. }));
    let text = match (done.done.as_deref()?, is_paused) {
        ("paused", Some(true)) => visit.t("keys-paused-notice").with("name", name),
        ("resumed", Some(false)) => visit.t("keys-resumed-notice").with("name", name),
        ("edited", Some(_)) => visit.t("keys-edited-notice").with("name", name),
        ("deleted", None) => visit.t("keys-deleted-notice"),
        ("changed", Some(_)) => return Some(Notice::new(Tone::Attention, visit.t("key-error-state"))),
        _ => return None,
    };
    Some(Notice::new(Tone::Done, text))
}

fn row(visit: &Visit, key: &ApiKey, overlap: Option<Timestamp>) -> Row {
    let grant = &key.grant;
    Row {
        path: format!("keys/{}", key.id),
        accesses: accesses_in_words(visit, key),
        stores: match grant.campaigns.len() {
            0 => visit.t("keys-stores-all").to_string(),
            count => visit.t("keys-stores-count").with("count", count).to_string(),
        },
        networks: match grant.networks.iter().count() {
            0 => visit.t("keys-networks-any").to_string(),
            1..=2 => grant.networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            count => visit.t("keys-networks-count").with("count", count).to_string(),
        },
        expires: grant.expires_at.map(|at| Time::day(visit, at)),
        used: key.last_used_at.map(|at| Time::relative(visit, at)),
        status: status(visit, key),
        overlap: overlap.map(|until| Time::exact(visit, until)),
        is_paused: matches!(key.state, KeyState::Paused { .. }),
        name: grant.name.to_string(),
    }
}

fn accesses_in_words(visit: &Visit, key: &ApiKey) -> String {
    let phrases = accesses::phrases(visit.language(), key.grant.scopes);
    let more = phrases.len().saturating_sub(NAMED);
    let mut said = phrases.into_iter().take(NAMED).collect::<Vec<_>>().join(", ");
    if more > 0 {
        said.push(' ');
        said.push_str(&visit.t("keys-more-accesses").with("count", more).to_string());
    }
    capitalised(&said)
}

/// The phrase as it begins a line.
fn capitalised(phrase: &str) -> String {
    let mut letters = phrase.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn status(visit: &Visit, key: &ApiKey) -> Status {
    match key.state {
        _ if key.has_expired(visit.now()) => Status::new(Tone::Danger, visit.t("key-status-expired")),
        KeyState::Paused { .. } => Status::new(Tone::Attention, visit.t("key-status-paused")),
        KeyState::Active | KeyState::Deleted { .. } => Status::new(Tone::Done, visit.t("key-status-active")),
    }
}
