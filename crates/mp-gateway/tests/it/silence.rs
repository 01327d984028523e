//! Upstreams that say nothing.

use crate::world::{RawUpstream, gate, get, impatient, parts, request};

#[tokio::test]
async fn an_upstream_that_does_not_answer_is_unavailable_in_time() {
    let upstream = RawUpstream::listen().await;
    let gate = gate(impatient(upstream.parts())).await;
    let mut caller = gate.caller().await;
    caller.send(get("/")).await;
    let mut service = upstream.accept().await;
    service.head().await;
    caller.answer().await.is_unavailable();
    assert_eq!(service.rest().await, b"", "the request is given up");
}

#[tokio::test]
async fn an_upstream_that_does_not_shake_hands_is_unavailable_in_time() {
    let upstream = RawUpstream::listen().await;
    let url = upstream.parts().url.to_string().replace("http:", "https:");
    let authority = crate::tls::Authority::new();
    let mut parts = impatient(parts(&url));
    parts.authorities = Some(authority.file());
    // Only connecting is hurried.
    parts.patience.head = mp_gateway::Patience::default().head;
    let gate = gate(parts).await;
    let mut caller = gate.caller().await;
    caller.send(get("/")).await;
    let mut service = upstream.accept().await;
    caller.answer().await.is_unavailable();
    assert!(!service.rest().await.is_empty(), "it was greeted, and given up");
}

#[tokio::test]
async fn an_answer_that_falls_silent_breaks_off() {
    let upstream = RawUpstream::listen().await;
    let gate = gate(impatient(upstream.parts())).await;
    let mut caller = gate.caller().await;
    caller.send(request("GET", "/", "Connection: close\r\n")).await;
    let mut service = upstream.accept().await;
    service.head().await;
    service.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n").await;
    assert_eq!(caller.head().await.status(), 200);
    assert_eq!(caller.rest().await, b"5\r\nhello\r\n", "no last chunk");
    assert_eq!(service.rest().await, b"");
}
