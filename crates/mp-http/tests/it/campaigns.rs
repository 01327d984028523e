//! `GET /v2/campaigns` and `GET /v2/campaigns/{campaignId}` on the wire (market-api §7).

use mp_domain::account::Login;
use mp_domain::api_key::KeyGrant;
use mp_domain::campaign::Availability;
use mp_domain::event::Actor;
use mp_domain::member::Role;
use mp_service::staff::NewMember;
use serde_json::{Value, json};

use crate::wire::Answer;
use crate::world::{World, api_key, bearer, grant, request};

async fn get(world: &World, path: &str, headers: &str) -> Answer {
    world.ask(request("GET", path, headers)).await
}

fn body(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    serde_json::from_str(&answer.body).unwrap()
}

fn ids(answer: &Answer) -> Vec<i64> {
    let body = body(answer);
    body["campaigns"].as_array().unwrap().iter().map(|store| store["id"].as_i64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cabinet_without_stores_is_told_as_it_was_observed() {
    let world = World::new().await;
    let key = api_key(&world.key("ERP").await.token);
    for path in ["/v2/campaigns", "/v2/campaigns.json", "/campaigns", "/campaigns.json"] {
        assert_eq!(
            get(&world, path, &key).await.body,
            r#"{"campaigns":[],"pager":{"total":0,"from":1,"to":0,"currentPage":1,"pagesCount":0,"pageSize":100},"paging":{}}"#
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn key_and_token_see_the_stores_of_the_cabinet_in_order() {
    let world = World::new().await;
    let stores = [world.store("North").await.number(), world.store("South").await.number()];
    let (key, (_, token)) = (world.key("ERP").await.token, world.token().await);
    for headers in [api_key(&key), bearer(&token)] {
        let answer = get(&world, "/v2/campaigns", &headers).await;
        assert_eq!(ids(&answer), stores);
        assert_eq!(answer.header("x-ratelimit-resource-remaining"), Some("999"));
        let first = json!({
            "domain": "North",
            "id": stores[0],
            "business": {"id": world.business(), "name": "Shop"},
            "placementType": "FBS",
            "apiAvailability": "AVAILABLE",
        });
        assert_eq!(body(&answer)["campaigns"][0], first);
        let single = get(&world, &format!("/v2/campaigns/{}", stores[0]), &headers).await;
        assert_eq!(body(&single), json!({"campaign": first}));
        assert_eq!(single.header("x-ratelimit-resource-limit"), Some("5000"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restricted_key_and_an_employee_see_only_their_stores() {
    let world = World::new().await;
    let [north, south] = [world.store("North").await, world.store("South").await];
    let key = world.key_with(KeyGrant { campaigns: vec![south], ..grant("south only") }).await;
    let (client, _) = world.token().await;
    let service = world.node.service();
    let login: Login = "owner".parse().unwrap();
    // The owner hands the cabinet over and stays as an employee of one store.
    let second = mp_service::accounts::NewAccount {
        login: "second".parse().unwrap(),
        email: "second@example.org".parse().unwrap(),
        name: None,
        password: mp_domain::secret::PlainSecret::new("a long password".to_owned()),
    };
    service.create_account(Actor::Operator, second).await.unwrap();
    let place = |login: &str, role, campaigns| NewMember {
        business_id: world.business(),
        login: login.parse().unwrap(),
        role,
        campaigns,
    };
    service.add_member(Actor::Operator, place("second", Role::Owner, Vec::new())).await.unwrap();
    service.add_member(Actor::Operator, place("owner", Role::Employee, vec![south])).await.unwrap();
    let token = service.issue_token(Actor::Operator, client, &login, None, None).await.unwrap().token;
    for headers in [api_key(&key.token), bearer(&token)] {
        assert_eq!(ids(&get(&world, "/v2/campaigns", &headers).await), [south.number()]);
        assert_eq!(get(&world, &format!("/campaigns/{south}.json"), &headers).await.status, 200);
        let refused = get(&world, &format!("/v2/campaigns/{north}"), &headers).await;
        refused.is_error(403, "FORBIDDEN", "Access denied");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_lead_through_the_list_and_bad_ones_are_named() {
    let world = World::new().await;
    let mut stores = Vec::new();
    for number in 0..5 {
        stores.push(world.store(&format!("Store {number}")).await.number());
    }
    let key = api_key(&world.key("ERP").await.token);
    let first = get(&world, "/v2/campaigns?limit=2", &key).await;
    assert_eq!(ids(&first), stores[..2]);
    let token = body(&first)["paging"]["nextPageToken"].as_str().unwrap().to_owned();
    let second = get(&world, &format!("/v2/campaigns?limit=2&page_token={token}"), &key).await;
    assert_eq!(ids(&second), stores[2..4]);
    let third = get(&world, "/v2/campaigns?page=3&pageSize=2", &key).await;
    assert_eq!(ids(&third), stores[4..]);
    assert_eq!(body(&third)["paging"], json!({}));
    for (query, message) in [
        ("limit=0", "'limit' must be greater than or equal to 1 (rejected value: 0)"),
        ("limit=101", "'limit' must be less than or equal to 100 (rejected value: 101)"),
        ("page=first", "Type mismatch: 'first'"),
        ("pageToken=x", "Bad page token"),
    ] {
        let answer = get(&world, &format!("/v2/campaigns?{query}"), &key).await;
        answer.is_error(400, "BAD_REQUEST", message);
        assert!(answer.header("x-ratelimit-resource-remaining").is_some(), "it was charged");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_switched_off_is_listed_and_closed() {
    let world = World::new().await;
    let store = world.store("North").await;
    let key = api_key(&world.key("ERP").await.token);
    let switch = |to| world.node.service().set_campaign_availability(Actor::Operator, store, to);
    for (availability, how) in [
        (Availability::ManuallyDisabled, "manually disabled."),
        (Availability::DisabledByInactivity, "disabled due to inactivity."),
        (
            Availability::DisabledByNoActiveContract,
            "disabled because there are no active contracts with Market.",
        ),
        (Availability::DisabledByNoPlacementType, "disabled because it has no placement program."),
    ] {
        switch(availability).await.unwrap();
        let refused = get(&world, &format!("/v2/campaigns/{store}"), &key).await;
        refused.is_error(403, "API_DISABLED", &format!("API for campaign {store} {how}"));
        assert_eq!(refused.header("x-ratelimit-resource-remaining"), Some("5000"), "a refusal costs nothing");
        let list = get(&world, "/v2/campaigns", &key).await;
        assert_eq!(body(&list)["campaigns"][0]["apiAvailability"], availability.as_str());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_none_is_told_to_those_who_are_known() {
    let world = World::new().await;
    let key = api_key(&world.key("ERP").await.token);
    for bad in ["abc", "0", "-1", "007", "9223372036854775808"] {
        let path = format!("/v2/campaigns/{bad}");
        get(&world, &path, &key).await.is_error(400, "BAD_REQUEST", &format!("Type mismatch: '{bad}'"));
        get(&world, &path, "").await.is_error(401, "UNAUTHORIZED", "Credentials are not specified");
    }
    for ambiguous in ["%31", "..", "1;a=b", "1%2F2", "1/", "+1"] {
        let answer = get(&world, &format!("/v2/campaigns/{ambiguous}"), &key).await;
        answer.is_error(404, "NOT_FOUND", "Resource not found");
    }
    let missing = get(&world, "/v2/campaigns/9223372036854775807", &key).await;
    missing.is_error(403, "FORBIDDEN", "Access denied");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_get_is_allowed_and_that_before_anybody_is_asked_who_they_are() {
    let world = World::new().await;
    for path in ["/v2/campaigns", "/campaigns.json", "/v2/campaigns/1"] {
        for verb in ["POST", "PUT", "DELETE", "OPTIONS", "get"] {
            let answer = world.ask(request(verb, path, "")).await;
            answer.is_error(405, "METHOD_NOT_ALLOWED", &format!("Request method '{verb}' not supported"));
            assert_eq!(answer.header("allow"), Some("GET"));
        }
    }
    let mut caller = world.caller().await;
    caller.send(request("HEAD", "/v2/campaigns", "Connection: close\r\n")).await;
    assert_eq!(caller.head().await.status, 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_origin_of_the_api_answers_the_same() {
    let world = World::new().await;
    let key = api_key(&world.key("ERP").await.token);
    let mut caller = crate::wire::Caller::connect(world.api_listen()).await;
    assert_eq!(caller.ask(request("GET", "/v2/campaigns", &key)).await.status, 200);
}
