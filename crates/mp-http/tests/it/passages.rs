//! Plain requests on their way to the upstream: who stalls is not waited for, and nothing holds the end of the server up.

use std::net::SocketAddr;

use mp_testkit::PATIENCE;
use tokio::net::{TcpListener, TcpSocket};
use tokio::time::timeout;

use crate::wire::Caller;
use crate::world::{World, api_key, impatient, plain, request, way_to};

/// An address where nobody listens.
async fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

/// An impatient server whose upstream is not there, and a request to it.
async fn before_nobody() -> (World, String) {
    let upstream = way_to(nobody().await);
    let world =
        World::with(|parts| (parts.timeouts, parts.upstream) = (impatient(), Some(upstream.into()))).await;
    let question = question(&world).await;
    (world, question)
}

async fn question(world: &World) -> String {
    let path = format!("/v2/campaigns/{}/offer-prices", world.store("North").await);
    request("POST", &path, &api_key(&world.key("ERP").await.token))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_whose_answer_had_begun_holds_the_end_of_the_server_not_up() {
    let service = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstream = way_to(service.local_addr().unwrap());
    let mut world = World::with(|parts| {
        parts.upstream = Some(upstream.into());
        parts.timeouts.drain = 2 * PATIENCE;
    })
    .await;
    let mut caller = Caller::connect(world.api_listen()).await;
    caller.send(question(&world).await).await;
    let mut service = Caller::over(service.accept().await.unwrap().0);
    service.until("\r\n\r\n").await;
    service.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{").await;
    let head = caller.head().await;
    let mut idle = world.caller().await;
    assert_eq!(idle.ask(plain("nobody's")).await.status, 401);
    world.begin_to_stop();
    assert!(idle.is_closed().await, "the server is stopping");
    service.send("}").await;
    assert_eq!(caller.whole(head).await.body, "{}");
    assert!(timeout(PATIENCE, caller.is_closed()).await.unwrap());
    timeout(PATIENCE, world.stopped()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_takes_no_refusal_is_sent_away() {
    let (world, question) = before_nobody().await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut caller = Caller::over(socket.connect(world.api_listen()).await.unwrap());
    let asks = async { while caller.is_heard(&question).await {} };
    timeout(PATIENCE, asks).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_head_behind_a_refusal_has_the_deadline_of_any_other() {
    let (world, question) = before_nobody().await;
    let mut caller = Caller::connect(world.api_listen()).await;
    caller.send(format!("{question}{}", &question[..30])).await;
    assert_eq!(caller.answer().await.status, 503);
    assert!(timeout(PATIENCE, caller.is_closed()).await.unwrap());
}
