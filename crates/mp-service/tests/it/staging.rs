//! What is staged is refused as the real thing would be, until it is taken back.

use std::time::Duration;

use mp_domain::denial::{DeadToken, Denial};
use mp_domain::limit_entity::LimitEntity;
use mp_domain::operation::{GET_AUTH_TOKEN_INFO, GET_CAMPAIGN, GET_CAMPAIGNS};
use mp_domain::reach::Target;
use mp_service::{Ended, Health, Node, Presented, Stage};

use crate::world::{World, application, ask, bear, check, peppers, store, token, within_a_second};

async fn on_stage(world: &World) -> (Node, Stage) {
    Node::start_on_stage(world.options(2, std::sync::Arc::new(|| Ok(peppers(&[1]))))).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn as_much_is_left_of_a_limit_as_is_said() {
    let world = World::new().await;
    let (node, stage) = on_stage(&world).await;
    let key = world.key(node.service(), "ERP").await.token;
    let entity: LimitEntity = world.business.into();
    assert_eq!(stage.leave(&GET_AUTH_TOKEN_INFO, entity, 2).unwrap().remaining, 2);
    assert_eq!([(); 2].map(|()| check(&node, key.expose()).unwrap().1.remaining), [1, 0]);
    let quota = GET_AUTH_TOKEN_INFO.limit.unwrap().none;
    assert_eq!(check(&node, key.expose()), Err(Denial::LimitExceeded { quota, entity }));
    let all = stage.leave(&GET_AUTH_TOKEN_INFO, entity, u32::MAX).unwrap();
    assert_eq!(all.remaining, 100, "never more than the limit");
    stage.leave(&GET_AUTH_TOKEN_INFO, entity, 0).unwrap();
    world.clock.advance(Duration::from_secs(3600));
    assert_eq!(check(&node, key.expose()).unwrap().1.remaining, 99, "another window");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_of_a_store_is_its_own() {
    let world = World::new().await;
    let (node, stage) = on_stage(&world).await;
    let key = world.key(node.service(), "ERP").await.token;
    let stores = [
        store(node.service(), world.business, "North").await,
        store(node.service(), world.business, "South").await,
    ];
    stage.leave(&GET_CAMPAIGN, LimitEntity::Campaign(stores[0]), 0).unwrap();
    let presented = Presented::ApiKey(key.expose().as_bytes());
    let asked = stores.map(|id| ask(&node, presented, &GET_CAMPAIGN, Target::Campaign(id)).is_ok());
    assert_eq!(asked, [false, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_calls_are_refused_as_by_a_limit_and_cost_nothing() {
    let world = World::new().await;
    let (node, stage) = on_stage(&world).await;
    let key = world.key(node.service(), "ERP").await.token;
    stage.refuse(&GET_AUTH_TOKEN_INFO, 2);
    let quota = GET_AUTH_TOKEN_INFO.limit.unwrap().none;
    let refused = Err(Denial::LimitExceeded { quota, entity: world.business.into() });
    assert_eq!([(); 2].map(|()| check(&node, key.expose())), [refused.clone(), refused]);
    assert_eq!(check(&node, key.expose()).unwrap().1.remaining, 99);
    stage.refuse(&GET_AUTH_TOKEN_INFO, 5);
    stage.refuse(&GET_AUTH_TOKEN_INFO, 0);
    assert!(check(&node, key.expose()).is_ok(), "undone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_and_a_token_end_until_the_reset() {
    let world = World::new().await;
    let (node, stage) = on_stage(&world).await;
    let (ended, other) =
        (world.key(node.service(), "ERP").await.token, world.key(node.service(), "CRM").await.token);
    let owner = node.service().owner_named(&"owner".parse().unwrap()).await.unwrap();
    let client = application(node.service(), owner).await;
    let bearer = token(node.service(), client, "owner").await;
    assert_eq!(stage.end(ended.expose()), Some(Ended::Key));
    assert_eq!(stage.end(bearer.expose()), Some(Ended::Token));
    assert_eq!(stage.end("y0_nobodys"), None);
    assert_eq!(check(&node, ended.expose()), Err(Denial::Revoked));
    assert!(check(&node, other.expose()).is_ok());
    let borne = || bear(&node, bearer.expose(), &GET_CAMPAIGNS, Target::Caller);
    assert_eq!(borne(), Err(Denial::TokenDead(DeadToken::Withdrawn)));
    stage.reset();
    assert_eq!(check(&node, ended.expose()).unwrap().1.remaining, 99, "and limits are full");
    assert!(borne().is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_ready_after_its_clock_was_moved() {
    let world = World::new().await;
    let (node, stage) = on_stage(&world).await;
    world.clock.advance(Duration::from_secs(86_400));
    stage.catch_up().await;
    // A writing that was under way when the clock moved seems to take as long.
    within_a_second(|| node.health() == Health::Ready).await;
}
