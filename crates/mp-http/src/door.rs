//! What a request passes on its way to the routes, whichever version of HTTP it came in.
//!
//! Owns what surrounds every routed answer: the trace, the one authority a request names, the limits of its head, the
//! documented 500 where a handler panics. Must never know a route.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Version, header};
use hyper::body::Incoming;
use hyper::service::Service;
use mp_market::protocol::{internal_server_error, malformed_request};
use mp_market::trace_parent::{TRACEPARENT, TRACEPARENT_LENGTH, TraceId, TraceIds};
use parking_lot::Mutex;

use crate::answer::Answer;
use crate::connections::Leash;
use crate::edge::{Edge, Origin};
use crate::head::{MAX_HEAD_BYTES, MAX_HEADERS, TOO_LARGE, TOO_MANY};
use crate::routes::{self, Routes};
use crate::turns::{Answering, Turns};

/// Further fields of the caller's trace, which mean nothing without it (W3C Trace Context §3.3).
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// What a connection is answered with, whoever reads it.
pub(crate) struct Conversation {
    pub(crate) edge: Arc<Edge>,
    pub(crate) routes: Routes,
    pub(crate) origin: Origin,
    pub(crate) leash: Leash,
    pub(crate) trace_ids: TraceIds,
}

impl Conversation {
    /// For hyper: what it calls, and what it is held on.
    pub(crate) fn open_door(self) -> (Door, Leash) {
        let Self { routes, origin, leash, trace_ids, .. } = self;
        let turns = Turns::new(Arc::clone(&leash.pulse));
        (Door { routes, origin, trace_ids: Mutex::new(trace_ids), turns }, leash)
    }
}

/// What hyper calls for each request.
pub(crate) struct Door {
    routes: Routes,
    origin: Origin,
    trace_ids: Mutex<TraceIds>,
    turns: Arc<Turns>,
}

impl Service<Request<Incoming>> for Door {
    type Response = http::Response<Answering>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let turn = self.turns.begin();
        let mut request = request.map(Body::new);
        let traceparent = self.carry_trace(request.headers_mut());
        let (routes, origin) = (self.routes.clone(), self.origin);
        Box::pin(async move {
            let mut response = match problem_of_head(&request) {
                None => guarded(routes.call(origin, request)).await,
                Some(problem) => last_refusal(problem, request.version()),
            };
            response.headers_mut().insert(TRACEPARENT, traceparent);
            Ok(response.map(|body| Answering::new(body, turn)))
        })
    }
}

impl Door {
    pub(crate) fn turns(&self) -> Arc<Turns> {
        Arc::clone(&self.turns)
    }

    /// Puts the trace that the answer will carry into the request, for whoever it is passed on to.
    fn carry_trace(&self, headers: &mut HeaderMap) -> HeaderValue {
        let caller = routes::trace(headers);
        if caller.is_none() {
            headers.remove(TRACESTATE);
        }
        let traceparent = self.traceparent(caller);
        headers.insert(TRACEPARENT, traceparent.clone());
        traceparent
    }

    fn traceparent(&self, caller: Option<TraceId>) -> HeaderValue {
        let mut value = Vec::with_capacity(TRACEPARENT_LENGTH);
        self.trace_ids.lock().write(&mut value, caller);
        HeaderValue::try_from(value).expect("hexadecimal digits and dashes are visible ASCII")
    }
}

/// Why a request is not looked at any further.
fn problem_of_head<B>(request: &Request<B>) -> Option<&'static str> {
    // Of the heads of HTTP/1, hyper and `front` have seen to the size.
    let of_size = (request.version() == Version::HTTP_2).then(|| problem_of_size(request)).flatten();
    of_size.or_else(|| problem_of_authority(request))
}

fn problem_of_size<B>(request: &Request<B>) -> Option<&'static str> {
    let headers = request.headers();
    let target = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
    let fields = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    if headers.len() > MAX_HEADERS {
        Some(TOO_MANY)
    } else {
        (target + fields.sum::<usize>() > MAX_HEAD_BYTES).then_some(TOO_LARGE)
    }
}

/// What is wrong with the authority of a request: none has two, in whichever places it names them, and only before
/// HTTP/1.1 may there be none (RFC 9112 §3.2, RFC 9113 §8.3.1).
fn problem_of_authority<B>(request: &Request<B>) -> Option<&'static str> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let target = request.uri().authority();
    match (hosts.next(), hosts.next(), target) {
        (Some(_), Some(_), _) => Some("The request has more than one Host header"),
        (Some(host), None, Some(target))
            if !host.as_bytes().eq_ignore_ascii_case(target.as_str().as_bytes()) =>
        {
            Some("The request names two different hosts")
        }
        (None, _, _) if request.version() == Version::HTTP_11 => Some("The request has no Host header"),
        (None, _, None) if request.version() == Version::HTTP_2 => Some("The request names no host"),
        _ => None,
    }
}

/// The documented 400, after which nothing more is read of a connection that carries one request at a time.
fn last_refusal(problem: &str, version: Version) -> Response {
    let mut response = Answer::error(&malformed_request(problem)).into_response();
    if version != Version::HTTP_2 {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// What a handler answers, or the documented 500 if it panics.
async fn guarded(answer: impl Future<Output = Response>) -> Response {
    let mut answer = pin!(answer);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(cx))) {
        Ok(poll) => poll,
        Err(_) => Poll::Ready(Answer::error(&internal_server_error()).into_response()),
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;

    #[test]
    fn a_handler_that_panics_answers_500() {
        let broken = async { panic!("on purpose") };
        let Poll::Ready(response) = pin!(guarded(broken)).poll(&mut Context::from_waker(Waker::noop()))
        else {
            panic!("answered at once")
        };
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()["content-type"], "application/json");
    }

    #[test]
    fn a_request_names_one_authority() {
        let problem = |version, uri: &str, hosts: &[&str]| {
            let request = Request::builder().version(version).uri(uri);
            let request = hosts.iter().fold(request, |request, host| request.header("host", *host));
            problem_of_head(&request.body(()).unwrap())
        };
        for version in [Version::HTTP_10, Version::HTTP_11, Version::HTTP_2] {
            assert_eq!(problem(version, "http://x:1/a", &["X:1"]), None);
            assert!(problem(version, "http://x:1/a", &["x:2"]).is_some());
            assert!(problem(version, "/a", &["x", "x"]).is_some());
            assert_eq!(problem(version, "/a", &["x"]), None);
            assert_eq!(problem(version, "/a", &[]).is_none(), version == Version::HTTP_10);
        }
        assert_eq!(problem(Version::HTTP_2, "http://x/a", &[]), None);
        assert!(problem(Version::HTTP_11, "http://x/a", &[]).is_some(), "RFC 9112 asks for it even there");
    }

    #[test]
    fn the_head_of_a_stream_has_the_limits_of_any_other() {
        let problem = |count: usize, length: usize| {
            let request = Request::builder().version(Version::HTTP_2).uri("http://x/");
            let value = "a".repeat(length);
            let request = (0..count)
                .fold(request, |request, number| request.header(format!("x-{number}"), value.as_str()));
            problem_of_head(&request.body(()).unwrap())
        };
        assert_eq!(problem(100, 600), None);
        assert_eq!(problem(101, 1), Some(TOO_MANY));
        assert_eq!(problem(1, 70_000), Some(TOO_LARGE));
    }
}
