//! `/account/verify/{token}`: the link of a letter that proves an address.
//!
//! Owns the button behind the link. Must never act on a GET: mail scanners fetch links.

use askama::Template;
use axum::extract::{Path, State};
use mp_domain::account::{Email, Login};
use mp_service::email::EmailError;

use crate::errors::PageError;
use crate::pages::{Answer, show, show_again};
use crate::visit::Visit;
use crate::web::Web;

#[derive(Template)]
#[template(path = "verify.html")]
struct VerifyPage<'a> {
    visit: &'a Visit,
    login: &'a Login,
    email: &'a Email,
}

#[derive(Template)]
#[template(path = "verified.html")]
struct VerifiedPage<'a> {
    visit: &'a Visit,
    email: &'a Email,
}

#[derive(Template)]
#[template(path = "verify-over.html")]
struct OverPage<'a> {
    visit: &'a Visit,
}

/// `GET /account/verify/{token}`
pub(crate) async fn form(visit: Visit, State(web): State<Web>, Path(token): Path<String>) -> Answer {
    match web.service.verification_target(&token).await? {
        Some((login, email)) => show(&VerifyPage { visit: &visit, login: &login, email: &email }),
        None => show_again(&OverPage { visit: &visit }),
    }
}

/// `POST /account/verify/{token}`
pub(crate) async fn verify(visit: Visit, State(web): State<Web>, Path(token): Path<String>) -> Answer {
    match web.service.verify_email(&token, visit.person()).await {
        Ok(email) => show(&VerifiedPage { visit: &visit, email: &email }),
        Err(EmailError::LinkOver) => show_again(&OverPage { visit: &visit }),
        Err(error) => Err(PageError::internal(error)),
    }
}
