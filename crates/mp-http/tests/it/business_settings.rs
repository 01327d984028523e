//! `POST /v2/businesses/{businessId}/settings` on the wire, and the `X-Business-Id` header (market-api §4.4, §7).

use mp_domain::campaign::Availability;
use mp_domain::event::Actor;
use serde_json::{Value, json};

use crate::world::{World, api_key, bearer, request};

#[tokio::test(flavor = "multi_thread")]
async fn every_spelling_tells_the_settings_to_key_and_token() {
    let world = World::new().await;
    let (key, (_, token)) = (world.key("ERP").await.token, world.token().await);
    let id = world.business();
    for path in [
        format!("/v2/businesses/{id}/settings"),
        format!("/v2/businesses/{id}/settings.json"),
        format!("/businesses/{id}/settings"),
        format!("/businesses/{id}/settings.json"),
    ] {
        for headers in [api_key(&key), bearer(&token)] {
            let answer = world.ask(request("POST", &path, &headers)).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            let told: Value = serde_json::from_str(&answer.body).unwrap();
            let expected = json!({"status": "OK", "result": {
                "info": {"id": id, "name": "Shop"},
                "settings": {"onlyDefaultPrice": false, "currency": "RUR"},
                "subscriptionLevel": "NONE",
            }});
            assert_eq!(told, expected);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn key_and_token_share_the_limit_of_the_cabinet() {
    let world = World::new().await;
    let (key, (_, token)) = (world.key("ERP").await.token, world.token().await);
    let path = format!("/v2/businesses/{}/settings", world.business());
    let mut caller = world.caller().await;
    for call in 0..100 {
        let headers = if call % 2 == 0 { api_key(&key) } else { bearer(&token) };
        let answer = caller.ask(request("POST", &path, &headers)).await;
        assert_eq!(answer.header("x-ratelimit-resource-remaining"), Some(&*(99 - call).to_string()));
    }
    let message = format!(
        "Hit rate limit of 100 requests per 1 hour for resource /businesses/{{businessId}}/settings.json for businessId {}",
        world.business()
    );
    for headers in [api_key(&key), bearer(&token)] {
        caller.ask(request("POST", &path, &headers)).await.is_error(420, "METHOD_FAILURE", &message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_cabinet_is_out_of_reach_and_a_closed_one_says_so() {
    let world = World::new().await;
    let key = api_key(&world.key("ERP").await.token);
    let ask = |path: String| world.ask(request("POST", &path, &key));
    let foreign = ask("/v2/businesses/99/settings".to_owned()).await;
    foreign.is_error(403, "FORBIDDEN", "Access denied");
    ask("/v2/businesses/x/settings".to_owned()).await.is_error(400, "BAD_REQUEST", "Type mismatch: 'x'");
    let store = world.store("North").await;
    let switched = world.node.service().set_campaign_availability(
        Actor::Operator,
        store,
        Availability::ManuallyDisabled,
    );
    switched.await.unwrap();
    let id = world.business();
    ask(format!("/v2/businesses/{id}/settings")).await.is_error(
        403,
        "API_DISABLED",
        &format!("API for business {id} disabled because it has only disabled partners."),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_business_header_must_agree_with_the_path() {
    let world = World::new().await;
    let (key, store) = (api_key(&world.key("ERP").await.token), world.store("North").await);
    let id = world.business();
    let settings = format!("/v2/businesses/{id}/settings");
    let with = |verb: &'static str, path: String, header: &str| {
        world.ask(request(verb, &path, &format!("{key}X-Business-Id: {header}\r\n")))
    };
    assert_eq!(with("POST", settings.clone(), &id.to_string()).await.status, 200);
    with("POST", settings.clone(), "7").await.is_error(
        400,
        "BAD_REQUEST",
        &format!("URL businessId ('{id}') does not match businessId in X-Business-Id header ('7')"),
    );
    with("POST", settings, "seven").await.is_error(
        400,
        "BAD_REQUEST",
        "Incorrect X-Business-Id header value: 'seven'",
    );
    with("GET", format!("/v2/campaigns/{store}"), "7").await.is_error(
        403,
        "FORBIDDEN",
        &format!(
            "businessId in X-Business-Id header ('7') does not match the business that the campaign '{store}' \
             belongs to ('{id}')"
        ),
    );
    with("GET", "/v2/campaigns".to_owned(), "7").await.is_error(403, "FORBIDDEN", "Access denied");
}

#[tokio::test(flavor = "multi_thread")]
async fn its_body_means_nothing_but_must_be_json() {
    let world = World::new().await;
    let key = api_key(&world.key("ERP").await.token);
    let path = format!("/v2/businesses/{}/settings", world.business());
    let with = |headers: &str, body: &str| {
        let length = body.len();
        let head = request("POST", &path, &format!("{key}{headers}Content-Length: {length}\r\n"));
        world.ask(head + body)
    };
    assert_eq!(with("Content-Type: application/json\r\n", "{\"any\":1}").await.status, 200);
    assert_eq!(with("Content-Type: text/plain\r\n", "").await.status, 200);
    let plain = with("Content-Type: text/plain\r\n", "x").await;
    plain.is_error(415, "UNSUPPORTED_MEDIA_TYPE", "Content type 'text/plain' not supported");
    assert_eq!(with("", "{").await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_post_is_allowed() {
    let world = World::new().await;
    for verb in ["GET", "PUT", "HEAD"] {
        let mut caller = world.caller().await;
        caller.send(request(verb, "/v2/businesses/1/settings", "Connection: close\r\n")).await;
        let answer = caller.head().await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
    }
}
