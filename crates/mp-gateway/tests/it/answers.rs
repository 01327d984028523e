//! What the caller sees of an answer.

use axum::Router;
use axum::response::Html;
use axum::routing::get as on_get;
use http::StatusCode;

use crate::world::{gate_before, gate_before_bytes, get, request};

/// The header lines of an answer, `Date` aside.
async fn headers_of(bytes: &'static str) -> Vec<String> {
    let answer = gate_before_bytes(bytes).await.ask(get("/")).await;
    let lines = answer.headers.iter().filter(|(name, _)| name != "date");
    let mut lines: Vec<_> = lines.map(|(name, value)| format!("{name}: {value}")).collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn pages_redirects_and_errors_pass_as_they_are() {
    let service = Router::new()
        .route("/page", on_get(|| async { Html("<p>hello") }))
        .route("/moved", on_get(|| async { (StatusCode::FOUND, [("location", "https://elsewhere/")]) }))
        .route("/broken", on_get(|| async { (StatusCode::INTERNAL_SERVER_ERROR, "{}") }));
    let gate = gate_before(service).await;
    let page = gate.ask(get("/page")).await;
    assert_eq!((page.status(), page.text()), (200, "<p>hello"));
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    let moved = gate.ask(get("/moved")).await;
    assert_eq!((moved.status(), moved.header("location")), (302, Some("https://elsewhere/")));
    let broken = gate.ask(get("/broken")).await;
    assert_eq!((broken.status(), broken.text()), (500, "{}"));
    assert_eq!(gate.ask(get("/missing")).await.status(), 404, "the upstream's own");
}

#[tokio::test]
async fn the_words_after_the_number_pass() {
    let gate = gate_before_bytes("HTTP/1.1 420 Method Failure\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(gate.ask(get("/")).await.status_line, "HTTP/1.1 420 Method Failure");
}

#[tokio::test]
async fn an_answer_works_for_itself_alone() {
    let lines = headers_of(
        "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nSet-Cookie2: c\r\nX-Auth-Subject: key:1\r\n\
         X-RateLimit-Resource-Limit: 5\r\nX-RateLimit-Resource-Remaining: 5\r\nX-RateLimit-Resource-Until: x\r\n\
         Strict-Transport-Security: max-age=0\r\nClear-Site-Data: \"*\"\r\nAlt-Svc: h2=\":1\"\r\n\
         Proxy-Authenticate: Basic\r\nX-Content-Type-Options: sniff\r\nETag: \"1\"\r\nServer: S\r\n\
         Content-Length: 0\r\n\r\n",
    )
    .await;
    assert_eq!(lines, ["content-length: 0", "etag: \"1\"", "server: S", "x-content-type-options: nosniff"]);
}

#[tokio::test]
async fn what_belongs_to_the_upstreams_connection_ends_with_it() {
    let lines = headers_of(
        "HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Own\r\nX-Own: 1\r\nKeep-Alive: timeout=5\r\nUpgrade: h2c\r\n\
         Trailer: X-Sum\r\nProxy-Connection: keep-alive\r\nX-Else: 1\r\nContent-Length: 0\r\n\r\n",
    )
    .await;
    assert_eq!(lines, ["content-length: 0", "x-content-type-options: nosniff", "x-else: 1"]);
}

#[tokio::test]
async fn an_answer_is_framed_anew() {
    // Two lengths: what was read counts, not what was announced.
    let gate = gate_before_bytes(
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .await;
    let mut caller = gate.caller().await;
    caller.send(request("GET", "/", "Connection: close\r\n")).await;
    let head = caller.head().await;
    assert_eq!(head.header("transfer-encoding"), Some("chunked"));
    assert_eq!(head.header("content-length"), None);
    assert_eq!(caller.rest().await, b"5\r\nhello\r\n0\r\n\r\n");
}

#[tokio::test]
async fn trailers_are_dropped() {
    let gate = gate_before_bytes(
        "HTTP/1.1 200 OK\r\nTrailer: X-Auth-Subject\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\
         X-Auth-Subject: key:1\r\n\r\n",
    )
    .await;
    let mut caller = gate.caller().await;
    caller.send(request("GET", "/", "TE: trailers\r\nConnection: close\r\n")).await;
    assert_eq!(caller.head().await.header("trailer"), None);
    assert_eq!(caller.rest().await, b"5\r\nhello\r\n0\r\n\r\n");
}

#[tokio::test]
async fn answers_without_a_body_keep_the_connection_and_the_length_they_tell() {
    for (verb, bytes, length) in [
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n", Some("12345")),
        ("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", None),
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: none\r\n\r\n", None),
        ("GET", "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n", None),
        ("GET", "HTTP/1.1 204 No Content\r\n\r\n", None),
    ] {
        let gate = gate_before_bytes(bytes).await;
        let mut caller = gate.caller().await;
        for _ in 0..2 {
            caller.send(request(verb, "/", "")).await;
            let head = caller.head().await;
            assert_eq!(head.header("content-length"), length, "{verb} {bytes} {head:?}");
            assert_eq!(head.header("transfer-encoding"), None, "{bytes}");
            assert_eq!(head.header("connection"), None, "{bytes}");
        }
    }
}

#[tokio::test]
async fn hints_before_an_answer_are_not_the_answer() {
    let gate = gate_before_bytes(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n\
         HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    )
    .await;
    let answer = gate.ask(get("/")).await;
    assert_eq!((answer.status(), answer.text(), answer.header("link")), (200, "ok", None));
}

#[tokio::test]
async fn an_answer_that_ends_with_its_connection_is_whole() {
    let gate = gate_before_bytes("HTTP/1.0 200 OK\r\n\r\nhello").await;
    let mut caller = gate.caller().await;
    caller.send(request("GET", "/", "Connection: close\r\n")).await;
    assert_eq!(caller.head().await.status_line, "HTTP/1.1 200 OK");
    assert_eq!(caller.rest().await, b"5\r\nhello\r\n0\r\n\r\n");
}
