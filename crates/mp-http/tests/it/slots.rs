//! Parallel limits at the gate (market-api §5.1): never more at the upstream than there are slots, and no slot is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use tokio::sync::Semaphore;

use crate::wire::Caller;
use crate::world::{World, api_key, request};

/// An upstream that answers each request when it is told to.
struct Slow {
    may_answer: Arc<Semaphore>,
    under_way: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

/// One request at the upstream, until it is answered or nobody waits for it any more.
struct UnderWay(Arc<AtomicUsize>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Slow {
    fn new(status: StatusCode) -> (Self, Router) {
        let slow =
            Self { may_answer: Arc::new(Semaphore::new(0)), under_way: Arc::default(), most: Arc::default() };
        let (may_answer, under_way, most) =
            (Arc::clone(&slow.may_answer), Arc::clone(&slow.under_way), Arc::clone(&slow.most));
        let answer = move || {
            let (may_answer, under_way, most) =
                (Arc::clone(&may_answer), Arc::clone(&under_way), Arc::clone(&most));
            async move {
                most.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                let _under_way = UnderWay(under_way);
                may_answer.acquire().await.unwrap().forget();
                let mut response = Response::new(Body::from("{}"));
                *response.status_mut() = status;
                response
            }
        };
        (slow, Router::new().fallback(answer))
    }

    /// Waits until so many requests are there.
    async fn is_asked(&self, by: usize) {
        while self.under_way.load(Ordering::SeqCst) != by {
            tokio::task::yield_now().await;
        }
    }

    fn answer(&self, requests: usize) {
        self.may_answer.add_permits(requests);
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
    let (slow, router) = Slow::new(StatusCode::OK);
    let world = World::before(router).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn no_slot_is_lost_to_callers_who_leave_or_an_upstream_that_fails() {
    for status in [StatusCode::OK, StatusCode::INTERNAL_SERVER_ERROR] {
        let (slow, router) = Slow::new(status);
        let world = World::before(router).await;
        let store = world.store("North").await;
        let key = api_key(&world.key("ERP").await.token);
        let question = request("POST", &format!("/v2/campaigns/{store}/offer-prices"), &key);
        for _ in 0..50 {
            let mut callers = Vec::new();
            for _ in 0..4 {
                let mut caller = caller(&world).await;
                caller.send(&question).await;
                callers.push(caller);
            }
            slow.is_asked(4).await;
            if status == StatusCode::OK {
                drop(callers);
            } else {
                slow.answer(4);
                for caller in &mut callers {
                    assert_eq!(caller.answer().await.status, 500);
                }
            }
            are_free(&world).await;
            slow.is_asked(0).await;
        }
        assert_eq!(slow.most.load(Ordering::SeqCst), 4);
    }
}
