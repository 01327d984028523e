//! What people and keys reach, while staff and stores change.

use mp_domain::api_key::KeyGrant;
use mp_domain::campaign::Availability;
use mp_domain::denial::Denial;
use mp_domain::event::Actor;
use mp_domain::ids::{BusinessId, CampaignId};
use mp_domain::member::Role;
use mp_domain::operation::{GET_BUSINESS_SETTINGS, GET_CAMPAIGN, GET_CAMPAIGNS};
use mp_domain::reach::{Named, Reach, Target};
use mp_service::staff::NewMember;
use mp_service::{Node, Presented, Request, UnreadableNames};

use crate::world::{HOME, World, application, ask, bear, grant, new_business, store, token, within_a_second};

struct Scene {
    world: World,
    node: Node,
    /// Two stores of the world's cabinet.
    stores: [CampaignId; 2],
    /// An employee of it, with a token.
    token: String,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let node = world.node(2).await;
        let stores = [
            store(node.service(), world.business, "North").await,
            store(node.service(), world.business, "South").await,
        ];
        let employee = world.member(node.service(), "employee", Role::Employee).await;
        let client = application(node.service(), employee).await;
        let token = token(node.service(), client, "employee").await.expose().to_owned();
        Self { world, node, stores, token }
    }

    fn reads(&self, target: Target) -> Result<(), Denial> {
        let operation = match target {
            Target::Caller => &GET_CAMPAIGNS,
            Target::Business(_) => &GET_BUSINESS_SETTINGS,
            Target::Campaign(_) => &GET_CAMPAIGN,
        };
        bear(&self.node, &self.token, operation, target).map(drop)
    }

    async fn put(&self, business_id: BusinessId, campaigns: &[CampaignId]) {
        let (login, campaigns) = ("employee".parse().unwrap(), campaigns.to_vec());
        let new = NewMember { business_id, login, role: Role::Employee, campaigns };
        self.node.service().add_member(Actor::Operator, new).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_employee_reaches_only_the_stores_named_and_that_at_once() {
    let scene = Scene::new().await;
    let [north, south] = scene.stores;
    assert_eq!(scene.reads(Target::Campaign(south)), Ok(()));
    scene.put(scene.world.business, &[north]).await;
    assert_eq!(scene.reads(Target::Campaign(north)), Ok(()));
    assert_eq!(scene.reads(Target::Campaign(south)), Err(Denial::AccessDenied));
    assert_eq!(scene.reads(Target::Business(scene.world.business)), Ok(()), "every access may call it");
    let (reaches, _) = bear(&scene.node, &scene.token, &GET_CAMPAIGNS, Target::Caller).unwrap();
    assert_eq!(reaches, [Reach { business_id: scene.world.business, campaigns: Some(&[north]) }.into()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_the_staff_reaches_nothing_more_and_the_token_lives_on() {
    let scene = Scene::new().await;
    let login = "employee".parse().unwrap();
    scene.node.service().remove_member(Actor::Operator, scene.world.business, &login).await.unwrap();
    for target in [Target::Caller, Target::Business(scene.world.business), Target::Campaign(scene.stores[0])]
    {
        assert_eq!(scene.reads(target), Err(Denial::AccessDenied));
    }
    let elsewhere = new_business(scene.node.service(), "owner").await;
    scene.put(elsewhere, &[]).await;
    assert_eq!(scene.reads(Target::Caller), Ok(()));
    assert_eq!(scene.reads(Target::Business(scene.world.business)), Err(Denial::AccessDenied));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_by_another_process_reaches_nothing_within_a_second() {
    let scene = Scene::new().await;
    let (command, login) = (scene.world.service(3), "employee".parse().unwrap());
    command.remove_member(Actor::Operator, scene.world.business, &login).await.unwrap();
    within_a_second(|| scene.reads(Target::Caller) == Err(Denial::AccessDenied)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_store_is_in_reach_at_once_and_a_foreign_one_never() {
    let scene = Scene::new().await;
    let service = scene.node.service();
    let new = store(service, scene.world.business, "East").await;
    assert_eq!(scene.reads(Target::Campaign(new)), Ok(()));
    let foreign = new_business(service, "owner").await;
    let foreign_store = store(service, foreign, "Theirs").await;
    assert_eq!(scene.reads(Target::Campaign(foreign_store)), Err(Denial::AccessDenied));
    assert_eq!(scene.reads(Target::Business(foreign)), Err(Denial::AccessDenied));
    let missing = CampaignId::new(i64::MAX).unwrap();
    assert_eq!(scene.reads(Target::Campaign(missing)), Err(Denial::AccessDenied));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_switched_off_closes_itself_and_all_of_them_close_the_cabinet() {
    let scene = Scene::new().await;
    let [north, south] = scene.stores;
    let switch = |id, to| scene.node.service().set_campaign_availability(Actor::Operator, id, to);
    switch(north, Availability::DisabledByNoPlacementType).await.unwrap();
    let off =
        Denial::CampaignDisabled { campaign: north, availability: Availability::DisabledByNoPlacementType };
    assert_eq!(scene.reads(Target::Campaign(north)), Err(off));
    assert_eq!(scene.reads(Target::Campaign(south)), Ok(()));
    assert_eq!(scene.reads(Target::Business(scene.world.business)), Ok(()));
    switch(south, Availability::ManuallyDisabled).await.unwrap();
    let business = scene.world.business;
    assert_eq!(scene.reads(Target::Business(business)), Err(Denial::BusinessDisabled(business)));
    assert_eq!(scene.reads(Target::Caller), Ok(()), "the list of stores is exempt");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_restricted_to_stores_reaches_those_and_remembers_it_over_a_restart() {
    let scene = Scene::new().await;
    let [north, south] = scene.stores;
    let restricted = KeyGrant { campaigns: vec![north], ..grant("north only") };
    let key =
        scene.node.service().create_api_key(Actor::Operator, scene.world.business, restricted).await.unwrap();
    let restarted = scene.world.node(3).await;
    for node in [&scene.node, &restarted] {
        let reads = |target| {
            ask(node, Presented::ApiKey(key.token.expose().as_bytes()), &GET_CAMPAIGN, target).map(drop)
        };
        assert_eq!(reads(Target::Campaign(north)), Ok(()));
        assert_eq!(reads(Target::Campaign(south)), Err(Denial::AccessDenied));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_told_to_those_who_are_known() {
    let scene = Scene::new().await;
    let request = Request { named: Err(UnreadableNames), ..Request::of(&GET_CAMPAIGN, Named::NOTHING) };
    let admit = |presented| {
        let refused = scene.node.enforcer().admit(presented, &request, HOME, |_| ());
        refused.map_err(|refusal| refusal.denial)
    };
    assert_eq!(admit(Presented::Nothing), Err(Denial::CredentialsMissing));
    let key = scene.world.key(scene.node.service(), "ERP").await;
    assert_eq!(admit(Presented::ApiKey(key.token.expose().as_bytes())), Err(Denial::Unreadable));
}
