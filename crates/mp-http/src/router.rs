//! Every route of the seller API that marketpass answers itself.
//!
//! Owns the list of paths and verbs, and the way a routed request reaches its method. A path that is not listed here
//! letter for letter is 404, a verb that is not is 405 (product.md §3.5, §3.14).

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::routing::{MethodRouter, any, post};
use axum::{Extension, Router};
use http::{HeaderMap, Method, header};
use mp_market::api_error::ApiError;
use mp_market::protocol::{method_not_allowed, resource_not_found};
use mp_market::request_body::check_ignored_body;
use mp_market::{path, trace_parent};

use crate::answer::Answer;
use crate::business_settings::business_settings;
use crate::campaigns::{campaign, campaigns};
use crate::credential;
use crate::edge::{Edge, Origin};
use crate::pages;
use crate::request_body::read_body;

/// The routes; what they do not name is asked of the pages, where there are any.
pub(crate) fn routes(edge: Arc<Edge>, pages: Option<Router>) -> Router {
    let router = Router::new();
    let router =
        path::TOKEN_INFO.iter().fold(router, |router, path| router.route(path, token_info_methods()));
    let router = path::CAMPAIGNS.iter().fold(router, |router, path| router.route(path, any(campaigns)));
    let router = path::CAMPAIGN.iter().fold(router, |router, path| router.route(path, any(campaign)));
    let router = path::BUSINESS_SETTINGS
        .iter()
        .fold(router, |router, path| router.route(path, any(business_settings)));
    match pages {
        Some(pages) => router.fallback_service(pages::surround(pages, Arc::clone(&edge))).with_state(edge),
        None => router.fallback(not_found).with_state(edge),
    }
}

fn token_info_methods() -> MethodRouter<Arc<Edge>> {
    post(token_info).fallback(only_post)
}

/// The check first, because a refusal reads no body; then the body, which costs the same whatever is in it
/// (product.md §3.7, §3.9).
async fn token_info(
    State(edge): State<Arc<Edge>>,
    Extension(origin): Extension<Origin>,
    request: Request,
) -> Answer {
    let (head, body) = request.into_parts();
    let from = client_address(&edge, origin, &head.headers);
    let api_keys = lines(&head.headers, "api-key");
    let presented = credential::presented(api_keys, lines(&head.headers, "authorization"));
    let answer = crate::token_info::token_info(&edge, presented, from, Vec::new());
    if !answer.status.is_success() {
        return answer;
    }
    match read_ignored_body(&edge, &head.headers, body).await {
        Ok(()) => answer,
        Err(error) => Answer { budget: answer.budget, ..Answer::error(&error) },
    }
}

/// Reads a body that means nothing, to its end, and judges it.
pub(crate) async fn read_ignored_body(edge: &Edge, headers: &HeaderMap, body: Body) -> Result<(), ApiError> {
    let content_type = joined(headers, header::CONTENT_TYPE.as_str());
    let body = read_body(body, edge.timeouts.body).await?;
    check_ignored_body(content_type.as_deref(), &body)
}

async fn only_post(method: Method) -> Answer {
    Answer { allow: Some(path::TOKEN_INFO_VERB), ..Answer::error(&method_not_allowed(&method)) }
}

pub(crate) async fn not_found() -> Answer {
    Answer::error(&resource_not_found())
}

/// Whose request it is: the peer's, or that of whoever a trusted proxy speaks for.
pub(crate) fn client_address(edge: &Edge, origin: Origin, headers: &HeaderMap) -> std::net::IpAddr {
    if !origin.is_proxy {
        return origin.peer;
    }
    edge.proxies.client(origin.peer, lines(headers, "x-forwarded-for"), lines(headers, "forwarded"))
}

/// The caller's trace.
pub(crate) fn trace(headers: &HeaderMap) -> Option<trace_parent::TraceId> {
    credential::trace(lines(headers, trace_parent::TRACEPARENT.as_str()))
}

/// The values of every line of a header, in their order.
pub(crate) fn lines<'a>(
    headers: &'a HeaderMap,
    name: &str,
) -> impl DoubleEndedIterator<Item = &'a [u8]> + use<'a> {
    headers.get_all(name).iter().map(http::HeaderValue::as_bytes)
}

/// All lines of a header as one (RFC 9110 §5.3).
fn joined(headers: &HeaderMap, name: &str) -> Option<Vec<u8>> {
    let all: Vec<_> = lines(headers, name).collect();
    (!all.is_empty()).then(|| all.join(&b", "[..]))
}
