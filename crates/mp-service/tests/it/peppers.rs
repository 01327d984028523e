//! Peppers: the wrong file refuses to start, a retired pepper still recognises and is replaced on use.

use std::sync::{Arc, Mutex};

use mp_domain::denial::Denial;
use mp_domain::event::Actor;
use mp_service::peppers::PepperError;
use mp_service::{Node, NodeError, NodeOptions};

use crate::world::{NOON, World, check, peppers, within_a_second};

#[tokio::test(flavor = "multi_thread")]
async fn another_or_a_missing_pepper_refuses_to_start() {
    let world = World::new().await;
    world.key(&world.service(2), "ERP").await;
    let other = mp_domain::secret::Pepper::from_material(1, [99; 32]);
    let wrong = mp_domain::secret::Peppers::new(other, Vec::new());
    let refused = Node::start(world.options(3, Arc::new(move || Ok(wrong.clone())))).await;
    let mismatch = PepperError::Mismatch { number: 1 };
    assert!(matches!(refused, Err(NodeError::Pepper(error)) if error == mismatch));
    let refused = Node::start(world.options(3, Arc::new(|| Ok(peppers(&[2]))))).await;
    let missing = PepperError::Missing { number: 1, secrets: 1 };
    assert!(matches!(refused, Err(NodeError::Pepper(error)) if error == missing));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retired_pepper_still_verifies_and_is_replaced_on_use() {
    let world = World::new().await;
    // The secrets file, replaced while the node runs.
    let file = Arc::new(Mutex::new(vec![1]));
    let source = Arc::clone(&file);
    let options = world.options(2, Arc::new(move || Ok(peppers(&source.lock().unwrap()))));
    let node = Node::start(NodeOptions { limits_scale: 1e6, ..options }).await.unwrap();
    let issued = world.key(node.service(), "ERP").await;
    let token = issued.token.expose();

    *file.lock().unwrap() = vec![2, 1];
    let command = world.node_with(3, Arc::new(|| Ok(peppers(&[2, 1])))).await;
    let store = command.service().store().clone();
    let left = move || {
        let store = store.clone();
        async move { store.read("count", |conn| mp_store::pepper::count_in_use(conn, 1, NOON)).await.unwrap() }
    };
    assert_eq!(left().await, 1);
    // The running node learns of the rotation and replaces the digest at the next use.
    let deadline = std::time::Instant::now() + mp_testkit::PATIENCE;
    while left().await > 0 {
        assert!(std::time::Instant::now() < deadline, "the digest was not replaced");
        assert!(check(&node, token).is_ok());
    }
    within_a_second(|| check(&node, token).is_ok()).await;
    node.service().delete_api_key(Actor::Operator, issued.key.id).await.unwrap();
    assert_eq!(check(&node, token), Err(Denial::Revoked));
    within_a_second(|| check(&command, token) == Err(Denial::Revoked)).await;
    assert_eq!(node.gauges().secrets, 1, "the digest under the retired pepper was forgotten");

    // Nothing that works needs the first pepper now.
    drop(node);
    world.node_with(4, Arc::new(|| Ok(peppers(&[2])))).await;
}
