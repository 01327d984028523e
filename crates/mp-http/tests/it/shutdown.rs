//! The end: nobody new, everybody begun is answered, nobody idle holds it up.

use tokio::net::TcpStream;

use crate::world::{World, plain, routed, with_body};

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_are_closed_and_the_server_is_done() {
    let mut world = World::new().await;
    let token = world.key("ERP").await.token;
    let mut callers = [world.caller().await, world.caller().await, world.caller().await];
    assert_eq!(callers[0].ask(plain(token.expose())).await.status, 200);
    assert_eq!(callers[1].ask(routed(token.expose())).await.status, 200);
    let address = world.listen();
    world.begin_to_stop();
    for caller in &mut callers {
        assert!(caller.is_closed().await);
    }
    world.stopped().await;
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_were_begun_are_answered() {
    let mut world = World::new().await;
    let token = world.key("ERP").await.token;
    let mut with_half_a_head = world.caller().await;
    let head = plain(token.expose());
    // A first answer proves that the connection is being served.
    assert_eq!(with_half_a_head.ask(&head).await.status, 200);
    let mut with_half_a_body = world.caller().await;
    let request = with_body(token.expose(), "Expect: 100-continue\r\n", "{}");
    with_half_a_body.send(request.strip_suffix("{}").unwrap()).await;
    assert_eq!(with_half_a_body.head().await.status, 100, "the request is in flight");
    // The answer to the first of two proves that the half behind it was read.
    with_half_a_head.send(format!("{head}{}", &head[..30])).await;
    assert_eq!(with_half_a_head.answer().await.status, 200);

    let mut idle = world.caller().await;
    assert_eq!(idle.ask(&head).await.status, 200);
    world.begin_to_stop();
    assert!(idle.is_closed().await, "the server is stopping");
    assert_eq!(with_half_a_body.ask("{}").await.status, 200);
    assert!(with_half_a_body.is_closed().await);
    let last = with_half_a_head.ask(&head[30..]).await;
    assert_eq!((last.status, last.header("connection")), (200, Some("close")));
    assert!(with_half_a_head.is_closed().await);
    world.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_does_not_end_holds_nothing_up() {
    let mut world = World::hasty().await;
    let token = world.key("ERP").await.token;
    let mut endless = world.caller().await;
    let request = with_body(token.expose(), "Expect: 100-continue\r\n", "{}");
    endless.send(request.strip_suffix("{}").unwrap()).await;
    assert_eq!(endless.head().await.status, 100, "the request is in flight");
    world.begin_to_stop();
    world.stopped().await;
    assert!(endless.is_closed().await);
}
