//! An answer of the seller API before it is printed, and the one of its two printers that makes an `http::Response`.
//!
//! Owns which headers an answer carries. Must never choose a status or a text: `mp-market` does.

use std::cell::RefCell;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use hyper::ext::ReasonPhrase;
use mp_domain::window::Budget;
use mp_market::CONTENT_TYPE;
use mp_market::api_error::ApiError;
use mp_market::http_date::HttpDate;
use mp_market::rate_headers::each_rate_header;

/// What is sent back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// JSON.
    pub(crate) body: Vec<u8>,
    /// For the rate headers.
    pub(crate) budget: Option<Budget>,
    /// The verbs that would do, on a 405.
    pub(crate) allow: Option<&'static str>,
}

impl Answer {
    /// The answer that is this error.
    pub(crate) fn error(error: &ApiError) -> Self {
        let mut body = Vec::with_capacity(128);
        error.write_body(&mut body);
        Self { status: error.status, body, budget: None, allow: None }
    }
}

/// What the status line says after the number; the standard has no word for 420.
pub(crate) fn reason_phrase(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("Method Failure")
}

/// Hands the rate headers to `emit`. Window ends are the same for everybody, so each thread formats one once.
pub(crate) fn each_rate(budget: Budget, emit: impl FnMut(http::HeaderName, &str)) {
    thread_local! {
        static UNTIL: RefCell<HttpDate> = RefCell::default();
    }
    UNTIL.with_borrow_mut(|date| each_rate_header(budget, date, emit));
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        if self.status.canonical_reason().is_none() {
            let reason = ReasonPhrase::from_static(reason_phrase(self.status).as_bytes());
            response.extensions_mut().insert(reason);
        }
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Some(verbs) = self.allow {
            headers.insert(header::ALLOW, HeaderValue::from_static(verbs));
        }
        if let Some(budget) = self.budget {
            each_rate(budget, |name, value| {
                let value = HeaderValue::from_str(value).expect("digits and dates are visible ASCII");
                headers.insert(name, value);
            });
        }
        response
    }
}
