//! A stream that is silent, broken, or led to a server that was started again.

use std::time::{Duration, Instant};

use mp_domain::scope::AccessScope;
use mp_testkit::{PATIENCE, RunningTime};
use tower::Layer;

use crate::world::{Shop, World, answering, ask, request};

async fn call(shop: &Shop, world: &World, key: &str) -> u16 {
    let path = format!("/v2/businesses/{}/ratings/quality", world.business);
    ask(shop, request("POST", &path, &[("api-key", key)], "")).await.status
}

async fn becomes(shop: &Shop, world: &World, key: &str, status: u16) {
    let began = Instant::now();
    while call(shop, world, key).await != status {
        assert!(began.elapsed() < PATIENCE, "not answered with {status}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_known_is_refused_a_second_after_the_stream_has_fallen_silent() {
    let world = World::new().await;
    let gate = world.gate().await;
    let shop = gate.layer().layer(answering(200, "{}"));
    let key = world.key(AccessScope::AllMethods).await.token;
    becomes(&shop, &world, key.expose(), 200).await;
    world.relay.fall_silent();
    let mut time = RunningTime::start();
    while gate.is_ready() {
        assert!(time.look() < Duration::from_secs(2), "still trusted");
        tokio::task::yield_now().await;
    }
    assert_eq!(call(&shop, &world, key.expose()).await, 503);
    world.relay.open();
    becomes(&shop, &world, key.expose(), 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_breaks_is_made_again_and_nothing_is_believed_in_between() {
    let world = World::new().await;
    let gate = world.gate().await;
    let shop = gate.layer().layer(answering(200, "{}"));
    let key = world.key(AccessScope::AllMethods).await.token;
    becomes(&shop, &world, key.expose(), 200).await;
    world.relay.cut();
    becomes(&shop, &world, key.expose(), 503).await;
    let asked = gate.questions();
    world.relay.open();
    becomes(&shop, &world, key.expose(), 200).await;
    assert!(gate.questions() > asked, "what was known is forgotten");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_started_again_is_found_again() {
    let mut world = World::new().await;
    let shop = world.shop(answering(200, "{}")).await;
    let key = world.key(AccessScope::AllMethods).await.token;
    becomes(&shop, &world, key.expose(), 200).await;
    let began = Instant::now();
    world.stop().await;
    assert!(began.elapsed() < PATIENCE / 2, "a stop does not wait for streams");
    becomes(&shop, &world, key.expose(), 503).await;
    world.start().await;
    becomes(&shop, &world, key.expose(), 200).await;
}
