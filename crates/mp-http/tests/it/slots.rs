//! Parallel limits at the gate (market-api §5.1): never more at the upstream than there are slots.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use tokio::sync::Semaphore;

use crate::wire::Caller;
use crate::world::{World, api_key, request};

/// An upstream that answers each request when it is told to.
#[derive(Clone, Default)]
struct Slow(Arc<Work>);

struct Work {
    may_answer: Semaphore,
    under_way: AtomicUsize,
}

impl Default for Work {
    fn default() -> Self {
        Self { may_answer: Semaphore::new(0), under_way: AtomicUsize::new(0) }
    }
}

impl Slow {
    fn router(&self) -> Router {
        let Self(work) = self.clone();
        Router::new().fallback(async move || {
            work.under_way.fetch_add(1, Ordering::SeqCst);
            work.may_answer.acquire().await.unwrap().forget();
            work.under_way.fetch_sub(1, Ordering::SeqCst);
            "{}"
        })
    }

    /// Waits until so many requests are there.
    async fn is_asked(&self, by: usize) {
        while self.0.under_way.load(Ordering::SeqCst) != by {
            tokio::task::yield_now().await;
        }
    }

    fn answer(&self, requests: usize) {
        self.0.may_answer.add_permits(requests);
    }
}

async fn caller(world: &World) -> Caller {
    Caller::connect(world.addresses.api_listen.unwrap()).await
}

async fn are_free(world: &World) {
    while world.node.gauges().slots_taken != 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fifth_is_refused_while_four_are_under_way_and_let_in_when_one_is_answered() {
    let slow = Slow::default();
    let world = World::before(slow.router()).await;
    let (store, other) = (world.store("North").await, world.store("South").await);
    let key = api_key(&world.key("ERP").await.token);
    let prices = |store| request("POST", &format!("/v2/campaigns/{store}/offer-prices"), &key);
    let mut callers = Vec::new();
    for _ in 0..4 {
        let mut caller = caller(&world).await;
        caller.send(prices(store)).await;
        callers.push(caller);
    }
    slow.is_asked(4).await;
    let refused = world.ask_api(prices(store)).await;
    let message = format!("Hit rate limit of 4 parallel requests for campaignId {store}");
    refused.is_error(420, "METHOD_FAILURE", &message);
    assert_eq!(refused.header("x-ratelimit-resource-limit"), None);
    let mut elsewhere = caller(&world).await;
    elsewhere.send(prices(other)).await;
    slow.is_asked(5).await;
    slow.answer(5);
    for caller in &mut callers {
        assert_eq!(caller.answer().await.status, 200);
    }
    assert_eq!(elsewhere.answer().await.status, 200);
    are_free(&world).await;
    slow.answer(1);
    assert_eq!(world.ask_api(prices(store)).await.status, 200);
}
