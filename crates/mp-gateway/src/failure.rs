//! What becomes of a request that the upstream did not answer.
//!
//! Owns telling our fault, the upstream's and the caller's apart. Must never tell a caller more than that the service is
//! unavailable: addresses and reasons are for the log.

use std::error::Error;
use std::io;
use std::time::Duration;

use axum::BoxError;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use mp_market::CONTENT_TYPE;
use mp_market::api_error::ApiError;
use mp_market::protocol::{internal_server_error, resource_not_found, service_unavailable};

/// Why there is no answer to pass on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Nobody vouched for the request. A defect: the check stands in front of the upstream, always.
    #[error("a request came without a passport and was not passed on")]
    Unadmitted,
    /// The target is no path.
    #[error("the target of the request is no path")]
    NoPath,
    /// The request's own body broke off, or is refused.
    #[error("the body of the request cannot be read: {}", .0.message)]
    Body(ApiError),
    /// There is no connection.
    #[error("no connection: {}", with_causes(&**.0))]
    Unreachable(BoxError),
    /// There is one no more.
    #[error("the connection was lost before the answer came: {0}")]
    Lost(io::Error),
    /// Nothing came back.
    #[error("no answer came within {} s", .0.as_secs_f32())]
    Silent(Duration),
    /// What came back is no answer.
    #[error("what came back is not HTTP: {0}")]
    NoHttp(httparse::Error),
    /// Nor is this.
    #[error("the answer has no status that HTTP knows")]
    NoStatus,
    /// Nobody can tell where the answer ends.
    #[error("the answer {0}")]
    Framing(&'static str),
    /// The upstream speaks another protocol now, which nobody asked it to.
    #[error("the answer switches protocols, and nobody asked for that")]
    Switched,
}

impl Failure {
    /// What the caller is told; the operator learns the rest.
    pub(crate) fn told(&self) -> ApiError {
        let error = match self {
            Self::Unadmitted => internal_server_error(),
            Self::NoPath => resource_not_found(),
            Self::Body(error) => error.clone(),
            _ => service_unavailable(),
        };
        if error.status.is_server_error() {
            tracing::warn!(error = %self, "the upstream did not answer");
        }
        error
    }
}

/// An error, what caused it, what caused that, and so on.
pub(crate) fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

pub(crate) fn with_causes(error: &(dyn Error + 'static)) -> String {
    causes(error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let error = self.told();
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
