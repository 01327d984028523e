//! What a caller is told in the service's place: the seller API's own answers.
//!
//! Owns which headers they carry. Must never choose a status or a text: `mp-market` does.

use std::cell::RefCell;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use hyper::ext::ReasonPhrase;
use mp_domain::catalog::Unrouted;
use mp_domain::operation::{Deprecation, Operation};
use mp_domain::window::Budget;
use mp_market::CONTENT_TYPE;
use mp_market::api_error::ApiError;
use mp_market::deprecation_headers::each_deprecation_header;
use mp_market::http_date::HttpDate;
use mp_market::protocol::{describe_unrouted, service_unavailable};
use mp_market::rate_headers::each_rate_header;

use crate::questions::Unavailable;

/// Why a request does not pass, and what its caller is told.
#[derive(Debug)]
pub struct Refusal {
    error: Box<ApiError>,
    allow: Option<&'static str>,
    budget: Option<Budget>,
    deprecation: Option<&'static Deprecation>,
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self { error: Box::new(error), allow: None, budget: None, deprecation: None }
    }
}

impl From<Unavailable> for Refusal {
    fn from(_: Unavailable) -> Self {
        service_unavailable().into()
    }
}

impl Refusal {
    /// The request means no operation.
    pub(crate) fn unrouted(unrouted: Unrouted, verb: &str) -> Self {
        let allow = match unrouted {
            Unrouted::NoSuchPath => None,
            Unrouted::WrongVerb { allow } => Some(allow),
        };
        Self { allow, ..describe_unrouted(unrouted, verb).into() }
    }

    /// A refusal of an operation to somebody who is told what is left.
    pub(crate) fn of(error: ApiError, operation: &'static Operation, budget: Option<Budget>) -> Self {
        Self { budget, deprecation: operation.deprecation.as_ref(), ..error.into() }
    }

    /// Whether the request could not be read.
    pub(crate) fn is_about_reading(&self) -> bool {
        [StatusCode::BAD_REQUEST, StatusCode::UNSUPPORTED_MEDIA_TYPE].contains(&self.error.status)
    }

    /// The same, to somebody who is told what is left.
    pub(crate) fn with(self, operation: &'static Operation, budget: Option<Budget>) -> Self {
        Self { budget, deprecation: operation.deprecation.as_ref(), ..self }
    }

    /// The status it has.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.error.status
    }

    /// The answer as HTTP has it.
    #[must_use]
    pub fn into_response(self) -> Response<Bytes> {
        let mut body = Vec::with_capacity(128);
        self.error.write_body(&mut body);
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = self.error.status;
        if self.error.status.canonical_reason().is_none() {
            // The standard has no word for 420.
            response.extensions_mut().insert(ReasonPhrase::from_static(b"Method Failure"));
        }
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Some(verbs) = self.allow {
            headers.insert(header::ALLOW, HeaderValue::from_static(verbs));
        }
        stamp(headers, self.budget, self.deprecation);
        let reset = self.budget.and_then(|budget| budget.reset);
        if let Some(reset) = reset.filter(|_| self.error.status.as_u16() == 420) {
            headers.insert(header::RETRY_AFTER, reset.seconds.into());
        }
        response
    }
}

/// Puts the headers about a limit and about an announced end on an answer.
pub(crate) fn stamp(headers: &mut HeaderMap, budget: Option<Budget>, deprecation: Option<&Deprecation>) {
    thread_local! {
        static UNTIL: RefCell<HttpDate> = RefCell::default();
    }
    let mut insert = |name: HeaderName, value: &str| {
        let value = HeaderValue::from_str(value).expect("what is printed here is visible ASCII");
        headers.insert(name, value);
    };
    if let Some(budget) = budget {
        UNTIL.with_borrow_mut(|date| each_rate_header(budget, date, &mut insert));
    }
    if let Some(deprecation) = deprecation {
        each_deprecation_header(deprecation, insert);
    }
}
