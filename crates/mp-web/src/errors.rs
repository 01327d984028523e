//! What goes wrong, as a page.
//!
//! Owns status and words of every refusal that belongs to no form. Must never show what only an operator should know:
//! that goes to the log.

use std::error::Error;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use crate::texts::Text;
use crate::visit::Visit;

/// Why there is no page. It has no `Error` of its own, so that `?` can make one of every error that is nobody's fault
/// in front of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PageError {
    /// There is nothing here, or nothing this person may know of.
    NotFound,
    /// The person is known, and may not do this.
    Forbidden,
    /// A form of another site.
    ForeignForm,
    /// A form without headers that say where it comes from and without a form token that fits.
    FormOver,
    /// What was sent cannot be read.
    Unreadable,
    /// Our fault; told in the log.
    Internal,
    /// Not here but there: a path of ours.
    Elsewhere(String),
}

impl PageError {
    /// Our fault: tells the log why and the person that it is.
    pub(crate) fn internal(error: impl Error) -> Self {
        tracing::error!(error = %error, "a page could not be answered");
        Self::Internal
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden | Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::FormOver | Self::Unreadable => StatusCode::BAD_REQUEST,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Elsewhere(_) => StatusCode::SEE_OTHER,
        }
    }
}

impl<E: Error> From<E> for PageError {
    fn from(error: E) -> Self {
        Self::internal(error)
    }
}

impl IntoResponse for PageError {
    /// A status without a body: [`dress`] makes the page, which needs the visit.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if let Self::Elsewhere(path) = &self {
            let location = HeaderValue::try_from(path).expect("paths of ours are visible ASCII");
            response.headers_mut().insert(header::LOCATION, location);
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    visit: &'a Visit,
    status: u16,
    title: Text<'static>,
    explanation: Text<'static>,
}

/// Gives a bare error, whoever made it, its page. Answers with a page of their own stay as they are.
pub(crate) fn dress(visit: &Visit, response: Response) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !is_error || is_page {
        return response;
    }
    let error = response.extensions().get::<PageError>().cloned();
    let (title, explanation) = words(visit, &error.unwrap_or_else(|| of_status(status)));
    let page = ErrorPage { visit, status: status.as_u16(), title, explanation };
    // Without the page there is still the status.
    let Ok(html) = page.render() else { return status.into_response() };
    let mut dressed = (status, Html(html)).into_response();
    if let Some(allow) = response.headers().get(header::ALLOW) {
        dressed.headers_mut().insert(header::ALLOW, allow.clone());
    }
    dressed
}

/// Refusals of the router and of axum's extractors.
fn of_status(status: StatusCode) -> PageError {
    match status {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => PageError::NotFound,
        StatusCode::FORBIDDEN => PageError::Forbidden,
        _ if status.is_server_error() => PageError::Internal,
        _ => PageError::Unreadable,
    }
}

fn words(visit: &Visit, error: &PageError) -> (Text<'static>, Text<'static>) {
    match error {
        PageError::NotFound => (visit.t("error-not-found"), visit.t("error-not-found-why")),
        PageError::Forbidden => (visit.t("error-forbidden"), visit.t("error-forbidden-why")),
        PageError::ForeignForm => {
            let address = visit.web.origin.as_str().to_owned();
            (visit.t("error-foreign-form"), visit.t("error-foreign-form-why").with("address", address))
        }
        PageError::FormOver => (visit.t("error-form-over"), visit.t("error-form-over-why")),
        PageError::Unreadable => (visit.t("error-unreadable"), visit.t("error-unreadable-why")),
        PageError::Internal | PageError::Elsewhere(_) => {
            (visit.t("error-internal"), visit.t("error-internal-why"))
        }
    }
}
