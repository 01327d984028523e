//! The upstream as a service: whatever it is asked goes on to the service behind marketpass.
//!
//! Owns the pool of connections and the waiting for an answer. Must never follow a redirect, hold a body, or try a request a
//! second time that may have arrived: save one that changes nothing, on a connection that ended while it lay idle.

use std::convert::Infallible;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use hyper::body::Incoming;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use mp_market::passport::Passport;
use tokio::time::timeout;
use tower::Service;

use crate::connection::was_left_alone;
use crate::connector::{Connector, UpstreamError, connector};
use crate::failure::Failure;
use crate::relay::Relay;
use crate::upstream_url::UpstreamUrl;
use crate::{answer, request};

/// How long a connection waits for its next request: less than servers usually wait, so that it is rarely they who end
/// it.
const IDLE: Duration = Duration::from_secs(30);
/// How much of an answer is read ahead at most, in bytes.
const READ_AHEAD: usize = 128 * 1024;

/// What the binary brings.
#[derive(Debug, Clone)]
pub struct UpstreamParts {
    /// Where the upstream is.
    pub url: UpstreamUrl,
    /// A PEM file with the certificates of the authorities that an `https://` upstream is believed for, instead of those
    /// that the machine trusts.
    pub authorities: Option<PathBuf>,
    /// Whether the upstream is told the host that the caller asked for, instead of its own.
    pub preserve_host: bool,
    /// How long it may take.
    pub patience: Patience,
}

/// How long an upstream may take for each part of an answer.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For a new connection: finding the address, TCP and TLS.
    pub connect: Duration,
    /// From the request to the end of the answer's head.
    pub head: Duration,
    /// Between two pieces of the body.
    pub body: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let minute = Duration::from_secs(60);
        Self { connect: Duration::from_secs(5), head: minute, body: minute }
    }
}

/// The way to the upstream. Every request has to carry a [`Passport`] among its extensions; it may carry a
/// [`mp_market::forwarded::Forwarded`], and without one the upstream is not told where it comes from. The request's body
/// may break off with an [`mp_market::api_error::ApiError`], which is then the answer.
pub fn upstream(parts: UpstreamParts) -> Result<Upstream, UpstreamError> {
    let connector =
        connector(parts.url.is_encrypted(), parts.authorities.as_deref(), parts.patience.connect)?;
    let mut builder = Client::builder(TokioExecutor::new());
    builder.pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE).http1_max_buf_size(READ_AHEAD);
    let client = builder.build(connector.clone());
    let afresh = builder.pool_max_idle_per_host(0).build(connector);
    let host = HeaderValue::from_str(parts.url.authority().as_str()).expect("authorities are visible ASCII");
    let host = (!parts.preserve_host).then_some(host);
    Ok(Upstream(Arc::new(Way { client, afresh, url: parts.url, host, patience: parts.patience })))
}

/// Passes requests on, and always answers: with what came back, or with why nothing did.
#[derive(Clone)]
pub struct Upstream(Arc<Way>);

impl Service<Request> for Upstream {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let way = Arc::clone(&self.0);
        Box::pin(async move { Ok(way.pass_on(request).await.unwrap_or_else(IntoResponse::into_response)) })
    }
}

struct Way {
    client: Client<Connector, Body>,
    /// Makes a connection for each request: where one of the pool has ended, the others may have, too.
    afresh: Client<Connector, Body>,
    url: UpstreamUrl,
    /// What stands in `Host`, unless it is what the caller wrote.
    host: Option<HeaderValue>,
    patience: Patience,
}

impl Way {
    async fn ask(&self, head: Parts, body: Body) -> Result<http::Response<Incoming>, Error> {
        let spare = (head.method.is_safe() && body.is_end_stream()).then(|| head.clone());
        match (self.client.request(Request::from_parts(head, body)).await, spare) {
            (Err(error), Some(head)) if was_left_alone(&error) => {
                self.afresh.request(Request::from_parts(head, Body::empty())).await
            }
            (asked, _) => asked,
        }
    }

    async fn pass_on(&self, request: Request) -> Result<Response, Failure> {
        let (mut head, body) = request.into_parts();
        let passport = head.extensions.remove::<Passport>().ok_or(Failure::Unadmitted)?;
        let uri = self.url.join(&head.uri).ok().flatten().ok_or(Failure::NoPath)?;
        let verb = head.method.clone();
        request::rewrite(&mut head, passport, uri, self.host.clone(), &body);
        let answer = timeout(self.patience.head, self.ask(head, body)).await;
        let answer = answer.map_err(|_| Failure::Silent(self.patience.head))?.map_err(Failure::Client)?;
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            return Err(Failure::Switched);
        }
        Ok(answer::rewrite(&verb, answer, |body| Relay::new(body, self.patience.body)))
    }
}
