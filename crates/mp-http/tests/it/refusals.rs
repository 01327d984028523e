//! Refusals of known credentials are found by the `traceparent` of their answers, whichever way a request came.

use mp_domain::event::Actor;
use mp_domain::trace::TraceId;
use mp_service::refusals::{ListedRefusal, RefusalsOf, Wanted};

use crate::envoy::{question, value};
use crate::wire::{Answer, Caller};
use crate::world::{World, api_key, plain, request, routed, with_body};

const CALLERS: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn trace(answer: &Answer) -> TraceId {
    TraceId::parse(answer.header("traceparent").unwrap().as_bytes()).unwrap()
}

impl World {
    /// What the cabinet finds, the newest first.
    async fn refusals(&self, trace: Option<TraceId>) -> Vec<ListedRefusal> {
        let wanted = Wanted { trace, before: None, most: 100 };
        let service = self.node.service();
        service.list_refusals(RefusalsOf::Business(self.business()), wanted).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_door_names_the_trace_that_its_refusal_is_found_by() {
    let world = World::new().await;
    let issued = world.key("ERP").await;
    world.node.service().pause_api_key(Actor::Operator, issued.key.id).await.unwrap();
    let (token, key) = (issued.token.expose(), api_key(&issued.token));
    let described = format!("{key}X-Original-Method: GET\r\nX-Original-URI: /v2/campaigns?secret=1\r\n");
    let mut answers = Vec::new();
    for (asked, path) in [
        (plain(token), "/v2/auth/token"),
        (routed(token), "/v2/auth/token"),
        (request("GET", "/v2/campaigns?page=1", &key), "/v2/campaigns"),
        (request("GET", "/forward-auth/original", &described), "/v2/campaigns"),
        (request("GET", "/forward-auth/credential", &key), "/forward-auth/credential"),
        (request("GET", "/forward-auth/path/v2/campaigns", &key), "/v2/campaigns"),
    ] {
        answers.push((world.ask(&asked).await, path));
    }
    let mut traces: Vec<_> = answers.iter().map(|(answer, path)| (trace(answer), *path)).collect();
    assert!(answers.iter().all(|(answer, _)| answer.status == 403), "{answers:?}");
    let asked = question("GET", "/v2/campaigns?secret=1", &[("api-key", token)]);
    let (status, headers, _) = world.envoy().await.refusal(asked).await;
    let told = TraceId::parse(value(&headers, "traceparent").unwrap().as_bytes());
    traces.push((told.unwrap(), "/v2/campaigns"));
    assert_eq!(status, 403);
    world.node.stop().await;
    for (trace, path) in traces {
        let found = world.refusals(Some(trace)).await;
        assert_eq!(found.len(), 1, "{path}");
        let note = &found[0].note;
        assert_eq!((note.path.as_str(), note.reason.as_str()), (path, "paused"));
        assert_eq!(note.message.as_str(), "Api-Key token is paused");
    }
}

/// As nginx asks, which forgets the first answer but for its trace.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_is_asked_for_again_is_kept_and_counted_once_and_both_answers_name_it() {
    let world = World::new().await;
    let issued = world.key("ERP").await;
    world.node.service().pause_api_key(Actor::Operator, issued.key.id).await.unwrap();
    let key = api_key(&issued.token);
    let described = format!("{key}X-Original-Method: GET\r\nX-Original-URI: /v2/campaigns\r\n");
    let mut traces = Vec::new();
    for (way, status) in [("original", 403), ("credential", 403)] {
        let first = request("GET", &format!("/forward-auth/{way}?statuses=401,403"), &described);
        let first = world.ask(first).await;
        let carried = format!("{described}traceparent: {}\r\n", first.header("traceparent").unwrap());
        let second = world.ask(request("GET", &format!("/forward-auth/{way}?refused"), &carried)).await;
        assert_eq!((first.status, second.status, trace(&second)), (status, status, trace(&first)));
        traces.push(trace(&first));
    }
    let metrics = Caller::connect(world.addresses.ops_listen).await.ask(request("GET", "/metrics", "")).await;
    let counted = r#"operation="getCampaigns",reason="paused"} 1"#;
    assert!(metrics.body.contains(counted), "{}", metrics.body);
    world.node.stop().await;
    for trace in traces {
        assert_eq!(world.refusals(Some(trace)).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_known_caller_sends_and_nobody_can_read_is_kept_whoever_would_have_answered() {
    let world = World::before(axum::Router::new().fallback(async || "{}")).await;
    let issued = world.key("ERP").await;
    let (token, key) = (issued.token.expose(), api_key(&issued.token));
    let prices = format!("/v2/businesses/{}/offer-prices/updates", world.business());
    let settings = format!("/v2/businesses/{}/settings", world.business());
    let form = "Content-Type: text/plain\r\nContent-Length: 2\r\n";
    let (large, cut) =
        ("Content-Length: 600000\r\n", "Content-Type: application/json\r\nContent-Length: 1\r\n");
    let post =
        |path: &str, headers: &str, body: &str| request("POST", path, &format!("{key}{headers}")) + body;
    let mut kept = Vec::new();
    for (question, path, status) in [
        (post(&prices, form, "{}"), &*prices, 415),
        (post(&prices, large, ""), &prices, 400),
        (post(&prices, cut, "{"), &prices, 400),
        (post(&settings, form, "{}"), &settings, 415),
        (post(&settings, cut, "{"), &settings, 400),
        (with_body(token, "Content-Type: text/plain\r\n", "{}"), "/v2/auth/token", 415),
        (request("GET", "/v2/campaigns?page=x", &key), "/v2/campaigns", 400),
    ] {
        let answer = world.ask_api(question).await;
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        kept.push((trace(&answer), path, answer.body));
    }
    assert_eq!(world.ask_api(post(&prices, form, "{}").replace(token, "ACMA:nobodys")).await.status, 401);
    world.node.stop().await;
    for (trace, path, told) in &kept {
        let found = world.refusals(Some(*trace)).await;
        assert_eq!(found.len(), 1, "{path}: {told}");
        let note = &found[0].note;
        assert_eq!((note.path.as_str(), note.reason.as_str()), (*path, "request_unreadable"));
        assert!(told.contains(note.message.as_str()), "{told}");
    }
    assert_eq!(world.refusals(None).await.len(), kept.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_callers_own_trace_is_kept() {
    let world = World::new().await;
    let issued = world.key("ERP").await;
    world.node.service().pause_api_key(Actor::Operator, issued.key.id).await.unwrap();
    let headers = format!("{}traceparent: {CALLERS}\r\n", api_key(&issued.token));
    for path in ["/v2/auth/token", "/v2/auth/token?"] {
        let answer = world.ask(request("POST", path, &headers)).await;
        assert_eq!((answer.status, Some(trace(&answer))), (403, TraceId::parse(CALLERS.as_bytes())));
    }
    world.node.stop().await;
    assert_eq!(world.refusals(TraceId::parse(CALLERS.as_bytes())).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_let_in_and_what_is_nobodys_is_not_recorded() {
    let world = World::new().await;
    let issued = world.key("ERP").await;
    assert_eq!(world.ask(plain(issued.token.expose())).await.status, 200);
    for nobodys in ["", "Api-Key: nonsense\r\n", "Authorization: Bearer y0_nobodys\r\n"] {
        assert!(world.ask(request("GET", "/v2/campaigns", nobodys)).await.status >= 401);
    }
    world.node.stop().await;
    assert_eq!(world.refusals(None).await, []);
}
