//! The upstream as a service, for requests as a framework holds them.
//!
//! Owns turning those into bytes and answers into those. Must never pass on a request that nobody vouched for.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::uri::{Authority, PathAndQuery};
use http::{HeaderMap, HeaderName, HeaderValue, header, response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::ext::ReasonPhrase;
use mp_market::CONTENT_TYPE;
use mp_market::api_error::ApiError;
use mp_market::forwarded::Forwarded;
use mp_market::passport::Passport;
use mp_market::protocol::{
    internal_server_error, request_too_big, resource_not_found, unexpected_end_of_content,
};
use mp_market::request_body::MAX_BODY_BYTES;
use tower::Service;

use crate::failure::causes;
use crate::reply::Reply;
use crate::request::Admitted;
use crate::upstream::Upstream;

/// Passes requests on, and always answers: with what came back, or with why nothing did. Every request has to carry a
/// [`Passport`] among its extensions; it may carry a [`Forwarded`], and without one the upstream is not told where it comes
/// from. The request's body may break off with an [`ApiError`], which is then the answer.
impl Service<Request> for Upstream {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let upstream = self.clone();
        Box::pin(async move { Ok(pass_on(&upstream, request).await.unwrap_or_else(|error| refusal(&error))) })
    }
}

async fn pass_on(upstream: &Upstream, request: Request) -> Result<Response, ApiError> {
    let (head, body) = request.into_parts();
    let passport = head.extensions.get::<Passport>().ok_or_else(unadmitted)?;
    let target = head.uri.path_and_query().map(PathAndQuery::as_str);
    let target = target.filter(|target| target.starts_with('/')).ok_or_else(resource_not_found)?;
    let body = whole(body).await?;
    let lines: Vec<_> = head.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let admitted = Admitted {
        verb: head.method.as_str(),
        target,
        lines: lines.iter().copied(),
        host: asked_host(&head),
        passport,
        forwarded: head.extensions.get::<Forwarded>(),
        body: &body,
    };
    let request = upstream.print(Vec::new(), &admitted);
    let (head, relay) = upstream.ask(&request, rewrite).await?;
    Ok(Response::from_parts(head, Body::new(relay)))
}

/// Nobody vouched for a request. A defect: the check stands in front of the upstream, always.
fn unadmitted() -> ApiError {
    tracing::error!("a request came without a passport and was not passed on");
    internal_server_error()
}

fn refusal(error: &ApiError) -> Response {
    let mut body = Vec::with_capacity(128);
    error.write_body(&mut body);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (error.status, headers, body).into_response()
}

/// The host that the caller asked for, where the target names it and where the header does.
fn asked_host(head: &Parts) -> Option<&[u8]> {
    let named = head.uri.authority().map(Authority::as_str).filter(|host| !host.contains('@'));
    let named = named.map(str::as_bytes);
    named.or_else(|| head.headers.get(header::HOST).map(HeaderValue::as_bytes))
}

/// All of a body, or what its reader is told.
async fn whole(body: Body) -> Result<Vec<u8>, ApiError> {
    match Limited::new(body, MAX_BODY_BYTES).collect().await {
        Ok(body) => Ok(body.to_bytes().to_vec()),
        Err(error) if error.is::<LengthLimitError>() => Err(request_too_big(MAX_BODY_BYTES as u64 + 1)),
        Err(error) => {
            let refusal = causes(&*error).find_map(|cause| cause.downcast_ref::<ApiError>());
            Err(refusal.cloned().unwrap_or_else(unexpected_end_of_content))
        }
    }
}

/// The head of an answer, as the caller gets it.
fn rewrite(reply: &Reply<'_>) -> response::Parts {
    let (mut head, ()) = http::Response::new(()).into_parts();
    head.status = reply.status;
    if head.status.canonical_reason() != Some(reply.reason)
        && let Ok(reason) = ReasonPhrase::try_from(reply.reason.as_bytes())
    {
        head.extensions.insert(reason);
    }
    let mut headers = HeaderMap::with_capacity(16);
    reply.each_header(|name, value| {
        let name = HeaderName::from_bytes(name.as_bytes());
        // The two libraries agree on what a header is; where they would not, the caller gets one less.
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    });
    if !reply.has_body()
        && let Some(length) = reply.length()
    {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    head.headers = headers;
    head
}
