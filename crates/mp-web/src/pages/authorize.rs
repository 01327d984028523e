//! `/authorize`: what an application asks a person for (RFC 6749 §4.2.1, yandex-oauth §3).
//!
//! Owns the order: who asks, who is there, what was allowed before, the question. Must never send a browser to an
//! address that is not registered, nor to any address before somebody is signed in (RFC 9700 §4.11.2).

mod consent;
mod onward;
mod refusal;

use axum::extract::RawQuery;
use mp_domain::authorization::AuthorizationFault;
use mp_oauth::authorization_request;
use mp_oauth::authorization_response::{Granted, print_error, print_granted};
use mp_service::authorization::{AuthorizationRefusal, ConsentError, Decided, Examined, Outcome};
use mp_service::grants::IssuedAccessToken;

use crate::errors::PageError;
use crate::fields::Fields;
use crate::pages::Answer;
use crate::session::AccountSession;
use crate::visit::Visit;

pub(crate) use onward::Way;

/// `GET /authorize`
pub(crate) async fn ask(
    visit: Visit,
    way: Way,
    session: Result<AccountSession, PageError>,
    RawQuery(query): RawQuery,
) -> Answer {
    let parameters = authorization_request::parse(query.as_deref().unwrap_or_default());
    let examined = visit.web.service.examine_authorization(&parameters).await;
    if let Err(refusal) = &examined
        && !matches!(refusal, AuthorizationRefusal::Redirectable { .. })
    {
        return refusal::page(&visit, &parameters, refusal);
    }
    let AccountSession { visit, who } = session?;
    let examined = match examined {
        Ok(examined) => examined,
        Err(refusal) => return refused(&visit, way, &refusal),
    };
    if !examined.force_confirm
        && let Some(token) = visit.web.service.existing_token(&who, &examined).await?
    {
        return way.go(&visit, &examined.redirect_uri, granted(&examined, &token).expose());
    }
    consent::page(&visit, &who, examined).await
}

fn granted(examined: &Examined, token: &IssuedAccessToken) -> mp_domain::secret::PlainSecret {
    let granted = Granted {
        token: &token.token,
        expires_in: token.expires_in,
        state: examined.state.as_deref(),
        requested: examined.scopes,
        granted: token.scopes,
    };
    print_granted(&examined.redirect_uri, &granted)
}

/// A refusal that the application may hear.
fn refused(visit: &Visit, way: Way, refusal: &AuthorizationRefusal) -> Answer {
    match refusal {
        AuthorizationRefusal::Redirectable { redirect_uri, fault, state } => {
            way.go(visit, redirect_uri, &print_error(redirect_uri, *fault, state.as_deref()))
        }
        AuthorizationRefusal::Store(error) => Err(error.clone().into()),
        _ => consent::over(visit),
    }
}

/// `POST /authorize`: the person's answer. Everything it is about stands behind the ticket; nothing else of the form
/// counts.
pub(crate) async fn decide(
    visit: Visit,
    session: Result<AccountSession, PageError>,
    fields: Fields,
) -> Answer {
    // Signed out meanwhile: the question was asked in a session that is over.
    let Ok(AccountSession { who, .. }) = session else { return consent::over(&visit) };
    let allow = match fields.one("decision") {
        "allow" => true,
        "deny" => false,
        _ => return Err(PageError::Unreadable),
    };
    match visit.web.service.decide_consent(&who, fields.one("ticket"), allow).await {
        Ok(decided) => Way::Redirect.go(&visit, &decided.redirect_uri, answer(&decided).expose()),
        Err(ConsentError::NotOpen | ConsentError::SignedOut) => consent::over(&visit),
        Err(ConsentError::Refused(refusal)) => refused(&visit, Way::Redirect, &refusal),
        Err(ConsentError::Store(error)) => Err(error.into()),
    }
}

fn answer(decided: &Decided) -> mp_domain::secret::PlainSecret {
    let (to, state) = (&decided.redirect_uri, decided.state.as_deref());
    match &decided.outcome {
        Outcome::Allowed(IssuedAccessToken { token, expires_in, scopes }) => {
            let (expires_in, granted, requested) = (*expires_in, *scopes, decided.requested);
            print_granted(to, &Granted { token, expires_in, state, requested, granted })
        }
        Outcome::Denied => {
            mp_domain::secret::PlainSecret::new(print_error(to, AuthorizationFault::AccessDenied, state))
        }
    }
}
