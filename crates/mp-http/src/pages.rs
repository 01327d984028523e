//! The way to the pages for people, which another crate brings as a router.
//!
//! Owns what surrounds them: the caller's address, patience with bodies, and the answer to a program that asked for
//! something nobody has. Must never know a page.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use mp_market::protocol::resource_not_found;
use mp_service::CallerAddress;

use crate::answer::Answer;
use crate::edge::{Edge, Origin};
use crate::request_body::Patient;
use crate::routes::client_address;

/// The pages with what surrounds them.
pub(crate) fn surround(pages: Router, edge: Arc<Edge>) -> Router {
    pages.layer(from_fn_with_state(edge, accompany))
}

async fn accompany(
    State(edge): State<Arc<Edge>>,
    Extension(origin): Extension<Origin>,
    mut request: Request,
    next: Next,
) -> Response {
    let address = client_address(&edge, origin, request.headers());
    request.extensions_mut().insert(CallerAddress(address));
    let is_a_browser = accepts_html(request.headers());
    let patience = edge.timeouts.body;
    let response = next.run(request.map(|body| Body::new(Patient::new(body, patience)))).await;
    if response.status() == StatusCode::NOT_FOUND && !is_a_browser {
        return Answer::error(&resource_not_found()).into_response();
    }
    response
}

/// Whether the caller names HTML among what it accepts, as every browser does and no program of the seller API.
fn accepts_html(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT).iter().any(|line| {
        line.as_bytes().windows("text/html".len()).any(|window| window.eq_ignore_ascii_case(b"text/html"))
    })
}
