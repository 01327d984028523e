//! Why the upstream did not answer.
//!
//! Owns telling the operator. Must never tell a caller more than that the service is unavailable: addresses and reasons are
//! for the log.

use std::error::Error;
use std::io;
use std::time::Duration;

use axum::BoxError;
use mp_market::api_error::ApiError;
use mp_market::protocol::service_unavailable;

use crate::request::Printed;

/// Why there is no answer to pass on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
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
    /// What the caller is told; the operator learns the rest, and which call it was.
    pub(crate) fn told(&self, request: &Printed) -> ApiError {
        let (call, traceparent) = (request.call(), request.traceparent());
        tracing::warn!(error = %self, call, traceparent, "the upstream did not answer");
        service_unavailable()
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
