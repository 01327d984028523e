//! The question to the person: who asks, for what, where, for how long, and how to end it.
//!
//! Owns what is said before a person decides. Must never persuade.

use askama::Template;
use axum::response::{Html, IntoResponse};
use http::StatusCode;
use mp_domain::campaign::Campaign;
use mp_domain::secret::PlainSecret;
use mp_service::SignedIn;
use mp_service::authorization::Examined;
use mp_service::reach::Reach;

use super::onward::{destination, form_target};
use crate::components::ClientIcon;
use crate::headers::FormTarget;
use crate::pages::{Answer, cabinet, show};
use crate::rights::Right;
use crate::visit::Visit;

/// How many cabinets are named, and how many stores in each.
const NAMED: usize = 5;
const YEAR_IN_DAYS: u64 = 365;

struct Cabinet {
    name: String,
    /// The names of the first stores, separated by commas.
    stores: String,
    /// How many more there are, in words.
    more: Option<String>,
}

#[derive(Template)]
#[template(path = "authorize/consent.html")]
struct ConsentPage<'a> {
    visit: &'a Visit,
    icon: ClientIcon,
    title: String,
    owner: String,
    account: String,
    rights: Vec<Right>,
    /// Where the rights reach into cabinets at all.
    cabinets: Option<Vec<Cabinet>>,
    more_cabinets: Option<String>,
    duration: String,
    destination: String,
    keys_path: String,
    ticket: PlainSecret,
}

/// Asks.
pub(super) async fn page(visit: &Visit, who: &SignedIn, examined: Examined) -> Answer {
    let service = &visit.web.service;
    let consent = service.begin_consent(who, &examined).await?;
    let client = &examined.client;
    let reaches = examined.scopes.contains(mp_domain::oauth_scope::OAuthScope::MarketPartnerApi);
    let more = consent.reach.len().saturating_sub(NAMED);
    let page = ConsentPage {
        visit,
        icon: ClientIcon::new(client),
        title: visit.t("consent-title").with("name", client.profile.name.as_str()).to_string(),
        owner: owner(visit, &examined),
        account: account(who),
        rights: Right::all(visit.language(), examined.scopes),
        cabinets: reaches.then(|| cabinets(visit, &consent.reach)),
        more_cabinets: (reaches && more > 0)
            .then(|| visit.t("consent-reach-more-cabinets").with("count", more).to_string()),
        duration: duration(visit, &examined),
        destination: if examined.redirect_uri == service.verification_code_uri() {
            visit.t("consent-destination-here").to_string()
        } else {
            visit
                .t("consent-destination")
                .with("destination", destination(&examined.redirect_uri))
                .to_string()
        },
        keys_path: cabinet::keys_path(service, who.account.id).await?,
        ticket: consent.ticket,
    };
    let mut answer = show(&page)?;
    if let Some(target) = form_target(&examined.redirect_uri) {
        answer.extensions_mut().insert(FormTarget(target));
    }
    Ok(answer)
}

fn owner(visit: &Visit, examined: &Examined) -> String {
    let (owner, email) = (examined.owner_name.as_str(), examined.client.profile.email.as_str());
    visit.t("consent-from").with("owner", owner).with("email", email).to_string()
}

fn account(who: &SignedIn) -> String {
    let login = &who.account.login;
    who.account.name.as_ref().map_or_else(|| login.to_string(), |name| format!("{name} ({login})"))
}

fn cabinets(visit: &Visit, reach: &Reach) -> Vec<Cabinet> {
    let shown = reach.iter().take(NAMED);
    shown
        .map(|(business, stores)| Cabinet { name: business.name.to_string(), ..named(visit, stores) })
        .collect()
}

fn named(visit: &Visit, stores: &[Campaign]) -> Cabinet {
    let names: Vec<_> = stores.iter().take(NAMED).map(|store| store.name.as_str()).collect();
    let more = stores.len().saturating_sub(NAMED);
    let none = || visit.t("consent-reach-no-stores").to_string();
    Cabinet {
        name: String::new(),
        stores: if names.is_empty() { none() } else { names.join(", ") },
        more: (more > 0).then(|| visit.t("consent-reach-more-stores").with("count", more).to_string()),
    }
}

fn duration(visit: &Visit, examined: &Examined) -> String {
    match examined.scopes.lifetime().as_secs() / 86_400 {
        YEAR_IN_DAYS => visit.t("consent-duration-year").to_string(),
        days => visit.t("consent-duration-days").with("days", days).to_string(),
    }
}

#[derive(Template)]
#[template(path = "authorize/over.html")]
struct OverPage<'a> {
    visit: &'a Visit,
}

/// An answer to a question that is not open any more: sent twice, too late, or from another sign-in.
pub(super) fn over(visit: &Visit) -> Answer {
    Ok((StatusCode::BAD_REQUEST, Html(OverPage { visit }.render()?)).into_response())
}
