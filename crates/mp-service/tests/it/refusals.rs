//! Refusals of known credentials: kept within bounds, and found by those they concern.

use std::time::Duration;

use mp_domain::denial::Refusal;
use mp_domain::event::Actor;
use mp_domain::ids::CampaignId;
use mp_domain::operation::{GET_AUTH_TOKEN_INFO, GET_CAMPAIGN, GET_CAMPAIGNS, Limit, Operation};
use mp_domain::reach::{Named, Target};
use mp_domain::trace::TraceId;
use mp_domain::window::Period;
use mp_service::refusals::{ListedRefusal, NamedCaller, RefusalsError, RefusalsOf, Told, Wanted};
use mp_service::{Node, Presented, Request};

use crate::world::{HOME, NOON, World, application, new_business, store, token};

const ALL: Wanted = Wanted { trace: None, before: None, most: 10_000 };

fn told(trace: u128) -> Told<'static> {
    let operation = &GET_CAMPAIGNS;
    Told { trace: TraceId::new(trace), operation, path: "/v2/campaigns", from: HOME, message: "No" }
}

/// Asks what is refused, and has it noted as a door does.
fn refuse(node: &Node, presented: Presented<'_>, request: &Request<'_>, trace: u128) -> Refusal {
    let refusal = node.enforcer().admit(presented, request, HOME, |_| ()).unwrap_err();
    node.enforcer().note_refusal(&refusal, &Told { operation: request.operation, ..told(trace) });
    refusal
}

async fn in_cabinet(world: &World, wanted: Wanted) -> Vec<ListedRefusal> {
    world.service(9).list_refusals(RefusalsOf::Business(world.business), wanted).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_a_key_is_found_in_its_cabinet_by_its_trace() {
    let world = World::new().await;
    let node = world.node(2).await;
    let issued = world.key(node.service(), "ERP").await;
    let presented = Presented::ApiKey(issued.token.expose().as_bytes());
    let campaigns = Request::of(&GET_CAMPAIGNS, Named::NOTHING);
    node.service().pause_api_key(Actor::Operator, issued.key.id).await.unwrap();
    refuse(&node, presented, &campaigns, 7);
    world.clock.advance(Duration::from_secs(1));
    node.service().delete_api_key(Actor::Operator, issued.key.id).await.unwrap();
    refuse(&node, presented, &campaigns, 8);
    refuse(&node, Presented::ApiKey(b"ACMA:nobody's"), &campaigns, 9);
    refuse(&node, Presented::Nothing, &campaigns, 10);
    node.stop().await;
    let found = in_cabinet(&world, ALL).await;
    let reasons: Vec<_> = found.iter().map(|listed| listed.note.reason.as_str()).collect();
    assert_eq!(reasons, ["revoked", "paused"], "strangers are not recorded");
    let of_one = in_cabinet(&world, Wanted { trace: TraceId::new(7), ..ALL }).await;
    assert_eq!(of_one, found[1..]);
    let ListedRefusal { note, caller, .. } = &of_one[0];
    assert!(
        matches!(caller, NamedCaller::Key { id, name } if *id == issued.key.id && name.as_str() == "ERP")
    );
    assert_eq!((note.at, note.operation.as_str(), note.verb.as_str()), (NOON, "getCampaigns", "GET"));
    assert_eq!((note.path.as_str(), note.message.as_str(), note.address), ("/v2/campaigns", "No", HOME));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_up_limit_is_noted_with_its_amount_and_its_end() {
    let world = World::new().await;
    let node = world.node(2).await;
    let issued = world.key(node.service(), "ERP").await;
    let presented = Presented::ApiKey(issued.token.expose().as_bytes());
    let limit = Some(Limit::requests(1, Period::HOUR));
    let operation: &'static Operation = Box::leak(Box::new(Operation { limit, ..GET_CAMPAIGNS }));
    let request = Request::of(operation, Named::NOTHING);
    node.enforcer().admit(presented, &request, HOME, |_| ()).unwrap();
    refuse(&node, presented, &request, 1);
    node.stop().await;
    let found = in_cabinet(&world, ALL).await;
    assert_eq!(found[0].note.limit, Some((1, NOON.plus(Duration::from_secs(3600)))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_refusal_is_found_in_the_cabinet_addressed_and_by_the_person() {
    let world = World::new().await;
    let node = world.node(2).await;
    let service = node.service();
    world.account(service, "stranger").await;
    let elsewhere = new_business(service, "stranger").await;
    let foreign = store(service, elsewhere, "Far").await;
    let owner = service.list_accounts().await.unwrap().into_iter().find(|one| one.login.as_str() == "owner");
    let token = token(service, application(service, owner.unwrap().id).await, "owner").await;
    let presented = Presented::OAuth(mp_domain::credential::OAuthCredential {
        token: token.expose().as_bytes(),
        client_id: None,
    });
    let limit = Some(Limit::requests(1, Period::HOUR));
    let used_up: &'static Operation = Box::leak(Box::new(Operation { limit, ..GET_CAMPAIGN }));
    let own = store(service, world.business, "North").await;
    let in_reach = Request::of(used_up, Named::in_path(Target::Campaign(own)));
    node.enforcer().admit(presented, &in_reach, HOME, |_| ()).unwrap();
    refuse(&node, presented, &in_reach, 1);
    let out_of_reach = |id: CampaignId| Request::of(&GET_CAMPAIGN, Named::in_path(Target::Campaign(id)));
    refuse(&node, presented, &out_of_reach(foreign), 2);
    node.stop().await;
    let traces = |found: Vec<ListedRefusal>| -> Vec<_> {
        found.iter().map(|listed| listed.note.trace.unwrap().to_bytes()[15]).collect()
    };
    assert_eq!(traces(in_cabinet(&world, ALL).await), [1]);
    let service = world.service(9);
    let by = |of| service.list_refusals(of, ALL);
    assert_eq!(traces(by(RefusalsOf::Account("owner".parse().unwrap())).await.unwrap()), [2, 1]);
    assert_eq!(by(RefusalsOf::Business(elsewhere)).await.unwrap(), [], "nobody is told of strangers");
    assert_eq!(by(RefusalsOf::Account("stranger".parse().unwrap())).await.unwrap(), []);
    let unknown = RefusalsOf::Account("nobody".parse().unwrap());
    assert!(matches!(by(unknown).await, Err(RefusalsError::UnknownLogin(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_counted_and_not_recorded() {
    let world = World::new().await;
    let node = world.node(2).await;
    let issued = world.key(node.service(), "ERP").await;
    node.service().pause_api_key(Actor::Operator, issued.key.id).await.unwrap();
    let presented = Presented::ApiKey(issued.token.expose().as_bytes());
    let request = Request::of(&GET_AUTH_TOKEN_INFO, Named::NOTHING);
    for trace in 1..=100_000 {
        refuse(&node, presented, &request, trace);
    }
    node.stop().await;
    let found = in_cabinet(&world, ALL).await;
    let more: u64 = found.iter().map(|listed| u64::from(listed.note.more)).sum();
    assert_eq!(u64::try_from(found.len()).unwrap() + more, 100_000, "each is recorded or counted");
    assert_eq!(node.gauges().refusals_left_out, more);
    // Ten for every writing there was meanwhile.
    assert!(found.len() <= 200, "{}", found.len());
}
