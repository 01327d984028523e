//! Which door a request goes through, on either origin (product.md §2).
//!
//! Owns the list of doors. Must never look at a credential.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use mp_domain::catalog::Unrouted;
use mp_market::trace_parent::{TRACEPARENT, TraceId};
use tower::ServiceExt;

use crate::answer::Answer;
use crate::edge::{Edge, Origin, Upstream};
use crate::forward_auth;
use crate::gate;
use crate::head::PlainDoor;
use crate::header_lines::HeaderLines;
use crate::request_body::Patient;
use crate::{credential, outposts, pages};

/// The doors of one origin.
#[derive(Clone)]
pub(crate) struct Routes {
    edge: Arc<Edge>,
    doors: Doors,
}

#[derive(Clone)]
enum Doors {
    /// The methods marketpass answers itself, forward-auth, and the pages.
    People(Option<Router>),
    /// Every operation of the catalogue. No pages, so that nothing an upstream answers there can touch accounts.
    SellerApi,
    /// The questions of gateways that speak another language than HTTP.
    ExtAuthz(Router),
}

impl Routes {
    /// The origin of people.
    pub(crate) fn people(edge: Arc<Edge>, pages: Option<Router>) -> Self {
        let pages = pages.map(|pages| pages::surround(pages, Arc::clone(&edge)));
        Self { edge, doors: Doors::People(pages) }
    }

    /// The origin of the seller API.
    pub(crate) fn seller_api(edge: Arc<Edge>) -> Self {
        Self { edge, doors: Doors::SellerApi }
    }

    /// The questions of gateways, as another crate reads them.
    pub(crate) fn ext_authz(edge: Arc<Edge>, routes: Router) -> Self {
        Self { edge, doors: Doors::ExtAuthz(routes) }
    }

    /// Whether nothing but HTTP/2 is spoken here, without TLS, too.
    pub(crate) fn speak_http2_alone(&self) -> bool {
        matches!(self.doors, Doors::ExtAuthz(_))
    }

    /// The door that plain requests have here beside token-info.
    pub(crate) fn plain_door(&self) -> Option<PlainDoor> {
        match (&self.doors, &self.edge.upstream) {
            (Doors::People(_), _) => Some(PlainDoor::ForwardAuth),
            (Doors::SellerApi, Some(Upstream::Remote(_))) => Some(PlainDoor::Gate),
            _ => None,
        }
    }

    /// Answers a request.
    pub(crate) async fn call(&self, origin: Origin, mut request: Request) -> Response {
        let pages = match &self.doors {
            Doors::SellerApi => return gate::serve(&self.edge, origin, request).await,
            Doors::ExtAuthz(routes) => {
                request.extensions_mut().insert(ConnectInfo(origin.peer));
                let patience = self.edge.timeouts.body;
                let request = request.map(|body| Body::new(Patient::new(body, patience)));
                let Ok(response) = routes.clone().oneshot(request).await;
                return response;
            }
            Doors::People(pages) => pages,
        };
        let path = request.uri().path();
        if path.starts_with(forward_auth::PREFIX) {
            let (head, _) = request.into_parts();
            return forward_auth::answer_head(&self.edge, origin, &head).into_response();
        }
        if path == outposts::PATH {
            return self.edge.outposts.answer(origin, request);
        }
        match (self.edge.own.route(request.method().as_str(), path), pages) {
            (Ok(_), _) => gate::serve(&self.edge, origin, request).await,
            (Err(Unrouted::NoSuchPath), Some(pages)) => {
                request.extensions_mut().insert(origin);
                let Ok(response) = pages.clone().oneshot(request).await;
                response
            }
            (Err(unrouted), _) => Answer::unrouted(unrouted, request.method().as_str()).into_response(),
        }
    }
}

/// Whose request it is: the peer's, or that of whoever a trusted proxy speaks for.
pub(crate) fn client_address<H: HeaderLines + ?Sized>(
    edge: &Edge,
    origin: Origin,
    headers: &H,
) -> std::net::IpAddr {
    if !origin.is_proxy {
        return origin.peer;
    }
    edge.proxies.client(origin.peer, headers.lines("x-forwarded-for"), headers.lines("forwarded"))
}

/// The caller's trace.
pub(crate) fn trace(headers: &HeaderMap) -> Option<TraceId> {
    credential::trace(headers.lines(TRACEPARENT.as_str()))
}
