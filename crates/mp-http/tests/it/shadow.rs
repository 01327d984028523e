//! Rules on trial at the doors: read from the same requests and answers, and seen by nobody who is answered.

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::{StatusCode, Uri};
use mp_domain::event::Actor;
use mp_domain::shadow::Verdict::{self, WouldAllow, WouldRefuse};
use serde_json::{Value, json};

use crate::wire::{Answer, Caller};
use crate::world::{World, api_key, bearer, request};

/// A method that takes offers, and one that lists pets.
fn document(offers: &Value, pets: &Value) -> Vec<u8> {
    let of =
        |properties: Value| json!({"content": {"application/json": {"schema": {"properties": properties}}}});
    let array = json!({"type": "array", "items": {}});
    let mut post = json!({
        "operationId": "putOffers", "x-marketpass-accesses": ["pricing"],
        "requestBody": of(json!({"offers": array, "shop": {"type": "integer"}})), "responses": {},
    });
    let mut get = json!({
        "operationId": "listPets", "x-marketpass-accesses": ["pricing"],
        "responses": {"200": of(json!({"pets": array}))},
    });
    for (operation, more) in [(&mut post, offers), (&mut get, pets)] {
        let more = more.as_object().unwrap().clone();
        operation.as_object_mut().unwrap().extend(more);
    }
    json!({"openapi": "3.0.3", "paths": {"/offers": {"post": post}, "/pets": {"get": get}}})
        .to_string()
        .into()
}

fn limit(amount: u32, cost: &str) -> Value {
    json!({"x-marketpass-limit": {"amount": amount, "period": "1h", "cost": cost}})
}

/// Counted by requests, ten and six of them.
fn in_force() -> Vec<u8> {
    document(&limit(10, "resp"), &limit(6, "resp"))
}

/// Counted by items, four of them, and the body names a store.
fn on_trial() -> Vec<u8> {
    let mut offers = limit(4, "req.offers");
    offers["x-marketpass-names"] = json!([{"in": "body", "field": "shop", "names": "campaign"}]);
    document(&offers, &limit(4, "resp.pets"))
}

/// Answers with three pets, packed or as a failure if it is asked to.
fn upstream() -> Router {
    let answer = async |uri: Uri| {
        let response = Response::builder();
        let response = match uri.query() {
            Some("fails") => response.status(StatusCode::BAD_GATEWAY),
            Some("packs") => response.header("content-encoding", "gzip"),
            _ => response,
        };
        response.body(Body::from(r#"{"pets":[1,2,3]}"#)).unwrap()
    };
    Router::new().fallback(answer)
}

async fn world(tries: bool) -> World {
    let world = World::before(upstream()).await;
    let service = world.node.service();
    service.import_catalog(Actor::Operator, in_force(), String::new()).await.unwrap();
    if tries {
        service.put_on_trial(Actor::Operator, on_trial(), String::new()).await.unwrap();
    }
    world
}

fn offers(headers: &str, body: &str) -> String {
    let length = body.len();
    request("POST", "/offers", &format!("{headers}Content-Length: {length}\r\n")) + body
}

const JSON: &str = "Content-Type: application/json\r\n";

fn told(world: &World) -> Vec<(&'static str, Verdict, &'static str, u64)> {
    world.node.gauges().shadow.unwrap().differences
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_rules_are_on_trial_or_not_every_answer_is_the_same_to_the_byte() {
    let mut answers = Vec::new();
    for tries in [false, true] {
        let world = world(tries).await;
        let key = api_key(&world.key("ERP").await.token);
        let token = bearer(&world.token().await.1);
        let mut script = Vec::new();
        for headers in [&key, &token, &String::new(), &"Api-Key: nonsense\r\n".to_owned()] {
            let with_json = format!("{headers}{JSON}");
            let forwarded = format!("{headers}X-Original-Method: POST\r\nX-Original-URI: /offers\r\n");
            script.extend([
                (true, offers(&with_json, r#"{"offers":[1,2,3,4,5],"shop":99}"#)),
                (true, offers(&with_json, "{")),
                (true, offers(headers, "a=b")),
                (true, request("DELETE", "/offers", headers)),
                (true, request("GET", "/pets", headers)),
                (true, request("GET", "/pets?packs", headers)),
                (true, request("GET", "/pets?fails", headers)),
                (false, request("GET", "/forward-auth/original", &forwarded)),
                (false, request("POST", "/v2/auth/token", headers)),
            ]);
        }
        // Until the limits are used up.
        let script: Vec<_> = script.iter().chain(&script).chain(&script).collect();
        let mut callers = [Caller::connect(world.listen()).await, Caller::connect(world.api_listen()).await];
        let mut answered = Vec::new();
        for (is_api, request) in script {
            let Answer { status, mut headers, body, .. } = callers[usize::from(*is_api)].ask(request).await;
            headers.retain(|(name, _)| name != "traceparent" && name != "date");
            answered.push((request.clone(), status, headers, body));
        }
        assert!(answered.iter().any(|(_, status, ..)| *status == 420));
        answers.push(answered);
        if tries {
            assert!(!told(&world).is_empty());
        }
    }
    let [without, with] = answers.try_into().unwrap();
    for (without, with) in without.into_iter().zip(with) {
        assert_eq!(without, with);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_read_for_what_the_rules_on_trial_count_and_name() {
    let world = world(true).await;
    let store = world.store("North").await;
    let key = api_key(&world.key("ERP").await.token);
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    for (headers, body) in [
        (JSON, json!({"shop": store, "offers": [1, 2, 3]}).to_string()),
        (JSON, json!({"shop": store, "offers": [1, 2]}).to_string()),
        (JSON, json!({"shop": 99}).to_string()),
        (JSON, "no JSON".to_owned()),
        (form, "{}".to_owned()),
        ("", String::new()),
    ] {
        let answer = world.ask_api(offers(&format!("{key}{headers}"), &body)).await;
        assert_eq!(answer.status, 200, "{body}");
    }
    let expected = [("campaign_not_in_reach", 1), ("limit_exceeded", 1), ("request_unreadable", 2)];
    let expected = expected.map(|(reason, calls)| ("putOffers", WouldRefuse, reason, calls));
    assert_eq!(told(&world), expected);
    assert_eq!(world.node.gauges().shadow.unwrap().judged, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_counted_by_the_rules_on_trial_unless_they_fail_or_cannot_be_read() {
    let world = world(true).await;
    let key = api_key(&world.key("ERP").await.token);
    let pets = async |query: &str| world.ask_api(request("GET", &format!("/pets{query}"), &key)).await.status;
    for query in ["?fails", "?packs", "", ""] {
        pets(query).await;
    }
    assert_eq!(told(&world), [], "three pets of four, and once more while one is left");
    assert_eq!([pets("").await, pets("").await, pets("").await, pets("").await], [200, 200, 200, 420]);
    assert_eq!(told(&world), [("listPets", WouldRefuse, "limit_exceeded", 3)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_upstream_costs_nothing_on_trial_either() {
    let world = World::before(upstream()).await;
    let service = world.node.service();
    let documents = [limit(6, "resp"), limit(1, "resp")].map(|pets| document(&limit(1, "resp"), &pets));
    let [in_force, on_trial] = documents;
    service.import_catalog(Actor::Operator, in_force, String::new()).await.unwrap();
    service.put_on_trial(Actor::Operator, on_trial, String::new()).await.unwrap();
    let key = api_key(&world.key("ERP").await.token);
    for query in ["?fails", "?fails", "", "?fails"] {
        world.ask_api(request("GET", &format!("/pets{query}"), &key)).await;
    }
    assert_eq!(told(&world), [("listPets", WouldRefuse, "limit_exceeded", 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_is_served_no_longer_and_a_method_for_keys_alone_are_told() {
    let world = World::before(upstream()).await;
    let service = world.node.service();
    let with = |more: Value| {
        let document = String::from_utf8(document(&limit(9, "resp"), &more)).unwrap();
        document.replace("/pets", "/v2/pets").into_bytes()
    };
    let unversioned = json!({"x-marketpass-unversioned": true});
    service.import_catalog(Actor::Operator, with(unversioned), String::new()).await.unwrap();
    let keys_only = json!({"x-marketpass-oauth": false});
    service.put_on_trial(Actor::Operator, with(keys_only), String::new()).await.unwrap();
    let (key, token) = (api_key(&world.key("ERP").await.token), bearer(&world.token().await.1));
    for (path, headers) in [("/pets", &key), ("/v2/pets", &key), ("/v2/pets.json", &token)] {
        assert_eq!(world.ask_api(request("GET", path, headers)).await.status, 200);
    }
    let expected =
        ["api_key_missing", "no_such_operation"].map(|reason| ("listPets", WouldRefuse, reason, 1));
    assert_eq!(told(&world), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn gateways_are_judged_twice_as_well_and_metrics_say_what_came_of_it() {
    let world = World::before(upstream()).await;
    let service = world.node.service();
    service.import_catalog(Actor::Operator, in_force(), String::new()).await.unwrap();
    let metrics = async || {
        let mut caller = Caller::connect(world.addresses.ops_listen).await;
        let metrics = caller.ask(request("GET", "/metrics", "")).await.body;
        let shadow = metrics.lines().filter(|line| line.starts_with("marketpass_shadow"));
        shadow.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(metrics().await, [""; 0]);
    let closed = String::from_utf8(in_force()).unwrap().replace("pricing", "promotion");
    service.put_on_trial(Actor::Operator, closed.into_bytes(), String::new()).await.unwrap();
    let key = api_key(&world.key("ERP").await.token);
    let asked = format!("{key}X-Original-Method: GET\r\nX-Original-URI: /pets\r\n");
    assert_eq!(world.ask(request("GET", "/forward-auth/original", &asked)).await.status, 200);
    assert_eq!(world.ask(request("GET", "/forward-auth/path/pets", &key)).await.status, 200);
    assert_eq!(
        metrics().await,
        [
            "marketpass_shadow_calls_total{} 2",
            "marketpass_shadow_differences_total{operation=\"listPets\",verdict=\"would_refuse\",reason=\"scope_missing\"} 2"
        ]
    );
    let opened = String::from_utf8(in_force()).unwrap().replace("\"amount\":6", "\"amount\":9");
    service.put_on_trial(Actor::Operator, opened.into_bytes(), String::new()).await.unwrap();
    for _ in 0..5 {
        world.ask(request("GET", "/forward-auth/path/pets", &key)).await;
    }
    let would_allow = [("listPets", WouldAllow, "limit_exceeded", 1)];
    assert_eq!(told(&world), would_allow);
    let again = world.ask(request("GET", "/forward-auth/original?refused", &asked)).await;
    assert_eq!((again.status, told(&world).as_slice()), (420, &would_allow[..]), "a refusal told again");
}
