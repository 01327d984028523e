//! Refused calls: those of a cabinet, for its owners and managers, and those of a person's own tokens.
//!
//! Owns how they are looked for and listed. Must never show what nobody noted: no query, no body, no secret.

mod words;

use askama::Template;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use mp_domain::business::Business;
use mp_domain::trace::TraceId;
use mp_service::refusals::{Finder, ListedRefusal, NamedCaller, Wanted};
use serde::Deserialize;

use self::words::Words;
use crate::components::{EmptyState, Field, Problems, Time};
use crate::owners::CabinetManager;
use crate::pages::{Answer, show};
use crate::session::AccountSession;
use crate::visit::Visit;

/// How many are on a page.
const ON_A_PAGE: usize = 20;

/// What is looked for.
#[derive(Deserialize, Default)]
pub(crate) struct Search {
    /// As it was typed or pasted.
    trace: Option<String>,
    /// Those before this one.
    before: Option<i64>,
}

/// A refusal in the list.
struct Row {
    at: Time,
    more: Option<String>,
    caller: String,
    address: String,
    call: String,
    operation: String,
    words: Words,
    told: String,
    trace: Option<String>,
}

/// The field to search with, and what was found.
#[derive(Template)]
#[template(path = "refusals/found.html")]
struct Found {
    visit: Visit,
    path: String,
    problems: Problems,
    search: Field,
    is_search: bool,
    rows: Vec<Row>,
    empty: EmptyState,
    /// Where the ones before are.
    older: Option<String>,
}

impl askama::filters::HtmlSafe for Found {}

#[derive(Template)]
#[template(path = "refusals/of-cabinet.html")]
struct CabinetPage {
    visit: Visit,
    business: Business,
    found: Found,
}

#[derive(Template)]
#[template(path = "refusals/of-account.html")]
struct AccountPage<'a> {
    visit: &'a Visit,
    found: Found,
}

/// `GET /cabinet/{business_id}/refusals`
pub(crate) async fn of_cabinet(
    manager: CabinetManager,
    search: Result<Query<Search>, QueryRejection>,
) -> Answer {
    let CabinetManager { visit, business, .. } = manager;
    let path = format!("/cabinet/{}/refusals", business.id);
    let found = Found::new(&visit, Finder::Business(business.id), path, search).await?;
    show(&CabinetPage { visit, business, found })
}

/// `GET /account/refusals`
pub(crate) async fn of_account(
    session: AccountSession,
    search: Result<Query<Search>, QueryRejection>,
) -> Answer {
    let AccountSession { visit, who } = &session;
    let finder = Finder::Account(who.account.id);
    let found = Found::new(visit, finder, "/account/refusals".to_owned(), search).await?;
    show(&AccountPage { visit, found })
}

impl Found {
    async fn new(
        visit: &Visit,
        finder: Finder,
        path: String,
        search: Result<Query<Search>, QueryRejection>,
    ) -> Result<Self, crate::errors::PageError> {
        let Search { trace, before } = search.map(|Query(search)| search).unwrap_or_default();
        let typed = trace.map(|trace| trace.trim().to_owned()).filter(|trace| !trace.is_empty());
        let mut problems = visit.no_problems();
        let trace = typed.as_deref().map(str::parse::<TraceId>);
        if let Some(Err(_)) = trace {
            problems.add("trace", visit.t("refusals-no-trace"));
        }
        let search = Field::text("trace", visit.t("refusals-trace"))
            .hint(visit.t("refusals-trace-hint"))
            .value(typed.clone().unwrap_or_default())
            .optional()
            .judged(&problems);
        let mut listed = match trace {
            Some(Err(_)) => Vec::new(),
            trace => {
                let trace = trace.and_then(Result::ok);
                // One more than is shown tells whether there are any before.
                let most = i64::try_from(ON_A_PAGE + 1).expect("a page is small");
                visit.web.service.find_refusals(finder, Wanted { trace, before, most }).await?
            }
        };
        let has_older = listed.len() > ON_A_PAGE;
        listed.truncate(ON_A_PAGE);
        let older = listed.last().filter(|_| has_older).map(|last| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("before", &last.seq.to_string());
            query.extend_pairs(typed.iter().map(|trace| ("trace", trace)));
            format!("{path}?{}", query.finish())
        });
        Ok(Self {
            visit: visit.clone(),
            search,
            is_search: typed.is_some() || before.is_some(),
            rows: listed.iter().map(|listed| row(visit, listed)).collect(),
            empty: empty(visit, typed.is_some()),
            older,
            path,
            problems,
        })
    }
}

fn empty(visit: &Visit, is_search: bool) -> EmptyState {
    if is_search {
        EmptyState::new(visit.t("refusals-not-found-title"), visit.t("refusals-not-found-text"))
    } else {
        EmptyState::new(visit.t("refusals-empty-title"), visit.t("refusals-empty-text"))
    }
}

fn row(visit: &Visit, listed: &ListedRefusal) -> Row {
    let note = &listed.note;
    Row {
        at: Time::relative(visit, note.at),
        more: (note.more > 0).then(|| visit.t("refusals-more").with("count", note.more).to_string()),
        caller: match &listed.caller {
            NamedCaller::Key { name, .. } => name.to_string(),
            NamedCaller::Token { login, client, .. } => {
                let (login, application) = (login.as_str(), client.as_str());
                visit.t("refusals-person").with("login", login).with("application", application).to_string()
            }
        },
        address: note.address.to_string(),
        call: format!("{} {}", note.verb, note.path.as_str()),
        operation: note.operation.clone(),
        words: Words::new(visit, listed),
        told: note.message.as_str().to_owned(),
        trace: note.trace.map(|trace| trace.to_string()),
    }
}
