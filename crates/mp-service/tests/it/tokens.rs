//! OAuth tokens at the check: from their issue to every way they can end.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mp_domain::account::Login;
use mp_domain::credential::OAuthCredential;
use mp_domain::denial::{DeadToken, Denial};
use mp_domain::event::Actor;
use mp_domain::ids::{AccountId, ClientId};
use mp_domain::oauth_scope::OAuthScope;
use mp_domain::operation::{GET_AUTH_TOKEN_INFO, GET_CAMPAIGNS};
use mp_domain::reach::Target;
use mp_domain::secret::PlainSecret;
use mp_service::applications::IconChange;
use mp_service::{Node, Presented, Service};
use mp_store::{client_usage, grant};

use crate::world::{
    NOON, World, all_of, application, ask, bear, check, new_business, peppers, profile, token,
    within_a_second,
};

/// An owner with an application, a node, and a key of the cabinet, which nothing that happens to people touches.
struct Scene {
    world: World,
    node: Node,
    owner: AccountId,
    client: ClientId,
    key: PlainSecret,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let node = world.node(2).await;
        let owner = node.service().list_accounts().await.unwrap()[0].id;
        let client = application(node.service(), owner).await;
        let key = world.key(node.service(), "ERP").await.token;
        Self { world, node, owner, client, key }
    }

    fn service(&self) -> &Service {
        self.node.service()
    }

    fn login() -> Login {
        "owner".parse().unwrap()
    }

    async fn token(&self) -> PlainSecret {
        token(self.service(), self.client, "owner").await
    }

    /// What the check says to the token, and that the key goes on working.
    fn says(&self, token: &PlainSecret) -> Result<(), Denial> {
        assert!(check(&self.node, self.key.expose()).is_ok(), "API keys are untouched");
        says(&self.node, token)
    }
}

fn says(node: &Node, token: &PlainSecret) -> Result<(), Denial> {
    bear(node, token.expose(), &GET_CAMPAIGNS, Target::Caller).map(drop)
}

fn dead(why: DeadToken) -> Result<(), Denial> {
    Err(Denial::TokenDead(why))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_works_as_soon_as_it_is_issued_and_reaches_its_persons_cabinets() {
    let scene = Scene::new().await;
    let token = scene.token().await;
    let (reaches, _) = bear(&scene.node, token.expose(), &GET_CAMPAIGNS, Target::Caller).unwrap();
    assert_eq!(reaches, [all_of(scene.world.business)]);
    let second = new_business(scene.service(), "owner").await;
    scene.world.account(scene.service(), "stranger").await;
    let stranger = crate::world::token(scene.service(), scene.client, "stranger").await;
    assert_eq!(scene.says(&stranger), Err(Denial::AccessDenied), "nobody without a cabinet gets anywhere");
    let restarted = scene.world.node(3).await;
    let (reaches, _) = bear(&restarted, token.expose(), &GET_CAMPAIGNS, Target::Caller).unwrap();
    assert_eq!(reaches, [all_of(scene.world.business), all_of(second)], "a restart remembers");
    assert_eq!(says(&restarted, &stranger), Err(Denial::AccessDenied));
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_ends_a_persons_tokens_is_in_force_when_it_is_acknowledged() {
    let scene = Scene::new().await;
    let (service, login) = (scene.service(), Scene::login());
    let token = scene.token().await;
    service.log_out_everywhere(Actor::Operator, &login).await.unwrap();
    assert_eq!(scene.says(&token), Err(Denial::LoggedOut));
    let token = scene.token().await;
    assert_eq!(scene.says(&token), Ok(()));
    let password = PlainSecret::new("another long password".to_owned());
    service.set_password(Actor::Operator, &login, password).await.unwrap();
    assert_eq!(scene.says(&token), dead(DeadToken::CredentialsChanged));
    let token = scene.token().await;
    service.disable_account(Actor::Operator, &login).await.unwrap();
    assert_eq!(scene.says(&token), Err(Denial::AccountDisabled));
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_ends_an_applications_tokens_is_in_force_when_it_is_acknowledged() {
    let scene = Scene::new().await;
    let service = scene.service();
    let token = scene.token().await;
    let wider = profile(service, &[OAuthScope::MarketPartnerApi, OAuthScope::LoginInfo]);
    service.edit_client(Actor::Operator, scene.client, wider, IconChange::Keep).await.unwrap();
    assert_eq!(scene.says(&token), dead(DeadToken::ClientChanged));
    let token = scene.token().await;
    assert_eq!(scene.says(&token), Ok(()));
    assert!(service.revoke_token(Actor::Operator, &token).await.unwrap());
    assert_eq!(scene.says(&token), dead(DeadToken::Withdrawn));
    let token = scene.token().await;
    service.delete_client(Actor::Operator, scene.client).await.unwrap();
    assert_eq!(scene.says(&token), dead(DeadToken::ClientChanged));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_expires_by_itself_and_gives_way_to_a_younger_one() {
    let scene = Scene::new().await;
    let (service, login) = (scene.service(), Scene::login());
    let hour = Some(Duration::from_secs(3600));
    let issue = || service.issue_token(Actor::Operator, scene.client, &login, None, hour);
    let first = issue().await.unwrap().token;
    let second = issue().await.unwrap().token;
    assert_eq!(scene.says(&first), dead(DeadToken::Unknown), "replaced");
    assert_eq!(scene.says(&second), Ok(()));
    scene.world.clock.advance(Duration::from_secs(3600));
    assert_eq!(scene.says(&second), dead(DeadToken::Expired));
    let restarted = scene.world.node(3).await;
    assert!(matches!(says(&restarted, &second), Err(Denial::TokenDead(_))), "whatever is remembered of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_does_to_people_and_tokens_is_in_force_within_a_second() {
    let scene = Scene::new().await;
    let (command, login) = (scene.world.service(3), Scene::login());
    let issued = token(&command, scene.client, "owner").await;
    within_a_second(|| says(&scene.node, &issued) == Ok(())).await;
    command.log_out_everywhere(Actor::Operator, &login).await.unwrap();
    within_a_second(|| says(&scene.node, &issued) == Err(Denial::LoggedOut)).await;
    let issued = token(&command, scene.client, "owner").await;
    within_a_second(|| says(&scene.node, &issued) == Ok(())).await;
    command.revoke_token(Actor::Operator, &issued).await.unwrap();
    within_a_second(|| says(&scene.node, &issued) == dead(DeadToken::Withdrawn)).await;
    let issued = token(&command, scene.client, "owner").await;
    within_a_second(|| says(&scene.node, &issued) == Ok(())).await;
    command.delete_client(Actor::Operator, scene.client).await.unwrap();
    within_a_second(|| says(&scene.node, &issued) == dead(DeadToken::ClientChanged)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_right_to_the_seller_api_opens_it() {
    let scene = Scene::new().await;
    let without = profile(scene.service(), &[OAuthScope::LoginInfo]);
    scene.service().edit_client(Actor::Operator, scene.client, without, IconChange::Keep).await.unwrap();
    let token = scene.token().await;
    assert_eq!(scene.says(&token), Err(Denial::RightMissing));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_application_named_beside_a_token_must_be_its_own() {
    let scene = Scene::new().await;
    let token = scene.token().await;
    let own = scene.client.to_string();
    let named = |id: &str| {
        let credential = OAuthCredential { token: token.expose().as_bytes(), client_id: Some(id.as_bytes()) };
        ask(&scene.node, Presented::OAuth(credential), &GET_CAMPAIGNS, Target::Caller).map(drop)
    };
    assert_eq!(named(&own), Ok(()));
    assert_eq!(named("0123456789abcdef0123456789abcdef"), Err(Denial::ClientMismatch));
}

#[tokio::test(flavor = "multi_thread")]
async fn token_info_takes_no_token_whatever_it_is() {
    let scene = Scene::new().await;
    let token = scene.token().await;
    let said = bear(&scene.node, token.expose(), &GET_AUTH_TOKEN_INFO, Target::Caller).map(drop);
    assert_eq!(said, Err(Denial::ApiKeyMissing));
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_counted_by_application_cabinet_and_day_and_the_last_use_is_noted() {
    let scene = Scene::new().await;
    let token = scene.token().await;
    let business = scene.world.business;
    scene.world.clock.advance(Duration::from_secs(90));
    for target in [Target::Caller, Target::Business(business), Target::Business(business)] {
        bear(&scene.node, token.expose(), &GET_CAMPAIGNS, target).unwrap();
    }
    assert_eq!(says(&scene.node, &PlainSecret::new("y0_x".to_owned())), dead(DeadToken::Unknown));
    scene.node.stop().await;
    assert_eq!(scene.service().client_usage(scene.client, 1).await.unwrap(), 3);
    let today = NOON.seconds() / 86_400;
    let (owner, client) = (scene.owner, scene.client);
    let read = scene.service().store().read("look", move |conn| {
        let of_business = client_usage::of_business(conn, business, today)?;
        Ok((of_business, grant::find_of(conn, owner, client, None)?))
    });
    let (of_business, grant) = read.await.unwrap();
    assert_eq!(of_business.into_iter().map(|(id, _, calls)| (id, calls)).collect::<Vec<_>>(), [(client, 2)]);
    assert_eq!(grant.unwrap().last_used_at, Some(NOON.plus(Duration::from_secs(60))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_digested_under_a_retired_pepper_moves_to_the_current_one_when_used() {
    let scene = Scene::new().await;
    let token = scene.token().await;
    let source = Arc::new(Mutex::new(peppers(&[2, 1])));
    let node = scene.world.node_with(3, Arc::new(move || Ok(source.lock().unwrap().clone()))).await;
    assert_eq!(says(&node, &token), Ok(()));
    let (owner, client) = (scene.owner, scene.client);
    let deadline = std::time::Instant::now() + mp_testkit::PATIENCE;
    loop {
        let read = node.service().store().read("look", move |conn| grant::find_of(conn, owner, client, None));
        if read.await.unwrap().unwrap().token.secret.pepper == 2 {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "not moved");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    within_a_second(|| says(&node, &token) == Ok(())).await;
}
