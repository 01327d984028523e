//! Limits: what is borrowed, spent, brought back, and never more than there is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use mp_domain::scope::AccessScope;
use serde_json::json;
use tokio::task::JoinSet;
use tower::Layer;

use crate::world::{Shop, World, answering, ask, request};

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test(flavor = "multi_thread")]
async fn several_layers_racing_admit_exactly_the_limit() {
    let world = World::new().await;
    let key = world.key(AccessScope::AllMethods).await.token;
    let path = format!("/v2/businesses/{}/settings", world.business);
    let (admitted, refused) = (Arc::<AtomicU32>::default(), Arc::<AtomicU32>::default());
    let mut callers = JoinSet::new();
    for _ in 0..4 {
        let shop = world.shop(answering(200, "{}")).await;
        for _ in 0..8 {
            let (shop, path, key) = (shop.clone(), path.clone(), key.clone());
            let (admitted, refused) = (Arc::clone(&admitted), Arc::clone(&refused));
            callers.spawn(async move {
                for _ in 0..10 {
                    let answer = ask(&shop, request("POST", &path, &[("api-key", key.expose())], "")).await;
                    match answer.status {
                        200 => admitted.fetch_add(1, Ordering::Relaxed),
                        420 => refused.fetch_add(1, Ordering::Relaxed),
                        other => panic!("{other}: {}", answer.body),
                    };
                }
            });
        }
    }
    callers.join_all().await;
    assert_eq!((admitted.load(Ordering::Relaxed), refused.load(Ordering::Relaxed)), (100, 220));
}

#[tokio::test(flavor = "multi_thread")]
async fn points_that_one_service_keeps_are_brought_back_when_another_needs_them() {
    let world = World::new().await;
    let key = world.key(AccessScope::AllMethods).await.token;
    let path = format!("/v2/businesses/{}/settings", world.business);
    let call = async |shop: &Shop| ask(shop, request("POST", &path, &[("api-key", key.expose())], "")).await;
    let (one, other) = (world.shop(answering(200, "{}")).await, world.shop(answering(200, "{}")).await);
    for _ in 0..10 {
        assert_eq!(call(&one).await.status, 200);
    }
    for _ in 0..90 {
        let answer = call(&other).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let refused = call(&other).await;
    assert_eq!((refused.status, refused.left()), (420, Some(0)));
    assert_eq!(call(&one).await.status, 420);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_ends_brings_back_what_it_has_not_spent() {
    let world = World::new().await;
    let key = world.key(AccessScope::AllMethods).await.token;
    let path = format!("/v2/businesses/{}/settings", world.business);
    let call = async |shop: &Shop| ask(shop, request("POST", &path, &[("api-key", key.expose())], "")).await;
    let gate = world.gate().await;
    let one = gate.layer().layer(answering(200, "{}"));
    for left in (95..100).rev() {
        assert_eq!(call(&one).await.left(), Some(left));
    }
    drop((one, gate));
    let other = world.shop(answering(200, "{}")).await;
    // Whatever was still on its way back is asked for.
    for _ in 0..95 {
        assert_eq!(call(&other).await.status, 200);
    }
    assert_eq!(call(&other).await.status, 420);
}

#[tokio::test(flavor = "multi_thread")]
async fn items_of_the_request_are_charged_and_refused_whole() {
    let world = World::new().await;
    let shop = world.shop(answering(200, "{}")).await;
    let key = world.key(AccessScope::AllMethods).await.token;
    let path = format!("/v2/businesses/{}/offer-mappings/update", world.business);
    let call = async |items: usize| {
        let body = json!({"offerMappings": vec![json!({}); items]}).to_string();
        ask(&shop, request("POST", &path, &[("api-key", key.expose()), JSON], &body)).await
    };
    assert_eq!(call(3000).await.left(), Some(2000));
    let refused = call(2001).await;
    assert_eq!((refused.status, refused.left()), (420, Some(2000)));
    assert!(refused.body.contains("Hit rate limit of 5000 points per 1 minute"), "{}", refused.body);
    assert_eq!(call(2000).await.left(), Some(0));
    assert_eq!(call(0).await.status, 200, "nothing costs nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn items_of_the_answer_are_charged_when_they_have_passed() {
    let world = World::new().await;
    let shop = world.shop(answering(200, "{\"result\":{\"shopSkus\":[{},{},{}]},\"status\":\"OK\"}")).await;
    let store = world.store("North").await;
    let key = world.key(AccessScope::AllMethods).await.token;
    let path = format!("/v2/campaigns/{store}/stats/skus");
    let mut left = Vec::new();
    for _ in 0..3 {
        let call = request("POST", &path, &[("api-key", key.expose()), JSON], "{}");
        left.push(ask(&shop, call).await.left().unwrap());
    }
    assert_eq!(left, [2000, 1997, 1994]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_given_back() {
    let world = World::new().await;
    let key = world.key(AccessScope::AllMethods).await.token;
    let path = format!("/v2/businesses/{}/ratings/quality", world.business);
    let mut left = Vec::new();
    for status in [200, 500, 503, 404, 200] {
        let shop = world.shop(answering(status, "{}")).await;
        let answer = ask(&shop, request("POST", &path, &[("api-key", key.expose())], "")).await;
        assert_eq!(answer.status, status);
        left.push(answer.left());
        // The layer ends and brings back what it holds; the next one asks for it if it is not there yet.
    }
    let first = left[0].unwrap();
    assert_eq!(left, [Some(first), None, Some(first), Some(first - 1), Some(first - 2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_window_begins_full() {
    let world = World::new().await;
    let gate = world.gate().await;
    let shop = gate.layer().layer(answering(200, "{}"));
    let key = world.key(AccessScope::AllMethods).await.token;
    let path = format!("/v2/businesses/{}/settings", world.business);
    let call = async || ask(&shop, request("POST", &path, &[("api-key", key.expose())], "")).await;
    for _ in 0..100 {
        assert_eq!(call().await.status, 200);
    }
    assert_eq!(call().await.status, 420);
    world.clock.advance(std::time::Duration::from_secs(3600));
    // A moment passes until the server has looked at its log by the new time.
    loop {
        let answer = call().await;
        if answer.status == 200 {
            assert_eq!(answer.left(), Some(99));
            return;
        }
        assert!([420, 503].contains(&answer.status), "{answer:?}");
        tokio::task::yield_now().await;
    }
}
