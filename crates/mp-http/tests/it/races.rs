//! Many callers at once on a method with a limit: exactly as many are admitted as it allows, through every door.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::wire::{Answer, Caller};
use crate::world::{World, api_key, request};

const CALLERS: usize = 64;
/// What `getOfferRecommendations` allows a cabinet in a minute.
const LIMIT: usize = 50;
const ROUNDS: u64 = 5;

/// A service that counts what reaches it.
async fn counting() -> (SocketAddr, Arc<AtomicUsize>) {
    let reached = Arc::<AtomicUsize>::default();
    let counter = Arc::clone(&reached);
    let answer = async move || {
        counter.fetch_add(1, Ordering::SeqCst);
        "{}"
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await.unwrap() });
    (address, reached)
}

/// What every caller is told who asks the same at the same time, each on a connection of its own.
async fn race(address: SocketAddr, question: &str) -> Vec<Answer> {
    let (start, mut callers) = (Arc::new(Barrier::new(CALLERS)), JoinSet::new());
    for _ in 0..CALLERS {
        let (question, start, mut caller) =
            (question.to_owned(), Arc::clone(&start), Caller::connect(address).await);
        callers.spawn(async move {
            start.wait().await;
            loop {
                let answer = caller.ask(&question).await;
                // All slots are taken, which says nothing about the limit: once more.
                if !answer.body.contains("parallel requests") {
                    return answer;
                }
                assert_eq!((answer.status, answer.header("x-ratelimit-resource-limit")), (420, None));
                tokio::task::yield_now().await;
            }
        });
    }
    callers.join_all().await
}

/// Asserts that the limit was used up to the last point and not beyond, and that everybody was told so.
fn exactly_the_limit_was_admitted(world: &World, answers: &[Answer]) {
    let header = |answer: &Answer, name: &str| answer.header(name).unwrap().to_owned();
    let (admitted, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!((admitted.len(), refused.len()), (LIMIT, CALLERS - LIMIT));
    let left = |answer: &&Answer| header(answer, "x-ratelimit-resource-remaining").parse().unwrap();
    let mut remaining: Vec<usize> = admitted.iter().map(left).collect();
    remaining.sort_unstable();
    assert_eq!(remaining, (0..LIMIT).collect::<Vec<_>>(), "each has taken a point of its own");
    let resource = "/businesses/{businessId}/offers/recommendations.json";
    let message = format!(
        "Hit rate limit of {LIMIT} requests per 1 minute for resource {resource} for businessId {}",
        world.business()
    );
    for answer in refused {
        answer.is_error(420, "METHOD_FAILURE", &message);
        assert_eq!(header(answer, "x-ratelimit-resource-remaining"), "0");
    }
    let until = header(&answers[0], "x-ratelimit-resource-until");
    for answer in answers {
        assert_eq!(header(answer, "x-ratelimit-resource-limit"), LIMIT.to_string());
        assert_eq!(header(answer, "x-ratelimit-resource-until"), until);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn through_the_gate_exactly_the_limit_reaches_the_upstream() {
    let (address, reached) = counting().await;
    let world = World::before(address).await;
    let key = api_key(&world.key("ERP").await.token);
    let path = format!("/v2/businesses/{}/offers/recommendations", world.business());
    for _ in 0..ROUNDS {
        let answers = race(world.api_listen(), &request("POST", &path, &key)).await;
        exactly_the_limit_was_admitted(&world, &answers);
        assert_eq!(reached.swap(0, Ordering::SeqCst), LIMIT);
        world.clock.advance(Duration::from_secs(60));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn through_forward_auth_exactly_the_limit_is_let_in() {
    let world = World::new().await;
    let key = api_key(&world.key("ERP").await.token);
    let path = format!("/v2/businesses/{}/offers/recommendations", world.business());
    let described = format!("{key}X-Original-Method: POST\r\nX-Original-URI: {path}\r\n");
    for _ in 0..ROUNDS {
        let answers = race(world.listen(), &request("GET", "/forward-auth/original", &described)).await;
        exactly_the_limit_was_admitted(&world, &answers);
        world.clock.advance(Duration::from_secs(60));
    }
}
