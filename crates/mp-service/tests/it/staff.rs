//! People and the staff of businesses.

use mp_domain::account::Login;
use mp_domain::event::Actor;
use mp_domain::ids::CampaignId;
use mp_domain::member::Role;
use mp_domain::secret::PlainSecret;
use mp_service::accounts::AccountError;
use mp_service::businesses::BusinessError;
use mp_service::staff::NewMember;

use crate::world::World;

fn login(text: &str) -> Login {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_business_never_loses_its_last_owner() {
    let world = World::new().await;
    let service = world.service(2);
    let (business, owner) = (world.business, login("owner"));
    let last = BusinessError::LastOwner { login: owner.clone(), business };
    assert_eq!(service.remove_member(Actor::Operator, business, &owner).await, Err(last.clone()));
    let demotion =
        NewMember { business_id: business, login: owner.clone(), role: Role::Manager, campaigns: Vec::new() };
    assert_eq!(service.add_member(Actor::Operator, demotion).await, Err(last));
    world.member(&service, "second", Role::Owner).await;
    assert_eq!(service.remove_member(Actor::Operator, business, &owner).await, Ok(()));
    let gone = BusinessError::NotAMember { login: owner.clone(), business };
    assert_eq!(service.remove_member(Actor::Operator, business, &owner).await, Err(gone));
    let left = service.list_members(business).await.unwrap();
    assert_eq!(left.iter().map(|(login, _)| login.as_str()).collect::<Vec<_>>(), ["second"]);
}

#[tokio::test]
async fn only_an_employee_is_restricted_to_stores_and_only_to_those_of_the_business() {
    let world = World::new().await;
    let service = world.service(2);
    world.account(&service, "worker").await;
    let campaign = CampaignId::new(7).unwrap();
    let add = |role| {
        let (business_id, campaigns) = (world.business, vec![campaign]);
        service
            .add_member(Actor::Operator, NewMember { business_id, login: login("worker"), role, campaigns })
    };
    assert_eq!(add(Role::Manager).await, Err(BusinessError::RoleSeesEverything(Role::Manager)));
    let foreign = BusinessError::ForeignCampaign { campaign, business: world.business };
    assert_eq!(add(Role::Employee).await, Err(foreign));
}

#[tokio::test]
async fn a_login_belongs_to_one_person_and_a_new_password_raises_the_epoch() {
    let world = World::new().await;
    let service = world.service(2);
    world.account(&service, "olga").await;
    let (email, password) = ("o@example.org".parse().unwrap(), PlainSecret::new("another password".into()));
    let twin = mp_service::accounts::NewAccount { login: login("OLGA"), email, name: None, password };
    let taken = service.create_account(Actor::Operator, twin).await;
    assert_eq!(taken.err(), Some(AccountError::LoginTaken(login("olga"))));
    let before = service.list_accounts().await.unwrap();
    let password = PlainSecret::new("a newer password".into());
    let changed = service.set_password(Actor::Operator, &login("olga"), password).await.unwrap();
    assert_eq!(changed.credential_epoch, 1);
    assert_ne!(
        Some(&changed.password_hash),
        before.iter().find(|a| a.login == changed.login).map(|a| &a.password_hash)
    );
    let out = service.log_out_everywhere(Actor::Operator, &login("olga")).await.unwrap();
    assert_eq!(out.credential_epoch, 2);
    assert!(service.disable_account(Actor::Operator, &login("olga")).await.unwrap().disabled_at.is_some());
    assert!(service.enable_account(Actor::Operator, &login("olga")).await.unwrap().disabled_at.is_none());
    let nobody = service.disable_account(Actor::Operator, &login("nobody")).await;
    assert_eq!(nobody, Err(AccountError::Unknown(login("nobody"))));
}
