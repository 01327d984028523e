//! What becomes of a request that the upstream did not answer.
//!
//! Owns telling our fault, the upstream's and the caller's apart. Must never tell a caller more than that the service is
//! unavailable: addresses and reasons are for the log.

use std::error::Error;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use mp_market::CONTENT_TYPE;
use mp_market::api_error::ApiError;
use mp_market::protocol::{
    internal_server_error, resource_not_found, service_unavailable, unexpected_end_of_content,
};

/// Why there is no answer to pass on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Nobody vouched for the request. A defect: the check stands in front of the upstream, always.
    #[error("a request came without a passport and was not passed on")]
    Unadmitted,
    /// The target is no path.
    #[error("the target of the request is no path")]
    NoPath,
    /// Connecting failed, TLS did, or what came back is not HTTP.
    #[error("{}", with_causes(.0))]
    Client(#[source] hyper_util::client::legacy::Error),
    /// Nothing came back.
    #[error("no answer came within {} s", .0.as_secs_f32())]
    Silent(Duration),
    /// The upstream speaks another protocol now, which nobody asked it to.
    #[error("the answer switches protocols, and nobody asked for that")]
    Switched,
}

impl Failure {
    /// What the caller is told.
    fn error(&self) -> ApiError {
        match self {
            Self::Unadmitted => internal_server_error(),
            Self::NoPath => resource_not_found(),
            Self::Client(error) => blame_of_caller(error).unwrap_or_else(service_unavailable),
            Self::Silent(_) | Self::Switched => service_unavailable(),
        }
    }
}

/// What the caller did wrong, if it was the request's own body that broke off.
fn blame_of_caller(error: &hyper_util::client::legacy::Error) -> Option<ApiError> {
    let refusal = causes(error).find_map(|cause| cause.downcast_ref::<ApiError>());
    let is_users = || causes(error).filter_map(|cause| cause.downcast_ref()).any(hyper::Error::is_user);
    refusal.cloned().or_else(|| is_users().then(unexpected_end_of_content))
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

pub(crate) fn with_causes(error: &hyper_util::client::legacy::Error) -> String {
    causes(error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let error = self.error();
        if error.status.is_server_error() {
            tracing::warn!(error = %self, "the upstream did not answer");
        }
        let mut body = Vec::with_capacity(128);
        error.write_body(&mut body);
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE)),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        ];
        (error.status, headers, body).into_response()
    }
}
