//! Refused calls on the pages: who sees which, why, and what to do.

use axum::http::StatusCode;
use mp_domain::account::Login;
use mp_domain::api_key::KeyGrant;
use mp_domain::business::Subscription;
use mp_domain::denial::Holder;
use mp_domain::event::Actor;
use mp_domain::ids::{ApiKeyId, BusinessId};
use mp_domain::member::Role;
use mp_domain::name::Name;
use mp_domain::network::Networks;
use mp_domain::refusal_note::{Excerpt, RefusalNote};
use mp_domain::scope::{AccessScope, ScopeSet};
use mp_domain::seller_kind::SellerKind;
use mp_domain::trace::TraceId;
use mp_service::businesses::NewBusiness;
use mp_service::grants::GrantsOf;
use mp_service::staff::NewMember;
use mp_store::{StoreError, refusal};

use crate::authorize::{OWN, client};
use crate::world::World;

/// A cabinet of olga's with a key, a manager and an employee.
async fn cabinet(world: &World) -> (BusinessId, ApiKeyId) {
    let (owner, name) = ("olga".parse().unwrap(), Name::new("Tea & Coffee").unwrap());
    let new =
        NewBusiness { id: None, name, owner, subscription: Subscription::None, kind: SellerKind::Seller };
    let business_id = world.service.create_business(Actor::Operator, new).await.unwrap().id;
    for (login, role) in [("maria", Role::Manager), ("egor", Role::Employee)] {
        world.account(login).await;
        let new = NewMember { business_id, login: login.parse().unwrap(), role, campaigns: Vec::new() };
        world.service.add_member(Actor::Operator, new).await.unwrap();
    }
    let grant = KeyGrant {
        name: Name::new("ERP").unwrap(),
        scopes: [AccessScope::Pricing].into_iter().collect(),
        campaigns: Vec::new(),
        networks: Networks::default(),
        expires_at: None,
    };
    let issued = world.service.create_api_key(Actor::Operator, business_id, grant).await.unwrap();
    (business_id, issued.key.id)
}

fn note(world: &World, (business, key): (BusinessId, ApiKeyId), trace: u128) -> RefusalNote {
    RefusalNote {
        at: mp_domain::time::Clock::now(&*world.clock),
        trace: TraceId::new(trace),
        holder: Holder::Key(key),
        business: Some(business),
        operation: "getOrders".to_owned(),
        verb: "GET".to_owned(),
        path: Excerpt::of("/v2/campaigns/<b>7</b>/orders"),
        address: "192.0.2.77".parse().unwrap(),
        reason: "scope_missing".to_owned(),
        message: Excerpt::of("Token does not have any of the scopes"),
        accesses: [AccessScope::AllMethods, AccessScope::InventoryAndOrderProcessingReadOnly]
            .into_iter()
            .collect(),
        limit: None,
        more: 0,
    }
}

async fn record(world: &World, notes: Vec<RefusalNote>) {
    let insert = move |tx: &mut mp_store::Tx<'_>| -> Result<(), StoreError> {
        notes.iter().try_for_each(|note| refusal::insert(tx, note))
    };
    world.service.store().write("record", insert).await.unwrap();
}

#[tokio::test]
async fn whoever_looks_after_a_key_reads_why_it_was_refused_and_what_to_do() {
    let world = World::new().await;
    let cabinet = cabinet(&world).await;
    let (business, key) = cabinet;
    let path = format!("/cabinet/{business}/refusals");
    let mut manager = world.signed_in("maria").await;
    assert!(manager.get(&path).await.main().contains("No call was refused"));
    record(&world, vec![RefusalNote { more: 480, ..note(&world, cabinet, 0xabc) }]).await;
    let page = manager.get(&path).await;
    for part in [
        "just now",
        "and 480 more right after it",
        "ERP",
        "192.0.2.77",
        "GET /v2/campaigns/&#60;b&#62;7&#60;/b&#62;/orders",
        "The key may not call this method.",
        "Any one of these accesses is enough:",
        "<li>Orders and stock: See</li><li>The whole cabinet: See and change</li>",
        &format!("href=\"/cabinet/{business}/keys/{key}/edit\">Change what the key may do"),
        "Token does not have any of the scopes",
        "00000000000000000000000000000abc",
    ] {
        assert!(page.main().contains(part), "{part} is not in {}", page.main());
    }
    assert!(
        manager.get(&format!("/cabinet/{business}/keys")).await.main().contains(&format!("href=\"{path}\""))
    );
    let mut employee = world.signed_in("egor").await;
    assert_eq!(employee.get(&path).await.status, StatusCode::FORBIDDEN);
    world.account("stranger").await;
    assert_eq!(world.signed_in("stranger").await.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_refusal_is_found_by_whatever_was_copied_of_its_trace() {
    let world = World::new().await;
    let cabinet = cabinet(&world).await;
    let path = format!("/cabinet/{}/refusals", cabinet.0);
    let paused = |trace| RefusalNote { reason: "paused".to_owned(), ..note(&world, cabinet, trace) };
    record(&world, vec![note(&world, cabinet, 1), paused(2)]).await;
    let mut owner = world.signed_in("olga").await;
    let digits = format!("{:032x}", 2);
    for copied in [digits.clone(), format!("00-{digits}-00f067aa0ba902b7-01")] {
        let page = owner.get(&format!("{path}?trace=+{copied}+")).await;
        assert!(page.main().contains("The key was paused."), "{copied}");
        assert!(!page.main().contains("The key may not call this method."));
        assert!(page.main().contains(&format!("value=\"{copied}\"")), "what was looked for stays");
    }
    let nothing = owner.get(&format!("{path}?trace={:032x}", 3)).await;
    assert!(nothing.main().contains("No refusal has this trace"));
    let nonsense = owner.get(&format!("{path}?trace=%3Cb%3E")).await;
    assert!(nonsense.main().contains("href=\"#field-trace\">Enter the value of the header traceparent"));
    assert_eq!(owner.get(&format!("{path}?before=x")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn more_than_a_page_leads_to_the_older_ones() {
    let world = World::new().await;
    let cabinet = cabinet(&world).await;
    record(&world, (1..=21).map(|trace| note(&world, cabinet, trace)).collect()).await;
    let mut owner = world.signed_in("olga").await;
    let page = owner.get(&format!("/cabinet/{}/refusals", cabinet.0)).await;
    let oldest = format!("<code>{:032x}</code>", 1);
    assert_eq!(page.main().matches("<tr>").count(), 1 + 20);
    assert!(!page.main().contains(&oldest));
    let (before, _) = page.main().split_once("\">Older calls").unwrap();
    let older = before.rsplit('"').next().unwrap().replace("&#38;", "&");
    let page = owner.get(&older).await;
    assert!(page.main().contains(&oldest) && !page.main().contains("Older calls"));
}

#[tokio::test]
async fn the_moment_a_limit_opens_and_the_callers_address_are_told() {
    let world = World::new().await;
    let cabinet = cabinet(&world).await;
    let now = mp_domain::time::Clock::now(&*world.clock);
    let limited = RefusalNote {
        reason: "limit_exceeded".to_owned(),
        limit: Some((10_000, now.plus(std::time::Duration::from_secs(60)))),
        ..note(&world, cabinet, 1)
    };
    let elsewhere = RefusalNote { reason: "network_not_allowed".to_owned(), ..note(&world, cabinet, 2) };
    let later = RefusalNote { reason: "of a later version".to_owned(), ..note(&world, cabinet, 3) };
    record(&world, vec![limited, elsewhere, later]).await;
    let mut owner = world.signed_in("olga").await;
    let path = format!("/cabinet/{}/refusals", cabinet.0);
    let page = owner.get(&path).await;
    for part in [
        "The limit of this method, 10,000, was used up until ",
        "The call came from 192.0.2.77, and the key may not be used from there.",
        "The call was refused.",
    ] {
        assert!(page.main().contains(part), "{part} is not in {}", page.main());
    }
    owner.language = "ru";
    let page = owner.get(&path).await;
    assert!(page.main().contains("Запрос пришёл с адреса 192.0.2.77"), "{}", page.main());
}

#[tokio::test]
async fn a_person_finds_the_refusals_of_their_own_tokens() {
    let world = World::new().await;
    let (business, _) = cabinet(&world).await;
    let application = client(&world, "Courier", &[OWN]).await;
    let login: Login = "maria".parse().unwrap();
    world.service.issue_token(Actor::Operator, application.id, &login, None, None).await.unwrap();
    let granted = world.service.list_grants(GrantsOf::Client(application.id)).await.unwrap();
    let (grant, maria) = (granted[0].grant.id, granted[0].grant.account_id);
    let holder = Holder::Token { grant_id: grant, account_id: maria };
    let of_token = |business| RefusalNote {
        holder,
        business,
        reason: "access_denied".to_owned(),
        accesses: ScopeSet::ALL,
        ..note(&world, (BusinessId::new(1).unwrap(), ApiKeyId::from_bytes([1; 16])), 7)
    };
    record(&world, vec![of_token(None)]).await;
    let mut person = world.signed_in("maria").await;
    assert!(person.get("/account/applications").await.main().contains("href=\"/account/refusals\""));
    let page = person.get("/account/refusals").await;
    assert!(page.main().contains("maria with Courier"), "{}", page.main());
    assert!(page.main().contains("out of reach, or that does not exist"));
    assert!(!page.main().contains("/keys/"), "a person has no key to change");
    let mut owner = world.signed_in("olga").await;
    assert!(owner.get("/account/refusals").await.main().contains("No call was refused"));
    let in_cabinet = format!("/cabinet/{business}/refusals");
    assert!(owner.get(&in_cabinet).await.main().contains("No call was refused"));
    record(&world, vec![of_token(Some(business))]).await;
    assert!(owner.get(&in_cabinet).await.main().contains("maria with"));
}
