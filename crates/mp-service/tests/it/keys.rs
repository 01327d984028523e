//! Making and changing keys.

use std::time::Duration;

use mp_domain::api_key::{KeyState, RefusedTransition};
use mp_domain::event::Actor;
use mp_domain::ids::{ApiKeyId, BusinessId, CampaignId};
use mp_domain::member::Role;
use mp_domain::scope::{AccessScope, ScopeSet};
use mp_service::api_keys::ApiKeyError;
use mp_service::businesses::BusinessError;

use crate::world::{NOON, World, grant, name, scopes};

#[tokio::test]
async fn the_31st_live_key_is_refused_until_one_is_deleted_or_expires() {
    let world = World::new().await;
    let service = world.service(2);
    let mut expiring = grant("expiring");
    expiring.expires_at = Some(NOON.plus(Duration::from_secs(60)));
    service.create_api_key(Actor::Operator, world.business, expiring).await.unwrap();
    for number in 1..30 {
        world.key(&service, &format!("key {number}")).await;
    }
    let create = |name: &str| service.create_api_key(Actor::Operator, world.business, grant(name));
    assert_eq!(create("one more").await.err(), Some(ApiKeyError::TooMany(world.business)));
    world.clock.advance(Duration::from_secs(60));
    let last = create("one more").await.unwrap().key;
    assert_eq!(create("yet another").await.err(), Some(ApiKeyError::TooMany(world.business)));
    service.delete_api_key(Actor::Operator, last.id).await.unwrap();
    create("yet another").await.unwrap();
}

#[tokio::test]
async fn a_name_is_unique_in_its_business_until_its_key_is_deleted() {
    let world = World::new().await;
    let service = world.service(2);
    let first = world.key(&service, "Склад 🔑").await.key;
    let again = || service.create_api_key(Actor::Operator, world.business, grant("Склад 🔑"));
    let taken = ApiKeyError::NameTaken { business: world.business, name: name("Склад 🔑") };
    assert_eq!(again().await.err(), Some(taken.clone()));
    let other = world.key(&service, "other").await.key;
    let renamed = service.edit_api_key(Actor::Operator, other.id, Some(name("Склад 🔑")), None).await;
    assert_eq!(renamed.err(), Some(taken));
    let kept = service.edit_api_key(Actor::Operator, first.id, Some(name("Склад 🔑")), None).await;
    assert!(kept.is_ok(), "a key may keep its own name");
    service.delete_api_key(Actor::Operator, first.id).await.unwrap();
    assert!(again().await.is_ok());
}

#[tokio::test]
async fn only_owners_and_managers_may_see_and_change_keys() {
    let world = World::new().await;
    let service = world.service(2);
    let key = world.key(&service, "ERP").await.key;
    let manager = Actor::Account(world.member(&service, "manager", Role::Manager).await);
    let employee = Actor::Account(world.member(&service, "employee", Role::Employee).await);
    let stranger = Actor::Account(world.account(&service, "stranger").await);
    for actor in [employee, stranger] {
        let refused = Some(ApiKeyError::NotAllowed(world.business));
        assert_eq!(service.create_api_key(actor, world.business, grant("x")).await.err(), refused);
        assert_eq!(service.list_api_keys(actor, world.business).await.err(), refused);
        assert_eq!(service.edit_api_key(actor, key.id, Some(name("x")), None).await.err(), refused);
        assert_eq!(service.rotate_api_key(actor, key.id, Duration::ZERO, None).await.err(), refused);
        assert_eq!(service.pause_api_key(actor, key.id).await.err(), refused);
        assert_eq!(service.resume_api_key(actor, key.id).await.err(), refused);
        assert_eq!(service.delete_api_key(actor, key.id).await.err(), refused);
    }
    let made = service.create_api_key(manager, world.business, grant("by the manager")).await.unwrap().key;
    assert_eq!(made.created_by, manager);
    assert_eq!(service.list_api_keys(manager, world.business).await.unwrap(), [key, made]);
}

#[tokio::test]
async fn a_key_needs_an_access_a_business_and_a_future() {
    let world = World::new().await;
    let service = world.service(2);
    let create = |business, grant| service.create_api_key(Actor::Operator, business, grant);
    let mut useless = grant("x");
    useless.scopes = ScopeSet::default();
    assert_eq!(create(world.business, useless).await.err(), Some(ApiKeyError::NoScope));
    let mut late = grant("x");
    late.expires_at = Some(NOON);
    assert_eq!(create(world.business, late).await.err(), Some(ApiKeyError::ExpiredAtBirth));
    let nowhere = BusinessId::new(404).unwrap();
    let unknown = ApiKeyError::Business(BusinessError::UnknownBusiness(nowhere));
    assert_eq!(create(nowhere, grant("x")).await.err(), Some(unknown));
    let campaign = CampaignId::new(404).unwrap();
    let mut elsewhere = grant("x");
    elsewhere.campaigns = vec![campaign];
    let foreign = BusinessError::ForeignCampaign { campaign, business: world.business };
    assert_eq!(create(world.business, elsewhere).await.err(), Some(ApiKeyError::Business(foreign)));
    let key = world.key(&service, "ERP").await.key;
    let edited = service.edit_api_key(Actor::Operator, key.id, None, Some(ScopeSet::default())).await;
    assert_eq!(edited.err(), Some(ApiKeyError::NoScope));
    let missing = ApiKeyId::from_bytes([9; 16]);
    assert_eq!(
        service.pause_api_key(Actor::Operator, missing).await.err(),
        Some(ApiKeyError::Unknown(missing))
    );
}

#[tokio::test]
async fn a_deleted_key_cannot_be_changed_and_is_not_listed() {
    let world = World::new().await;
    let service = world.service(2);
    let key = world.key(&service, "ERP").await.key;
    let deleted = service.delete_api_key(Actor::Operator, key.id).await.unwrap();
    assert_eq!(deleted.state, KeyState::Deleted { at: NOON });
    let refused = Some(ApiKeyError::Refused(RefusedTransition::Deleted { at: NOON }));
    assert_eq!(service.resume_api_key(Actor::Operator, key.id).await.err(), refused);
    assert_eq!(service.rotate_api_key(Actor::Operator, key.id, Duration::ZERO, None).await.err(), refused);
    assert_eq!(service.list_api_keys(Actor::Operator, world.business).await.unwrap(), []);
}

#[tokio::test]
async fn of_two_who_rotate_the_same_token_at_once_one_does() {
    let world = World::new().await;
    let service = world.service(2);
    let key = world.key(&service, "ERP").await.key;
    let rotate =
        || service.rotate_api_key(Actor::Operator, key.id, Duration::from_secs(60), Some(key.secret));
    let (one, two) = tokio::join!(rotate(), rotate());
    let (rotated, refused) = if one.is_ok() { (one, two) } else { (two, one) };
    assert_eq!(refused.err(), Some(ApiKeyError::RotatedMeanwhile(key.id)));
    let listed = service.list_api_keys(Actor::Operator, world.business).await.unwrap();
    assert_eq!(listed[0].secret, rotated.unwrap_or_else(|error| panic!("{error}")).key.secret);
}

#[tokio::test]
async fn an_edit_is_listed_as_made() {
    let world = World::new().await;
    let service = world.service(2);
    let key = world.key(&service, "ERP").await.key;
    let accesses = scopes(&[AccessScope::Communication, AccessScope::Promotion]);
    service.edit_api_key(Actor::Operator, key.id, Some(name("CRM")), Some(accesses)).await.unwrap();
    let listed = service.list_api_keys(Actor::Operator, world.business).await.unwrap();
    assert_eq!((listed[0].grant.name.as_str(), listed[0].grant.scopes), ("CRM", accesses));
}
