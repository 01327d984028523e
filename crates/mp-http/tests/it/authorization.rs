//! The `Authorization` header where a token is accepted (market-api §4.2, §4.3; product.md §3.1, §3.3).

use mp_domain::account::Login;
use mp_domain::event::Actor;

use crate::world::{World, api_key, bearer, request};

const PATH: &str = "/v2/campaigns";

async fn ask(world: &World, headers: &str) -> crate::wire::Answer {
    world.ask(request("GET", PATH, headers)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_a_live_token_is_accepted() {
    let world = World::new().await;
    let (client, token) = world.token().await;
    let token = token.expose();
    for value in [
        format!("Bearer {token}"),
        format!("bearer {token}"),
        format!("OAuth {token}"),
        format!("oauth  {token}"),
        format!("OAuth oauth_token=\"{token}\", oauth_client_id=\"{client}\""),
    ] {
        let answer = ask(&world, &format!("authorization: {value}\r\n")).await;
        assert_eq!(answer.status, 200, "{value}: {answer:?}");
        assert_eq!(answer.header("x-ratelimit-resource-limit"), Some("1000"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_holds_no_token_is_401_in_the_documented_words() {
    let world = World::new().await;
    let (_, token) = world.token().await;
    let twice = bearer(&token).repeat(2);
    let beside_a_key = format!("{}{twice}", api_key(&world.key("ERP").await.token));
    for (headers, message) in [
        ("", "Credentials are not specified"),
        ("Authorization: Bearer\r\n", "OAuth token is not specified"),
        ("Authorization:\r\n", "Authorization header has invalid syntax"),
        ("Authorization: Bearer a b\r\n", "Authorization header has invalid syntax"),
        (&twice, "Authorization header has invalid syntax"),
        (&beside_a_key, "Authorization header has invalid syntax"),
        ("Authorization: Basic eDp5\r\n", "Unsupported authorization type specified in Authorization header"),
    ] {
        let answer = ask(&world, headers).await;
        answer.is_error(401, "UNAUTHORIZED", message);
        assert_eq!(answer.header("x-ratelimit-resource-limit"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_is_no_live_token_is_403() {
    let world = World::new().await;
    let (_, token) = world.token().await;
    for value in ["y0_x", "nonsense", "ACMA:I4c4CxCSYaI41RSC2uYWP2qj3Rhhm4knMiBEga5K:151c0664", "!!!"] {
        for scheme in ["Bearer", "OAuth"] {
            let answer = ask(&world, &format!("Authorization: {scheme} {value}\r\n")).await;
            answer.is_error(403, "FORBIDDEN", "OAuth token is invalid");
        }
    }
    let other = format!(
        "Authorization: OAuth oauth_token=\"{}\", oauth_client_id=\"{}\"\r\n",
        token.expose(),
        "0".repeat(32)
    );
    ask(&world, &other).await.is_error(403, "FORBIDDEN", "Client id is invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_persons_tokens_is_told_in_the_documented_words() {
    let world = World::new().await;
    let (service, owner) = (world.node.service(), "owner".parse::<Login>().unwrap());
    let (_, token) = world.token().await;
    service.log_out_everywhere(Actor::Operator, &owner).await.unwrap();
    let message = "OAuth token is invalid (account has been globally logged out)";
    ask(&world, &bearer(&token)).await.is_error(403, "FORBIDDEN", message);
    let (_, token) = world.token().await;
    service.disable_account(Actor::Operator, &owner).await.unwrap();
    ask(&world, &bearer(&token)).await.is_error(403, "FORBIDDEN", "User account is disabled");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_key_beside_a_token_decides() {
    let world = World::new().await;
    let (key, (_, token)) = (world.key("ERP").await.token, world.token().await);
    let broken = format!("{}Api-Key: ACMA:\r\n", bearer(&token));
    ask(&world, &broken).await.is_error(401, "UNAUTHORIZED", "Api-Key token length invalid");
    let empty = format!("{}Api-Key:\r\n", bearer(&token));
    ask(&world, &empty).await.is_error(401, "UNAUTHORIZED", "Api-Key token is not specified");
    let good = format!("Authorization: Basic eDp5\r\n{}", api_key(&key));
    assert_eq!(ask(&world, &good).await.status, 200);
}
