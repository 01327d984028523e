//! Connections: kept, pipelined, broken, and used by the slow (market-api §6).

use std::time::{Duration, Instant};

use mp_testkit::PATIENCE;

use crate::world::{World, plain, request, routed};

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_kept_whatever_is_asked_on_it() {
    let world = World::new().await;
    let token = world.key("ERP").await.token;
    let mut caller = world.caller().await;
    let keep = plain(token.expose()).replace("Host: x", "Host: x\r\nConnection: keep-alive");
    for request in [plain(token.expose()), keep, routed(token.expose()), plain(token.expose())] {
        assert_eq!(caller.ask(request).await.status, 200);
    }
    assert_eq!(caller.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.status, 404);
    assert_eq!(caller.ask(plain(token.expose())).await.header("x-ratelimit-resource-remaining"), Some("95"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pipelined_requests_are_answered_in_their_order() {
    let world = World::new().await;
    let token = world.key("ERP").await.token;
    let (plain, routed) = (plain(token.expose()), routed(token.expose()));
    let mut caller = world.caller().await;
    let (first, rest) = plain.split_at(20);
    caller.send(format!("{plain}{plain}{routed}{routed}{plain}{first}")).await;
    for remaining in ["99", "98", "97", "96", "95"] {
        assert_eq!(caller.answer().await.header("x-ratelimit-resource-remaining"), Some(remaining));
    }
    assert_eq!(caller.ask(rest).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_may_come_in_pieces() {
    let world = World::new().await;
    let token = world.key("ERP").await.token;
    let mut caller = world.caller().await;
    for piece in plain(token.expose()).as_bytes().chunks(7) {
        caller.send(piece).await;
    }
    assert_eq!(caller.answer().await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_to_close_is_granted() {
    let world = World::new().await;
    let token = world.key("ERP").await.token;
    let close = plain(token.expose()).replace("Host: x", "Host: x\r\nConnection: close");
    let old = plain(token.expose()).replace("HTTP/1.1", "HTTP/1.0");
    for request in [close, old] {
        let mut caller = world.caller().await;
        assert_eq!(caller.ask(request).await.status, 200);
        assert!(caller.is_closed().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_is_told_so_in_the_envelope() {
    let world = World::new().await;
    let with_header = |header: &str| format!("POST /v2/auth/token HTTP/1.1\r\n{header}\r\n\r\n");
    for (request, message) in [
        (with_header("Api-Key: a\u{1}b"), "The request has a header with an invalid value"),
        (with_header("Api-Key: a\0"), "The request has a header with an invalid value"),
        (with_header("Api Key: a"), "The request has a header with an invalid name"),
        (with_header("Api-Key : a"), "The request has a header with an invalid name"),
        ("POST / HTTP/2.0\r\n\r\n".to_owned(), "The request has an unsupported HTTP version"),
        ("\u{16}\u{3}\u{1}\u{2}".to_owned(), "The request line is invalid"),
        (with_header(&"a: b\r\n".repeat(101)), "The request has too many headers: at most 100 are accepted"),
        (
            with_header(&format!("Api-Key: {}", "a".repeat(70_000))),
            "The request head is too large: at most 64 KB are accepted",
        ),
    ] {
        let mut caller = world.caller().await;
        caller.send_unwanted(request).await;
        let answer = caller.answer().await;
        answer.is_error(400, "BAD_REQUEST", message);
        assert_eq!(answer.header("connection"), Some("close"));
        assert!(caller.is_closed().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_framework_refuses_is_told_so_in_the_envelope_as_well() {
    let world = World::new().await;
    let with_header = |header: &str| request("POST", "/v2/auth/token", &format!("{header}\r\n"));
    for request in [
        with_header("Content-Length: many"),
        with_header("Content-Length: 1\r\nContent-Length: 2"),
        with_header("Content-Length: -1"),
        with_header("Transfer-Encoding: gzip"),
        "POST /v2/auth/token HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(),
        "POST http:// HTTP/1.1\r\n\r\n".to_owned(),
    ] {
        let mut caller = world.caller().await;
        let answer = caller.ask(&request).await;
        answer.is_error(400, "BAD_REQUEST", "The request is invalid");
        assert_eq!(answer.header("connection"), Some("close"));
        assert!(caller.is_closed().await);
    }
    let mut caller = world.caller().await;
    assert_eq!(caller.ask(request("GET", "/", "")).await.status, 404);
    caller.send_unwanted(with_header(&format!("Api-Key: {}", "a".repeat(100_000)))).await;
    caller.answer().await.is_error(400, "BAD_REQUEST", "The request head is too large");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_no_host_or_for_two_is_refused_on_every_way() {
    let world = World::new().await;
    let token = world.key("ERP").await.token;
    let key = token.expose();
    for good in [plain(key), routed(key), request("GET", "/", ""), request("GET", "/v2/campaigns", "")] {
        let without = good.replace("Host: x\r\n", "");
        let doubled = good.replace("Host: x\r\n", "Host: x\r\nhost: x\r\n");
        for (bad, message) in [
            (&without, "The request has no Host header"),
            (&doubled, "The request has more than one Host header"),
            (&doubled.replace("HTTP/1.1", "HTTP/1.0"), "The request has more than one Host header"),
        ] {
            let mut caller = world.caller().await;
            assert_eq!(caller.ask(plain(key)).await.status, 200);
            let answer = caller.ask(bad).await;
            answer.is_error(400, "BAD_REQUEST", message);
            assert_eq!(answer.header("connection"), Some("close"), "{bad}");
            assert!(answer.header("traceparent").is_some());
            assert!(caller.is_closed().await);
        }
        let expected = world.ask(good).await.status;
        let old = world.ask(without.replace("HTTP/1.1", "HTTP/1.0")).await.status;
        assert_eq!(old, expected, "HTTP/1.0 knows no Host: {without}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_request_before_nonsense_is_answered() {
    let world = World::new().await;
    let token = world.key("ERP").await.token;
    let mut caller = world.caller().await;
    assert_eq!(caller.ask(format!("{}nonsense\n\n", plain(token.expose()))).await.status, 200);
    assert_eq!(caller.answer().await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_and_idle_callers_are_sent_away() {
    let world = World::impatient().await;
    let token = world.key("ERP").await.token;
    let mut silent = world.caller().await;
    let mut slow = world.caller().await;
    slow.send("POST /v2/auth/token HTT").await;
    let mut idle = world.caller().await;
    assert_eq!(idle.ask(plain(token.expose())).await.status, 200);
    let mut idle_in_the_router = world.caller().await;
    assert_eq!(idle_in_the_router.ask(routed(token.expose())).await.status, 200);
    let mut slow_in_the_router = world.caller().await;
    assert_eq!(slow_in_the_router.ask(routed(token.expose())).await.status, 200);
    slow_in_the_router.send("POST /v2/auth/token HTT").await;
    for caller in [&mut silent, &mut slow, &mut idle, &mut idle_in_the_router, &mut slow_in_the_router] {
        assert!(caller.is_closed().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_drips_gains_no_time_by_dripping() {
    let world = World::impatient().await;
    let mut dripping = world.caller().await;
    dripping.send("POST /v2/auth/token HTTP/1.1\r\nX: ").await;
    let began = Instant::now();
    while !tokio::time::timeout(Duration::from_millis(100), dripping.is_closed()).await.unwrap_or(false) {
        assert!(began.elapsed() < PATIENCE, "still open");
        dripping.send_unwanted("x").await;
    }
}
