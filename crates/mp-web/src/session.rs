//! Who may see a page: the types that handlers take, each of which only exists for a person who may.
//!
//! Owns what happens to everybody else: they are sent to sign in, or told that there is nothing here. Must never be
//! circumvented: a handler that takes none of these but [`Visit`] is public and is listed so in `router`.

use axum::extract::FromRequestParts;
use http::request::Parts;
use mp_domain::session::Stage;
use mp_service::SignedIn;

use crate::errors::PageError;
use crate::next_path::NextPath;
use crate::visit::Visit;
use crate::web::Web;

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PageError> {
        Ok(parts.extensions.get::<Self>().cloned().expect("every request passes `attend`"))
    }
}

/// Somebody who is signed in.
pub(crate) struct AccountSession {
    pub(crate) visit: Visit,
    pub(crate) who: SignedIn,
}

impl FromRequestParts<Web> for AccountSession {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, PageError> {
        let visit = Visit::from_request_parts(parts, web).await?;
        match visit.session().cloned() {
            Some(who) if who.session.stage == Stage::SignedIn => Ok(Self { visit, who }),
            Some(_) => Err(PageError::Elsewhere(NextPath::after("/login/otp", visit.path()))),
            None => Err(PageError::Elsewhere(visit.login_path())),
        }
    }
}

/// Somebody whose password was right and whose second factor is still to come.
pub(crate) struct HalfwaySession {
    pub(crate) visit: Visit,
    pub(crate) who: SignedIn,
}

impl FromRequestParts<Web> for HalfwaySession {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, PageError> {
        let visit = Visit::from_request_parts(parts, web).await?;
        match visit.session().cloned() {
            Some(who) if who.session.stage == Stage::AwaitingSecondFactor => Ok(Self { visit, who }),
            _ => Err(PageError::Elsewhere("/login".to_owned())),
        }
    }
}

/// Somebody who proved within the last minutes who they are. Everybody else who is signed in does so now and comes
/// back, so a page that takes this answers GET.
pub(crate) struct FreshSession {
    pub(crate) visit: Visit,
    pub(crate) who: SignedIn,
}

impl FromRequestParts<Web> for FreshSession {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, PageError> {
        let AccountSession { visit, who } = AccountSession::from_request_parts(parts, web).await?;
        if web.service.is_fresh(&who.session) {
            return Ok(Self { visit, who });
        }
        Err(PageError::Elsewhere(NextPath::after("/account/confirm", visit.path())))
    }
}
