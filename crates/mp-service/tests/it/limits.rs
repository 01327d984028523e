//! Limits: shared by the keys of a cabinet, kept over a stop.

use mp_domain::denial::Denial;
use mp_domain::operation::GET_AUTH_TOKEN_INFO;

use crate::world::{World, check, new_business};

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_a_cabinet_share_one_budget() {
    let world = World::new().await;
    let node = world.node(2).await;
    let keys = [world.key(node.service(), "one").await, world.key(node.service(), "two").await];
    for call in 0..100 {
        let (_, budget) = check(&node, keys[call % 2].token.expose()).unwrap();
        assert_eq!(budget.remaining as usize, 99 - call);
    }
    for key in &keys {
        let quota = GET_AUTH_TOKEN_INFO.limit.unwrap().none;
        let exceeded = Denial::LimitExceeded { quota, entity: world.business.into() };
        assert_eq!(check(&node, key.token.expose()), Err(exceeded));
    }
    let other = new_business(node.service(), "owner").await;
    let grant = crate::world::grant("elsewhere");
    let key = node.service().create_api_key(mp_domain::event::Actor::Operator, other, grant).await.unwrap();
    assert!(check(&node, key.token.expose()).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_callers_racing_pass_exactly_a_hundred_times() {
    let world = World::new().await;
    let node = world.node(2).await;
    let issued = world.key(node.service(), "ERP").await;
    let passed: usize = std::thread::scope(|scope| {
        let racing = || (0..10).filter(|_| check(&node, issued.token.expose()).is_ok()).count();
        let callers: Vec<_> = (0..64).map(|_| scope.spawn(racing)).collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).sum()
    });
    assert_eq!(passed, 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_stop_keeps_counters_exactly() {
    let world = World::new().await;
    let node = world.node(2).await;
    let issued = world.key(node.service(), "ERP").await;
    for _ in 0..37 {
        check(&node, issued.token.expose()).unwrap();
    }
    node.stop().await;
    drop(node);
    let again = world.node(2).await;
    assert_eq!(check(&again, issued.token.expose()).unwrap().1.remaining, 62);
}
