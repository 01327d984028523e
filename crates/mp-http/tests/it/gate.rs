//! The gate on the seller API's own origin: what is checked, what passes, and what it costs (product.md §3.5–3.8).

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use http::StatusCode;
use mp_domain::api_key::KeyGrant;
use mp_domain::event::Actor;
use mp_domain::scope::AccessScope;
use mp_domain::seller_kind::SellerKind;
use mp_service::businesses::BusinessEdit;
use serde_json::json;

use crate::wire::Answer;
use crate::world::{World, api_key, bearer, grant, request};

/// What reached the upstream: verb, path, body and the operation it was let in for.
type Seen = Arc<Mutex<Vec<(String, String, String, String)>>>;

/// An upstream that writes down what it is asked and answers this.
fn upstream(status: u16, body: &'static str) -> (Router, Seen) {
    let seen = Seen::default();
    let log = Arc::clone(&seen);
    let answer = move |request: Request| async move {
        let (head, sent) = request.into_parts();
        let sent = to_bytes(sent, usize::MAX).await.unwrap();
        let operation = head.headers["x-auth-operation"].to_str().unwrap().to_owned();
        let body_text = String::from_utf8(sent.to_vec()).unwrap();
        log.lock().unwrap().push((head.method.to_string(), head.uri.to_string(), body_text, operation));
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        response
    };
    (Router::new().fallback(answer), seen)
}

fn all(name: &str) -> KeyGrant {
    KeyGrant { scopes: [AccessScope::AllMethods].into_iter().collect(), ..grant(name) }
}

fn prices() -> KeyGrant {
    KeyGrant { scopes: [AccessScope::Pricing].into_iter().collect(), ..grant("Prices") }
}

fn post(path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    request("POST", path, &format!("{headers}Content-Type: application/json\r\nContent-Length: {length}\r\n"))
        + body
}

fn left(answer: &Answer) -> Option<&str> {
    answer.header("x-ratelimit-resource-remaining")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_allowed_reaches_the_upstream_with_what_it_was_allowed_for() {
    let (router, seen) = upstream(200, "{\"status\":\"OK\"}");
    let world = World::before(router).await;
    let key = api_key(&world.key_with(all("ERP")).await.token);
    let id = world.business();
    let path = format!("/v2/businesses/{id}/offer-mappings?limit=5");
    let answer = world.ask_api(post(&path, &key, "{\"offerIds\":[\"a\",\"b\"]}")).await;
    assert_eq!((answer.status, &*answer.body), (200, "{\"status\":\"OK\"}"));
    assert!(answer.header("traceparent").is_some());
    let seen = seen.lock().unwrap().clone();
    let body = "{\"offerIds\":[\"a\",\"b\"]}".to_owned();
    assert_eq!(seen, [("POST".to_owned(), path, body, "getOfferMappings".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_passes_on_the_origin_of_people() {
    let (router, seen) = upstream(200, "{}");
    let world = World::before(router).await;
    let key = api_key(&world.key_with(all("ERP")).await.token);
    for (verb, path, status) in [
        ("POST", format!("/v2/businesses/{}/offer-mappings", world.business()), 404),
        ("PUT", "/v2/campaigns".to_owned(), 405),
        ("GET", "/v2/campaigns".to_owned(), 200),
    ] {
        assert_eq!(world.ask(request(verb, &path, &key)).await.status, status, "{verb} {path}");
    }
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_never_reach_the_upstream_and_stand_in_the_order_of_the_checks() {
    let (router, seen) = upstream(200, "{}");
    let world = World::before(router).await;
    let store = world.store("North").await;
    let key = api_key(&world.key_with(prices()).await.token);
    let id = world.business();
    let orders = format!("/v2/campaigns/{store}/orders");
    let ask = |verb, path: &str, headers: &str| world.ask_api(request(verb, path, headers));
    ask("GET", "/v2/nowhere", "").await.is_error(404, "NOT_FOUND", "Resource not found");
    let wrong_verb = ask("DELETE", &orders, "").await;
    wrong_verb.is_error(405, "METHOD_NOT_ALLOWED", "Request method 'DELETE' not supported");
    assert_eq!(wrong_verb.header("allow"), Some("GET"));
    ask("GET", &orders, "").await.is_error(401, "UNAUTHORIZED", "Credentials are not specified");
    ask("GET", "/v2/campaigns/99/orders", &key).await.is_error(403, "FORBIDDEN", "Access denied");
    let nonsense = ask("GET", "/v2/campaigns/0/orders", &key).await;
    nonsense.is_error(400, "BAD_REQUEST", "Type mismatch: '0'");
    let message = "Token does not have any of the scopes to access the API method: all-methods, \
                   all-methods:read-only, inventory-and-order-processing, \
                   inventory-and-order-processing:read-only, finance-and-accounting, communication";
    let refused = ask("GET", &orders, &key).await;
    refused.is_error(403, "FORBIDDEN", message);
    assert!(left(&refused).is_some(), "somebody known in a place in reach is told what is left");
    for path in [
        "/v2//campaigns/1/orders".to_owned(),
        format!("/v2/campaigns/{store}/../{store}/orders"),
        format!("/v2/campaigns%2F{store}/orders"),
        format!("/v2/businesses/{id};a=b/offer-mappings"),
    ] {
        ask("GET", &path, &key).await.is_error(404, "NOT_FOUND", "Resource not found");
    }
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_names_only_what_is_in_reach() {
    let (router, seen) = upstream(200, "{}");
    let world = World::before(router).await;
    let store = world.store("North").await;
    let key = api_key(&world.key_with(all("ERP")).await.token);
    let id = world.business();
    let report = "/v2/reports/united-orders/generate";
    let ask = |body: String| world.ask_api(post(report, &key, &body));
    let foreign = ask(json!({"businessId": id, "campaignIds": [store, 99]}).to_string()).await;
    foreign.is_error(403, "FORBIDDEN", "No access to campaigns: '99'");
    ask(json!({"businessId": 99}).to_string()).await.is_error(403, "FORBIDDEN", "Access denied");
    let hidden = format!("{{\"businessId\":{id},\"bus\\u0069nessId\":99}}");
    ask(hidden).await.is_error(403, "FORBIDDEN", "Access denied");
    for alike in ["BusinessID", "bu\u{17f}inessId", "BUSINE\\u017f\u{17f}ID"] {
        let alike = ask(format!("{{\"businessId\":{id},\"{alike}\":99}}")).await;
        alike.is_error(403, "FORBIDDEN", "Access denied");
    }
    ask("{\"businessId\":\"7\"}".to_owned()).await.is_error(400, "BAD_REQUEST", "Type mismatch: '7'");
    let unreadable = ask("{".to_owned()).await;
    assert!(unreadable.body.contains("JSON: "));
    assert_eq!(left(&unreadable), unreadable.header("x-ratelimit-resource-limit"));
    assert!(left(&unreadable).is_some(), "who asks for something in reach is told what is left");
    let length = "{}".len();
    let form =
        format!("{key}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n");
    let form = world.ask_api(request("POST", report, &form) + "{}").await;
    form.is_error(
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        "Content type 'application/x-www-form-urlencoded' not supported",
    );
    assert_eq!(left(&form), left(&unreadable), "nothing was charged");
    assert!(seen.lock().unwrap().is_empty());
    assert_eq!(ask(json!({"businessId": id, "campaignIds": [store]}).to_string()).await.status, 200);
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_names_only_what_is_in_reach() {
    let (router, seen) = upstream(200, "{}");
    let world = World::before(router).await;
    let store = world.store("North").await;
    let key = api_key(&world.key_with(all("ERP")).await.token);
    let ask = |query: String| world.ask_api(request("GET", &format!("/v2/warehouses?{query}"), &key));
    assert_eq!(ask(format!("campaignId={store}")).await.status, 200);
    for query in [
        "campaignId=99".to_owned(),
        format!("campaignId={store}&campaignId=99"),
        "campaign%49d=99".to_owned(),
        "a=1;campaignId=99".to_owned(),
        "CampaignID=99".to_owned(),
        "campaignId[]=99".to_owned(),
    ] {
        let refused = ask(query.clone()).await;
        assert_eq!(refused.status, 403, "{query}");
    }
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn items_of_the_request_are_charged_and_refused_whole_where_too_little_is_left() {
    let (router, seen) = upstream(200, "{}");
    let world = World::before(router).await;
    let key = api_key(&world.key_with(all("ERP")).await.token);
    let path = format!("/v2/businesses/{}/offer-mappings/update", world.business());
    let ask = |items: usize| {
        let body = json!({"offerMappings": vec![json!({}); items]}).to_string();
        world.ask_api(post(&path, &key, &body))
    };
    assert_eq!(left(&ask(3000).await), Some("2000"));
    let refused = ask(2001).await;
    let message = format!(
        "Hit rate limit of 5000 points per 1 minute for resource \
         /businesses/{{businessId}}/offer-mappings/update.json for businessId {}",
        world.business()
    );
    refused.is_error(420, "METHOD_FAILURE", &message);
    assert_eq!(left(&refused), Some("2000"), "a refusal costs nothing");
    assert_eq!(left(&ask(2000).await), Some("0"));
    assert_eq!(seen.lock().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn items_of_the_answer_are_charged_when_they_have_passed() {
    let (router, _) = upstream(200, "{\"result\":{\"shopSkus\":[{},{},{}]},\"status\":\"OK\"}");
    let world = World::before(router).await;
    let store = world.store("North").await;
    let key = api_key(&world.key_with(all("ERP")).await.token);
    let path = format!("/v2/campaigns/{store}/stats/skus");
    let remaining =
        [world.ask_api(post(&path, &key, "{}")).await, world.ask_api(post(&path, &key, "{}")).await]
            .map(|answer| left(&answer).unwrap().to_owned());
    assert_eq!(remaining, ["2000", "1997"], "what is left is known before the answer is");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_upstream_is_given_back_and_what_is_wrong_is_not() {
    for (status, cost) in [(500, 0), (503, 0), (599, 0), (200, 1), (302, 1), (400, 1), (404, 1)] {
        let (router, _) = upstream(status, "{}");
        let world = World::before(router).await;
        let key = api_key(&world.key_with(all("ERP")).await.token);
        let path = format!("/v2/businesses/{}/ratings/quality", world.business());
        let number = |answer: &Answer| left(answer).map(|left| left.parse::<u32>().unwrap());
        let mut told = Vec::new();
        for _ in 0..2 {
            let answer = world.ask_api(post(&path, &key, "{}")).await;
            assert_eq!(answer.status, status);
            told.push(number(&answer));
        }
        let asked = format!("{key}X-Original-Method: POST\r\nX-Original-URI: {path}\r\n");
        let afterwards = number(&world.ask(request("GET", "/forward-auth/original", &asked)).await).unwrap();
        let before = afterwards + 1 + 2 * cost;
        let expected = [before - cost, before - 2 * cost].map(|left| (status != 500).then_some(left));
        assert_eq!(told, expected, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_upstream_everything_is_checked_and_costs_nothing() {
    let world = World::new().await;
    let key = api_key(&world.key_with(all("ERP")).await.token);
    let path = format!("/v2/businesses/{}/offer-mappings", world.business());
    for _ in 0..2 {
        let answer = world.ask_api(post(&path, &key, "{}")).await;
        let message = "Service temporarily unavailable. Please, try again later";
        answer.is_error(503, "SERVICE_UNAVAILABLE", message);
        assert_eq!(left(&answer), answer.header("x-ratelimit-resource-limit"), "nothing was charged");
    }
    world.ask_api(post(&path, "", "{}")).await.is_error(401, "UNAUTHORIZED", "Credentials are not specified");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_decides_the_limit_and_a_kind_of_seller_what_may_be_called() {
    let (router, _) = upstream(200, "{}");
    let world = World::before(router).await;
    let key = api_key(&world.key_with(all("ERP")).await.token);
    let service = world.node.service();
    let path = format!("/v2/businesses/{}/offer-mappings/update", world.business());
    let limit = |answer: Answer| answer.header("x-ratelimit-resource-limit").unwrap().to_owned();
    assert_eq!(limit(world.ask_api(post(&path, &key, "{}")).await), "5000");
    let medium = BusinessEdit { subscription: "medium".parse().ok(), ..BusinessEdit::default() };
    service.edit_business(Actor::Operator, world.business(), medium).await.unwrap();
    assert_eq!(limit(world.ask_api(post(&path, &key, "{}")).await), "10000");
    let go = BusinessEdit { kind: Some(SellerKind::MarketYandexGo), ..BusinessEdit::default() };
    service.edit_business(Actor::Operator, world.business(), go).await.unwrap();
    let points = format!("/v1/businesses/{}/logistics-points", world.business());
    let refused = world.ask_api(post(&points, &key, "{}")).await;
    refused.is_error(403, "FORBIDDEN", "The method is not supported for Market Yandex Go sellers");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_told_in_seconds_where_that_is_wanted() {
    let (router, _) = upstream(200, "{}");
    let world = World::telling_seconds(router).await;
    let key = api_key(&world.key_with(all("ERP")).await.token);
    let path = format!("/v2/businesses/{}/offer-mappings/update", world.business());
    let ask = |items: usize| {
        let body = json!({"offerMappings": vec![json!({}); items]}).to_string();
        world.ask_api(post(&path, &key, &body))
    };
    let allowed = ask(1).await;
    assert_eq!(allowed.header("ratelimit-policy"), Some("\"resource\";q=5000;w=60"));
    assert_eq!(allowed.header("ratelimit"), Some("\"resource\";r=4999;t=60"));
    assert_eq!(allowed.header("retry-after"), None);
    let refused = ask(5000).await;
    assert_eq!((refused.status, refused.header("retry-after")), (420, Some("60")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announced_end_is_told_with_every_answer_about_the_operation() {
    let (router, _) = upstream(200, "{}");
    let world = World::before(router).await;
    let store = world.store("North").await;
    let (key, (_, token)) = (api_key(&world.key_with(prices()).await.token), world.token().await);
    let path = format!("/v2/campaigns/{store}/orders");
    for (headers, status) in [(key, 403), (bearer(&token), 200)] {
        let answer = world.ask_api(request("GET", &path, &headers)).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("deprecation"), Some("@1800230400"));
        assert_eq!(answer.header("sunset"), Some("Mon, 12 Apr 2027 00:00:00 GMT"));
    }
}
