//! An answer of the seller API before it is printed, and the one of its two printers that makes an `http::Response`.
//!
//! Owns which headers an answer carries. Must never choose a status or a text: `mp-market` does.

use std::cell::RefCell;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use hyper::ext::ReasonPhrase;
use mp_domain::catalog::Unrouted;
use mp_domain::identity::Identity;
use mp_domain::operation::{Deprecation, Operation};
use mp_domain::window::Budget;
use mp_market::CONTENT_TYPE;
use mp_market::api_error::ApiError;
use mp_market::deprecation_headers::each_deprecation_header;
use mp_market::http_date::HttpDate;
use mp_market::passport::each_identity_header;
use mp_market::protocol::describe_unrouted;
use mp_market::rate_headers::each_rate_header;

/// Repeats the status of a refusal for gateways that pass on only some (product.md §4).
const TOLD_STATUS: HeaderName = HeaderName::from_static("x-auth-status");

/// The seller API's status for a limit.
const LIMIT_EXCEEDED: u16 = 420;

/// What is sent back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// JSON, or nothing.
    pub(crate) body: Vec<u8>,
    /// For the rate headers.
    pub(crate) budget: Option<Budget>,
    /// The verbs that would do, on a 405.
    pub(crate) allow: Option<&'static str>,
    /// The announced end of the operation.
    pub(crate) deprecation: Option<&'static Deprecation>,
    /// Who the caller is, for a gateway.
    pub(crate) bearing: Option<Box<Bearing>>,
    /// The status that a gateway is to tell the caller, on a refusal.
    pub(crate) told_status: Option<StatusCode>,
}

/// Who a caller is and what for.
#[derive(Debug)]
pub(crate) struct Bearing {
    pub(crate) identity: Identity,
    /// `None` where only the credential was asked about.
    pub(crate) operation: Option<&'static Operation>,
}

impl Answer {
    /// Nothing but a status.
    pub(crate) const EMPTY: Self = Self {
        status: StatusCode::OK,
        body: Vec::new(),
        budget: None,
        allow: None,
        deprecation: None,
        bearing: None,
        told_status: None,
    };

    /// The answer that is this error.
    pub(crate) fn error(error: &ApiError) -> Self {
        let mut body = Vec::with_capacity(128);
        error.write_body(&mut body);
        Self { status: error.status, body, ..Self::EMPTY }
    }

    /// The answer to a request that means no operation.
    pub(crate) fn unrouted(unrouted: Unrouted, verb: &str) -> Self {
        let allow = match unrouted {
            Unrouted::NoSuchPath => None,
            Unrouted::WrongVerb { allow } => Some(allow),
        };
        Self { allow, ..Self::error(&describe_unrouted(unrouted, verb)) }
    }

    /// Hands every header that not all answers carry to `emit`.
    pub(crate) fn each_header(&self, mut emit: impl FnMut(HeaderName, &str)) {
        if let Some(verbs) = self.allow {
            emit(header::ALLOW, verbs);
        }
        each_fact(self.budget, self.deprecation, &mut emit);
        if self.status.as_u16() == LIMIT_EXCEEDED
            && let Some(reset) = self.budget.and_then(|budget| budget.reset)
        {
            emit(header::RETRY_AFTER, itoa::Buffer::new().format(reset.seconds));
        }
        if let Some(bearing) = &self.bearing {
            each_identity_header(&bearing.identity, bearing.operation, &mut emit);
        }
        if let Some(status) = self.told_status {
            emit(TOLD_STATUS, status.as_str());
        }
    }
}

/// What the status line says after the number; the standard has no word for 420.
pub(crate) fn reason_phrase(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("Method Failure")
}

/// Hands the headers about a limit and about an announced end to `emit`. Window ends are the same for everybody, so each
/// thread formats one once.
pub(crate) fn each_fact(
    budget: Option<Budget>,
    deprecation: Option<&Deprecation>,
    mut emit: impl FnMut(HeaderName, &str),
) {
    thread_local! {
        static UNTIL: RefCell<HttpDate> = RefCell::default();
    }
    if let Some(budget) = budget {
        UNTIL.with_borrow_mut(|date| each_rate_header(budget, date, &mut emit));
    }
    if let Some(deprecation) = deprecation {
        each_deprecation_header(deprecation, emit);
    }
}

/// Puts the headers about a limit and about an announced end on an answer that comes from elsewhere.
pub(crate) fn stamp_facts(
    headers: &mut HeaderMap,
    budget: Option<Budget>,
    deprecation: Option<&Deprecation>,
) {
    each_fact(budget, deprecation, |name, value| stamp(headers, name, value));
}

fn stamp(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    headers.insert(name, HeaderValue::from_str(value).expect("what is printed here is visible ASCII"));
}

impl Answer {
    /// The answer as HTTP has it, in one piece.
    pub(crate) fn into_http(mut self) -> http::Response<Vec<u8>> {
        let body = std::mem::take(&mut self.body);
        let mut response = http::Response::new(body);
        *response.status_mut() = self.status;
        if self.status.canonical_reason().is_none() {
            let reason = ReasonPhrase::from_static(reason_phrase(self.status).as_bytes());
            response.extensions_mut().insert(reason);
        }
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        self.each_header(|name, value| stamp(headers, name, value));
        response
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        self.into_http().map(Body::from)
    }
}
