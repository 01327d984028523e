//! For whom limits are counted: the store or cabinet in the path, else the cabinet of the key or the person.

use mp_domain::denial::Denial;
use mp_domain::ids::ClientId;
use mp_domain::limit_entity::LimitEntity;
use mp_domain::operation::{GET_BUSINESS_SETTINGS, GET_CAMPAIGN, GET_CAMPAIGNS};
use mp_domain::reach::{Named, Target};
use mp_domain::secret::PlainSecret;
use mp_service::{Node, Presented, Request};

use crate::world::{HOME, World, application, ask, bear, store, token};

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_tokens_share_what_is_counted_for_a_place_and_nothing_else() {
    let world = World::new().await;
    let node = world.node(2).await;
    let owner = node.service().list_accounts().await.unwrap()[0].id;
    let tokens = [
        token(node.service(), application(node.service(), owner).await, "owner").await,
        token(node.service(), application(node.service(), owner).await, "owner").await,
    ];
    let key = world.key(node.service(), "ERP").await.token;
    let store = store(node.service(), world.business, "North").await;
    let left = |token: &str, operation, target| bear(&node, token, operation, target).unwrap().1.remaining;
    let by_key = |operation, target| {
        ask(&node, Presented::ApiKey(key.expose().as_bytes()), operation, target).unwrap().1.remaining
    };
    let [one, other] = tokens.each_ref().map(PlainSecret::expose);
    assert_eq!(left(one, &GET_CAMPAIGNS, Target::Caller), 999);
    assert_eq!(left(other, &GET_CAMPAIGNS, Target::Caller), 998, "one person, whatever the application");
    assert_eq!(by_key(&GET_CAMPAIGNS, Target::Caller), 999, "a key is counted for its cabinet");
    assert_eq!(left(one, &GET_CAMPAIGN, Target::Campaign(store)), 4999);
    assert_eq!(by_key(&GET_CAMPAIGN, Target::Campaign(store)), 4998, "the store is one");
    assert_eq!(left(one, &GET_BUSINESS_SETTINGS, Target::Business(world.business)), 99);
    assert_eq!(by_key(&GET_BUSINESS_SETTINGS, Target::Business(world.business)), 98, "the cabinet is one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_limit_is_exact_and_kept_over_a_stop_and_a_refusal_costs_nothing() {
    let world = World::new().await;
    let node = world.node(2).await;
    let owner = node.service().list_accounts().await.unwrap()[0].id;
    let token = token(node.service(), application(node.service(), owner).await, "owner").await;
    for _ in 0..1000 {
        bear(&node, token.expose(), &GET_CAMPAIGNS, Target::Caller).unwrap();
    }
    let (quota, entity) = (GET_CAMPAIGNS.limit.unwrap().none, LimitEntity::Account(owner.into()));
    let exceeded = Err(Denial::LimitExceeded { quota, entity });
    let next = |node: &Node| bear(node, token.expose(), &GET_CAMPAIGNS, Target::Caller).map(drop);
    assert_eq!(next(&node), exceeded);
    node.stop().await;
    assert_eq!(node.service().client_usage(only_client(&node).await, 1).await.unwrap(), 1000);
    drop(node);
    let again = world.node(2).await;
    assert_eq!(next(&again), exceeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_is_given_back_where_the_answer_was_our_own_fault() {
    let world = World::new().await;
    let node = world.node(2).await;
    let key = world.key(node.service(), "ERP").await.token;
    let presented = Presented::ApiKey(key.expose().as_bytes());
    let request = Request::of(&GET_CAMPAIGNS, Named::NOTHING);
    let charge = node.enforcer().admit(presented, &request, HOME, |admitted| admitted.charge());
    let charge = charge.unwrap();
    assert_eq!(charge.unwrap().budget().remaining, 999);
    node.enforcer().give_back(charge.unwrap());
    assert_eq!(ask(&node, presented, &GET_CAMPAIGNS, Target::Caller).unwrap().1.remaining, 999);
}

/// The one application there is.
async fn only_client(node: &Node) -> ClientId {
    node.service().list_clients(None).await.unwrap()[0].1.id
}
