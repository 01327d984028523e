//! Changes made by another process are in force within a second.

use std::time::Duration;

use mp_domain::denial::Denial;
use mp_domain::event::Actor;
use mp_service::Health;

use crate::world::{World, check, within_a_second};

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_does_to_a_key_is_in_force_within_a_second() {
    let world = World::new().await;
    let node = world.node(2).await;
    let command = world.service(3);
    let issued = world.key(&command, "ERP").await;
    let token = issued.token.expose();
    within_a_second(|| check(&node, token).is_ok()).await;
    command.pause_api_key(Actor::Operator, issued.key.id).await.unwrap();
    within_a_second(|| check(&node, token) == Err(Denial::Paused)).await;
    command.resume_api_key(Actor::Operator, issued.key.id).await.unwrap();
    within_a_second(|| check(&node, token).is_ok()).await;
    let rotated = command.rotate_api_key(Actor::Operator, issued.key.id, Duration::ZERO, None).await.unwrap();
    within_a_second(|| check(&node, token) == Err(Denial::Revoked)).await;
    assert!(check(&node, rotated.token.expose()).is_ok());
    command.delete_api_key(Actor::Operator, issued.key.id).await.unwrap();
    within_a_second(|| check(&node, rotated.token.expose()) == Err(Denial::Revoked)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_ready_once_started() {
    let world = World::new().await;
    let node = world.node(2).await;
    assert_eq!(node.health(), Health::Ready);
}
