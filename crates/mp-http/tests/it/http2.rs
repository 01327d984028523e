//! HTTP/2 without TLS: the same answers, the same limits, and an end that tells the caller what was not begun.

use std::sync::Arc;

use axum::body::Body;
use axum::routing::get;
use axum::{Router, extract::Request};
use mp_http::Timeouts;
use tokio::sync::Semaphore;

use crate::http2_wire::{FrameCaller, Http2Caller, request, whole};
use crate::wire::Caller;
use crate::world::{World, plain};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// A frame of settings that says nothing.
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
const SETTINGS_KIND: u8 = 4;
const GOAWAY_KIND: u8 = 7;

#[tokio::test(flavor = "multi_thread")]
async fn the_answers_are_those_of_http_1() {
    let world = World::new().await;
    let token = world.key("ERP").await.token;
    let headers = [("api-key", token.expose())];
    let old = Caller::connect(world.api_listen()).await.ask(plain(token.expose())).await;
    for address in [world.listen(), world.api_listen()] {
        let mut caller = Http2Caller::connect(address).await;
        let answer = caller.ask(request("POST", "/v2/auth/token", &headers, "")).await;
        assert_eq!((answer.status, answer.body.as_ref()), (200, old.body.as_bytes()));
        let mut names: Vec<_> = answer.headers.keys().map(http::HeaderName::as_str).collect();
        let mut expected: Vec<_> = old.headers.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        expected.sort_unstable();
        assert_eq!(names, expected);
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_told_in_the_envelope() {
    let world = World::new().await;
    let mut caller = Http2Caller::connect(world.api_listen()).await;
    let missing = caller.ask(request("GET", "/nothing", &[], "")).await;
    missing.is_error(404, "NOT_FOUND", "Resource not found");
    let verb = caller.ask(request("GET", "/v2/auth/token", &[], "")).await;
    verb.is_error(405, "METHOD_NOT_ALLOWED", "Request method 'GET' not supported");
    assert_eq!(verb.header("allow"), Some("POST"));
    let nobody = caller.ask(request("POST", "/v2/auth/token", &[], "")).await;
    nobody.is_error(401, "UNAUTHORIZED", "Credentials are not specified");
    let two = caller.ask(request("GET", "/", &[("host", "elsewhere")], "")).await;
    two.is_error(400, "BAD_REQUEST", "The request names two different hosts");
    let same = caller.ask(request("GET", "/", &[("host", "api.example.org")], "")).await;
    assert_eq!(same.status, 404);
    let lines = [("x", "y"); 101];
    let many = caller.ask(request("GET", "/", &lines, "")).await;
    many.is_error(400, "BAD_REQUEST", "The request has too many headers: at most 100 are accepted");
    let long = "a".repeat(70_000);
    let large = caller.ask(request("GET", "/", &[("api-key", &long)], "")).await;
    large.is_error(400, "BAD_REQUEST", "The request head is too large: at most 64 KB are accepted");
    let after = caller.ask(request("GET", "/", &[], "")).await;
    assert_eq!(after.status, 404, "the connection goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_panics_ends_no_connection() {
    let pages = Router::new().route("/broken", get(async || -> &str { panic!("on purpose") }));
    let world = World::with_pages(Timeouts::default(), pages).await;
    let mut caller = Http2Caller::connect(world.listen()).await;
    for _ in 0..2 {
        let broken = caller.ask(request("GET", "/broken", &[], "")).await;
        let message = "Internal server error. Please, try again later";
        broken.is_error(500, "INTERNAL_SERVER_ERROR", message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_have_their_limits() {
    let world = World::new().await;
    let token = world.key("ERP").await.token;
    let mut caller = Http2Caller::connect(world.api_listen()).await;
    let headers = [("api-key", token.expose()), ("content-type", "application/json")];
    let too_big = request("POST", "/v2/auth/token", &headers, "").map(|_| Body::from(vec![b' '; 600_000]));
    let answer = caller.ask(too_big).await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.windows(22).any(|part| part == b"The request is too big"), "{answer:?}");
    assert_eq!(caller.ask(request("GET", "/", &[], "")).await.status, 404, "the connection goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_do_not_wait_for_each_other() {
    let gate = Arc::new(Semaphore::new(0));
    let waiting = Arc::clone(&gate);
    let slow = get(async move || {
        waiting.acquire().await.unwrap().forget();
        "slow"
    });
    let pages = Router::new().route("/slow", slow).route("/quick", get(async || "quick"));
    let world = World::with_pages(Timeouts::default(), pages).await;
    let mut caller = Http2Caller::connect(world.listen()).await;
    let slow = caller.begin(request("GET", "/slow", &[], ""));
    assert_eq!(caller.ask(request("GET", "/quick", &[], "")).await.body, "quick");
    gate.add_permits(1);
    assert_eq!(whole(slow.await.unwrap()).await.body, "slow");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_announced() {
    let world = World::new().await;
    let mut caller = FrameCaller::connect(world.api_listen()).await;
    // In pieces, as the network pleases.
    for piece in PREFACE.chunks(5) {
        caller.send(piece).await;
    }
    caller.send(SETTINGS).await;
    let announced = caller.frame().await.unwrap();
    assert_eq!(announced.kind, SETTINGS_KIND);
    let settings: Vec<_> = announced
        .payload
        .chunks(6)
        .map(|setting| {
            let value = u32::from_be_bytes(setting[2..].try_into().unwrap());
            (u16::from_be_bytes([setting[0], setting[1]]), value)
        })
        .collect();
    // RFC 9113 §6.5.2: concurrent streams, and the size of a list of headers.
    assert!(settings.contains(&(3, 100)) && settings.contains(&(6, 128 * 1024)), "{settings:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_preface_comes_first_or_not_at_all() {
    let world = World::new().await;
    let token = world.key("ERP").await.token;
    let mut caller = world.caller().await;
    assert_eq!(caller.ask(plain(token.expose())).await.status, 200);
    let answer = caller.ask(PREFACE).await;
    answer.is_error(400, "BAD_REQUEST", "The request has an unsupported HTTP version");
    assert!(caller.is_closed().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_ends_with_a_last_word() {
    let world = World::impatient().await;
    let token = world.key("ERP").await.token;
    let mut idle = FrameCaller::connect(world.api_listen()).await;
    idle.send(&[PREFACE, SETTINGS].concat()).await;
    let mut used = Http2Caller::connect(world.api_listen()).await;
    let headers = [("api-key", token.expose())];
    assert_eq!(used.ask(request("POST", "/v2/auth/token", &headers, "")).await.status, 200);
    let mut kinds = Vec::new();
    while let Some(frame) = idle.frame().await {
        kinds.push(frame.kind);
    }
    assert!(kinds.contains(&GOAWAY_KIND), "{kinds:?}");
    used.ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_preface_is_not_waited_for() {
    let world = World::impatient().await;
    let mut slow = world.caller().await;
    slow.send(&PREFACE[..20]).await;
    assert!(slow.is_closed().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_answers_what_was_begun() {
    let gate = Arc::new(Semaphore::new(0));
    let (waiting, begun) = (Arc::clone(&gate), Arc::new(Semaphore::new(0)));
    let begins = Arc::clone(&begun);
    let slow = get(async move || {
        begins.add_permits(1);
        waiting.acquire().await.unwrap().forget();
        "slow"
    });
    let mut world = World::with_pages(Timeouts::default(), Router::new().route("/slow", slow)).await;
    let mut idle = Http2Caller::connect(world.listen()).await;
    assert_eq!(idle.ask(request("GET", "/", &[], "")).await.status, 404);
    let mut busy = Http2Caller::connect(world.listen()).await;
    let slow = busy.begin(request("GET", "/slow", &[], ""));
    begun.acquire().await.unwrap().forget();
    world.begin_to_stop();
    idle.ended().await;
    gate.add_permits(1);
    let answer = whole(slow.await.unwrap()).await;
    assert_eq!((answer.status, answer.body.as_ref()), (200, &b"slow"[..]));
    busy.ended().await;
    world.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_carries_the_trace_that_its_answer_will_carry() {
    let trace = async |request: Request| {
        let fields = ["traceparent", "tracestate"].map(|name| request.headers().get(name).cloned());
        fields.map(|field| field.map_or("-".to_owned(), |field| field.to_str().unwrap().to_owned())).join(" ")
    };
    let world = World::with_pages(Timeouts::default(), Router::new().route("/trace", get(trace))).await;
    let mut caller = Http2Caller::connect(world.listen()).await;
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let known = [("traceparent", parent), ("tracestate", "a=1")];
    let answer = caller.ask(request("GET", "/trace", &known, "")).await;
    let told = answer.header("traceparent").unwrap();
    assert_eq!(answer.body, format!("{told} a=1"));
    assert_eq!(told[..36], parent[..36]);
    for unknown in [vec![("tracestate", "a=1")], vec![("traceparent", "nonsense"), ("tracestate", "a=1")]] {
        let answer = caller.ask(request("GET", "/trace", &unknown, "")).await;
        assert_eq!(answer.body, format!("{} -", answer.header("traceparent").unwrap()));
    }
}
