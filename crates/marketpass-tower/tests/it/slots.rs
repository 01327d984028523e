//! Parallel limits: never a fifth at the services together, and no slot lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Response;
use mp_domain::scope::AccessScope;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tower::util::BoxCloneService;
use tower::{Layer, service_fn};

use crate::world::{Inner, Shop, World, ask, request};

/// A service that answers each request when it is told to, and counts those under way.
#[derive(Clone)]
struct Slow {
    may_answer: Arc<Semaphore>,
    under_way: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Slow {
    fn new(permits: usize) -> Self {
        Self {
            may_answer: Arc::new(Semaphore::new(permits)),
            under_way: Arc::default(),
            most: Arc::default(),
        }
    }

    fn inner(&self) -> Inner {
        let slow = self.clone();
        BoxCloneService::new(service_fn(move |_| {
            let slow = slow.clone();
            async move {
                let now = slow.under_way.fetch_add(1, Ordering::SeqCst) + 1;
                slow.most.fetch_max(now, Ordering::SeqCst);
                slow.may_answer.acquire().await.unwrap().forget();
                slow.under_way.fetch_sub(1, Ordering::SeqCst);
                Ok(Response::new("{}".into()))
            }
        }))
    }

    async fn is_asked(&self, by: usize) {
        while self.under_way.load(Ordering::SeqCst) != by {
            tokio::task::yield_now().await;
        }
    }
}

async fn are_free(world: &World) {
    while world.node().gauges().slots_taken != 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fifth_is_refused_whichever_service_it_comes_to() {
    let world = World::new().await;
    let slow = Slow::new(0);
    let gates = [world.gate().await, world.gate().await];
    let shops = gates.each_ref().map(|gate| gate.layer().layer(slow.inner()));
    let key = world.key(AccessScope::AllMethods).await.token;
    let path = format!("/v2/businesses/{}/ratings/quality", world.business);
    let call = move |shop: &Shop| {
        let (shop, call) = (shop.clone(), request("POST", &path, &[("api-key", key.expose())], ""));
        async move { ask(&shop, call).await }
    };
    let mut under_way = JoinSet::new();
    for number in 0..4 {
        under_way.spawn(call(&shops[number % 2]));
    }
    slow.is_asked(4).await;
    for shop in &shops {
        let refused = call(shop).await;
        assert_eq!(refused.status, 420);
        assert!(refused.body.contains("Hit rate limit of 4 parallel requests"), "{}", refused.body);
        assert_eq!(refused.left(), None);
    }
    slow.may_answer.add_permits(1);
    assert_eq!(under_way.join_next().await.unwrap().unwrap().status, 200);
    // A slot that one service has free and another needs is brought back.
    under_way.spawn(call(&shops[0]));
    slow.is_asked(4).await;
    slow.may_answer.add_permits(4);
    under_way.join_all().await;
    are_free(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn services_racing_have_never_more_than_four_under_way_and_lose_no_slot() {
    let world = World::new().await;
    let slow = Slow::new(Semaphore::MAX_PERMITS);
    let key = world.key(AccessScope::AllMethods).await.token;
    let path = format!("/v2/businesses/{}/ratings/quality", world.business);
    let mut callers = JoinSet::new();
    for _ in 0..3 {
        let shop = world.shop(slow.inner()).await;
        for _ in 0..8 {
            let (shop, path, key) = (shop.clone(), path.clone(), key.clone());
            callers.spawn(async move {
                for _ in 0..20 {
                    let answer = ask(&shop, request("POST", &path, &[("api-key", key.expose())], "")).await;
                    assert!([200, 420].contains(&answer.status), "{answer:?}");
                }
            });
        }
    }
    callers.join_all().await;
    assert!((1..=4).contains(&slow.most.load(Ordering::SeqCst)));
    are_free(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_who_go_before_they_are_answered_free_their_slots() {
    let world = World::new().await;
    let slow = Slow::new(0);
    let gate = world.gate().await;
    let shop = gate.layer().layer(slow.inner());
    let key = world.key(AccessScope::AllMethods).await.token;
    let path = format!("/v2/businesses/{}/ratings/quality", world.business);
    for _ in 0..20 {
        let (shop, call) = (shop.clone(), request("POST", &path, &[("api-key", key.expose())], ""));
        let before = slow.under_way.load(Ordering::SeqCst);
        let caller = tokio::spawn(async move { ask(&shop, call).await });
        slow.is_asked(before + 1).await;
        caller.abort();
        assert!(caller.await.is_err());
    }
    are_free(&world).await;
}
