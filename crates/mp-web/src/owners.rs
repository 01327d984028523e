//! Who may see the page of an application, and who the page of a cabinet's keys: types that handlers take.
//!
//! Owns what a stranger learns, which is nothing: what is somebody else's is answered as if it were not there. Must
//! never decide what an owner may do; the service judges every change again.

use askama::Template;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;
use mp_domain::business::Business;
use mp_domain::client::Client;
use mp_domain::event::Actor;
use mp_domain::ids::{BusinessId, ClientId};
use mp_service::SignedIn;

use crate::errors::PageError;
use crate::session::{AccountSession, FreshSession};
use crate::visit::Visit;
use crate::web::Web;

/// The owner of the application that the path names, which is not deleted.
pub(crate) struct ClientOwner {
    pub(crate) visit: Visit,
    pub(crate) client: Client,
}

impl ClientOwner {
    /// As whom the owner changes it.
    pub(crate) fn actor(&self) -> Actor {
        Actor::Account(self.client.owner)
    }
}

impl FromRequestParts<Web> for ClientOwner {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, PageError> {
        let AccountSession { visit, who } = AccountSession::from_request_parts(parts, web).await?;
        let id: ClientId = parameter(parts, web, "client_id").await?;
        let client = web.service.client(id).await?.ok_or(PageError::NotFound)?;
        let is_owner = client.owner == who.account.id && client.deleted_at.is_none();
        if is_owner { Ok(Self { visit, client }) } else { Err(PageError::NotFound) }
    }
}

/// The owner of an application who proved within the last minutes who they are.
pub(crate) struct FreshOwner(pub(crate) ClientOwner);

impl FromRequestParts<Web> for FreshOwner {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, PageError> {
        let owner = ClientOwner::from_request_parts(parts, web).await?;
        FreshSession::from_request_parts(parts, web).await.map(|_| Self(owner))
    }
}

/// An owner or manager of the cabinet that the path names. Employees are told why they are not shown it, strangers that
/// there is nothing.
pub(crate) struct CabinetManager {
    pub(crate) visit: Visit,
    pub(crate) who: SignedIn,
    pub(crate) business: Business,
}

impl CabinetManager {
    /// Whether they proved within the last minutes who they are.
    pub(crate) fn is_fresh(&self) -> bool {
        self.visit.web.service.is_fresh(&self.who.session)
    }

    /// As whom they change it.
    pub(crate) fn actor(&self) -> Actor {
        Actor::Account(self.who.account.id)
    }
}

#[derive(Template)]
#[template(path = "cabinet/forbidden.html")]
struct ForbiddenPage {
    visit: Visit,
    business: Business,
}

impl FromRequestParts<Web> for CabinetManager {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let session = AccountSession::from_request_parts(parts, web).await;
        let AccountSession { visit, who } = session.map_err(IntoResponse::into_response)?;
        let place = staff_place(parts, web, &who).await.map_err(IntoResponse::into_response)?;
        match place {
            (business, true) => Ok(Self { visit, who, business }),
            (business, false) => Err(forbidden(visit, business)),
        }
    }
}

/// An owner or manager of the cabinet who proved within the last minutes who they are.
pub(crate) struct FreshManager(pub(crate) CabinetManager);

impl FromRequestParts<Web> for FreshManager {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let manager = CabinetManager::from_request_parts(parts, web).await?;
        let fresh = FreshSession::from_request_parts(parts, web).await;
        fresh.map(|_| Self(manager)).map_err(IntoResponse::into_response)
    }
}

/// The cabinet that the path names, if the person is on its staff, and whether they may manage its keys.
async fn staff_place(parts: &mut Parts, web: &Web, who: &SignedIn) -> Result<(Business, bool), PageError> {
    let id: BusinessId = parameter(parts, web, "business_id").await?;
    let places = web.service.businesses_of(who.account.id).await?;
    let place = places.into_iter().find(|(business, _)| business.id == id);
    place.map(|(business, role)| (business, role.may_manage_keys())).ok_or(PageError::NotFound)
}

fn forbidden(visit: Visit, business: Business) -> Response {
    match (ForbiddenPage { visit, business }).render() {
        Ok(html) => (StatusCode::FORBIDDEN, Html(html)).into_response(),
        Err(error) => PageError::from(error).into_response(),
    }
}

/// The id that stands in the path under that name; whatever is no id names nothing.
pub(crate) async fn parameter<T: std::str::FromStr>(
    parts: &mut Parts,
    web: &Web,
    name: &str,
) -> Result<T, PageError> {
    let parameters = RawPathParams::from_request_parts(parts, web).await.map_err(|_| PageError::NotFound)?;
    let text = parameters.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned());
    text.and_then(|text| text.parse().ok()).ok_or(PageError::NotFound)
}
