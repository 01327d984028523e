//! What is asked, what is remembered, and how soon a change is known.

use std::time::Duration;

use marketpass_tower::{Gate, Identity, Operation, Subject};
use mp_domain::event::Actor;
use mp_domain::ids::BusinessId;
use mp_domain::network::{Networks, parse_network};
use mp_domain::scope::AccessScope;
use mp_service::businesses::BusinessEdit;
use mp_testkit::{PATIENCE, RunningTime};
use tower::util::BoxCloneService;
use tower::{Layer, service_fn};

use crate::world::{Answer, GATEWAY_SECRET, Inner, Shop, World, answering, ask, grant, request};

/// Waits until a request is answered like this; how long that took.
async fn becomes(shop: &Shop, status: u16, path: &str, key: &str) -> Duration {
    let mut time = RunningTime::start();
    loop {
        let answer = ask(shop, request("POST", path, &[("api-key", key)], "")).await;
        if answer.status == status {
            return time.look();
        }
        assert!(time.look() < PATIENCE, "{path} is not answered with {status}: {answer:?}");
        tokio::task::yield_now().await;
    }
}

fn quality(business: BusinessId) -> String {
    format!("/v2/businesses/{business}/ratings/quality")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_sight_of_a_credential_asks_and_the_next_ones_do_not() {
    let world = World::new().await;
    let gate = world.gate().await;
    let shop = gate.layer().layer(answering(200, "{}"));
    let key = world.key(AccessScope::AllMethods).await.token;
    let path = quality(world.business);
    let call = async || ask(&shop, request("POST", &path, &[("api-key", key.expose())], "")).await;
    assert_eq!(call().await.status, 200);
    // The credential, its cabinet, a slot and points.
    assert_eq!(gate.questions(), 4);
    let known = gate.questions();
    for _ in 0..50 {
        assert_eq!(call().await.status, 200);
    }
    let asked = gate.questions() - known;
    assert!(asked < 20, "points are borrowed ahead: {asked}");
    let stranger = ("authorization", "Bearer y0_nobody");
    for _ in 0..50 {
        assert_eq!(ask(&shop, request("POST", &path, &[stranger], "")).await.status, 403);
    }
    assert_eq!(gate.questions() - known - asked, 1, "strangers are remembered, too");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_is_told_who_calls_and_what() {
    let world = World::new().await;
    let issued = world.key(AccessScope::AllMethods).await;
    let told: Inner = BoxCloneService::new(service_fn(|request: http::Request<_>| async move {
        let identity = request.extensions().get::<Identity>().unwrap();
        let operation = request.extensions().get::<&'static Operation>().unwrap();
        let told = format!("{:?} {:?} {}", identity.subject, identity.business, operation.id);
        Ok(http::Response::new(told.into()))
    }));
    let shop = world.shop(told).await;
    let path = quality(world.business);
    let answer = ask(&shop, request("POST", &path, &[("api-key", issued.token.expose())], "")).await;
    let subject = Subject::Key(issued.key.id);
    assert_eq!(answer.body, format!("{subject:?} {:?} getQualityRatings", Some(world.business)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_deleted_is_refused_within_a_second() {
    let world = World::new().await;
    let shop = world.shop(answering(200, "{}")).await;
    let issued = world.key(AccessScope::AllMethods).await;
    let (path, key) = (quality(world.business), issued.token.expose().to_owned());
    becomes(&shop, 200, &path, &key).await;
    world.node().service().delete_api_key(Actor::Operator, issued.key.id).await.unwrap();
    assert!(becomes(&shop, 401, &path, &key).await < Duration::from_secs(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_a_cabinet_and_a_store_that_change_are_known_anew() {
    let world = World::new().await;
    let shop = world.shop(answering(200, "{}")).await;
    let (store, token) = (world.store("North").await, world.token().await);
    let bearer = format!("Bearer {}", token.expose());
    let ask = async |path: String| {
        ask(&shop, request("POST", &path, &[("authorization", &bearer)], "")).await.status
    };
    let orders = format!("/v2/campaigns/{store}/offer-prices");
    assert_eq!(ask(orders.clone()).await, 200);
    let service = world.node().service();
    let off = "MANUALLY_DISABLED".parse().unwrap();
    service.set_campaign_availability(Actor::Operator, store, off).await.unwrap();
    let until = async |path: &str, status: u16| {
        while ask(path.to_owned()).await != status {
            tokio::task::yield_now().await;
        }
    };
    until(&orders, 403).await;
    service.set_campaign_availability(Actor::Operator, store, "AVAILABLE".parse().unwrap()).await.unwrap();
    until(&orders, 200).await;
    let new = format!("/v2/campaigns/{}/offer-prices", store.number() + 1);
    assert_eq!(ask(new.clone()).await, 403, "there is none yet");
    world.store("South").await;
    service.revoke_token(Actor::Operator, &token).await.unwrap();
    until(&orders, 403).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_that_changes_changes_the_limit() {
    let world = World::new().await;
    let shop = world.shop(answering(200, "{}")).await;
    let key = world.key(AccessScope::AllMethods).await.token;
    let path = format!("/v2/businesses/{}/goods-questions", world.business).replace("/v2/", "/v1/");
    let limit = async || {
        let answer: Answer = ask(&shop, request("POST", &path, &[("api-key", key.expose())], "")).await;
        answer.headers["x-ratelimit-resource-limit"].to_str().unwrap().to_owned()
    };
    assert_eq!(limit().await, "1000");
    let medium = BusinessEdit { subscription: "medium".parse().ok(), ..BusinessEdit::default() };
    world.node().service().edit_business(Actor::Operator, world.business, medium).await.unwrap();
    while limit().await != "5000" {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_bound_to_networks_is_refused_where_nobody_can_tell_whose_request_it_is() {
    let world = World::new().await;
    let networks = Networks::new(vec![parse_network("127.0.0.0/8").unwrap()]);
    let bound = world.key_with(mp_domain::api_key::KeyGrant { networks, ..grant(AccessScope::AllMethods) });
    let (key, shop) = (bound.await.token, world.shop(answering(200, "{}")).await);
    let mut call = request("POST", &quality(world.business), &[("api-key", key.expose())], "");
    assert_eq!(ask(&shop, call.clone()).await.status, 200);
    call.extensions_mut().clear();
    let refused = ask(&shop, call).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("Access denied"), "{}", refused.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_with_a_foreign_secret_never_becomes_ready_and_lets_nobody_pass() {
    let world = World::new().await;
    let ready = world.gate().await;
    let foreign = Gate::connect(world.options("another-secret"));
    let key = world.key(AccessScope::AllMethods).await.token;
    let shop = foreign.layer().layer(answering(200, "{}"));
    for _ in 0..20 {
        let call = request("POST", &quality(world.business), &[("api-key", key.expose())], "");
        let refused = ask(&shop, call).await;
        assert_eq!(refused.status, 503);
        assert!(refused.body.contains("SERVICE_UNAVAILABLE"), "{}", refused.body);
        assert!(ready.is_ready() && !foreign.is_ready());
        tokio::task::yield_now().await;
    }
    assert_ne!(GATEWAY_SECRET, "another-secret");
}
