//! `/forward-auth/…` on the wire (product.md §4).

use std::time::Duration;

use crate::wire::Answer;
use crate::world::{World, api_key, bearer, request};

const IDENTITY: [&str; 5] =
    ["x-auth-subject", "x-auth-business", "x-auth-campaigns", "x-auth-scope", "x-auth-operation"];

fn identity(answer: &Answer) -> [&str; 5] {
    IDENTITY.map(|name| answer.header(name).unwrap())
}

/// A question in headers: which request it is about, and its other headers.
fn original(verb: &str, uri: &str, headers: &str) -> String {
    request(
        "GET",
        "/forward-auth/original",
        &format!("X-Original-Method: {verb}\r\nX-Original-URI: {uri}\r\n{headers}"),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_describes_the_request_and_is_told_who_calls() {
    let world = World::new().await;
    let issued = world.key("ERP").await;
    let (key, id, business) = (api_key(&issued.token), issued.key.id, world.business().to_string());
    let subject = format!("key:{id}");
    let expected = [&*subject, &business, "*", "pricing communication", "getBusinessSettings"];
    let uri = format!("/v2/businesses/{business}/settings");
    let forwarded = format!("X-Forwarded-Method: POST\r\nX-Forwarded-Uri: {uri}\r\n{key}");
    for question in [
        original("POST", &uri, &key),
        request("GET", "/forward-auth/forwarded", &forwarded),
        request("POST", &format!("/forward-auth/path{uri}?a=b"), &key),
    ] {
        let answer = world.ask(question).await;
        assert_eq!((answer.status, &*answer.body), (200, ""), "{answer:?}");
        assert_eq!(identity(&answer), expected);
        assert!(answer.header("x-ratelimit-resource-remaining").is_some());
        assert_eq!(answer.header("x-auth-status"), None);
    }
    let alone = world.ask(request("GET", "/forward-auth/credential", &key)).await;
    assert_eq!(identity(&alone), [&*subject, &business, "*", "pricing communication", ""]);
    assert_eq!(alone.header("x-ratelimit-resource-remaining"), None, "nothing is counted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_told_by_account_and_a_cabinet_only_where_one_is_addressed() {
    let world = World::new().await;
    let token = bearer(&world.token().await.1);
    let business = world.business().to_string();
    let listed = world.ask(original("GET", "/v2/campaigns", &token)).await;
    let [subject, addressed, campaigns, scope, operation] = identity(&listed);
    assert!(subject.starts_with("account:"), "{subject}");
    assert_eq!([addressed, campaigns, scope, operation], ["", "*", "market:partner-api", "getCampaigns"]);
    let uri = format!("/v2/businesses/{business}/settings");
    assert_eq!(identity(&world.ask(original("POST", &uri, &token)).await)[1], business);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_that_of_the_seller_api_and_says_its_status_again() {
    let world = World::new().await;
    let key = api_key(&world.key("ERP").await.token);
    let cases = [
        ("GET", "/v2/campaigns", "", 401, "Credentials are not specified"),
        ("GET", "/v2/campaigns/99", &*key, 403, "Access denied"),
        ("GET", "/v2/nowhere", &key, 404, "Resource not found"),
        ("DELETE", "/v2/campaigns", &key, 405, "Request method 'DELETE' not supported"),
        ("GET", "/v2/campaigns/0", &key, 400, "Type mismatch: '0'"),
        ("GET", "//v2/campaigns", &key, 404, "Resource not found"),
    ];
    for (verb, uri, headers, status, message) in cases {
        let told = world.ask(original(verb, uri, headers)).await;
        assert_eq!(told.status, status, "{verb} {uri}");
        assert!(told.body.contains(message), "{told:?}");
        assert_eq!(told.header("x-auth-status"), Some(&*status.to_string()));
        assert!(IDENTITY.iter().all(|name| told.header(name).is_none()));
        let narrow = original(verb, uri, headers)
            .replace("/forward-auth/original", "/forward-auth/original?statuses=401,403");
        let narrow = world.ask(narrow).await;
        let understood = if status == 401 { 401 } else { 403 };
        assert_eq!((narrow.status, &*narrow.body), (understood, &*told.body));
        assert_eq!(narrow.header("x-auth-status"), Some(&*status.to_string()));
    }
    let wrong_verb = world.ask(original("DELETE", "/v2/campaigns", &key)).await;
    assert_eq!(wrong_verb.header("allow"), Some("GET"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_up_limit_is_told_as_420_and_every_question_is_counted() {
    let world = World::new().await;
    let key = api_key(&world.key("ERP").await.token);
    let uri = format!("/v2/businesses/{}/settings", world.business());
    let mut caller = world.caller().await;
    for left in (0..100).rev() {
        let answer = caller.ask(original("POST", &uri, &key)).await;
        assert_eq!(answer.header("x-ratelimit-resource-remaining"), Some(&*left.to_string()));
    }
    let refused = caller.ask(original("POST", &uri, &key)).await;
    assert_eq!((refused.status, refused.header("x-auth-status")), (420, Some("420")));
    assert_eq!(refused.header("x-ratelimit-resource-remaining"), Some("0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_is_asked_for_again_is_never_an_allowance_and_costs_nothing() {
    let world = World::new().await;
    let key = api_key(&world.key("ERP").await.token);
    let uri = format!("/v2/businesses/{}/settings", world.business());
    let first = original("POST", &uri, &key);
    let second = first.replace("/forward-auth/original", "/forward-auth/original?refused");
    let mut caller = world.caller().await;
    while caller.ask(&first).await.status == 200 {}
    let refused = caller.ask(&second).await;
    assert_eq!((refused.status, refused.header("x-auth-status")), (420, Some("420")));
    world.clock.advance(Duration::from_secs(3600));
    for valued in ["refused", "refused=", "refused=1", "refused=1&statuses=503"] {
        let answer = caller.ask(second.replace("?refused", &format!("?{valued}"))).await;
        let message = "Service temporarily unavailable. Please, try again later";
        answer.is_error(503, "SERVICE_UNAVAILABLE", message);
        assert_eq!(answer.header("x-auth-status"), Some("503"));
        assert!(IDENTITY.iter().all(|name| answer.header(name).is_none()));
    }
    let allowed = caller.ask(&first).await;
    assert_eq!(allowed.header("x-ratelimit-resource-remaining"), Some("99"), "nothing was charged");
    assert_eq!(caller.ask(request("GET", "/forward-auth/credential?refused", &key)).await.status, 503);
    let callers_own = format!("/forward-auth/path{uri}?refused");
    assert_eq!(caller.ask(request("POST", &callers_own, &key)).await.status, 200, "it is the caller's query");
}

#[tokio::test(flavor = "multi_thread")]
async fn items_nobody_sees_are_let_through_while_anything_is_left() {
    let world = World::new().await;
    let key = api_key(&world.key("ERP").await.token);
    let uri = format!("/v2/businesses/{}/offer-prices/updates", world.business());
    for _ in 0..3 {
        let answer = world.ask(original("POST", &uri, &key)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let left = answer.header("x-ratelimit-resource-remaining");
        assert_eq!(left, answer.header("x-ratelimit-resource-limit"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unclear_description_is_refused_and_that_of_another_way_is_not_read() {
    let world = World::new().await;
    let key = api_key(&world.key("ERP").await.token);
    let good = "X-Original-Method: GET\r\nX-Original-URI: /v2/campaigns\r\n";
    let forwarded = "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /v2/campaigns\r\n";
    for (way, headers, problem) in [
        ("original", "", "x-original-method is missing"),
        ("original", "X-Original-Method: GET\r\n", "x-original-uri is missing"),
        ("original", "X-Original-URI: /v2/campaigns\r\n", "x-original-method is missing"),
        ("original", forwarded, "x-original-method is missing"),
        ("forwarded", good, "x-forwarded-method is missing"),
        ("original", &*format!("{good}X-Original-URI: /v2/other\r\n"), "x-original-uri stands there twice"),
        ("original", &*format!("{good}X-Original-Method: GET\r\n"), "x-original-method stands there twice"),
    ] {
        let question = request("GET", &format!("/forward-auth/{way}"), &format!("{headers}{key}"));
        let answer = world.ask(question).await;
        assert_eq!((answer.status, answer.header("x-auth-status")), (400, Some("400")), "{headers}");
        assert!(answer.body.contains(problem), "{answer:?}");
    }
    let both = format!("{good}X-Forwarded-Method: DELETE\r\nX-Forwarded-Uri: /v2/nowhere\r\n{key}");
    let answer = world.ask(request("GET", "/forward-auth/original", &both)).await;
    assert_eq!(identity(&answer)[4], "getCampaigns");
    let elsewhere = world.ask(request("GET", "/forward-auth/elsewhere", &key)).await;
    elsewhere.is_error(404, "NOT_FOUND", "Resource not found");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_trusted_peers_may_ask_and_only_on_the_origin_of_people() {
    let world = World::unknown_to_gateways().await;
    let key = api_key(&world.key("ERP").await.token);
    let question = original("GET", "/v2/campaigns", &key);
    let refused = world.ask(&question).await;
    refused.is_error(403, "FORBIDDEN", "Access denied");
    assert_eq!(
        refused.header("x-auth-status"),
        Some("403"),
        "it is an answer, for gateways that look for one"
    );
    world.ask_api(&question).await.is_error(404, "NOT_FOUND", "Resource not found");
}
