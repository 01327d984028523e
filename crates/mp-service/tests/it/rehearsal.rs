//! The check for one credential alone: it says what a server says, and nothing comes of it.

use mp_domain::campaign::Availability;
use mp_domain::credential::OAuthCredential;
use mp_domain::denial::Denial;
use mp_domain::event::Actor;
use mp_domain::ids::CampaignId;
use mp_domain::operation::{GET_CAMPAIGN, GET_CAMPAIGNS, Limit, Operation, Parallel};
use mp_domain::reach::{Named, Target};
use mp_domain::scope::AccessScope;
use mp_domain::seller_kind::SellerKind;
use mp_domain::step::Step;
use mp_domain::window::Period;
use mp_service::businesses::BusinessEdit;
use mp_service::rehearsal::{Counters, Known, Rehearsal};
use mp_service::{Enforcer, Presented, Request, Service, Slot};

use crate::world::{HOME, World, application, ask, new_business, scopes, store, token};

async fn rehearse(world: &World, service: &Service, presented: Presented<'_>) -> Rehearsal {
    let folder = world.folder().join("node2");
    service.rehearse_check(presented, Counters { folder: &folder, scale: 1.0 }).await.unwrap()
}

fn bearer(token: &str) -> Presented<'_> {
    Presented::OAuth(OAuthCredential { token: token.as_bytes(), client_id: None })
}

/// What is left of the limit of `GET /v2/campaigns`, or why there is none.
fn left(rehearsal: &Rehearsal, presented: Presented<'_>) -> Result<u32, Denial> {
    let request = Request::of(&GET_CAMPAIGNS, Named::NOTHING);
    let asked =
        rehearsal.enforcer.admit(presented, &request, HOME, |admitted| admitted.charge().unwrap().budget());
    asked.map(|budget| budget.remaining).map_err(|refusal| refusal.denial)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_knows_the_journal_of_a_server_and_leaves_no_trace() {
    let world = World::new().await;
    let node = world.node(2).await;
    let issued = world.key(node.service(), "ERP").await;
    let presented = Presented::ApiKey(issued.token.expose().as_bytes());
    for _ in 0..3 {
        ask(&node, presented, &GET_CAMPAIGNS, Target::Caller).unwrap();
    }
    // The journal is written, and its lock still held.
    node.stop().await;
    let service = world.service(3);
    let before = service.list_api_keys(Actor::Operator, world.business).await.unwrap();
    for _ in 0..2 {
        let rehearsal = rehearse(&world, &service, presented).await;
        assert!(matches!(&rehearsal.known, Some(Known::Key(key)) if key.id == issued.key.id));
        assert_eq!(left(&rehearsal, presented), Ok(996));
    }
    assert_eq!(service.list_api_keys(Actor::Operator, world.business).await.unwrap(), before);
    drop(node);
    let again = world.node(2).await;
    assert_eq!(ask(&again, presented, &GET_CAMPAIGNS, Target::Caller).unwrap().1.remaining, 996);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_credential_is_a_rehearsal_says_what_the_server_says() {
    let world = World::new().await;
    let node = world.node(2).await;
    let service = node.service();
    let owner = service.list_accounts().await.unwrap()[0].id;
    let (rotated, deleted) = (world.key(service, "rotated").await, world.key(service, "deleted").await);
    let renewed = service
        .rotate_api_key(Actor::Operator, rotated.key.id, std::time::Duration::ZERO, None)
        .await
        .unwrap();
    service.delete_api_key(Actor::Operator, deleted.key.id).await.unwrap();
    let live = token(service, application(service, owner).await, "owner").await;
    let ended = token(service, application(service, owner).await, "owner").await;
    service.revoke_token(Actor::Operator, &ended).await.unwrap();
    let keys = [&rotated.token, &deleted.token, &renewed.token].map(|key| key.expose().as_bytes());
    let keys = keys.into_iter().chain([&b"ACMA:x"[..]]).map(Presented::ApiKey);
    let tokens = [live.expose(), ended.expose(), "y0_nobody"].map(bearer);
    let mut answers = Vec::new();
    for presented in keys.chain(tokens) {
        let said = left(&rehearse(&world, service, presented).await, presented).map(drop);
        assert_eq!(said, ask(&node, presented, &GET_CAMPAIGNS, Target::Caller).map(drop));
        answers.push(said.is_ok());
    }
    assert_eq!(answers, [false, false, true, false, true, false, false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_reaches_what_the_owner_of_the_credential_reaches() {
    let world = World::new().await;
    let service = world.service(2);
    world.account(&service, "stranger").await;
    let elsewhere = new_business(&service, "stranger").await;
    let (north, foreign) =
        (store(&service, world.business, "North").await, store(&service, elsewhere, "Far").await);
    let owner = service.list_accounts().await.unwrap().into_iter().find(|one| one.login.as_str() == "owner");
    let token = token(&service, application(&service, owner.unwrap().id).await, "owner").await;
    let presented = bearer(token.expose());
    let rehearsal = rehearse(&world, &service, presented).await;
    assert_eq!(rehearsal.reach.len(), 1);
    assert_eq!(rehearsal.cabinet(world.business).unwrap().id, world.business);
    let ask = |id: CampaignId| {
        let request = Request::of(&GET_CAMPAIGN, Named::in_path(Target::Campaign(id)));
        rehearsal.enforcer.admit(presented, &request, HOME, |_| ()).map_err(|refusal| refusal.denial)
    };
    assert_eq!(ask(north), Ok(()));
    assert_eq!(ask(foreign), Err(Denial::AccessDenied));
}

/// Everything is wrong at first, and is mended one thing after the other.
#[tokio::test(flavor = "multi_thread")]
async fn the_check_refuses_in_the_order_of_the_steps() {
    let world = World::new().await;
    let node = world.node(2).await;
    let service = node.service();
    let operation: &'static Operation = Box::leak(Box::new(Operation {
        sellers: [SellerKind::Urbanads].into_iter().collect(),
        any_of: scopes(&[AccessScope::Communication]),
        parallel: Parallel::Own(1),
        limit: Some(Limit::requests(1, Period::HOUR)),
        ..GET_CAMPAIGN
    }));
    let key = world.key(service, "ERP").await;
    let own = store(service, world.business, "North").await;
    let ask = |id: i64| call(node.enforcer(), key.token.expose(), operation, CampaignId::new(id).unwrap());
    let mut refused_at = Vec::new();
    let mut refused = |asked: Result<[Option<Slot>; 2], Step>| refused_at.push(asked.err().unwrap());
    service.set_campaign_availability(Actor::Operator, own, Availability::ManuallyDisabled).await.unwrap();
    service.pause_api_key(Actor::Operator, key.key.id).await.unwrap();
    refused(ask(99));
    service.resume_api_key(Actor::Operator, key.key.id).await.unwrap();
    refused(ask(99));
    let own_store = own.number();
    refused(ask(own_store));
    let kind = BusinessEdit { kind: Some(SellerKind::Urbanads), ..BusinessEdit::default() };
    service.edit_business(Actor::Operator, world.business, kind).await.unwrap();
    refused(ask(own_store));
    service.set_campaign_availability(Actor::Operator, own, Availability::Available).await.unwrap();
    refused(ask(own_store));
    let opening = Some(scopes(&[AccessScope::Communication]));
    service.edit_api_key(Actor::Operator, key.key.id, None, opening).await.unwrap();
    let slot = ask(own_store).unwrap();
    refused(ask(own_store));
    drop(slot);
    refused(ask(own_store));
    // The route comes before everything, and is not the enforcer's.
    assert_eq!(refused_at, Step::ALL[1..]);
}

fn call(
    enforcer: &Enforcer,
    token: &str,
    operation: &'static Operation,
    store: CampaignId,
) -> Result<[Option<Slot>; 2], Step> {
    let request =
        Request { wants_slot: true, ..Request::of(operation, Named::in_path(Target::Campaign(store))) };
    let presented = Presented::ApiKey(token.as_bytes());
    let asked = enforcer.admit(presented, &request, HOME, |mut admitted| admitted.take_slots());
    asked.map_err(|refusal| refusal.denial.step())
}
