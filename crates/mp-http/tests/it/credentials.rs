//! Every credential that is refused, and its words (market-api §4.2, §4.3; product.md §3.1–3.4).

use std::time::Duration;

use mp_domain::api_key::KeyGrant;
use mp_domain::event::Actor;
use mp_domain::network::Networks;

use crate::wire::Answer;
use crate::world::{World, grant, plain, routed};

/// Well-formed, and never issued (market-api §1.2).
const STRANGER: &str = "ACMA:I4c4CxCSYaI41RSC2uYWP2qj3Rhhm4knMiBEga5K:151c0664";

/// The answers to a request with these credential headers, on both ways.
async fn refusals(world: &World, headers: &str) -> [Answer; 2] {
    let with = |request: String| request.replace("Api-Key: \r\n", headers);
    [world.ask(with(plain(""))).await, world.ask(with(routed(""))).await]
}

async fn is_unauthorized(world: &World, headers: &str, message: &str) {
    for answer in refusals(world, headers).await {
        answer.is_error(401, "UNAUTHORIZED", message);
        assert_eq!(answer.header("x-ratelimit-resource-limit"), None, "nobody is known, nothing is counted");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_credential_is_named() {
    let world = World::new().await;
    is_unauthorized(&world, "", "Credentials are not specified").await;
    is_unauthorized(&world, "Api-Key:\r\n", "Api-Key token is not specified").await;
    is_unauthorized(&world, "Api-Key: \t \r\n", "Api-Key token is not specified").await;
    for value in ["Bearer y0_x", "Basic eDp5", "", "nonsense"] {
        let header = format!("Authorization: {value}\r\n");
        is_unauthorized(&world, &header, "Api-Key token is not specified").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_malformed_key_has_its_answer() {
    let world = World::new().await;
    let long = "a".repeat(10_000);
    for (token, message) in [
        (format!("Bearer {STRANGER}"), "Api-Key token prefix invalid"),
        (STRANGER.to_lowercase(), "Api-Key token prefix invalid"),
        ("ключ".to_owned(), "Api-Key token prefix invalid"),
        (long.clone(), "Api-Key token prefix invalid"),
        (format!("ACMA:{long}"), "Api-Key token length invalid"),
        (format!("{STRANGER}a"), "Api-Key token length invalid"),
        ("ACMA:".to_owned(), "Api-Key token length invalid"),
        (STRANGER.replace("I4c4", "I4c5"), "Api-Key token format invalid"),
        (STRANGER.replace("I4c4", "Ии"), "Api-Key token format invalid"),
        (STRANGER.to_owned(), "Api-Key token is invalid"),
    ] {
        is_unauthorized(&world, &format!("Api-Key: {token}\r\n"), message).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doubled_header_is_refused_even_if_both_are_good() {
    let world = World::new().await;
    let token = world.key("ERP").await.token;
    let line = format!("Api-Key: {}\r\n", token.expose());
    is_unauthorized(&world, &format!("{line}{line}"), "Api-Key token format invalid").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_key_decides_where_both_headers_stand() {
    let world = World::new().await;
    let token = world.key("ERP").await.token;
    let broken = "Authorization: Bearer y0_x\r\nApi-Key: ACMA:\r\n";
    is_unauthorized(&world, broken, "Api-Key token length invalid").await;
    let good = format!("Authorization: Basic eDp5\r\nApi-Key: {}\r\n", token.expose());
    for answer in refusals(&world, &good).await {
        assert_eq!(answer.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_life_of_a_key_is_told_in_the_documented_words() {
    let world = World::new().await;
    let service = world.node.service();
    let issued = world.key("ERP").await;
    let header = format!("Api-Key: {}\r\n", issued.token.expose());
    service.pause_api_key(Actor::Operator, issued.key.id).await.unwrap();
    for answer in refusals(&world, &header).await {
        answer.is_error(403, "FORBIDDEN", "Api-Key token is paused");
    }
    service.delete_api_key(Actor::Operator, issued.key.id).await.unwrap();
    for answer in refusals(&world, &header).await {
        answer.is_error(401, "UNAUTHORIZED", "Api-Key token is revoked");
    }
    let expires_at = Some(mp_domain::time::Clock::now(&*world.clock).plus(Duration::from_secs(60)));
    let issued = world.key_with(KeyGrant { expires_at, ..grant("short") }).await;
    world.clock.advance(Duration::from_secs(60));
    for answer in refusals(&world, &format!("Api-Key: {}\r\n", issued.token.expose())).await {
        answer.is_error(401, "UNAUTHORIZED", "Api-Key token is expired");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_refused_outside_its_networks() {
    let world = World::new().await;
    let networks = Networks::new(vec!["203.0.113.0/24".parse().unwrap()]);
    let issued = world.key_with(KeyGrant { networks, ..grant("bound") }).await;
    for answer in refusals(&world, &format!("Api-Key: {}\r\n", issued.token.expose())).await {
        answer.is_error(403, "FORBIDDEN", "Access denied");
    }
}
