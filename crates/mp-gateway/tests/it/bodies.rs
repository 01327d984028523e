//! Bodies in both directions: piece by piece, of any size, and cut short by whoever leaves.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::middleware::map_request;
use axum::response::Response;
use axum::routing::{get as on_get, post};
use hyper::body::Frame;
use mp_market::api_error::ApiError;
use mp_market::protocol::request_too_big;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;

use crate::wire::Caller;
use crate::world::{Farewell, RawUpstream, admit, gate, gate_before, get, request, serve};

const PIECE: usize = 64 * 1024;

#[tokio::test]
async fn each_piece_of_an_answer_arrives_before_the_next_is_made() {
    let upstream = RawUpstream::listen().await;
    let gate = gate(upstream.parts()).await;
    let mut caller = gate.caller().await;
    caller.send(get("/")).await;
    let mut service = upstream.accept().await;
    service.head().await;
    service.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    assert_eq!(caller.head().await.status(), 200);
    for piece in ["5\r\nfirst\r\n", "6\r\nsecond\r\n", "0\r\n\r\n"] {
        service.send(piece).await;
        assert_eq!(caller.bytes(piece.len()).await, piece.as_bytes());
    }
}

#[tokio::test]
async fn a_request_is_passed_on_once_all_of_it_is_there_and_with_one_length() {
    let upstream = RawUpstream::listen().await;
    let gate = gate(upstream.parts()).await;
    let mut caller = gate.caller().await;
    caller.send(request("POST", "/", "Transfer-Encoding: chunked\r\n")).await;
    for piece in ["5\r\nfirst\r\n", "6\r\nsecond\r\n", "0\r\n\r\n"] {
        caller.send(piece).await;
    }
    let mut service = upstream.accept().await;
    let head = service.head().await;
    assert_eq!((head.header("content-length"), head.header("transfer-encoding")), (Some("11"), None));
    assert_eq!(service.bytes(11).await, b"firstsecond");
    service.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(caller.answer().await.status(), 200);
}

#[tokio::test]
async fn a_length_that_is_known_is_told() {
    let echo = post(|body: String| async { body });
    let gate = gate_before(Router::new().route("/", echo)).await;
    let answer = gate.ask(request("POST", "/", "Content-Length: 5\r\n") + "hello").await;
    assert_eq!((answer.text(), answer.header("content-length")), ("hello", Some("5")));
}

#[tokio::test]
async fn a_body_of_unknown_length_passes_with_every_verb() {
    let echo = Router::new().fallback(|body: String| async { body });
    let gate = gate_before(echo).await;
    for verb in ["GET", "DELETE", "POST"] {
        let asked = request(verb, "/", "Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n0\r\n\r\n";
        assert_eq!(gate.ask(asked).await.text(), "hello", "{verb}");
    }
}

#[tokio::test]
async fn a_body_that_waits_to_be_wanted_is_asked_for() {
    let echo = post(|body: String| async { body });
    let gate = gate_before(Router::new().route("/", echo)).await;
    let mut caller = gate.caller().await;
    caller.send(request("POST", "/", "Expect: 100-continue\r\nContent-Length: 5\r\n")).await;
    assert_eq!(caller.head().await.status(), 100);
    assert_eq!(caller.ask("hello").await.text(), "hello");
}

/// Pieces without end, counted, and a farewell when nobody wants them any more.
fn endless(made: Arc<AtomicU64>, farewell: Farewell) -> Response {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let _farewell = farewell;
        while sender.send(vec![b'x'; PIECE]).await.is_ok() {
            made.fetch_add(PIECE as u64, Ordering::SeqCst);
        }
    });
    Response::new(Body::new(Pieces(receiver)))
}

/// What arrives in a channel, as a body.
struct Pieces(mpsc::Receiver<Vec<u8>>);

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|piece| piece.map(|piece| Ok(Frame::data(piece.into()))))
    }
}

/// A body that the gate does not want any more.
struct Refused;

impl HttpBody for Refused {
    type Data = Bytes;
    type Error = ApiError;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, ApiError>>> {
        Poll::Ready(Some(Err(request_too_big(600_000))))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_makes_more_of_an_endless_answer_than_the_caller_takes() {
    const TAKEN: u64 = 100 << 20;
    let made = Arc::<AtomicU64>::default();
    let (sender, mut gone) = mpsc::unbounded_channel();
    let counter = Arc::clone(&made);
    let service = Router::new().route(
        "/",
        on_get(move || async move { endless(Arc::clone(&counter), Farewell::to(sender.clone())) }),
    );
    let mut caller = gate_before(service).await.caller().await;
    caller.send(get("/")).await;
    assert_eq!(caller.head().await.status(), 200);
    let (mut taken, mut buffer) = (0, vec![0; PIECE]);
    while taken < TAKEN {
        let count = caller.stream.read(&mut buffer).await.unwrap();
        assert!(count > 0, "an endless answer ended");
        taken += count as u64;
    }
    let ahead = made.load(Ordering::SeqCst).saturating_sub(taken);
    assert!(ahead < 32 << 20, "{ahead} bytes were made ahead, more than sockets hold");
    drop(caller);
    gone.recv().await.unwrap();
}

#[tokio::test]
async fn a_caller_who_leaves_before_the_answer_ends_the_request() {
    let (sender, mut gone) = mpsc::unbounded_channel();
    let (start, mut started) = mpsc::unbounded_channel();
    let service = Router::new().route(
        "/",
        on_get(move || async move {
            let _farewell = Farewell::to(sender.clone());
            start.send(()).unwrap();
            std::future::pending::<()>().await;
        }),
    );
    let mut caller = gate_before(service).await.caller().await;
    caller.send(get("/")).await;
    started.recv().await.unwrap();
    drop(caller);
    gone.recv().await.unwrap();
}

#[tokio::test]
async fn a_caller_who_leaves_within_an_answer_ends_it() {
    let upstream = RawUpstream::listen().await;
    let gate = gate(upstream.parts()).await;
    let mut caller = gate.caller().await;
    caller.send(get("/")).await;
    let mut service = upstream.accept().await;
    service.head().await;
    service.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf").await;
    assert_eq!(caller.head().await.status(), 200);
    drop(caller);
    assert_eq!(service.rest().await, b"", "the upstream learns that nobody waits");
}

#[tokio::test]
async fn what_refuses_a_body_on_its_way_is_the_answer() {
    let upstream = RawUpstream::listen().await;
    // As a gate may do it that measures bodies.
    let refuse = |request: Request| async { request.map(|_| Body::new(Refused)) };
    let way = mp_gateway::upstream(upstream.parts()).unwrap();
    let router = Router::new().fallback_service(way).layer(map_request(refuse));
    let mut caller = Caller::connect(serve(router.layer(map_request(admit))).await).await;
    let answer = caller.ask(request("POST", "/", "Content-Length: 4\r\n") + "body").await;
    assert_eq!(answer.status(), 400);
    assert!(answer.text().contains("The request is too big"), "{}", answer.text());
}
