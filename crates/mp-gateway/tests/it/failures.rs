//! Upstreams that cannot be reached, that break HTTP, and that break off.

use std::net::TcpListener;

use crate::wire::Caller;
use crate::world::{RawUpstream, gate, gate_before_bytes, get, parts, request};

#[tokio::test]
async fn an_upstream_that_is_not_there_is_unavailable() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for url in [format!("http://{free}"), "http://upstream.invalid".to_owned()] {
        let gate = gate(parts(&url)).await;
        let mut caller = gate.caller().await;
        caller.ask(get("/")).await.is_unavailable();
        caller.ask(get("/")).await.is_unavailable();
    }
}

#[tokio::test]
async fn an_upstream_that_breaks_http_is_unavailable() {
    for nonsense in [
        "",
        "\r\n",
        "hello\r\n\r\n",
        "HTTP/1.1 200",
        "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA b: c\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: \x00\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        "<html>",
    ] {
        gate_before_bytes(nonsense).await.ask(get("/")).await.is_unavailable();
    }
}

#[tokio::test]
async fn a_head_without_end_is_not_held() {
    let upstream = RawUpstream::listen().await;
    let gate = gate(upstream.parts()).await;
    let endless = async {
        let mut service = upstream.accept().await;
        service.head().await;
        service.send("HTTP/1.1 200 OK\r\nA: ").await;
        while tokio::io::AsyncWriteExt::write_all(&mut service.stream, &[b'x'; 4096]).await.is_ok() {}
    };
    let (answer, ()) = tokio::join!(gate.ask(get("/")), endless);
    answer.is_unavailable();
}

/// What comes of an answer that breaks off after these bytes.
async fn broken_off(bytes: &'static str) -> Vec<u8> {
    let gate = gate_before_bytes(bytes).await;
    let mut caller: Caller = gate.caller().await;
    caller.send(request("GET", "/", "Connection: close\r\n")).await;
    assert_eq!(caller.head().await.status(), 200);
    caller.rest().await
}

#[tokio::test]
async fn an_answer_that_breaks_off_never_ends_cleanly() {
    let short = broken_off("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf").await;
    assert_eq!(short, b"half", "six bytes are missing, and the connection is over");
    let cut = broken_off("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n").await;
    assert_eq!(cut, b"4\r\nhalf\r\n", "no last chunk");
    let nonsense = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nnonsense\r\n";
    assert_eq!(broken_off(nonsense).await, b"4\r\nhalf\r\n", "no last chunk");
}

#[tokio::test]
async fn a_connection_that_the_upstream_ended_is_not_used_again() {
    let upstream = RawUpstream::listen().await;
    let gate = gate(upstream.parts()).await;
    let mut caller = gate.caller().await;
    for _ in 0..3 {
        caller.send(get("/")).await;
        let mut service = upstream.accept().await;
        service.head().await;
        service.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok").await;
        drop(service);
        assert_eq!(caller.answer().await.text(), "ok");
    }
}

/// Answers one request, reads the next one on the same connection and leaves without a word.
async fn answer_one_of_two(upstream: &RawUpstream) {
    let mut service = upstream.accept().await;
    service.head().await;
    service.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
    service.head().await;
}

#[tokio::test]
async fn a_request_that_changes_nothing_survives_the_end_of_an_idle_connection() {
    let upstream = RawUpstream::listen().await;
    let gate = gate(upstream.parts()).await;
    for verb in ["GET", "OPTIONS"] {
        let mut caller = gate.caller().await;
        let asked = request(verb, "/a?b=c", "Accept: text/plain\r\n");
        caller.send(&asked).await;
        let ((), first) = tokio::join!(answer_one_of_two(&upstream), async {
            let first = caller.answer().await;
            caller.send(&asked).await;
            first
        });
        assert_eq!(first.text(), "ok");
        let mut service = upstream.accept().await;
        let again = service.head().await;
        assert_eq!(again.status_line, format!("{verb} /a?b=c HTTP/1.1"));
        assert_eq!(again.header("accept"), Some("text/plain"));
        assert_eq!(again.header("x-auth-subject"), Some("key:7"));
        service.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nagain").await;
        assert_eq!(caller.answer().await.text(), "again");
    }
}

#[tokio::test]
async fn what_may_have_changed_something_or_was_never_alone_is_asked_once() {
    let upstream = RawUpstream::listen().await;
    let gate = gate(upstream.parts()).await;
    for second in
        [request("POST", "/", "Content-Length: 0\r\n"), request("GET", "/", "Content-Length: 1\r\n") + "x"]
    {
        let mut caller = gate.caller().await;
        caller.send(get("/")).await;
        let (answer, ()) = tokio::join!(
            async {
                assert_eq!(caller.answer().await.text(), "ok");
                caller.ask(&second).await
            },
            answer_one_of_two(&upstream)
        );
        answer.is_unavailable();
    }
    // A new connection, and one on which an answer has begun.
    for bytes in ["", "HTTP/1.1 200 OK\r\nContent-"] {
        let mut caller = gate.caller().await;
        caller.send(get("/")).await;
        let mut service = upstream.accept().await;
        service.head().await;
        if !bytes.is_empty() {
            service.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
            caller.answer().await;
            caller.send(get("/")).await;
            service.head().await;
            service.send(bytes).await;
        }
        drop(service);
        caller.answer().await.is_unavailable();
    }
}

#[tokio::test]
async fn connections_are_kept_and_used_again() {
    let upstream = RawUpstream::listen().await;
    let gate = gate(upstream.parts()).await;
    let mut caller = gate.caller().await;
    caller.send(get("/")).await;
    let mut service = upstream.accept().await;
    for number in 0..3 {
        service.head().await;
        service.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
        assert_eq!(caller.answer().await.text(), "ok");
        if number < 2 {
            caller.send(get("/")).await;
        }
    }
}

#[tokio::test]
async fn an_answer_may_come_before_the_request_is_heard_to_its_end() {
    let upstream = RawUpstream::listen().await;
    let gate = gate(upstream.parts()).await;
    let body = "x".repeat(500 * 1024);
    let asked = request("POST", "/", &format!("Content-Length: {}\r\n", body.len())) + &body;
    let mut caller = gate.caller().await;
    let answered = async {
        let mut service = upstream.accept().await;
        service.head().await;
        let refusal = "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig";
        service.send(refusal).await;
        service.rest().await;
    };
    let (answer, ()) = tokio::join!(caller.ask(&asked), answered);
    assert_eq!((answer.status(), answer.text()), (413, "big"));
}
