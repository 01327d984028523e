//! The cabinet and its keys: who sees them, and what the forms make.

use std::time::Duration;

use axum::http::StatusCode;
use mp_domain::api_key::{ApiKey, KeyState};
use mp_domain::business::Subscription;
use mp_domain::campaign::Placement;
use mp_domain::event::Actor;
use mp_domain::ids::BusinessId;
use mp_domain::member::Role;
use mp_domain::name::Name;
use mp_domain::seller_kind::SellerKind;
use mp_service::businesses::{NewBusiness, NewCampaign};
use mp_service::staff::NewMember;

use crate::world::{Browser, PASSWORD, Page, World};

/// A cabinet of olga's with two stores, a manager and an employee.
async fn cabinet(world: &World) -> BusinessId {
    let (owner, name) = ("olga".parse().unwrap(), Name::new("Tea & <b>Coffee</b>").unwrap());
    let new =
        NewBusiness { id: None, name, owner, subscription: Subscription::None, kind: SellerKind::Seller };
    let business_id = world.service.create_business(Actor::Operator, new).await.unwrap().id;
    for store in ["North", "South"] {
        let name = Name::new(store).unwrap();
        let new = NewCampaign { id: None, business_id, name, placement: Placement::Fbs };
        world.service.create_campaign(Actor::Operator, new).await.unwrap();
    }
    for (login, role) in [("maria", Role::Manager), ("egor", Role::Employee)] {
        world.account(login).await;
        let new = NewMember { business_id, login: login.parse().unwrap(), role, campaigns: Vec::new() };
        world.service.add_member(Actor::Operator, new).await.unwrap();
    }
    business_id
}

async fn keys(world: &World, business: BusinessId) -> Vec<ApiKey> {
    world.service.list_api_keys(Actor::Operator, business).await.unwrap()
}

fn form<'a>(name: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[("do", "save"), ("name", name), ("stores", "all"), ("expiry", "never")], more].concat()
}

async fn created(world: &World, browser: &mut Browser, business: BusinessId, name: &str) -> (ApiKey, Page) {
    let path = format!("/cabinet/{business}/keys/new");
    let page = browser.post(&path, &form(name, &[("access-pricing", "full")])).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let key = keys(world, business).await.into_iter().find(|key| key.grant.name.as_str() == name).unwrap();
    (key, page)
}

#[tokio::test]
async fn owners_and_managers_see_keys_employees_learn_why_not_and_strangers_nothing() {
    let world = World::new().await;
    let business = cabinet(&world).await;
    world.account("stranger").await;
    let mut owner = world.signed_in("olga").await;
    let (key, _) = created(&world, &mut owner, business, "ERP").await;
    let base = format!("/cabinet/{business}/keys");
    let pages = [
        "",
        "/new",
        &format!("/{}/edit", key.id),
        &format!("/{}/rotate", key.id),
        &format!("/{}/delete", key.id),
    ];
    for (login, expected) in [
        ("olga", StatusCode::OK),
        ("maria", StatusCode::OK),
        ("egor", StatusCode::FORBIDDEN),
        ("stranger", StatusCode::NOT_FOUND),
    ] {
        let mut browser = world.signed_in(login).await;
        for page in pages {
            assert_eq!(browser.get(&format!("{base}{page}")).await.status, expected, "{login} {page}");
        }
        if expected == StatusCode::OK {
            continue;
        }
        for action in [
            "/new",
            &format!("/{}/edit", key.id),
            &format!("/{}/rotate", key.id),
            &format!("/{}/pause", key.id),
            &format!("/{}/resume", key.id),
            &format!("/{}/delete", key.id),
        ] {
            let fields = form("ERP", &[("access-pricing", "read"), ("overlap", "0")]);
            assert_eq!(
                browser.post(&format!("{base}{action}"), &fields).await.status,
                expected,
                "{login} {action}"
            );
        }
    }
    assert_eq!(keys(&world, business).await, [key]);
    let mut employee = world.signed_in("egor").await;
    let page = employee.get(&base).await;
    assert!(page.text.contains("Only owners and managers see API keys") && !page.text.contains("<b>Coffee"));
    assert!(employee.get("/cabinet").await.text.contains("For owners and managers"));
    assert_eq!(owner.get("/cabinet/999999/keys").await.status, StatusCode::NOT_FOUND);
    assert_eq!(owner.get("/cabinet/nonsense/keys").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_key_of_another_cabinet_is_not_reached_through_ones_own() {
    let world = World::new().await;
    let business = cabinet(&world).await;
    let mut owner = world.signed_in("olga").await;
    let (key, _) = created(&world, &mut owner, business, "ERP").await;
    world.account("boris").await;
    let (login, name) = ("boris".parse().unwrap(), Name::new("Other").unwrap());
    let new = NewBusiness {
        id: None,
        name,
        owner: login,
        subscription: Subscription::None,
        kind: SellerKind::Seller,
    };
    let other = world.service.create_business(Actor::Operator, new).await.unwrap().id;
    let mut boris = world.signed_in("boris").await;
    for action in ["edit", "rotate", "delete"] {
        let path = format!("/cabinet/{other}/keys/{}/{action}", key.id);
        assert_eq!(boris.get(&path).await.status, StatusCode::NOT_FOUND, "{action}");
        assert_eq!(boris.post(&path, &[("name", "ERP")]).await.status, StatusCode::NOT_FOUND, "{action}");
    }
}

#[tokio::test]
async fn the_form_makes_exactly_the_key_it_sums_up() {
    let world = World::new().await;
    let business = cabinet(&world).await;
    let stores = world.service.list_campaigns(business).await.unwrap();
    let south = stores[1].id.to_string();
    let mut browser = world.signed_in("maria").await;
    let more = [
        ("stores", "some"),
        ("store", south.as_str()),
        ("expiry", "date"),
        ("date", "2027-01-31"),
        ("networks", "203.0.113.7\n2001:db8::/32"),
        ("access-orders", "read"),
        ("access-pricing", "full"),
        ("access-finance", "read"),
        ("access-communication", "full"),
    ];
    let fields = [&[("name", "ERP")], &more[..]].concat();
    let sentence = "see orders, see and change prices, see financial data and reports and talk to buyers in one store, \
                    from 2 networks, until 31 January 2027";
    let path = format!("/cabinet/{business}/keys/new");
    let page = browser.post(&path, &[&fields[..], &[("do", "summary")]].concat()).await;
    assert!(page.text.contains(sentence), "{}", page.text);
    assert_eq!(keys(&world, business).await.len(), 0, "summing up makes nothing");
    let page = browser.post(&path, &[&fields[..], &[("do", "save")]].concat()).await;
    assert!(page.text.contains(sentence) && page.text.contains("secret-value"));
    assert!(page.text.contains("curl -X POST -H &#39;Api-Key: ACMA:"));
    let key = keys(&world, business).await.remove(0);
    let scopes: Vec<_> = key.grant.scopes.iter().map(mp_domain::scope::AccessScope::written_name).collect();
    assert_eq!(
        scopes,
        ["inventory-and-order-processing:read-only", "pricing", "finance-and-accounting", "communication"]
    );
    assert_eq!(key.grant.campaigns, [stores[1].id]);
    assert_eq!(key.grant.expires_at.unwrap().to_string(), "2027-02-01T00:00:00Z");
    assert_eq!(key.grant.networks.iter().count(), 2);
    let list = browser.get(&format!("/cabinet/{business}/keys")).await;
    assert!(list.text.contains("1 store") && list.text.contains("203.0.113.7/32, 2001:db8::/32"));
    assert!(!list.text.contains("ACMA:"), "a token is shown once");
}

#[tokio::test]
async fn what_no_key_can_be_made_of_is_explained_at_its_field() {
    let world = World::new().await;
    let business = cabinet(&world).await;
    let mut browser = world.signed_in("olga").await;
    created(&world, &mut browser, business, "ERP").await;
    let path = format!("/cabinet/{business}/keys/new");
    let full = ("access-pricing", "full");
    for (name, more, explanation) in [
        ("", vec![full], "Enter a name"),
        ("a\u{202e}b", vec![full], "U+202E"),
        ("ERP", vec![full], "Another key of the cabinet is called"),
        ("New", vec![], "Choose at least one access"),
        ("New", vec![full, ("stores", "some")], "Choose at least one store"),
        ("New", vec![full, ("stores", "some"), ("store", "42")], "not of this cabinet"),
        ("New", vec![full, ("expiry", "date"), ("date", "2026-11-20")], "Enter a day in the future"),
        ("New", vec![full, ("expiry", "date"), ("date", "")], "Enter a day in the future"),
        ("New", vec![full, ("networks", "<i>example.org")], "is not an address or a network"),
    ] {
        let fields = [&[("do", "save"), ("name", name)], &more[..]].concat();
        let page = browser.post(&path, &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{explanation}");
        assert!(page.text.contains(explanation) && !page.text.contains("<i>"), "{explanation}");
    }
    assert_eq!(keys(&world, business).await.len(), 1);
}

#[tokio::test]
async fn the_thirty_first_key_is_refused_with_the_reason() {
    let world = World::new().await;
    let business = cabinet(&world).await;
    let mut browser = world.signed_in("olga").await;
    for number in 0..30 {
        created(&world, &mut browser, business, &format!("Key {number}")).await;
    }
    let page = browser.get(&format!("/cabinet/{business}/keys")).await;
    assert!(page.text.contains("The cabinet has 30 keys, the most there may be"));
    assert!(!page.text.contains("keys/new\""), "nothing is offered that would be refused");
    let fields = form("One more", &[("access-pricing", "full")]);
    let page = browser.post(&format!("/cabinet/{business}/keys/new"), &fields).await;
    assert!(
        page.status == StatusCode::UNPROCESSABLE_ENTITY && page.text.contains("delete one that is not used")
    );
    browser.language = "ru";
    assert!(browser.get(&format!("/cabinet/{business}/keys")).await.text.contains("больше создать нельзя"));
}

#[tokio::test]
async fn an_edit_changes_name_and_accesses_and_leaves_the_rest() {
    let world = World::new().await;
    let business = cabinet(&world).await;
    let mut browser = world.signed_in("olga").await;
    let (key, _) = created(&world, &mut browser, business, "ERP").await;
    let path = format!("/cabinet/{business}/keys/{}/edit", key.id);
    let page = browser.get(&path).await;
    assert!(
        page.text.contains("id=\"access-pricing-full\" checked") && !page.text.contains("name=\"stores\"")
    );
    let page = browser.post(&path, &[("do", "save"), ("name", "CRM"), ("access-offers", "read")]).await;
    let list = browser.get(page.location().unwrap()).await;
    assert!(list.text.contains("CRM is changed") && list.text.contains("See goods and cards"));
    let edited = keys(&world, business).await.remove(0);
    assert_eq!((edited.id, edited.secret), (key.id, key.secret));
}

#[tokio::test]
async fn a_rotation_happens_once_however_often_its_form_is_sent() {
    let world = World::new().await;
    let business = cabinet(&world).await;
    let mut browser = world.signed_in("olga").await;
    let (key, _) = created(&world, &mut browser, business, "ERP").await;
    let path = format!("/cabinet/{business}/keys/{}/rotate", key.id);
    let seen = browser.get(&path).await.field("seen").to_owned();
    let fields = [("seen", seen.as_str()), ("overlap", "7")];
    let page = browser.post(&path, &fields).await;
    assert!(page.text.contains("secret-value") && page.text.contains("The old token works until"));
    let rotated = keys(&world, business).await.remove(0);
    assert_ne!(rotated.secret, key.secret);
    assert_eq!(browser.post(&path, &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(keys(&world, business).await, [rotated]);
    let list = format!("/cabinet/{business}/keys");
    assert!(browser.get(&list).await.text.contains("Old token works until"));
    world.clock.advance(Duration::from_secs(7 * 86_400));
    assert!(!browser.get(&list).await.text.contains("Old token works until"));
}

#[tokio::test]
async fn of_two_equal_forms_sent_at_once_one_rotates() {
    let world = World::new().await;
    let business = cabinet(&world).await;
    let mut browser = world.signed_in("olga").await;
    let (key, _) = created(&world, &mut browser, business, "ERP").await;
    let path = format!("/cabinet/{business}/keys/{}/rotate", key.id);
    let seen = browser.get(&path).await.field("seen").to_owned();
    let (fields, mut other) = ([("seen", seen.as_str()), ("overlap", "7")], browser.clone());
    let (one, two) = tokio::join!(browser.post(&path, &fields), other.post(&path, &fields));
    let mut statuses = [one.status, two.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::UNPROCESSABLE_ENTITY]);
}

#[tokio::test]
async fn a_token_is_shown_only_to_somebody_who_has_just_proved_who_they_are() {
    let world = World::new().await;
    let business = cabinet(&world).await;
    let mut browser = world.signed_in("olga").await;
    let (key, _) = created(&world, &mut browser, business, "ERP").await;
    let base = format!("/cabinet/{business}/keys");
    let rotate = format!("{base}/{}/rotate", key.id);
    let seen = browser.get(&rotate).await.field("seen").to_owned();
    world.clock.advance(Duration::from_secs(601));
    let confirm = |path: &str| {
        let next = form_urlencoded::Serializer::new(String::new()).append_pair("next", path).finish();
        Some(format!("/account/confirm?{next}"))
    };
    let new = format!("{base}/new");
    for path in [&new, &rotate] {
        assert_eq!(browser.get(path).await.location().map(str::to_owned), confirm(path));
    }
    let fields = [("seen", seen.as_str()), ("overlap", "7")];
    assert_eq!(browser.post(&rotate, &fields).await.location().map(str::to_owned), confirm(&rotate));
    // What only changes the form asks nothing, and what was typed is there afterwards.
    let fields = [("name", "Tea & co"), ("access-pricing", "full"), ("networks", "192.0.2.1"), ("csrf", "x")];
    let summary = browser.post(&new, &[&fields[..], &[("do", "summary")]].concat()).await;
    assert_eq!(summary.status, StatusCode::OK);
    let page = browser.post(&new, &[&fields[..], &[("do", "save")]].concat()).await;
    assert_eq!(keys(&world, business).await, [key], "nothing is made or replaced");
    let page = browser.get(page.location().unwrap()).await;
    let next = page.field("next").replace("&amp;", "&").replace("&#38;", "&");
    assert!(!next.contains("csrf"), "{next}");
    let page = browser.post("/account/confirm", &[("password", PASSWORD), ("next", &next)]).await;
    let page = browser.get(page.location().unwrap()).await;
    assert!(page.main().contains("value=\"Tea &#38; co\""), "{}", page.text);
    assert!(page.text.contains("id=\"access-pricing-full\" checked") && page.text.contains(">192.0.2.1<"));
    created(&world, &mut browser, business, "CRM").await;
}

#[tokio::test]
async fn a_form_that_no_address_can_hold_is_come_back_to_empty() {
    let world = World::new().await;
    let business = cabinet(&world).await;
    let mut browser = world.signed_in("olga").await;
    world.clock.advance(Duration::from_secs(601));
    let (path, networks) = (format!("/cabinet/{business}/keys/new"), "192.0.2.1 ".repeat(500));
    let page =
        browser.post(&path, &form("ERP", &[("access-pricing", "full"), ("networks", &networks)])).await;
    let page = browser.get(page.location().unwrap()).await;
    assert_eq!(page.field("next"), path);
}

#[tokio::test]
async fn a_key_is_paused_and_resumed_by_one_press_and_deleted_by_its_name() {
    let world = World::new().await;
    let business = cabinet(&world).await;
    let mut browser = world.signed_in("olga").await;
    let (key, _) = created(&world, &mut browser, business, "ERP").await;
    let base = format!("/cabinet/{business}/keys/{}", key.id);
    for (action, said) in [
        ("pause", "ERP is paused"),
        ("pause", "in another state by now"),
        ("resume", "ERP works again"),
        ("resume", "in another state by now"),
    ] {
        let page = browser.post(&format!("{base}/{action}"), &[]).await;
        assert!(browser.get(page.location().unwrap()).await.text.contains(said), "{action}: {said}");
    }
    assert!(matches!(keys(&world, business).await[0].state, KeyState::Active));
    assert!(browser.get(&format!("{base}/delete")).await.text.contains("It was never used"));
    let page = browser.post(&format!("{base}/delete"), &[("name", "erp")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = browser.post(&format!("{base}/delete"), &[("name", "ERP")]).await;
    let list = browser.get(page.location().unwrap()).await;
    assert!(list.text.contains("The key is deleted") && list.text.contains("This cabinet has no keys yet"));
    assert_eq!(
        browser.post(&format!("{base}/delete"), &[("name", "ERP")]).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn of_two_thousand_stores_those_are_offered_that_were_searched_or_chosen() {
    let world = World::new().await;
    let business_id = cabinet(&world).await;
    for number in 0..120 {
        let name = Name::new(&format!("Branch {number:03}")).unwrap();
        let new = NewCampaign { id: None, business_id, name, placement: Placement::Fbs };
        world.service.create_campaign(Actor::Operator, new).await.unwrap();
    }
    let stores = world.service.list_campaigns(business_id).await.unwrap();
    let chosen = stores[60].id.to_string();
    let mut browser = world.signed_in("olga").await;
    let path = format!("/cabinet/{business_id}/keys/new");
    let page = browser.get(&path).await;
    assert!(page.text.contains("50 of 122 stores are shown") && !page.text.contains("Branch 119"));
    let fields = [("do", "search"), ("query", "branch 11"), ("stores", "some"), ("store", chosen.as_str())];
    let page = browser.post(&path, &fields).await;
    assert!(page.text.contains("11 of 122 stores are shown") && page.text.contains("Branch 119"));
    assert!(page.text.contains(&format!("id=\"store-{chosen}\" checked")), "what is chosen stays");
}
