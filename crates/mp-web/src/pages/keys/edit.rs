//! The forms of a key: the one for a new one, and the one for changes.

use askama::Template;
use mp_domain::api_key::MAX_LIVE_KEYS;
use mp_domain::business::Business;
use mp_domain::campaign::Campaign;
use mp_service::api_keys::ApiKeyError;
use mp_service::businesses::BusinessError;

use super::form::{Expiry, KeyForm, SPANS};
use super::token::TokenPage;
use super::{KeyManager, refusal};
use crate::accesses::{Level, TOPICS};
use crate::components::{Field, Problems};
use crate::errors::PageError;
use crate::fields::Fields;
use crate::owners::{CabinetManager, FreshManager};
use crate::pages::{Answer, go_to, show, show_again};
use crate::visit::Visit;

/// How many stores are offered at once; more are found by searching.
const MOST_STORES: usize = 50;

/// A topic of the form.
struct TopicRow {
    field: &'static str,
    title: String,
    levels: Vec<LevelChoice>,
}

struct LevelChoice {
    value: &'static str,
    word: String,
    text: Option<String>,
    is_chosen: bool,
}

struct StoreRow {
    id: String,
    name: String,
    is_chosen: bool,
}

struct Span {
    value: String,
    label: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "keys/form.html")]
struct FormPage {
    title: String,
    action: String,
    cancel: String,
    submit: String,
    /// Whether everything can be chosen, or name and accesses alone.
    is_new: bool,
    name: Field,
    topics: Vec<TopicRow>,
    stores: Vec<StoreRow>,
    /// How many of how many stores are shown, where not all are.
    shown: Option<String>,
    spans: Vec<Span>,
    is_dated: bool,
    date: String,
    summary: String,
    problems: Problems,
    form: KeyForm,
    business: Business,
    visit: Visit,
}

/// What the page is about besides the form.
struct Frame {
    title: String,
    action: String,
    submit: String,
    is_new: bool,
    stores: Vec<Campaign>,
}

impl FormPage {
    fn new(manager: &CabinetManager, frame: Frame, form: KeyForm, problems: Problems) -> Self {
        let visit = &manager.visit;
        let name = Field::text("name", visit.t("key-name")).hint(visit.t("key-name-hint")).max_length(100);
        let offered = form.offered(&frame.stores, MOST_STORES);
        let shown =
            visit.t("key-stores-shown").with("shown", offered.len()).with("total", frame.stores.len());
        Self {
            title: frame.title,
            action: frame.action,
            cancel: manager.keys_path(),
            submit: frame.submit,
            is_new: frame.is_new,
            name: name.value(&form.name).judged(&problems),
            topics: topics(visit, &form),
            shown: (offered.len() < frame.stores.len()).then(|| shown.to_string()),
            stores: offered.into_iter().map(|store| store_row(store, &form)).collect(),
            spans: SPANS.iter().map(|days| span(visit, *days, &form)).collect(),
            is_dated: matches!(form.expiry, Expiry::Date(_)),
            date: if let Expiry::Date(date) = &form.expiry { date.clone() } else { String::new() },
            summary: form.summary(visit),
            problems,
            form,
            business: manager.business.clone(),
            visit: visit.clone(),
        }
    }
}

fn topics(visit: &Visit, form: &KeyForm) -> Vec<TopicRow> {
    let levels = [
        (Level::Nothing, "none", "key-access-none"),
        (Level::Read, "read", "key-access-read"),
        (Level::Full, "full", "key-access-full"),
    ];
    let rows = TOPICS.iter().map(|topic| {
        let chosen = topic.level(form.scopes);
        let offered =
            levels.iter().filter(|(level, ..)| *level == Level::Nothing || topic.access(*level).is_some());
        let choice = |(level, value, word): &(Level, &'static str, &'static str)| LevelChoice {
            value,
            word: visit.t(word).to_string(),
            text: topic.access(*level).map(|access| visit.t(access.text).to_string()),
            is_chosen: *level == chosen,
        };
        TopicRow {
            field: topic.field,
            title: visit.t(topic.title).to_string(),
            levels: offered.map(choice).collect(),
        }
    });
    rows.collect()
}

fn store_row(store: &Campaign, form: &KeyForm) -> StoreRow {
    StoreRow {
        id: store.id.to_string(),
        name: store.name.to_string(),
        is_chosen: form.stores.contains(&store.id),
    }
}

fn span(visit: &Visit, days: u64, form: &KeyForm) -> Span {
    let label = match days {
        365 => visit.t("key-expiry-year"),
        _ => visit.t("key-expiry-days").with("days", days),
    };
    Span { value: days.to_string(), label: label.to_string(), is_chosen: form.expiry == Expiry::Days(days) }
}

async fn new_frame(manager: &CabinetManager) -> Result<Frame, PageError> {
    let visit = &manager.visit;
    let stores = visit.web.service.list_campaigns(manager.business.id).await;
    Ok(Frame {
        title: visit.t("key-new-title").to_string(),
        action: format!("{}/new", manager.keys_path()),
        submit: visit.t("key-create").to_string(),
        is_new: true,
        stores: stores.map_err(|error| refusal(error.into()))?,
    })
}

/// `GET /cabinet/{business_id}/keys/new`
pub(crate) async fn new(FreshManager(manager): FreshManager, fields: Fields) -> Answer {
    let form = if fields.is_empty() { KeyForm::empty() } else { KeyForm::read(&fields) };
    let problems = manager.visit.no_problems();
    show(&FormPage::new(&manager, new_frame(&manager).await?, form, problems))
}

/// `POST /cabinet/{business_id}/keys/new`
pub(crate) async fn create(manager: CabinetManager, fields: Fields) -> Answer {
    let (visit, form) = (&manager.visit, KeyForm::read(&fields));
    let frame = new_frame(&manager).await?;
    if fields.one("do") != "save" {
        return show(&FormPage::new(&manager, frame, form, visit.no_problems()));
    }
    let grant = match form.judge(visit) {
        Ok(grant) => grant,
        Err(problems) => return show_again(&FormPage::new(&manager, frame, form, problems)),
    };
    if !manager.is_fresh() {
        return Err(fields.confirmation(&frame.action));
    }
    match visit.web.service.create_api_key(manager.actor(), manager.business.id, grant).await {
        Ok(issued) => show(&TokenPage::created(&manager, &issued, form.summary(visit))),
        Err(error) => show_again(&FormPage::new(&manager, frame, form, refused(visit, error)?)),
    }
}

fn edit_frame(key: &KeyManager) -> Frame {
    let visit = &key.manager.visit;
    Frame {
        title: visit.t("key-edit-title").with("name", key.key.grant.name.as_str()).to_string(),
        action: format!("{}/edit", key.path()),
        submit: visit.t("key-save").to_string(),
        is_new: false,
        stores: Vec::new(),
    }
}

/// `GET /cabinet/{business_id}/keys/{key_id}/edit`
pub(crate) async fn edit(key: KeyManager) -> Answer {
    let problems = key.manager.visit.no_problems();
    show(&FormPage::new(&key.manager, edit_frame(&key), KeyForm::of(&key.key), problems))
}

/// `POST /cabinet/{business_id}/keys/{key_id}/edit`
pub(crate) async fn save(key: KeyManager, fields: Fields) -> Answer {
    let (visit, form) = (&key.manager.visit, KeyForm::read(&fields));
    if fields.one("do") != "save" {
        return show(&FormPage::new(&key.manager, edit_frame(&key), form, visit.no_problems()));
    }
    let (name, scopes) = match form.judge_changes(visit) {
        Ok(changes) => changes,
        Err(problems) => return show_again(&FormPage::new(&key.manager, edit_frame(&key), form, problems)),
    };
    let service = &visit.web.service;
    match service.edit_api_key(key.manager.actor(), key.key.id, Some(name), Some(scopes)).await {
        Ok(_) => go_to(&format!("{}?done=edited&key={}", key.manager.keys_path(), key.key.id)),
        Err(error) => {
            show_again(&FormPage::new(&key.manager, edit_frame(&key), form, refused(visit, error)?))
        }
    }
}

/// What the service refused although the form was in order.
fn refused(visit: &Visit, error: ApiKeyError) -> Result<Problems, PageError> {
    let mut problems = visit.no_problems();
    match error {
        ApiKeyError::NameTaken { name, .. } => {
            problems.add("name", visit.t("key-error-name-taken").with("name", name.as_str()));
        }
        ApiKeyError::TooMany(_) => problems.add("", visit.t("key-error-too-many").with("max", MAX_LIVE_KEYS)),
        ApiKeyError::ExpiredAtBirth => problems.add("date", visit.t("key-error-date")),
        ApiKeyError::Business(BusinessError::ForeignCampaign { .. }) => {
            problems.add("stores", visit.t("key-error-stores-foreign"));
        }
        other => return Err(refusal(other)),
    }
    Ok(problems)
}
