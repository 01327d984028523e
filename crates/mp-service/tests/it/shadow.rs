//! Rules on trial: what is reported of them, and that nobody is answered otherwise.

use std::sync::Arc;

use mp_domain::denial::Denial;
use mp_domain::event::Actor;
use mp_domain::ids::BusinessId;
use mp_domain::operation::Operation;
use mp_domain::reach::Named;
use mp_domain::scope::AccessScope;
use mp_domain::shadow::{Cabinet, Verdict};
use mp_service::catalogs::{Comparison, ShadowReport};
use mp_service::shadow::ShadowRequest;
use mp_service::{Bill, Node, Presented, Request, Slot};
use mp_store::shadow_catalog::{self, NewShadow};
use mp_store::{StoreError, event_log};

use crate::world::{HOME, NOON, World, grant, new_business, peppers, scopes, within_a_second};

use Verdict::{WouldAllow, WouldRefuse};

/// A document with two methods, of which the first is opened by these accesses within this limit.
fn document(accesses: &str, limit: &str) -> Vec<u8> {
    let operation = |path: &str, id: &str, accesses: &str, limit: &str| {
        format!(
            r#""/{path}": {{"post": {{"operationId": "{id}", "x-marketpass-accesses": [{accesses}],
            "x-marketpass-limit": {limit},
            "requestBody": {{"content": {{"application/json": {{"schema":
                {{"properties": {{"offers": {{"type": "array", "items": {{}}}}}}}}}}}}}},
            "responses": {{"200": {{"content": {{"application/json": {{"schema":
                {{"properties": {{"pets": {{"type": "array", "items": {{}}}}}}}}}}}}}}}}}}}}"#
        )
    };
    let pets = operation("pets", "listPets", accesses, limit);
    let food = operation("food", "listFood", PRICING, TEN);
    format!(r#"{{"openapi": "3.0.3", "paths": {{{pets}, {food}}}}}"#).into_bytes()
}

const PRICING: &str = r#""pricing""#;
const PROMOTION: &str = r#""promotion""#;
const TEN: &str = r#"{"amount": 10, "period": "1h"}"#;
const THREE: &str = r#"{"amount": 3, "period": "1h"}"#;

struct Scene {
    world: World,
    node: Node,
    token: String,
}

impl Scene {
    /// With these rules in force.
    async fn under(document: Vec<u8>) -> Self {
        let world = World::new().await;
        let node = world.node(2).await;
        let token = world.key(node.service(), "ERP").await.token.expose().to_owned();
        let scene = Self { world, node, token };
        scene.import(document).await;
        scene
    }

    async fn import(&self, document: Vec<u8>) -> Comparison {
        let service = self.node.service();
        service.import_catalog(Actor::Operator, document, "pets.json".to_owned()).await.unwrap()
    }

    async fn try_out(&self, document: Vec<u8>) -> Comparison {
        let service = self.node.service();
        service.put_on_trial(Actor::Operator, document, "next.json".to_owned()).await.unwrap()
    }

    fn operation(&self, id: &str) -> &'static Operation {
        self.node.enforcer().catalog().find(id).unwrap()
    }

    /// Calls the first method with a key.
    fn call(&self) -> Result<(), Denial> {
        self.call_with(&self.token, None, false).map(|_| ())
    }

    fn calls(&self, number: usize) -> Vec<Result<(), Denial>> {
        (0..number).map(|_| self.call()).collect()
    }

    /// How many of so many calls are let in.
    fn let_in(&self, number: usize) -> usize {
        self.calls(number).into_iter().flatten().count()
    }

    fn call_with(
        &self,
        token: &str,
        items: Option<u32>,
        wants_slot: bool,
    ) -> Result<(Bill, [Option<Slot>; 2]), Denial> {
        let (enforcer, operation) = (self.node.enforcer(), self.operation("listPets"));
        let shadow = enforcer.on_trial(operation);
        let shadow = shadow.as_deref().map(|shadow| {
            let operation = shadow.route("POST", "/pets").ok().map(|routed| routed.operation);
            ShadowRequest { shadow, operation, named: Ok(Named::NOTHING), items }
        });
        let shadow = shadow.as_ref();
        let request = Request { items, wants_slot, shadow, ..Request::of(operation, Named::NOTHING) };
        let presented = Presented::ApiKey(token.as_bytes());
        let admitted = enforcer
            .admit(presented, &request, HOME, |mut admitted| (admitted.bill(), admitted.take_slots()));
        admitted.map_err(|refusal| refusal.denial)
    }

    /// How many calls were judged, and what was judged otherwise.
    fn told(&self) -> (u64, Vec<(Verdict, &'static str, u64)>) {
        let shadow = self.node.gauges().shadow.unwrap();
        let differences = shadow.differences.into_iter();
        let differences = differences.map(|(operation, verdict, reason, calls)| {
            assert_eq!(operation, "listPets");
            (verdict, reason, calls)
        });
        (shadow.judged, differences.collect())
    }

    /// What stands in the database once the node has stopped.
    async fn reported(self) -> ShadowReport {
        self.node.stop().await;
        self.world.service(9).shadow_report().await.unwrap().unwrap()
    }

    async fn events(&self) -> Vec<(String, String)> {
        let events = self.node.service().store().read("events", |conn| event_log::after(conn, 0)).await;
        let events = events.unwrap().into_iter().filter(|event| event.kind.starts_with("catalog."));
        events.map(|event| (event.kind, event.detail)).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_on_trial_is_reported_for_each_cabinet_and_refuses_nobody() {
    let scene = Scene::under(document(PRICING, TEN)).await;
    let service = scene.node.service();
    let other = new_business(service, "owner").await;
    let theirs = service.create_api_key(Actor::Operator, other, grant("elsewhere")).await.unwrap();
    let compared = scene.try_out(document(PROMOTION, TEN)).await;
    assert!(compared.is_on_trial);
    assert_eq!(scene.calls(3), [Ok(()); 3]);
    scene.world.clock.set(mp_domain::time::Timestamp::from_seconds(NOON.seconds() + 5));
    assert!(scene.call_with(theirs.token.expose(), None, false).is_ok());
    assert_eq!(scene.call(), Ok(()));
    assert_eq!(scene.told(), (5, vec![(WouldRefuse, "scope_missing", 5)]));
    let own = scene.world.business;
    let ShadowReport { trial, differences } = scene.reported().await;
    assert_eq!((trial.source.as_str(), trial.begun_at, trial.judged), ("next.json", NOON, 5));
    let told = |business: BusinessId, calls| (Cabinet::One(business), calls);
    let by_cabinet: Vec<_> = differences.iter().map(|found| (found.cabinet, found.calls)).collect();
    assert_eq!(by_cabinet, [told(own, 4), told(other, 1)]);
    assert_eq!(
        (differences[0].first_at, differences[0].last_at.seconds() - NOON.seconds()),
        (NOON, 5),
        "the first and the last call"
    );
    assert_eq!(
        (differences[0].operation.as_str(), differences[0].reason.as_str()),
        ("listPets", "scope_missing")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_ten_calls_a_limit_of_three_would_refuse_seven() {
    let scene = Scene::under(document(PRICING, TEN)).await;
    scene.try_out(document(PRICING, THREE)).await;
    let left = |call: Result<(Bill, _), Denial>| call.unwrap().0.budget().unwrap().remaining;
    let told: Vec<_> = (0..10).map(|_| left(scene.call_with(&scene.token, None, false))).collect();
    assert_eq!(told, (0..10).rev().collect::<Vec<_>>(), "what is told is what is in force");
    assert_eq!(scene.told(), (10, vec![(WouldRefuse, "limit_exceeded", 7)]));
    assert!(scene.call().is_err());
    assert_eq!(scene.told(), (11, vec![(WouldRefuse, "limit_exceeded", 7)]), "refused by both");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_ten_calls_that_three_are_let_in_of_a_limit_of_eight_would_let_in_five_more() {
    let scene = Scene::under(document(PRICING, THREE)).await;
    scene.try_out(document(PRICING, r#"{"amount": 8, "period": "1h"}"#)).await;
    assert_eq!(scene.let_in(10), 3);
    assert_eq!(scene.told(), (10, vec![(WouldAllow, "limit_exceeded", 5)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_that_begins_in_a_window_goes_on_from_what_is_used_up() {
    let scene = Scene::under(document(PRICING, TEN)).await;
    scene.calls(2);
    scene.try_out(document(PRICING, THREE)).await;
    assert_eq!(scene.calls(8), [Ok(()); 8]);
    assert!(scene.call().is_err(), "would not be let in either");
    assert_eq!(scene.told(), (9, vec![(WouldRefuse, "limit_exceeded", 7)]));
    let Scene { world, node, token } = scene;
    node.stop().await;
    drop(node);
    let scene = Scene { node: world.node(2).await, world, token };
    assert!(scene.call().is_err());
    assert_eq!(scene.told(), (1, vec![]), "nor after a restart");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_stays_as_it_is_ends_alike() {
    let scene = Scene::under(document(PRICING, THREE)).await;
    let promoter = mp_domain::api_key::KeyGrant { scopes: scopes(&[AccessScope::Promotion]), ..grant("Ads") };
    let promoter = scene.node.service().create_api_key(Actor::Operator, scene.world.business, promoter);
    let promoter = promoter.await.unwrap();
    let promote = || scene.call_with(promoter.token.expose(), None, false).map(|_| ()).unwrap_err();
    scene.calls(2);
    scene.try_out(document(&format!("{PRICING}, {PROMOTION}"), THREE)).await;
    assert_eq!(promote(), Denial::ScopeMissing);
    assert_eq!(scene.told(), (1, vec![(WouldAllow, "scope_missing", 1)]));
    assert_eq!(scene.let_in(3), 1);
    assert_eq!(promote(), Denial::ScopeMissing);
    assert_eq!(scene.told(), (5, vec![(WouldAllow, "scope_missing", 1)]), "now nothing is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_cost_is_counted_by_the_items_of_the_request() {
    let scene = Scene::under(document(PRICING, TEN)).await;
    scene.try_out(document(PRICING, r#"{"amount": 10, "period": "1h", "cost": "req.offers"}"#)).await;
    for items in [4, 4, 4, 2] {
        assert!(scene.call_with(&scene.token, Some(items), false).is_ok());
    }
    assert_eq!(scene.told(), (4, vec![(WouldRefuse, "limit_exceeded", 1)]), "a cost is refused whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn items_of_the_answer_and_what_is_given_back_reach_the_counters_on_trial() {
    let scene = Scene::under(document(PRICING, TEN)).await;
    scene.try_out(document(PRICING, r#"{"amount": 10, "period": "1h", "cost": "resp.pets"}"#)).await;
    let call = || scene.call_with(&scene.token, None, false).unwrap().0;
    let charge = call().on_trial.unwrap();
    assert_eq!(charge.counted().unwrap().to_string(), "pets");
    charge.charge_afterwards(10);
    assert!(call().on_trial.is_none());
    assert_eq!(scene.told(), (2, vec![(WouldRefuse, "limit_exceeded", 1)]));

    scene.try_out(document(PRICING, r#"{"amount": 3, "period": "1h"}"#)).await;
    scene.node.enforcer().give_all_back(call());
    assert_eq!(scene.told(), (1, vec![]));
    let bill = call();
    assert_eq!(bill.budget().unwrap().remaining, 7, "two before the trial, and this");
    scene.node.enforcer().give_all_back(bill);
    call();
    assert_eq!(scene.told().1, [], "the third is the last of three");
    call();
    assert_eq!(scene.told(), (4, vec![(WouldRefuse, "limit_exceeded", 1)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn slots_on_trial_are_taken_and_freed_beside_those_in_force() {
    let with_slots = |slots: u8| {
        let parallel = format!(r#"{TEN}, "x-marketpass-parallel": {slots}"#);
        document(PRICING, &parallel)
    };
    let scene = Scene::under(with_slots(2)).await;
    scene.try_out(with_slots(1)).await;
    let call = || scene.call_with(&scene.token, None, true);
    let first = call().unwrap();
    let second = call().unwrap();
    assert_eq!(scene.told(), (2, vec![(WouldRefuse, "too_many_at_once", 1)]));
    assert!(call().is_err(), "refused by both");
    assert_eq!(scene.node.gauges().slots_taken, 2);
    drop((first, second));
    drop(call().unwrap());
    assert_eq!(scene.told(), (4, vec![(WouldRefuse, "too_many_at_once", 1)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_that_stay_as_they_are_are_not_judged_twice() {
    let scene = Scene::under(document(PRICING, TEN)).await;
    assert!(scene.node.enforcer().on_trial(scene.operation("listPets")).is_none());
    scene.try_out(document(PRICING, THREE)).await;
    assert!(scene.node.enforcer().on_trial(scene.operation("listPets")).is_some());
    for alike in ["listFood", "getAuthTokenInfo", "getCampaigns"] {
        assert!(scene.node.enforcer().on_trial(scene.operation(alike)).is_none(), "{alike}");
    }
    crate::world::check(&scene.node, &scene.token).unwrap();
    assert_eq!(scene.told(), (0, vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn token_info_is_tried_out_like_any_other_method() {
    let scene = Scene::under(document(PRICING, TEN)).await;
    let own = r#""/v2/auth/token": {"post": {"operationId": "getAuthTokenInfo", "x-marketpass-number": 256,
        "x-marketpass-accesses": ["pricing"], "x-marketpass-limit": {"amount": 1, "period": "1h"}}}, "/pets""#;
    let with_own = String::from_utf8(document(PRICING, TEN)).unwrap().replace(r#""/pets""#, own);
    scene.try_out(with_own.into_bytes()).await;
    for _ in 0..3 {
        crate::world::check(&scene.node, &scene.token).unwrap();
    }
    let shadow = scene.node.gauges().shadow.unwrap();
    assert_eq!(shadow.differences, [("getAuthTokenInfo", WouldRefuse, "limit_exceeded", 2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_is_gone_would_refuse_everybody() {
    let scene = Scene::under(document(PRICING, TEN)).await;
    let moved = String::from_utf8(document(PRICING, TEN)).unwrap().replace("/pets", "/animals");
    scene.try_out(moved.into_bytes()).await;
    assert_eq!(scene.call(), Ok(()));
    assert_eq!(scene.told(), (1, vec![(WouldRefuse, "no_such_operation", 1)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_not_judged_twice() {
    let scene = Scene::under(document(PRICING, TEN)).await;
    scene.try_out(document(PROMOTION, TEN)).await;
    assert!(scene.call_with("ACMA:nobody", None, false).is_err());
    assert_eq!(scene.told(), (0, vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_is_judged_on_every_node_until_it_is_stopped_and_its_report_stays() {
    let scene = Scene::under(document(PRICING, TEN)).await;
    let elsewhere = scene.world.node(3).await;
    scene.try_out(document(PROMOTION, TEN)).await;
    within_a_second(|| elsewhere.gauges().shadow.is_some()).await;
    scene.call().unwrap();
    assert!(scene.node.service().end_trial(Actor::Operator).await.unwrap());
    assert!(!scene.node.service().end_trial(Actor::Operator).await.unwrap());
    assert_eq!(scene.node.gauges().shadow, None);
    within_a_second(|| elsewhere.gauges().shadow.is_none()).await;
    assert_eq!(scene.call(), Ok(()));
    let events = scene.events().await;
    let told: Vec<_> = events.iter().map(|(kind, detail)| (kind.as_str(), detail.as_str())).collect();
    assert_eq!(
        told[1..],
        [("catalog.shadow_begun", "next.json: closes 1, opens 1"), ("catalog.shadow_ended", "next.json")]
    );
    let ShadowReport { trial, differences } = scene.reported().await;
    assert_eq!((trial.ended_at, trial.judged), (Some(NOON), 1));
    assert_eq!(differences[0].calls, 1, "what was judged just before the end is written, too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_trial_begins_anew() {
    let scene = Scene::under(document(PRICING, TEN)).await;
    scene.try_out(document(PRICING, THREE)).await;
    scene.calls(5);
    scene.try_out(document(PROMOTION, TEN)).await;
    scene.call().unwrap();
    assert_eq!(scene.told(), (1, vec![(WouldRefuse, "scope_missing", 1)]));
    let unchanged = scene.try_out(document(PRICING, TEN)).await;
    assert!(!unchanged.is_on_trial, "what is in force needs no trial");
    let ShadowReport { trial, differences } = scene.reported().await;
    assert_eq!((trial.number, trial.judged, trial.ended_at), (2, 1, None));
    assert_eq!(differences.len(), 1, "and knows nothing of the former");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_of_what_is_on_trial_ends_the_trial_and_another_is_compared_with_it() {
    let scene = Scene::under(document(PRICING, TEN)).await;
    scene.try_out(document(PRICING, THREE)).await;
    assert!(!scene.import(document(PRICING, r#"{"amount": 2, "period": "1h"}"#)).await.is_on_trial);
    assert_eq!(scene.let_in(4), 2);
    assert_eq!(scene.told(), (4, vec![(WouldAllow, "limit_exceeded", 1)]), "as compared with two");
    assert!(scene.import(document(PRICING, THREE)).await.is_on_trial);
    assert_eq!(scene.node.gauges().shadow, None);
    assert_eq!(scene.events().await.last().unwrap().0, "catalog.shadow_ended");
    assert_eq!(scene.reported().await.trial.ended_at, Some(NOON));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_that_this_version_cannot_read_keeps_no_node_from_starting() {
    let world = World::new().await;
    let (facts, source) = ("marketpass-catalog 9\n".to_owned(), "newer.json".to_owned());
    let newer = NewShadow { digest: [9; 16], facts, source, begun_at: NOON };
    let service = world.service(3);
    let begin = service
        .store()
        .write("newer", move |tx| -> Result<(), StoreError> { shadow_catalog::begin(tx, &newer) });
    begin.await.unwrap();
    let node = Node::start(world.options(4, Arc::new(|| Ok(peppers(&[1]))))).await.unwrap();
    assert_eq!(node.gauges().shadow, None);
}
