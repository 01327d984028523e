//! The check on one node: every change of this process is in force when it is acknowledged.

use std::time::Duration;

use mp_domain::api_key::{KeyGrant, LONGEST_OVERLAP};
use mp_domain::campaign::{Availability, Placement};
use mp_domain::denial::Denial;
use mp_domain::event::Actor;
use mp_domain::network::{Networks, parse_network};
use mp_service::api_keys::ApiKeyError;
use mp_service::businesses::NewCampaign;

use crate::world::{NOON, World, check, check_from, grant, name};

#[tokio::test(flavor = "multi_thread")]
async fn a_key_works_from_its_creation_to_its_deletion() {
    let world = World::new().await;
    let node = world.node(2).await;
    let service = node.service();
    let issued = world.key(service, "ERP").await;
    let token = issued.token.expose();
    assert_eq!(check(&node, token).unwrap().0, "ERP");
    service.edit_api_key(Actor::Operator, issued.key.id, Some(name("CRM")), None).await.unwrap();
    assert_eq!(check(&node, token).unwrap().0, "CRM");
    service.pause_api_key(Actor::Operator, issued.key.id).await.unwrap();
    assert_eq!(check(&node, token), Err(Denial::Paused));
    service.resume_api_key(Actor::Operator, issued.key.id).await.unwrap();
    assert!(check(&node, token).is_ok());
    service.delete_api_key(Actor::Operator, issued.key.id).await.unwrap();
    assert_eq!(check(&node, token), Err(Denial::Revoked));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_rotation_the_old_token_works_for_the_overlap_and_is_then_revoked() {
    let world = World::new().await;
    let node = world.node(2).await;
    let first = world.key(node.service(), "ERP").await;
    let overlap = Duration::from_secs(3600);
    let second = node.service().rotate_api_key(Actor::Operator, first.key.id, overlap, None).await.unwrap();
    assert!(check(&node, first.token.expose()).is_ok());
    assert!(check(&node, second.token.expose()).is_ok());
    world.clock.advance(overlap);
    for node in [&node, &world.node(3).await] {
        assert_eq!(check(node, first.token.expose()), Err(Denial::Revoked));
        assert!(check(node, second.token.expose()).is_ok());
    }
    node.service().delete_api_key(Actor::Operator, first.key.id).await.unwrap();
    assert_eq!(check(&node, second.token.expose()), Err(Denial::Revoked));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_without_overlap_ends_every_earlier_overlap() {
    let world = World::new().await;
    let node = world.node(2).await;
    let rotate = |id, overlap| node.service().rotate_api_key(Actor::Operator, id, overlap, None);
    let leaked = world.key(node.service(), "ERP").await;
    let too_long = rotate(leaked.key.id, LONGEST_OVERLAP + Duration::from_secs(1)).await;
    assert_eq!(too_long.err(), Some(ApiKeyError::OverlapTooLong));
    rotate(leaked.key.id, LONGEST_OVERLAP).await.unwrap();
    assert!(check(&node, leaked.token.expose()).is_ok());
    let last = rotate(leaked.key.id, Duration::ZERO).await.unwrap();
    assert_eq!(check(&node, leaked.token.expose()), Err(Denial::Revoked));
    assert!(check(&node, last.token.expose()).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_expires_by_itself_and_keeps_to_its_networks() {
    let world = World::new().await;
    let node = world.node(2).await;
    let bounded = KeyGrant {
        expires_at: Some(NOON.plus(Duration::from_secs(60))),
        networks: Networks::new(vec![parse_network("203.0.113.0/24").unwrap()]),
        ..grant("bounded")
    };
    let issued = node.service().create_api_key(Actor::Operator, world.business, bounded).await.unwrap();
    let token = issued.token.expose();
    let inside = "203.0.113.7".parse().unwrap();
    assert_eq!(check(&node, token), Err(Denial::NetworkNotAllowed));
    assert!(check_from(&node, token, inside).is_ok());
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(check_from(&node, token, inside), Err(Denial::Expired));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_business_is_off_when_every_one_of_its_stores_is() {
    let world = World::new().await;
    let node = world.node(2).await;
    let issued = world.key(node.service(), "ERP").await;
    let mut campaigns = Vec::new();
    for store in ["North", "South"] {
        let (business_id, placement) = (world.business, Placement::Fbs);
        let new = NewCampaign { id: None, business_id, name: name(store), placement };
        campaigns.push(node.service().create_campaign(Actor::Operator, new).await.unwrap().id);
    }
    let switch = |campaign, to| node.service().set_campaign_availability(Actor::Operator, campaign, to);
    switch(campaigns[0], Availability::ManuallyDisabled).await.unwrap();
    assert!(check(&node, issued.token.expose()).is_ok());
    switch(campaigns[1], Availability::DisabledByInactivity).await.unwrap();
    assert_eq!(check(&node, issued.token.expose()), Err(Denial::BusinessDisabled(world.business)));
    assert_eq!(
        check(&world.node(3).await, issued.token.expose()),
        Err(Denial::BusinessDisabled(world.business)),
        "a restart remembers"
    );
    switch(campaigns[0], Availability::Available).await.unwrap();
    assert!(check(&node, issued.token.expose()).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_million_strangers_cost_no_database_reads() {
    let world = World::new().await;
    let node = world.node(2).await;
    let reads = |name: &str| {
        let timings = node.gauges().transactions;
        timings.iter().filter(|(other, _)| *other != name).map(|(_, timing)| timing.count).sum::<u64>()
    };
    let before = reads("follow_events");
    let format = mp_domain::key_token::TokenFormat::default();
    let entropy = mp_testkit::SeededEntropy::new(99);
    for _ in 0..1_000_000 {
        assert_eq!(check(&node, format.generate(&entropy).expose()), Err(Denial::Unknown));
    }
    // The heartbeat goes on meanwhile; a read per stranger would be a million.
    assert!(reads("follow_events") - before < 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_use_is_listed_to_the_minute() {
    let world = World::new().await;
    let node = world.node(2).await;
    let issued = world.key(node.service(), "ERP").await;
    world.clock.advance(Duration::from_secs(90));
    check(&node, issued.token.expose()).unwrap();
    node.stop().await;
    let listed = world.service(3).list_api_keys(Actor::Operator, world.business).await.unwrap();
    assert_eq!(listed[0].last_used_at, Some(NOON.plus(Duration::from_secs(60))));
}
