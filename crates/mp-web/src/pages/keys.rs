//! The API keys of a cabinet, for its owners and managers.
//!
//! Owns what all these pages need of a key. Must never show a token but at the moment it is made.

mod delete;
mod edit;
mod form;
mod list;
mod rotate;
mod state;
mod token;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use mp_domain::api_key::ApiKey;
use mp_domain::ids::ApiKeyId;
use mp_service::api_keys::ApiKeyError;

pub(crate) use delete::{confirm as confirm_deletion, delete};
pub(crate) use edit::{create, edit, new, save};
pub(crate) use list::list;
pub(crate) use rotate::{ask as ask_rotation, rotate};
pub(crate) use state::{pause, resume};

use crate::errors::PageError;
use crate::owners::{CabinetManager, FreshManager, parameter};
use crate::web::Web;

/// A key of the cabinet that the path names, and somebody who may manage it.
pub(crate) struct KeyManager {
    manager: CabinetManager,
    key: ApiKey,
}

impl FromRequestParts<Web> for KeyManager {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let manager = CabinetManager::from_request_parts(parts, web).await?;
        let id = parameter(parts, web, "key_id").await.map_err(IntoResponse::into_response)?;
        let key = find(&manager, web, id).await.map_err(IntoResponse::into_response)?;
        Ok(Self { manager, key })
    }
}

/// Somebody who may manage the key and proved within the last minutes who they are.
pub(crate) struct FreshKeyManager(KeyManager);

impl FromRequestParts<Web> for FreshKeyManager {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let key = KeyManager::from_request_parts(parts, web).await?;
        FreshManager::from_request_parts(parts, web).await.map(|_| Self(key))
    }
}

async fn find(manager: &CabinetManager, web: &Web, id: ApiKeyId) -> Result<ApiKey, PageError> {
    let keys = web.service.list_api_keys(manager.actor(), manager.business.id).await;
    let keys = keys.map_err(refusal)?;
    keys.into_iter().find(|key| key.id == id).ok_or(PageError::NotFound)
}

/// What the service refused although the page was offered: somebody else changed something in between.
fn refusal(error: ApiKeyError) -> PageError {
    match error {
        ApiKeyError::Store(error) => error.into(),
        ApiKeyError::NotAllowed(_) => PageError::Forbidden,
        _ => PageError::NotFound,
    }
}

impl CabinetManager {
    fn keys_path(&self) -> String {
        format!("/cabinet/{}/keys", self.business.id)
    }
}

impl KeyManager {
    fn path(&self) -> String {
        format!("{}/{}", self.manager.keys_path(), self.key.id)
    }
}
