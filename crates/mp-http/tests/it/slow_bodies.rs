//! Answers that take their time: one that comes slowly is waited for, one that nobody takes is not.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::routing::get;
use hyper::body::Frame;
use tokio::sync::mpsc;

use crate::http2_wire::{Http2Caller, request as http2_request, whole};
use crate::world::{World, impatient, request};

/// What arrives in a channel, as a body; who sends notices when nobody wants it any more.
struct Pieces(mpsc::Receiver<&'static [u8]>);

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|piece| piece.map(|piece| Ok(Frame::data(Bytes::from_static(piece)))))
    }
}

/// A server without patience, and what its one page answers, request by request.
async fn world() -> (World, mpsc::UnboundedReceiver<mpsc::Sender<&'static [u8]>>) {
    let (requests, answers) = mpsc::unbounded_channel();
    let page = get(async move || {
        let (sender, pieces) = mpsc::channel(1);
        requests.send(sender).unwrap();
        Body::new(Pieces(pieces))
    });
    (World::with_pages(impatient(), Router::new().route("/slow", page)).await, answers)
}

/// Waits until an idle connection has been sent away.
async fn until_patience_ends(world: &World) {
    assert!(world.caller().await.is_closed().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_slowly_is_waited_for() {
    let (world, mut answers) = world().await;
    let mut caller = world.caller().await;
    caller.send(request("GET", "/slow", "")).await;
    let pieces = answers.recv().await.unwrap();
    pieces.send(b"first").await.unwrap();
    assert_eq!(caller.head().await.status, 200);
    until_patience_ends(&world).await;
    pieces.send(b"second").await.unwrap();
    drop(pieces);
    assert_eq!(caller.until("0\r\n\r\n").await, "5\r\nfirst\r\n6\r\nsecond\r\n0\r\n\r\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_slowly_is_waited_for_in_http_2() {
    let (world, mut answers) = world().await;
    let mut caller = Http2Caller::connect(world.listen()).await;
    let answer = caller.begin(http2_request("GET", "/slow", &[], ""));
    let pieces = answers.recv().await.unwrap();
    pieces.send(b"first").await.unwrap();
    let answer = answer.await.unwrap();
    until_patience_ends(&world).await;
    pieces.send(b"second").await.unwrap();
    drop(pieces);
    assert_eq!(whole(answer).await.body, "firstsecond");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_nobody_takes_is_given_up() {
    static PIECE: [u8; 64 * 1024] = [b'x'; 64 * 1024];
    let (world, mut answers) = world().await;
    let mut caller = world.caller().await;
    caller.send(request("GET", "/slow", "")).await;
    let mut http2 = Http2Caller::connect(world.listen()).await;
    let answer = http2.begin(http2_request("GET", "/slow", &[], ""));
    for _ in 0..2 {
        let pieces = answers.recv().await.unwrap();
        // Ends when the server has let go of the answer.
        while pieces.send(&PIECE).await.is_ok() {}
    }
    drop((caller, answer));
}
